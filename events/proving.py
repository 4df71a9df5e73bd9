"""Whether a connection leads to the log, and whether the log takes writes there."""

import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from django.conf import settings
from django.db import connections
from psycopg.conninfo import conninfo_attempts

from events.bounded import Bounded

SQL = Path(__file__).parent / "sql"
NAME = "pharmacovigilance-intake"


class OtherLog(psycopg.OperationalError):
    """The server holds another log, another epoch of it, or a copy that only reads."""


class Hanging(psycopg.OperationalError):
    """Commits of ours still wait for a standby: one more would only hang with them."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """The one server whose log is written, as an operator's promotion names it to each node."""

    system_identifier: int | str
    timeline: int
    epoch: int
    host: str
    port: int


class Prover:
    """Makes connections to the log's server, and proves them.

    The identity file, where there is one, decides where the log is; it is read again whenever it
    changes. Without one it is where DATABASE_URL says. A file that went away changes nothing: its
    server stays the one.
    """

    def __init__(self) -> None:
        self.identity: Identity | None = None
        self._seen: tuple[int, ...] | None = None
        self._failure: Exception | None = None
        self._turn = 0
        self._places: list[dict[str, Any]] = []

    def is_stale(self) -> bool:
        """Tell whether the identity file has changed since it was read."""
        now = _signature(settings.LOG_IDENTITY_FILE)
        return now is not None and now != self._seen

    def follow(self) -> bool:
        """Read the identity file if it has changed; return whether it names another server or log."""
        if not self.is_stale():
            return False
        before, failed_before = self.identity, self._failure
        self._seen = _signature(settings.LOG_IDENTITY_FILE)
        try:
            self.identity = msgspec.json.decode(
                settings.LOG_IDENTITY_FILE.read_bytes(), type=Identity
            )
            self._failure = None
        except (OSError, msgspec.MsgspecError) as failure:
            self._failure = failure
        return (self.identity, self._failure) != (before, failed_before)

    def opened(self, patience: float, unwanted: Callable[[], bool]) -> Bounded:
        """Connect to the next of the addresses of the log's server. Raises psycopg.Error."""
        if self._failure is not None:
            raise OtherLog("the identity file cannot be read") from self._failure
        places = self._addresses()
        try:
            connection = Bounded.opened(places[self._turn % len(places)], patience, unwanted)
        except psycopg.Error:
            self._turn += 1
            raise
        connection.unwanted = unwanted
        return connection

    def prove(self, connection: Bounded, patience: float, *, thoroughly: bool) -> None:
        """Commit a probe as an append is committed; raise psycopg.Error unless it succeeds.

        Its patience, in seconds, covers each of at most two statements. What the server holds is
        asked `thoroughly`, of a connection's first proof, and when the identity has changed.
        """
        if thoroughly or connection.identity != self.identity or connection.proven_at < 0:
            connection.deadline = time.monotonic() + patience
            self._check(connection)
        connection.deadline = time.monotonic() + patience
        connection.execute(_sql("probe"), [settings.NODE_NAME], prepare=True)
        connection.deadline = float("-inf")
        connection.identity = self.identity
        connection.proven_at = time.monotonic()

    def _check(self, connection: Bounded) -> None:
        row = connection.execute(_sql("standing")).fetchone()
        assert row is not None  # noqa: S101  one row of expressions always comes
        system_identifier, timeline, epoch, hanging = row
        if timeline is None:
            self._turn += 1
            raise OtherLog("the server is a standby")
        if self.identity is not None and (system_identifier, timeline, epoch) != (
            int(self.identity.system_identifier),
            self.identity.timeline,
            self.identity.epoch,
        ):
            raise OtherLog("the server holds another log or epoch than this node was told of")
        if hanging:
            raise Hanging

    def _addresses(self) -> list[dict[str, Any]]:
        """Return the places to try in turn; those found last while names cannot be resolved."""
        try:
            self._places = conninfo_attempts(_parameters(self.identity))
        except psycopg.OperationalError:
            if not self._places:
                raise
        return self._places


def _parameters(identity: Identity | None) -> Mapping[str, Any]:
    """Return Django's own parameters, with times that fit a call that nobody awaits for longer.

    The server lets go of a statement that we have left: of a lock after the deadline, of the rest
    after twice that.
    """
    parameters = connections.create_connection("default").get_connection_params()
    limit = int(settings.INTAKE_DEADLINE * 1000)
    parameters |= {
        "application_name": NAME,
        "tcp_user_timeout": 3000,
        "keepalives_idle": 2,
        "keepalives_interval": 1,
        "keepalives_count": 3,
        "options": f"{parameters['options']} -c TimeZone=UTC"
        f" -c lock_timeout={limit} -c statement_timeout={2 * limit}",
    }
    # It would ask a directory service, for as long as that takes.
    parameters.setdefault("gssencmode", "disable")
    if identity is not None:
        parameters |= {"host": identity.host, "port": identity.port}
        parameters.pop("hostaddr", None)
    return parameters


@cache
def _sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text()


def _signature(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
