"""Make a standby the primary: an operator's act, after the old one was fenced.

Which server is meant stands nowhere but in `log-identity.json` of each node, written last: until
then everybody keeps to the old one, which takes nothing, and the spools go on.
"""

import json
import logging
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from django.conf import settings
from django.db import connections

from events import epochs, store
from events.epochs import Forked, Opened, Same
from events.errors import LogChanged

log = logging.getLogger(__name__)

FILE = "databases.json"
PROMOTE_SECONDS = 30
TELL_SECONDS = 5
Connection = psycopg.Connection[Any]


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A database server of the site.

    `admin` is a superuser's address in the log's database; `stop` a command that ends it, from
    here, within `fence_seconds`; `fence` a file that keeps its supervisor from starting it again.
    `data` and `binaries` are its folders, where this machine has them; `start` starts it there.
    """

    name: str
    host: str
    port: int
    admin: str
    stop: list[str] = []
    start: list[str] = []
    fence: str = ""
    fence_seconds: float = 3.0
    data: str = ""
    binaries: str = ""


class Databases(msgspec.Struct, frozen=True, kw_only=True):
    """DATA_DIR/databases.json: the servers, and how each node of the site is told which is meant.

    `node_dirs` are data folders that can be written from here; `tell` are commands that get the
    file on standard input, for nodes elsewhere.
    """

    nodes: list[Node]
    node_dirs: list[str] = []
    tell: list[list[str]] = []

    def node(self, name: str) -> Node:
        """Return one server. Raises ValueError."""
        for one in self.nodes:
            if one.name == name:
                return one
        known = ", ".join(one.name for one in self.nodes)
        raise ValueError(f"no database {name}; there are: {known}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a server says of itself; positions of the write-ahead log as PostgreSQL writes them."""

    is_standby: bool
    system_identifier: int
    timeline: int
    received: str | None
    replayed: str | None
    head: int
    epoch: int


@dataclass(slots=True, kw_only=True)
class Steps:
    """What was done, and how long each step took."""

    done: list[dict[str, Any]] = field(default_factory=list)
    report: Callable[[str, int, int], None] = lambda _name, _done, _total: None

    @contextmanager
    def step(self, name: str) -> Iterator[dict[str, Any]]:
        """Time one step; what it finds goes into the dictionary."""
        self.report(name, 0, 1)
        began = time.monotonic()
        said: dict[str, Any] = {"name": name}
        yield said
        said["seconds"] = round(time.monotonic() - began, 3)
        self.done.append(said)
        self.report(name, 1, 1)


def configured() -> Databases:
    """Return the site's servers. Raises ValueError where the file is missing or wrong."""
    path = Path(settings.DATA_DIR) / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Databases)
    except FileNotFoundError as missing:
        raise ValueError(f"{path} is missing: it names the database servers") from missing
    except msgspec.DecodeError as problem:
        raise ValueError(f"{path}: {problem}") from problem


@contextmanager
def session(node: Node) -> Iterator[Connection]:
    """Yield a connection to exactly this server, which waits for no standby."""
    with psycopg.connect(
        node.admin,
        host=node.host,
        port=node.port,
        autocommit=True,
        connect_timeout=3,
        options="-c search_path=public,read -c synchronous_commit=local",
    ) as connection:
        yield connection


def standing(connection: Connection) -> Standing:
    """Return what a server says of itself."""
    row = connection.execute(
        "SELECT pg_is_in_recovery(), pg_last_wal_receive_lsn()::text, pg_last_wal_replay_lsn()::text,"
        " (SELECT coalesce(max(position), 0) FROM events_position),"
        " (SELECT max(epoch) FROM events_epoch)"
    ).fetchone()
    assert row is not None  # noqa: S101  a query of functions always answers
    return Standing(
        is_standby=row[0],
        system_identifier=_system_identifier(connection),
        timeline=_timeline(connection, is_standby=row[0]),
        received=row[1],
        replayed=row[2],
        head=row[3],
        epoch=row[4],
    )


def _system_identifier(connection: Connection) -> int:
    row = connection.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
    assert row is not None  # noqa: S101  the control file is always there
    return int(row[0])


