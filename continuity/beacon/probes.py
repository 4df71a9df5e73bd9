"""One try of each service, side by side, each ended after a few seconds, the round as well."""

import http.client
import json
import smtplib
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from continuity.beacon.watch import Probe

PATIENCE = 4.0
# A try to connect may take that long, and what is said afterwards too.
ROUND = 2 * PATIENCE
# The worker answers every five seconds.
WORKER_SILENT = 30.0
GREETS = 220
PORTAL, INTAKE = "/health/live", "/health/intake"
SILENT, AWAY = Probe(ok=False, why="no answer"), Probe(ok=False, why="database away")
_ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round of tries found; what waits is unknown without a database.

    `waiting` counts what the lists lack, and what the log lacks: `spooled`, of which it is told.
    """

    tries: Mapping[str, Probe]
    waiting: int | None
    spooled: int | None = None


class Log(NamedTuple):
    """What the database told; `recording` is None where that cannot be judged."""

    database: Probe
    worker: Probe
    recording: Probe | None
    waiting: int | None = None
    spooled: int | None = None


class MailServer(NamedTuple):
    """A mail server; `tls` from the first byte on (smtps)."""

    host: str
    port: int
    tls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the services are; the mail server is not tried where none is set."""

    web: tuple[str, int]
    mail: MailServer | None
    folder: Path
    node: str


class _Try:
    """One try in a thread of its own, which nobody has to wait for."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        self.found: Any = None
        self._thread = threading.Thread(target=self._run, args=(ask,), daemon=True)
        self._thread.start()

    def _run(self, ask: Callable[[], Any]) -> None:
        self.found = ask()

    def done(self, seconds: float = 0) -> bool:
        """Say whether it has ended, waiting that long for it."""
        self._thread.join(max(seconds, 0))
        return not self._thread.is_alive()


class Rounds:
    """Round after round, each with an end: a try that hangs is a failure and not a wait."""

    def __init__(self, addresses: Addresses, patience: float = ROUND) -> None:
        self._patience = patience
        mail, web = addresses.mail, addresses.web
        self._asks: dict[str, Callable[[], Any]] = {
            "intake": lambda: _tried(lambda: web_answers(*web, INTAKE)),
            "portal": lambda: _tried(lambda: web_answers(*web, PORTAL)),
            "database": lambda: ask_database(addresses),
        }
        if mail is not None:
            self._asks["mail"] = lambda: _tried(lambda: mail_answers(mail))
        self._hanging: dict[str, _Try] = {}

    @property
    def services(self) -> list[str]:
        """Return the services that each round tries, some of them through the database."""
        return [*self._asks, "recording", "worker"]

    def look(self) -> Round:
        """Try every service once."""
        until = time.monotonic() + self._patience
        # One that still hangs in the kernel is not joined by another, and what it says one day is
        # of another day.
        self._hanging = {name: one for name, one in self._hanging.items() if not one.done()}
        begun = {name: _Try(ask) for name, ask in self._asks.items() if name not in self._hanging}
        self._hanging |= {
            name: one for name, one in begun.items() if not one.done(until - time.monotonic())
        }
        found = {name: one.found for name, one in begun.items() if name not in self._hanging}
        log = found.pop("database", None) or Log(SILENT, AWAY, AWAY)
        tries = {name: found.get(name) or SILENT for name in self._asks}
        tries["database"] = log.database
        if log.recording is not None:
            tries["recording"] = log.recording
        tries["worker"] = log.worker
        return Round(tries=tries, waiting=log.waiting, spooled=log.spooled)


def _tried(ask: Callable[[], None]) -> Probe:
    try:
        ask()
    except (OSError, http.client.HTTPException, smtplib.SMTPException, ValueError) as failure:
        return Probe(ok=False, why=type(failure).__name__)
    return Probe(ok=True)


@contextmanager
def _ended_in_time(link: socket.socket) -> Iterator[None]:
    """Cut a conversation off that goes on for too long: the timeout of a socket is of each read.

    Raises TimeoutError, whatever was said until then.
    """
    over, late = threading.Event(), threading.Event()

    def watch() -> None:
        over.wait(PATIENCE)
        while not over.wait(0.1):
            late.set()
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        over.set()
        if late.is_set():
            raise TimeoutError


def web_answers(host: str, port: int, path: str) -> None:
    """Raise unless a page of the site is served: INTAKE only where a declaration would be taken."""
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.connect()
        with _ended_in_time(connection.sock):
            connection.request("GET", path, headers={"Host": "localhost"})
            answer = connection.getresponse()
            answer.read()
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise ValueError(answer.status)


def mail_answers(server: MailServer) -> None:
    """Raise unless the mail server greets."""
    with closing(_connected(server)) as link, _ended_in_time(link), smtplib.SMTP() as client:
        client.sock = link
        code, words = client.getreply()
        if code != GREETS:
            raise smtplib.SMTPConnectError(code, words)
        client.noop()


def _connected(server: MailServer) -> socket.socket:
    link = socket.create_connection((server.host, server.port), PATIENCE)
    if not server.tls:
        return link
    # Whose certificate it is matters to letters, which hold something; to be greeted is enough.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        return context.wrap_socket(link, server_hostname=server.host)
    except OSError:
        link.close()
        raise


def ask_database(addresses: Addresses) -> Log:
    """Return what the database tells; the worker is judged by its own write."""
    command = [sys.executable, "-m", "continuity.beacon.database_probe"]
    try:
        done = subprocess.run(  # noqa: S603  our own program
            [*command, str(addresses.folder), addresses.node],
            capture_output=True, timeout=PATIENCE, check=True, cwd=_ROOT,
        )  # fmt: skip
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as failure:
        # What it said before is so; what it was about to ask is not answered.
        silent = isinstance(failure, subprocess.TimeoutExpired)
        missing = SILENT if silent else Probe(ok=False, why="refused")
        return _judged(_said(failure.stdout or b""), missing)
    except OSError:
        return _judged({}, Probe(ok=False, why="refused"))
    return _judged(_said(done.stdout), None)


def _said(output: bytes) -> dict[str, Any]:
    """Return the answers of all lines; one that was cut off is none."""
    found: dict[str, Any] = {}
    for line in output.splitlines():
        with suppress(ValueError):
            found |= json.loads(line)
    return found


def _judged(said: Mapping[str, Any], missing: Probe | None) -> Log:
    """Return what was said as probes; `missing` is what the rest is worth."""
    if "answered" not in said:
        return Log(missing or Probe(ok=False, why="refused"), AWAY, AWAY)
    answered, why = said["answered"], said.get("recording")
    works = answered is not None and answered < WORKER_SILENT
    lists, spooled = said.get("waiting"), said.get("spooled")
    return Log(
        database=Probe(ok=True),
        worker=Probe(ok=works, why="" if works else "no task done"),
        recording=missing if why is None else Probe(ok=not why, why=why),
        waiting=None if lists is None else lists + (spooled or 0),
        spooled=spooled,
    )
