"""A small read model over the toy notes: one row per stream, one per note."""

from dataclasses import dataclass
from typing import Any, ClassVar

import psycopg
from django.conf import settings
from uuid_utils.compat import uuid7

from events import store
from events.event import stream_name
from events.projection import Projection, Row, Seen, Table, View
from tests.log.notes import NOON, command

DDL = """
CREATE TABLE read.notes_tally (
    stream text COLLATE "C" NOT NULL, row_key text COLLATE "C" NOT NULL,
    stream_version integer NOT NULL, weight integer NOT NULL, struck boolean NOT NULL,
    labels text[] NOT NULL,
    PRIMARY KEY (stream, row_key)
);
CREATE TABLE read.notes_struck (
    stream text COLLATE "C" NOT NULL, row_key text COLLATE "C" NOT NULL,
    stream_version integer NOT NULL, struck boolean NOT NULL,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX notes_tally_open ON read.notes_tally (weight, stream) WHERE NOT struck;
"""


class Added(View, frozen=True):
    weight: int = 1


class Struck(View, frozen=True):
    pass


@dataclass(frozen=True, slots=True)
class Tally:
    weights: tuple[int, ...] = ()
    struck: bool = False


class NotesTally(Projection[Tally]):
    name = "notes_tally"
    category = "notes"
    tables = (
        Table("notes_tally", ("weight", "struck", "labels")),
        Table("notes_struck", ("struck",)),
    )
    views: ClassVar[dict[str, type[View]]] = {
        "notes.note_added": Added,
        "notes.note_struck": Struck,
    }
    broken: ClassVar[bool] = False

    def initial(self) -> Tally:
        return Tally()

    def evolve(self, state: Tally, seen: Seen) -> Tally:
        if self.broken:
            raise ZeroDivisionError
        if isinstance(seen.data, Added):
            return Tally((*state.weights, seen.data.weight), state.struck)
        return Tally(state.weights, struck=True)

    def rows(self, stream: str, state: Tally) -> list[list[Row]]:
        sums: list[Row] = [("", sum(state.weights), state.struck, ["sum"])]
        each: list[Row] = [
            (f"{n:03}", weight, state.struck, []) for n, weight in enumerate(state.weights)
        ]
        return [sums + each, [("", True)] if state.struck else []]

    def placeholder(self, stream: str) -> list[list[Row]]:
        return [[("", -1, False, ["unreadable"])], []]


def create_table() -> None:
    with store.session("projector").cursor() as cursor:
        cursor.execute(DDL)


def note(weight: int = 1, kind: str = "notes.note_added", schema: int = 2) -> store.NewEvent:
    return store.NewEvent(
        type=kind,
        schema_version=schema,
        payload=f'{{"weight": {weight}}}',
        occurred_at=NOON,
        received_at=NOON,
    )


def add(stream: str | None = None, *events: store.NewEvent, expected: int = 0) -> str:
    """Append events to a stream, one note of weight 1 by default; return the stream."""
    stream = stream or stream_name("notes", uuid7())
    write = store.StreamWrite(
        stream=stream, expected_version=expected, events=list(events) or [note()]
    )
    store.append([write], command())
    return stream


def rows(table: str = "notes_tally") -> list[tuple[Any, ...]]:
    """Return the table as a reader of the web's role sees it."""
    with psycopg.connect(**reader()) as connection:
        return connection.execute(
            f"SELECT stream, row_key, stream_version, weight, struck FROM read.{table}"
            " ORDER BY stream, row_key"
        ).fetchall()


def reader() -> dict[str, Any]:
    web = settings.DATABASES["default"]
    return {
        "host": web["HOST"],
        "port": web["PORT"],
        "user": web["USER"],
        "password": web["PASSWORD"],
        "dbname": web["NAME"],
        "autocommit": True,
    }