def _timeline(connection: Connection, *, is_standby: bool) -> int:
    """Return the timeline; a primary's control file tells the former one for a while."""
    query = (
        "SELECT received_tli FROM pg_stat_wal_receiver UNION ALL"
        " SELECT timeline_id FROM pg_control_checkpoint() LIMIT 1"
        if is_standby
        else "SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer"
    )
    row = connection.execute(query).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def caught_up(connection: Connection, seconds: float = 5.0) -> Standing:
    """Return a standby's standing once it has replayed what it has received."""
    until = time.monotonic() + seconds
    while True:
        found = standing(connection)
        if not found.is_standby or found.received in {None, found.replayed}:
            return found
        if time.monotonic() > until:
            return found
        time.sleep(0.02)


def promote(databases: Databases, target: Node, attested: str, steps: Steps) -> Opened | None:
    """Fence all others, promote `target`, open an epoch there, tell every node.

    Returns the epoch that was opened, None when an earlier, interrupted call had opened it. Safe to
    repeat. Raises ValueError when the target is no standby, LogChanged, psycopg.Error; before the
    last step nobody has left the old primary.
    """
    with session(target) as connection:
        with steps.step("look") as said:
            before = caught_up(connection)
            said.update(_told(before))
            _refuse(connection, target, before)
        with steps.step("attest") as said:
            note({"target": target.name, "attested": attested, **_told(before)})
            said["fenced_by"] = attested
        opened = None
        # Once it has its place, the others may be standbys of its own, which commits wait for: only
        # the nodes are left to be told.
        if not _has_its_place(connection, target, before):
            opened = _take_the_place(connection, databases, target, attested, steps)
        with steps.step("identity") as said:
            after = standing(connection)
            said["written"], said["failed"] = tell_nodes(databases, target, after)
        if not said["failed"]:
            note({"target": target.name, "is_done": True})
    return opened


def _take_the_place(
    connection: Connection, databases: Databases, target: Node, attested: str, steps: Steps
) -> Opened | None:
    with steps.step("fence") as said:
        said["nodes"] = [fence(node, target) for node in databases.nodes if node != target]
    with steps.step("promote") as said:
        said["promoted"] = _promote(connection)
    with steps.step("epoch") as said:
        opened = _open(connection, target, attested)
        after = standing(connection)
        # Only now, in its own epoch, may this server commit without a standby.
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
        connection.execute("SELECT pg_reload_conf()")
        note({"target": target.name, "has_its_place": after.timeline})
        said.update(_told(after))
    return opened


def _has_its_place(connection: Connection, target: Node, found: Standing) -> bool:
    """Return whether an earlier call opened this timeline's epoch, and freed it of its standbys."""
    if found.is_standby or not _names_timeline(connection, found.timeline):
        return False
    return any(one.get("has_its_place") == found.timeline for one in _noted(target))


def _refuse(connection: Connection, target: Node, found: Standing) -> None:
    """Refuse a primary, unless it is one by a call that was not finished, and a changed log."""
    if not (found.is_standby or _is_unfinished(target)):
        raise ValueError(f"{target.name} is a primary already: its standbys are not to be fenced")
    finding = epochs.check(connection)
    if isinstance(finding, Forked) and not finding.clean:
        raise LogChanged(finding.why)


def _is_unfinished(target: Node) -> bool:
    told = _noted(target)
    return bool(told) and not told[-1].get("is_done")


def _noted(target: Node) -> list[dict[str, Any]]:
    lines = _notes().read_text().splitlines() if _notes().exists() else []
    return [one for one in map(json.loads, lines) if one["target"] == target.name]


def _notes() -> Path:
    return Path(settings.DATA_DIR) / "promotions.jsonl"


