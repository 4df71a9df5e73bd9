"""Rebuild a read model beside the one in use, in partitions that any worker may take.

Cancelling leaves the table in use untouched; finished partitions are kept for `resume`. A second
rebuild of the same projection is refused. Reactions never run in a rebuild.
"""

import gc
import math
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from django.db import connections
from psycopg import sql

from events import copying, epochs, runner, store
from events.errors import RebuildRunning
from events.projection import Projection
from events.runner import EVENTS, SCHEMA, Connection, Folded, Target

WORK_MEM = "64MB"
# Each partition reads the whole log once and sorts its share: few are quick, more lose less to an
# interruption. This many take about half a minute.
STREAMS_PER_PART = 400_000
COORDINATOR = "events.rebuild"
PART = "events.rebuild.part"
EXPORT = f"""
    COPY (
        SELECT stream, max(version), {EVENTS}
        FROM events_event
        WHERE stream >= {{first}} AND stream < {{last}}
          AND mod(hashtext(stream)::bigint + 2147483648, {{partitions}}) = {{part}}
          {{only}}
        GROUP BY stream ORDER BY stream
    ) TO STDOUT (FORMAT BINARY)
"""  # noqa: S608
# The events are text; taken as bytea, they are not decoded before they are parsed.
EXPORT_TYPES = ["text", "int4", "bytea"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A rebuild under way: how many partitions, and the head of the log when it began."""

    partitions: int
    head: int
    digest: str
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a rebuild is: streams read so far and in all, partitions done, partitions held."""

    streams: int
    total: int
    done: int
    partitions: int
    held: int


def shadow(projection: Projection[Any]) -> Target:
    """Return the tables that are being built beside those in use."""
    return Target(projection=projection, suffix="__shadow")


def aside(projection: Projection[Any]) -> Target:
    """Return the tables that show an earlier state, for comparison by hand."""
    return Target(projection=projection, suffix="__as_of")


def create(connection: Connection, target: Target) -> None:
    """Create the target's tables, empty and without indexes, in place of older ones.

    Autovacuum stays off them until they are in use: it would hold them when they are to be swapped.
    """
    for table in target.projection.tables:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(target.name_of(table)))
        connection.execute(
            sql.SQL(
                "CREATE TABLE {} (LIKE {} INCLUDING DEFAULTS INCLUDING GENERATED)"
                " WITH (autovacuum_enabled = false)"
            ).format(target.name_of(table), runner.live(target.projection).name_of(table))
        )


@contextmanager
def coordinate(projection: Projection[Any]) -> Iterator[None]:
    """Be the only one who rebuilds this projection. Raises RebuildRunning."""
    connection = store.session("projector")
    key = [COORDINATOR, projection.name]
    statement = "SELECT pg_try_advisory_lock(hashtext(%s), hashtext(%s))"
    row = connection.execute(statement, key).fetchone()
    if not (row and row[0]):
        raise RebuildRunning(projection=projection.name)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(hashtext(%s), hashtext(%s))", key)


def parts_for(streams: int, workers: int) -> int:
    """Return into how many partitions a log is cut: the same number for each worker."""
    return workers * max(1, math.ceil(streams / (workers * STREAMS_PER_PART)))


def begin(projection: Projection[Any], partitions: int, *, resume: bool) -> Run:
    """Start a run, or continue one that the same code left unfinished."""
    runner.ensure_checkpoint(projection)
    epochs.sequence()
    if resume and (unfinished := current(projection)) is not None:
        return unfinished
    connection = store.session("projector")
    head = store.head("projector")
    with connection.transaction():
        forget(connection, projection)
        create(connection, shadow(projection))
        row = connection.execute(
            "INSERT INTO read.events_rebuild (projection, digest, partitions, epoch, head)"
            " VALUES (%s, %s, %s, %s, %s) RETURNING partitions, head, digest, started_at",
            [projection.name, projection.digest, partitions, head.epoch, head.position],
        ).fetchone()
    assert row is not None  # noqa: S101  an INSERT with RETURNING answers
    return _run(row)


