"""Live projections: read the log after the checkpoint, refold the streams, write their rows."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import psycopg
from celery.exceptions import SoftTimeLimitExceeded
from psycopg import sql

from events import epochs, store
from events.codec import StreamReader, catalogue
from events.errors import EventError, UnknownEventType, UnstorableRow
from events.projection import Projection, Row, Table

PAGE = 500
UNSTORABLE = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded)
# What can strike in the middle of any fold says nothing about the stream that is being folded.
NO_DEFECT = (SoftTimeLimitExceeded, MemoryError)
SCHEMA = "read"
# What codec.StreamReader reads; put together by PostgreSQL, so that a stream is one row here.
EVENTS = """
    json_agg(json_build_array(type || ':' || schema_version, version,
        occurred_at, received_at, recorded_at, payload) ORDER BY version)::text
"""
STREAMS = f"""
    SELECT stream, max(version), {EVENTS} FROM events_event
    WHERE stream = ANY(%s) GROUP BY stream ORDER BY stream
"""  # noqa: S608
# Whoever holds a checkpoint and falls silent, frozen or cut off, stops everybody's reading: the
# server ends such a session after a minute, where a rebuild may take its time.
SILENCE = "set_config('idle_in_transaction_session_timeout', '60s', true)"
LOCK_WAITING = f"""
    SELECT position, {SILENCE} FROM read.events_checkpoint WHERE projection = %s FOR UPDATE
