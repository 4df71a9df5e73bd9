"""Check that a read model holds exactly what the log says: rebuilt == live."""

import heapq
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import psycopg
from psycopg import sql

from events import rebuild, runner, store
from events.projection import Projection, Row, Table
from events.runner import SCHEMA, Connection, Folded

PARTITIONS = 4
ROUNDS = 20
WANTED = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a comparison found; `first_difference` names a stream, never its content."""

    name: str
    rows: int
    differences: int
    first_difference: str | None


def compare(projection: Projection[Any]) -> Compared:
    """Refold the whole log and compare with the table in use, row by row, in one snapshot each.

    A stream with an event that is not projected yet is looked at again after a catch-up.
    """
    runner.catch_up(projection)
    rows, unsure = 0, set[str]()
    for part in range(PARTITIONS):
        found, differing = _compare_part(projection, part)
        rows += found
        unsure |= differing
    unsure = _settled(projection, unsure)
    return Compared(
        name=projection.name,
        rows=rows,
        differences=len(unsure),
        first_difference=min(unsure, default=None),
    )


def compare_part(projection: Projection[Any], first: int | None, last: int | None) -> Compared:
    """Compare only the streams that have an event within these positions."""
    runner.catch_up(projection)
    position = (first or 1) - 1
    end = last or store.head("projector").position
    rows, differing, seen = 0, set[str](), set[str]()
    connection = store.session("projector")
    while page := runner.read_page(connection, projection, position, end):
        streams = {stream for _, stream in page if stream is not None} - seen
        seen |= streams
        rows += _count(connection, projection, sorted(streams))
        differing |= _settled(projection, streams)
        position = page[-1][0]
    return Compared(
        name=projection.name,
        rows=rows,
        differences=len(differing),
        first_difference=min(differing, default=None),
    )


def _count(connection: Connection, projection: Projection[Any], streams: Sequence[str]) -> int:
    """Return how many rows these streams have in the tables in use."""
    rows = 0
    for table in projection.tables:
        statement = sql.SQL("SELECT count(*) FROM {} WHERE stream = ANY(%s)").format(
            sql.Identifier(SCHEMA, table.name)
        )
        found = connection.execute(statement, [streams]).fetchone()
        rows += found[0] if found else 0
    return rows


def _settled(projection: Projection[Any], unsure: set[str]) -> set[str]:
    """Return which of these streams differ for certain: none of their events is on its way."""
    for _ in range(ROUNDS):
        if not unsure:
            break
        runner.catch_up(projection)
        unsure, certain = _look_again(projection, sorted(unsure))
        if certain:
            break
    return {stream for stream in unsure if not _parked(projection, stream)}


def _compare_part(projection: Projection[Any], part: int) -> tuple[int, set[str]]:
    """Return the number of live rows of one partition and the streams that seem to differ."""
    rows, differing = 0, set[str]()
    with ExitStack() as open_now:
        sides = _sides(open_now, projection, part)
        for stream, found in groupby(heapq.merge(*sides, key=itemgetter(0, 1)), itemgetter(0)):
            present: dict[int, Any] = {place: item for _, place, item in found}
            wanted: Folded | None = present.pop(WANTED, None)
            rows += sum(map(len, present.values()))
            if _differs(projection, wanted, present) and not _parked(projection, stream):
                differing.add(stream)
    return rows, differing


def _sides(
    open_now: ExitStack, projection: Projection[Any], part: int
) -> list[Iterator[tuple[str, int, Any]]]:
    """Return what is to be compared, each in order of streams: the log's fold, and each table."""
    source = open_now.enter_context(rebuild.export_connection(projection))
    folded = open_now.enter_context(
        closing(rebuild.read_part(source, projection, PARTITIONS, part))
    )
    sides: list[Iterator[tuple[str, int, Any]]] = [
        ((item.stream, WANTED, item) for item in folded)
    ]
    for place, table in enumerate(projection.tables):
        live = open_now.enter_context(rebuild.export_connection(projection))
        sides.append(open_now.enter_context(closing(_live_rows(live, table, place, part))))
    return sides


def _live_rows(
    connection: Connection, table: Table, place: int, part: int
) -> Generator[tuple[str, int, list[Row]], None, None]:
    """Yield (stream, place, rows in order of their keys) of one partition of a table in use."""
    statement = sql.SQL(
        "SELECT {} FROM {} WHERE mod(hashtext(stream)::bigint + 2147483648, %s) = %s"
        ' ORDER BY stream, row_key COLLATE "C"'
    ).format(
        sql.SQL(", ").join(map(sql.Identifier, table.all_columns)),
        sql.Identifier(SCHEMA, table.name),
    )
    with (
        connection.transaction(),
        psycopg.ServerCursor(connection, "live", scrollable=False) as cursor,
    ):
        cursor.itersize = 5000
        rows = cursor.execute(statement, [PARTITIONS, part])
        for stream, group in groupby(rows, itemgetter(0)):
            yield stream, place, list(group)


def _differs(
    projection: Projection[Any], wanted: Folded | None, present: Mapping[int, list[Row]]
) -> bool:
    return any(
        _expected(wanted, place) != present.get(place, [])
        for place in range(len(projection.tables))
    )


def _expected(folded: Folded | None, place: int) -> list[Row]:
    if folded is None:
        return []
    return sorted(map(_comparable, runner.table_rows(folded, place)), key=itemgetter(1))


def _comparable(row: Row) -> Row:
    return tuple(list(value) if isinstance(value, tuple) else value for value in row)


def _parked(projection: Projection[Any], stream: str) -> bool:
    row = (
        store.session("projector")
        .execute(
            "SELECT FROM read.events_parked WHERE projection = %s AND stream = %s",
            [projection.name, stream],
        )
        .fetchone()
    )
    return row is not None


def _look_again(projection: Projection[Any], streams: Sequence[str]) -> tuple[set[str], bool]:
    """Compare single streams in one snapshot; say whether every difference is certain by now."""
    connection = store.session("projector")
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        moving = {
            row[0]
            for row in connection.execute(
                "SELECT DISTINCT event.stream FROM events_event AS event"
                " LEFT JOIN events_position AS numbered ON numbered.event_id = event.id"
                " WHERE event.stream = ANY(%s) AND (numbered.position IS NULL OR"
                " numbered.position > (SELECT position FROM read.events_checkpoint"
                "  WHERE projection = %s))",
                [list(streams), projection.name],
            )
        }
        folded = {
            item.stream: item for item in runner.fold_streams(connection, projection, streams)
        }
        differing = {
            stream
            for stream in streams
            if _differs(projection, folded.get(stream), _present(connection, projection, stream))
        }
    return differing, not differing & moving


def _present(
    connection: Connection, projection: Projection[Any], stream: str
) -> dict[int, list[Row]]:
    """Return the rows that a stream has now, by the place of their table."""
    return {
        place: connection.execute(
            sql.SQL('SELECT {} FROM {} WHERE stream = %s ORDER BY row_key COLLATE "C"').format(
                sql.SQL(", ").join(map(sql.Identifier, table.all_columns)),
                sql.Identifier(SCHEMA, table.name),
            ),
            [stream],
        ).fetchall()
        for place, table in enumerate(projection.tables)
    }