def current(projection: Projection[Any]) -> Run | None:
    """Return the unfinished run of this very code, if there is one."""
    row = (
        store.session("projector")
        .execute(
            "SELECT partitions, head, digest, started_at FROM read.events_rebuild"
            " WHERE projection = %s AND digest = %s"
            " AND epoch = (SELECT max(epoch) FROM events_epoch)",
            [projection.name, projection.digest],
        )
        .fetchone()
    )
    return None if row is None else _run(row)


def _run(row: Sequence[Any]) -> Run:
    return Run(partitions=row[0], head=row[1], digest=row[2], started_at=row[3])


def forget(connection: Connection, projection: Projection[Any]) -> None:
    """Drop what an earlier run left behind, once whoever still builds a part of it has ended."""
    connection.execute("DELETE FROM read.events_rebuild WHERE projection = %s", [projection.name])
    for target in (shadow(projection), Target(projection=projection, suffix="__old")):
        for table in projection.tables:
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(target.name_of(table)))
    for name, key in (
        ("events_rebuild_part", projection.name),
        ("events_parked", shadow(projection).label),
    ):
        connection.execute(
            sql.SQL("DELETE FROM {} WHERE projection = %s").format(sql.Identifier(SCHEMA, name)),
            [key],
        )


def work(projection: Projection[Any]) -> int:
    """Build partitions until none is left that nobody holds; return how many were built here.

    Safe to run any number of times at once: a partition is held by a lock that dies with its
    transaction, and its rows commit together with its done-marker.
    """
    built = 0
    while (run := current(projection)) is not None:
        if not any(build_part(projection, run, part) for part in missing_parts(projection, run)):
            return built
        built += 1
    return built


def missing_parts(projection: Projection[Any], run: Run) -> list[int]:
    """Return the partitions without a done-marker."""
    rows = store.session("projector").execute(
        "SELECT part FROM generate_series(0, %s) AS part WHERE NOT EXISTS (SELECT"
        " FROM read.events_rebuild_part AS done"
        " WHERE done.projection = %s AND done.part = part.part)",
        [run.partitions - 1, projection.name],
    )
    return [row[0] for row in rows]


def build_part(projection: Projection[Any], run: Run, part: int) -> bool:
    """Build one partition in one transaction; False when somebody else has it or has done it."""
    started = time.perf_counter()
    connection = store.session("projector")
    with connection.transaction():
        if not _hold(connection, projection, run, part):
            return False
        tally = Tally()
        target = shadow(projection)
        with (
            without_collector(),
            export_connection(projection) as source,
            closing(read_part(source, projection, run.partitions, part)) as folded,
        ):
            tally.parked += copying.fill(connection, target, tally.of(folded))
        for item in tally.parked:
            runner.park(connection, target, item)
        connection.execute(
            "INSERT INTO read.events_rebuild_part"
            " (projection, part, streams, events, rows, parked, seconds)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [
                projection.name,
                part,
                tally.streams,
                tally.events,
                tally.rows,
                len(tally.parked),
                time.perf_counter() - started,
            ],
        )
    return True


