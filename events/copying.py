"""Folded streams into tables by COPY, at the speed of C."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec
import psycopg
from psycopg import sql
from psycopg.adapt import PyFormat, Transformer

from events import runner
from events.projection import Row
from events.runner import Connection, Folded, Target

BATCH = 2000
IMPORT = """COPY {} ({}) FROM STDIN (FORMAT CSV, NULL 'null', QUOTE '"', ESCAPE '\\')"""
_TRANSFORMER = Transformer()
# What JSON escapes and CSV would take as it stands: a new line, a control character.
_JSON_ONLY = re.compile(rb'\\[^"\\]')


def fill(connection: Connection, target: Target, folded: Iterator[Folded]) -> list[Folded]:
    """COPY folded streams into tables that have no index yet, some thousands at a time.

    Return the streams whose rows PostgreSQL refuses, to be parked.
    """
    refused: list[Folded] = []
    while batch := list(islice(folded, BATCH)):
        refused += runner.store_or_refuse(
            connection, batch, lambda items: _copy_in(connection, target, items)
        )
    return refused


def _copy_in(connection: Connection, target: Target, items: Sequence[Folded]) -> None:
    with psycopg.Cursor(connection) as cursor:
        for place, table in enumerate(target.projection.tables):
            statement = sql.SQL(IMPORT).format(
                target.name_of(table), sql.SQL(", ").join(map(sql.Identifier, table.all_columns))
            )
            rows = [row for item in items for row in runner.table_rows(item, place)]
            if rows:
                with cursor.copy(statement) as copy:
                    copy.write(csv_lines(rows))


def csv_lines(rows: Sequence[Row]) -> bytes:
    """Return rows as IMPORT reads them.

    That is a JSON array of arrays without its brackets, made at the speed of C. Where CSV means
    another thing, by an escape or an array inside, each row is written field by field.
    """
    lines = msgspec.json.encode(rows)
    if lines.count(b",[") == len(rows) - 1 and not _JSON_ONLY.search(lines):
        return lines[2:-2].replace(b"],[", b"\n") + b"\n"
    return b"".join([b",".join(map(_csv_field, row)) + b"\n" for row in rows])


def _csv_field(value: Any) -> bytes:
    text = None if value is None else _TRANSFORMER.get_dumper(value, PyFormat.TEXT).dump(value)
    if text is None:
        return b"null"
    return b'"' + bytes(text).replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