"""  # noqa: S608
LOCK = f"{LOCK_WAITING} SKIP LOCKED"
Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The tables that a projection's rows go to: those in use, or others with a suffix."""

    projection: Projection[Any]
    suffix: str = ""

    @property
    def label(self) -> str:
        """Return the name under which streams are parked."""
        return self.projection.name + self.suffix

    def name_of(self, table: Table) -> sql.Identifier:
        """Return the quoted name of one of the tables."""
        return sql.Identifier(SCHEMA, table.name + self.suffix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one transaction of a projection did."""

    events: int
    position: int
    parked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """The rows of one stream at one version, or why they could not be made."""

    stream: str
    version: int
    rows: Sequence[Sequence[Row]]
    problem: EventError | None = None


def catch_up(
    projection: Projection[Any], *, limit: int | None = None, seconds: float = math.inf
) -> int:
    """Bring one projection to the end of the log, or to position `limit`; return events read.

    Each page commits rows and checkpoint together; none is begun after `seconds`. Returns at once
    when another process holds the checkpoint: that process is doing the same work.
    """
    until = time.monotonic() + seconds
    ensure_checkpoint(projection)
    epochs.sequence()
    total = 0
    while (page := catch_up_page(projection, limit)) is not None:
        total += page.events
        if page.events == 0 or time.monotonic() > until:
            break
    return total


def catch_up_page(projection: Projection[Any], limit: int | None = None) -> Page | None:
    """Project the next page in one transaction; None when the checkpoint is held elsewhere."""
    connection = store.session("projector")
    with connection.transaction():
        position = lock_checkpoint(connection, projection)
        if position is None:
            return None
        page = read_page(connection, projection, position, limit)
        if not page:
            return Page(events=0, position=position, parked=0)
        streams = sorted({stream for _, stream in page if stream is not None})
        parked = write_streams(connection, live(projection), streams)
        move_checkpoint(connection, projection, page[-1][0])
        return Page(events=len(page), position=page[-1][0], parked=parked)


def ensure_checkpoint(projection: Projection[Any]) -> None:
    """Create the projection's checkpoint at the start of the log if it has none."""
    connection = store.session("projector")
    if connection.execute(
        "SELECT FROM read.events_checkpoint WHERE projection = %s", [projection.name]
    ).fetchone():
        return
    connection.execute(
        "INSERT INTO read.events_checkpoint (projection, version, epoch, position, digest)"
        " VALUES (%s, %s, (SELECT max(epoch) FROM events_epoch), 0, %s) ON CONFLICT DO NOTHING",
        [projection.name, projection.version, projection.digest],
    )


def lock_checkpoint(
    connection: Connection, projection: Projection[Any], *, wait: bool = False
) -> int | None:
    """Lock the checkpoint until the transaction ends; return its position, None if it is held."""
    row = connection.execute(LOCK_WAITING if wait else LOCK, [projection.name]).fetchone()
    return None if row is None else row[0]


def move_checkpoint(connection: Connection, projection: Projection[Any], position: int) -> None:
    """Move the checkpoint, inside the transaction that wrote the rows.

    The code that it names stays: a page refolds a few streams, all other rows are as they were.
    """
    connection.execute(
        "UPDATE read.events_checkpoint SET position = %s,"
        " epoch = (SELECT max(epoch) FROM events_epoch), updated_at = clock_timestamp()"
        " WHERE projection = %s",
        [position, projection.name],
    )


def sign_checkpoint(connection: Connection, projection: Projection[Any]) -> None:
    """Note that this code made every row of the projection."""
    connection.execute(
        "UPDATE read.events_checkpoint SET digest = %s, version = %s WHERE projection = %s",
        [projection.digest, projection.version, projection.name],
    )


def read_page(
    connection: Connection, projection: Projection[Any], position: int, limit: int | None = None
) -> list[tuple[int, str | None]]:
    """Return the next (position, stream) pairs; the stream is None where it is another category's."""
    return connection.execute(
        "SELECT numbered.position,"
        " CASE WHEN starts_with(event.stream, %s) THEN event.stream END"
        " FROM events_position AS numbered JOIN events_event AS event"
        " ON event.id = numbered.event_id"
        " WHERE numbered.position > %s AND (%s::bigint IS NULL OR numbered.position <= %s)"
        " ORDER BY numbered.position LIMIT %s",
        [f"{projection.category}-", position, limit, limit, PAGE],
    ).fetchall()


def live(projection: Projection[Any]) -> Target:
    """Return the target that pages read."""
    return Target(projection=projection)


def write_streams(connection: Connection, target: Target, streams: Sequence[str]) -> int:
    """Refold these streams and replace the rows they own; return how many are parked.

    Never over a row of a newer version. That no older fold brings back rows which a newer version
    has given up is the work of the checkpoint's lock, which every caller but a shadow's builder
    holds. A stream that cannot be folded, or whose rows PostgreSQL refuses,
    keeps its last good row, or gets a placeholder.
    """
    folded = list(fold_streams(connection, target.projection, streams))
    good = [item for item in folded if item.problem is None]
    bad = [item for item in folded if item.problem is not None]
    bad += store_or_refuse(connection, good, lambda items: replace_rows(connection, target, items))
    parked = {item.stream for item in bad}
    unpark(connection, target.label, [one.stream for one in good if one.stream not in parked])
    for item in bad:
        park(connection, target, item)
    return len(bad)


def store_or_refuse(
    connection: Connection,
    items: Sequence[Folded],
    write: Callable[[Sequence[Folded]], None],
) -> list[Folded]:
    """Write rows in a savepoint; if PostgreSQL refuses them, stream by stream.

    Return the streams that it refuses even alone.
    """
    try:
        with connection.transaction():
            write(items)
    except UNSTORABLE as error:
        if len(items) == 1:
            problem = UnstorableRow(f"SQLSTATE {error.sqlstate}")
            return [replace(items[0], rows=(), problem=problem)]
        return [bad for item in items for bad in store_or_refuse(connection, [item], write)]
    return []


def fold_streams(
    connection: Connection, projection: Projection[Any], streams: Sequence[str]
) -> Iterator[Folded]:
    """Read whole streams and fold each; yield them in order of their names."""
    for stream, version, events in connection.execute(STREAMS, [list(streams)]).fetchall():
        yield fold_stream(projection, stream, version, events.encode())


def fold_stream(projection: Projection[Any], stream: str, version: int, events: bytes) -> Folded:
    """Fold the EVENTS of one stream; a failure is returned, not raised, so that others go on.

    Raises SoftTimeLimitExceeded, MemoryError: they end the work, and park nothing.
    """
    try:
        made = projection.fold(stream, reader(projection).read(events))
    except EventError as problem:
        return Folded(stream=stream, version=version, rows=(), problem=problem)
    except NO_DEFECT:
        raise
    except Exception as error:  # noqa: BLE001  any defect of a fold parks its stream only
        unreadable = EventError(f"{type(error).__name__} while folding")
        return Folded(stream=stream, version=version, rows=(), problem=unreadable)
    return Folded(stream=stream, version=version, rows=made)


@cache
def reader(projection: Projection[Any]) -> StreamReader:
    """Return what decodes streams for a projection."""
    return StreamReader(catalogue, projection.views)


def replace_rows(connection: Connection, target: Target, folded: Sequence[Folded]) -> None:
    """Write the full set of rows of each stream, never over a newer version."""
    if not folded:
        return
    names, versions = [item.stream for item in folded], [item.version for item in folded]
    for table in target.projection.tables:
        connection.execute(
            sql.SQL(
                "DELETE FROM {} AS old"
                " USING unnest(%s::text[], %s::integer[]) AS new (stream, version)"
                " WHERE old.stream = new.stream AND old.stream_version <= new.version"
            ).format(target.name_of(table)),
            [names, versions],
        )
    insert_rows(connection, target, folded)


def insert_rows(connection: Connection, target: Target, folded: Sequence[Folded]) -> None:
    """Insert rows; one that is there already at a newer version stays."""
    for place, table in enumerate(target.projection.tables):
        insert = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
            target.name_of(table),
            sql.SQL(", ").join(map(sql.Identifier, table.all_columns)),
            sql.SQL(", ").join([sql.Placeholder()] * len(table.all_columns)),
        )
        with psycopg.Cursor(connection) as cursor:
            cursor.executemany(insert, [row for item in folded for row in table_rows(item, place)])


