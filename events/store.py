"""The one place that speaks to the log's tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import local
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from django.db import connections

from events import line
from events.errors import (
    CommandReused,
    InsideTransaction,
    LogHalted,
    StreamParked,
    VersionConflict,
)
from events.event import StoredEvent
from events.touched import Times
from events.vault import NewKey

SQL = Path(__file__).parent / "sql"
BATCH = 8192
SEQUENCE = "SELECT set_config('synchronous_commit', 'local', true), events_sequence(%s)"
# Ended by statement_timeout or by lock_timeout: the connection is well, the server is not.
TOO_LONG = (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable)
# What the gate of epochs.sql says.
GATE = {"PVH01": LogHalted, "PVP01": StreamParked}
LOST = (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction)
EVENT_COLUMNS = (
    "stream, version, type, schema_version, payload::text, metadata, command_id, command_index, "
    "occurred_at, received_at, recorded_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An encoded event on its way into the log."""

    type: str
    schema_version: int
    payload: str
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamWrite:
    """What one command adds to one stream; `expected_version` 0 means a new stream."""

    stream: str
    expected_version: int
    events: Sequence[NewEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The identity of a command: its id, the keyed hash of its content, who gave it.

    `receipt` is the id of the receipt that was given for it, where it came by way of a spool.
    """

    id: UUID
    digest: bytes
    metadata: str
    receipt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The last version of each stream that the command wrote; `again` if it was known already."""

    versions: Mapping[str, int]
    recorded_at: datetime | None
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A command that the log holds: its digest, the receipt it came with, the versions it made."""

    digest: bytes
    receipt: str | None
    versions: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of the log."""

    epoch: int
    position: int


def session(alias: str = "default") -> psycopg.Connection[Any]:
    """Return Django's psycopg connection of this thread, opened if need be, also after it died.

    While the thread borrows a connection from the line, that one is its `default`.
    """
    borrowed = line.lent() if alias == "default" else None
    if borrowed is not None:
        return borrowed
    connection = connections[alias]
    if connection.connection is not None and connection.connection.closed:
        connection.close()
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    return raw


def append(
    writes: Sequence[StreamWrite], command: Command, keys: Sequence[NewKey] = ()
) -> Written:
    """Write all events of one command, or none, in one statement that commits by itself.

    A command already in the log with the same digest gives its recorded result. A connection that
    died, or whose server only reads by now, is opened again and the command tried once more: its id
    makes that safe. A statement that took too long is not: it would only take as long again; nor is one
    on a borrowed connection, whose borrower learns that the log is away.
    Raises VersionConflict, CommandReused, InsideTransaction, LogHalted, StreamParked.
    """
    is_borrowed = line.lent() is not None
    if not is_borrowed and connections["default"].in_atomic_block:
        raise InsideTransaction
    try:
        return _append_once(writes, command, keys)
    except psycopg.errors.DeadlockDetected:
        return _append_once(writes, command, keys)
    except TOO_LONG:
        raise
    except LOST:
        if is_borrowed:
            raise
        connections["default"].close()
        return _append_once(writes, command, keys)


def _append_once(
    writes: Sequence[StreamWrite], command: Command, keys: Sequence[NewKey]
) -> Written:
    ordered = sorted(writes, key=lambda write: write.stream)
    going_on = [write for write in ordered if write.expected_version]
    count = sum(len(write.events) for write in ordered)
    statement = _statement(count, len(going_on), len(keys))
    versions = {write.stream: write.expected_version + len(write.events) for write in ordered}
    parameters = [*_event_parameters(ordered, command)]
    for write in going_on:
        parameters += (write.stream, write.expected_version)
    for key in keys:
        parameters += (key.subject, key.wrapped)
    result = msgspec.json.encode(versions).decode()
    parameters += (command.id, command.digest, result, command.receipt)
    try:
        row = _appender().execute(statement, parameters, prepare=True).fetchone()
    except psycopg.errors.UniqueViolation as violation:
        return _explain(violation, command)
    except psycopg.DatabaseError as error:
        if error.sqlstate in GATE:
            raise GATE[error.sqlstate] from error
        raise
    if row is None:
        return recorded(command) or _conflict()
    return Written(versions=versions, recorded_at=datetime.fromisoformat(row[0]), again=False)


class _Kept(local):
    """The cursor that this thread appends with: a new one for each append costs a tenth of it."""

    cursor: psycopg.Cursor[Any] | None = None


_kept = _Kept()


def _appender() -> psycopg.Cursor[Any]:
    connection = session()
    if _kept.cursor is None or _kept.cursor.connection is not connection:
        _kept.cursor = psycopg.Cursor(connection)
    return _kept.cursor


def _event_parameters(writes: Sequence[StreamWrite], command: Command) -> Iterator[Any]:
    index = 0
    for write in writes:
        for version, event in enumerate(write.events, write.expected_version + 1):
            yield from (write.stream, version, event.type, event.schema_version, command.id, index)
            yield from (event.payload, command.metadata, event.occurred_at, event.received_at)
            index += 1


@cache
def _statement(events: int, going_on: int, keys: int) -> str:
    row = (
        "(%s::text, %s::integer, %s::text, %s::integer, %s::uuid, %s::integer, "
        "%s::json, %s::json, %s::timestamptz, %s::timestamptz)"
    )
    guard = " AND ".join([_sql("append_guard")] * going_on)
    secrets = ", ".join(["(%s::text, %s::bytea)"] * keys)
    return _sql("append").format(
        events=", ".join([row] * events),
        guard=f"WHERE {guard}" if guard else "",
        keys=_sql("append_keys").format(rows=secrets) if keys else "",
    )


def _sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text()


def _explain(violation: psycopg.errors.UniqueViolation, command: Command) -> Written:
    """Say what a broken constraint means: the command is known, or the stream has moved."""
    known = recorded(command)
    if known is not None:
        return known
    if violation.diag.constraint_name in {"events_event_version", "events_subject_key_once"}:
        _conflict(violation)
    raise violation


def _conflict(cause: Exception | None = None) -> Written:
    raise VersionConflict from cause


def recorded(command: Command) -> Written | None:
    """Return the result of a command that the log knows. Raises CommandReused."""
    row = (
        session()
        .execute("SELECT digest, result FROM events_command WHERE command_id = %s", [command.id])
        .fetchone()
    )
    if row is None:
        return None
    if bytes(row[0]) != command.digest:
        raise CommandReused
    return Written(versions=row[1], recorded_at=None, again=True)


def known(commands: Sequence[UUID]) -> dict[UUID, Known]:
    """Return what the log holds of these commands."""
    rows = session().execute(
        "SELECT command_id, digest, receipt, result FROM events_command WHERE command_id = ANY(%s)",
        [list(commands)],
    )
    return {row[0]: Known(digest=bytes(row[1]), receipt=row[2], versions=row[3]) for row in rows}


def read_stream(
    stream: str, *, to_version: int | None = None, as_of: datetime | None = None
) -> list[StoredEvent]:
    """Return a stream's events in order, up to a version or as recorded at an instant."""
    rows = session().execute(
        f"SELECT {EVENT_COLUMNS} FROM events_event WHERE stream = %s"  # noqa: S608
        " AND (%s::integer IS NULL OR version <= %s)"
        " AND (%s::timestamptz IS NULL OR recorded_at <= %s) ORDER BY version",
        [stream, to_version, to_version, as_of, as_of],
    )
    return [stored(row) for row in rows]


def reports() -> psycopg.Connection[Any]:
    """Return what long reads go through: the projector, which may take its time, where there is one.

    A process of pages knows the application's role only, which reads as much within its own limits.
    """
    return session("projector" if "projector" in connections.settings else "default")


def received_between(types: Sequence[str], since: datetime, until: datetime) -> list[StoredEvent]:
    """Return the events of these types received in [since, until), the earliest first.

    Goes through the whole log: for reports, not for pages.
    """
    rows = reports().execute(
        f"SELECT {EVENT_COLUMNS} FROM events_event WHERE type = ANY(%s)"  # noqa: S608
        " AND received_at >= %s AND received_at < %s ORDER BY received_at, stream, version",
        [list(types), since, until],
    )
    return [stored(row) for row in rows]


def received_per_hour(types: Sequence[str], since: datetime, until: datetime) -> dict[int, int]:
    """Return how many events of these types were received, by the hour's number since 1970 (UTC)."""
    rows = reports().execute(
        "SELECT floor(extract(epoch FROM received_at) / 3600)::bigint, count(*) FROM events_event"
        " WHERE type = ANY(%s) AND received_at >= %s AND received_at < %s GROUP BY 1",
        [list(types), since, until],
    )
    return dict(rows.fetchall())


def first_received(types: Sequence[str]) -> datetime | None:
    """Return when the first event of these types was received."""
    row = (
        reports()
        .execute("SELECT min(received_at) FROM events_event WHERE type = ANY(%s)", [list(types)])
        .fetchone()
    )
    return row[0] if row else None


def times(streams: Sequence[str]) -> dict[str, list[Times]]:
    """Return what happened when in each of these streams, in order."""
    rows = reports().execute(
        "SELECT stream, type, received_at, recorded_at FROM events_event"
        " WHERE stream = ANY(%s) ORDER BY stream, version",
        [list(streams)],
    )
    found: dict[str, list[Times]] = {}
    for stream, *rest in rows:
        found.setdefault(stream, []).append(Times(*rest))
    return found


def has_unread(category: str, projection: str) -> bool:
    """Return whether streams of a category hold an event after a projection's checkpoint."""
    row = session().execute(
        "SELECT EXISTS (SELECT FROM events_event AS event"
        " LEFT JOIN events_position AS numbered ON numbered.event_id = event.id"
        " WHERE event.stream >= %s AND event.stream < %s AND (numbered.position IS NULL"
        " OR numbered.position > coalesce((SELECT position FROM read.events_checkpoint"
        " WHERE projection = %s), 0)))",
        [f"{category}-", f"{category}.", projection],
    )
    return row.fetchone() == (True,)


def stored(row: Sequence[Any]) -> StoredEvent:
    """Return the event of a row selected as EVENT_COLUMNS."""
    return StoredEvent(**dict(zip(StoredEvent.__slots__, row, strict=True)))


def subject_keys(subjects: Sequence[str], alias: str = "default") -> dict[str, bytes | None]:
    """Return the wrapped keys of these subjects; None marks a destroyed one."""
    rows = session(alias).execute(
        "SELECT subject, wrapped FROM events_subject_key WHERE subject = ANY(%s)",
        [list(subjects)],
    )
    return {subject: None if wrapped is None else bytes(wrapped) for subject, wrapped in rows}


def stream_keys(stream: str) -> dict[str, bytes | None]:
    """Return the wrapped keys of every person in one stream."""
    rows = session().execute(
        "SELECT subject, wrapped FROM events_subject_key WHERE subject >= %s AND subject < %s",
        [f"{stream}/", f"{stream}0"],
    )
    return {subject: None if wrapped is None else bytes(wrapped) for subject, wrapped in rows}


def sequence(alias: str = "projector") -> int:
    """Give positions to every committed event that has none; return how many were numbered.

    Its commits are local: a standby that hangs must not stop readers of what is committed.
    """
    numbered = 0
    while True:
        row = session(alias).execute(SEQUENCE, [BATCH]).fetchone()
        taken: int = row[1] if row else 0
        numbered += taken
        if taken < BATCH:
            return numbered


def head(alias: str = "default") -> Head:
    """Return the last epoch and position."""
    row = (
        session(alias)
        .execute(
            "SELECT (SELECT max(epoch) FROM events_epoch),"
            " coalesce((SELECT max(position) FROM events_position), 0)"
        )
        .fetchone()
    )
    assert row is not None  # noqa: S101  an aggregate always answers
    return Head(epoch=row[0], position=row[1])