def note(said: Mapping[str, Any]) -> None:
    """Write down what an operator did and attested, on the disk before anything follows from it."""
    line = {"at": datetime.now(UTC).isoformat(), **said}  # noqa: TID251  an act has an instant
    descriptor = os.open(_notes(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, (json.dumps(line) + "\n").encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fence(node: Node, target: Node) -> dict[str, Any]:
    """Mark a server as replaced and stop it if it can be reached; tell what came of it."""
    said: dict[str, Any] = {"name": node.name, "marked": False, "stopped": False}
    if node.fence:
        try:
            Path(node.fence).write_text(json.dumps({"replaced_by": target.name}) + "\n")
            said["marked"] = True
        except OSError as failure:
            said["problem"] = type(failure).__name__
    if node.stop:
        try:
            done = subprocess.run(  # noqa: S603  the site's own command
                node.stop, timeout=node.fence_seconds, check=False,
                stdin=subprocess.DEVNULL, capture_output=True,
            )  # fmt: skip
            said["stopped"] = done.returncode == 0
        except (OSError, subprocess.TimeoutExpired) as failure:
            said["problem"] = type(failure).__name__
    return said


def _promote(connection: Connection) -> bool:
    row = connection.execute(
        "SELECT pg_is_in_recovery() AND pg_promote(true, %s)", [PROMOTE_SECONDS]
    ).fetchone()
    return bool(row and row[0])


def _open(connection: Connection, target: Node, attested: str) -> Opened | None:
    """Open an epoch for this timeline, once."""
    timeline = _timeline(connection, is_standby=False)
    if _names_timeline(connection, timeline) and isinstance(epochs.check(connection), Same):
        return None
    return epochs.open_epoch(
        f"promotion of {target.name}; fenced: {attested}",
        connection=connection,
        facts={"timeline": timeline},
    )


def _names_timeline(connection: Connection, timeline: int) -> bool:
    """Return whether an epoch that this site signed was opened for this timeline."""
    rows = connection.execute("SELECT statement FROM events_epoch WHERE epoch > 1").fetchall()
    return any(epochs.facts_of(signed).get("timeline") == timeline for (signed,) in rows)


def tell_nodes(databases: Databases, target: Node, found: Standing) -> tuple[list[str], list[str]]:
    """Write `log-identity.json` into every node's folder; return where it went and where not."""
    return _tell(databases, _identity(found, target.host, target.port))


def _identity(found: Standing, host: str, port: int) -> dict[str, Any]:
    names = ("system_identifier", "timeline", "epoch")
    return {**{name: getattr(found, name) for name in names}, "host": host, "port": port}


def _tell(databases: Databases, identity: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    written, failed = [], []
    text = json.dumps(identity)
    for folder in databases.node_dirs or [str(Path(settings.LOG_IDENTITY_FILE).parent)]:
        try:
            _write(Path(folder) / Path(settings.LOG_IDENTITY_FILE).name, text)
            written.append(folder)
        except OSError:
            failed.append(folder)
    for command in databases.tell:
        try:
            subprocess.run(  # noqa: S603  the site's own command
                command, input=text.encode(), timeout=TELL_SECONDS, check=True, capture_output=True
            )
            written.append(" ".join(command))
        except (OSError, subprocess.SubprocessError):
            failed.append(" ".join(command))
    return written, failed


def follow_epoch(opened: Opened) -> None:
    """Tell every node which epoch the server that they use is in, where a promotion named one.

    They use a connection only if it is of the epoch that they were told.
    """
    if opened.elsewhere or not Path(settings.LOG_IDENTITY_FILE).exists():
        return
    _, failed = _tell(_configured_or_here(), _here())
    if failed:
        log.error("not told of epoch %d: %s", opened.epoch, ", ".join(failed))


def is_misnamed() -> bool:
    """Return whether nodes refuse the server that we use, as it is not the one they were told of.

    A restore that loses nothing leaves the same log on another timeline, until an epoch names it.
    """
    if not Path(settings.LOG_IDENTITY_FILE).exists():
        return False
    told = json.loads(Path(settings.LOG_IDENTITY_FILE).read_text())
    # Written by hand, it may quote a number.
    return any(str(told.get(name)) != str(value) for name, value in _here().items())


def _here() -> dict[str, Any]:
    """Return what Django's own server is, and where."""
    connection = store.session("projector")
    found, place = standing(connection), connections["projector"].settings_dict
    host, port = place["HOST"] or connection.info.host, int(place["PORT"] or connection.info.port)
    return _identity(found, host, port)


def _configured_or_here() -> Databases:
    try:
        return configured()
    except ValueError:
        return Databases(nodes=[])


def _write(path: Path, text: str) -> None:
    making = path.with_name(f".{path.name}.{os.getpid()}")
    with making.open("w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    making.replace(path)


def _told(found: Standing) -> dict[str, Any]:
    return {name: getattr(found, name) for name in found.__slots__}