@contextmanager
def without_collector() -> Iterator[None]:
    """Switch the cyclic collector off: folding makes no cycles, and a tenth of its time went there."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Tally:
    """Counts what passes through a partition and keeps apart what cannot be folded."""

    def __init__(self) -> None:
        self.streams = 0
        self.events = 0
        self.rows = 0
        self.parked: list[Folded] = []

    def of(self, folded: Iterable[Folded]) -> Iterator[Folded]:
        """Yield the good ones on."""
        for item in folded:
            self.streams += 1
            self.events += item.version
            if item.problem is None:
                self.rows += sum(map(len, item.rows))
                yield item
            else:
                self.parked.append(item)


def _hold(connection: Connection, projection: Projection[Any], run: Run, part: int) -> bool:
    """Keep the run from being forgotten and the partition from others until the transaction ends.

    False when the run is another one by now, or the partition is held or done.
    """
    mine = connection.execute(
        "SELECT FROM read.events_rebuild"
        " WHERE projection = %s AND digest = %s AND started_at = %s FOR SHARE",
        [projection.name, run.digest, run.started_at],
    ).fetchone()
    if mine is None:
        return False
    row = connection.execute(
        "SELECT pg_try_advisory_xact_lock(hashtext(%s), hashtext(%s))",
        [PART, f"{projection.name}/{part}"],
    ).fetchone()
    return bool(row and row[0]) and part in missing_parts(projection, run)


@contextmanager
def export_connection(projection: Projection[Any]) -> Iterator[Connection]:
    """Open a second connection to read from while the first one writes.

    Its name lets anybody see the progress of its COPY.
    """
    parameters = connections["projector"].get_connection_params()
    for name in ("context", "cursor_factory", "prepare_threshold"):
        parameters.pop(name, None)
    parameters |= {"application_name": export_name(projection), "autocommit": True}
    with psycopg.connect(**parameters) as connection:
        # As Django's own connections: PostgreSQL prints instants of 1910 in Paris with seconds in
        # their offset, which nobody reads.
        connection.execute(
            "SELECT set_config('work_mem', %s, false), set_config('TimeZone', 'UTC', false)",
            [WORK_MEM],
        )
        yield connection


def export_name(projection: Projection[Any]) -> str:
    """Return the application name of the connections that export for a rebuild."""
    return f"rebuild {projection.name}"[:63]


def read_part(
    connection: Connection,
    projection: Projection[Any],
    partitions: int,
    part: int,
    as_of: str | None = None,
) -> Generator[Folded, None, None]:
    """Yield the folded streams of one partition, in order; memory holds one stream at a time.

    Close it when leaving early: it holds the connection until its COPY has ended.
    """
    statement = sql.SQL(EXPORT).format(
        first=sql.Literal(f"{projection.category}-"),
        last=sql.Literal(f"{projection.category}."),
        partitions=sql.Literal(partitions),
        part=sql.Literal(part),
        only=sql.SQL("AND recorded_at <= {}").format(as_of) if as_of else sql.SQL(""),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(EXPORT_TYPES)
        for stream, version, events in copy.rows():
            yield runner.fold_stream(projection, stream, version, events)


def progress(projection: Projection[Any], run: Run, total: int) -> Progress:
    """Return how far the run is, exactly: the exports count their own rows."""
    row = (
        store.session("projector")
        .execute(
            "SELECT (SELECT coalesce(sum(streams), 0) FROM read.events_rebuild_part"
            "  WHERE projection = %(name)s),"
            " (SELECT count(*) FROM read.events_rebuild_part WHERE projection = %(name)s),"
            " (SELECT coalesce(sum(copied.tuples_processed), 0) FROM pg_stat_progress_copy AS copied"
            "  JOIN pg_stat_activity AS active USING (pid)"
            "  WHERE active.application_name = %(export)s AND active.datname = current_database()),"
            " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            "  AND classid = hashtext(%(part)s)::oid"
            "  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            {"name": projection.name, "export": export_name(projection), "part": PART},
        )
        .fetchone()
    )
    streams, done, copied, held = row or (0, 0, 0, 0)
    return Progress(
        streams=min(int(streams) + int(copied), total),
        total=total,
        done=done,
        partitions=run.partitions,
        held=held,
    )


def count_streams(projection: Projection[Any]) -> int:
    """Return how many streams the projection's category has."""
    return _count(projection, "AND version = 1")


def count_events(projection: Projection[Any]) -> int:
    """Return how many events the projection's category has."""
    return _count(projection, "")


def _count(projection: Projection[Any], which: LiteralString) -> int:
    row = (
        store.session("projector")
        .execute(
            "SELECT count(*) FROM events_event WHERE stream >= %s AND stream < %s " + which,  # noqa: S608
            [f"{projection.category}-", f"{projection.category}."],
        )
        .fetchone()
    )
    return row[0] if row else 0