def table_rows(folded: Folded, place: int) -> list[Row]:
    """Return a folded stream's rows as its table number `place` has them.

    That is with the stream, the row key and the version before the columns.
    """
    rows = folded.rows[place] if folded.rows else ()
    return [(folded.stream, row[0], folded.version, *row[1:]) for row in rows]


def park(connection: Connection, target: Target, item: Folded) -> None:
    """Note that a stream cannot be folded and why (nothing of its content goes into the reason).

    Its last good rows stay on show; a stream that never had any gets its placeholder.
    """
    problem = item.problem
    harmless = isinstance(problem, UnknownEventType | UnstorableRow)
    reason = str(problem) if harmless else type(problem).__name__
    connection.execute(
        "INSERT INTO read.events_parked (projection, stream, version, code, reason, digest)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (projection, stream) DO UPDATE SET"
        " version = excluded.version, code = excluded.code, reason = excluded.reason,"
        " digest = excluded.digest, parked_at = clock_timestamp()",
        [
            target.label,
            item.stream,
            item.version,
            problem.code if problem else "",
            reason,
            target.projection.digest,
        ],
    )
    keep_last_good(connection, target, item)


def keep_last_good(connection: Connection, target: Target, item: Folded) -> None:
    """Leave the parked stream's rows as they were, or show its placeholder."""
    found = False
    for table in target.projection.tables:
        name = target.name_of(table)
        if target.suffix:
            columns = sql.SQL(", ").join(map(sql.Identifier, table.all_columns))
            kept = connection.execute(
                sql.SQL(
                    "INSERT INTO {} ({}) SELECT {} FROM {} WHERE stream = %s ON CONFLICT DO NOTHING"
                ).format(name, columns, columns, live(target.projection).name_of(table)),
                [item.stream],
            )
            found = found or kept.rowcount > 0
        # A table that is being built has no index yet: it is searched only where nothing was kept.
        found = found or _has_rows(connection, name, item.stream)
    if not found:
        placeholder = Folded(
            stream=item.stream,
            version=item.version,
            rows=target.projection.placeholder(item.stream),
        )
        insert_rows(connection, target, [placeholder])


def _has_rows(connection: Connection, table: sql.Identifier, stream: str) -> bool:
    statement = sql.SQL("SELECT FROM {} WHERE stream = %s LIMIT 1").format(table)
    return connection.execute(statement, [stream]).fetchone() is not None


def unpark(connection: Connection, label: str, streams: Sequence[str]) -> None:
    """Take streams off the parked list once they fold again."""
    connection.execute(
        "DELETE FROM read.events_parked WHERE projection = %s AND stream = ANY(%s)",
        [label, list(streams)],
    )


def retry_parked(projection: Projection[Any]) -> int:
    """Try again the streams that older code parked; return how many are still parked."""
    connection = store.session("projector")
    with connection.transaction():
        if lock_checkpoint(connection, projection) is None:
            return 0
        rows = connection.execute(
            "SELECT stream FROM read.events_parked WHERE projection = %s AND digest <> %s LIMIT %s",
            [projection.name, projection.digest, PAGE],
        ).fetchall()
        return write_streams(connection, live(projection), [row[0] for row in rows])
