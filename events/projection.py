"""A read model as a pure function of one stream."""

import hashlib
import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar, get_type_hints

import msgspec

from events.event import DomainEvent

S = TypeVar("S")
Row = tuple[Any, ...]
ENVELOPE = ("occurred_at", "received_at")


class View(msgspec.Struct, frozen=True):
    """The part of an event's payload that a projection reads; personal fields stay ciphertext."""


class Seen(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One event as a projection's fold gets it; the codec makes a subclass for each type."""

    type: ClassVar[str]

    version: int
    occurred_at: datetime
    received_at: datetime
    recorded_at: datetime
    data: Any


def whole(event: type[DomainEvent]) -> type[View]:
    """Return the view that reads every field of an event; for lists of few events a second."""
    hints = get_type_hints(event)
    read = [
        (one.name, hints[one.name])
        if one.default is MISSING
        else (one.name, hints[one.name], one.default)
        for one in fields(event)
        if one.name not in ENVELOPE
    ]
    found: Any = msgspec.defstruct(
        f"WholeOf{event.__name__}", read, bases=(View,), frozen=True, kw_only=True
    )
    made: type[View] = found
    return made


def event_of(event: type[DomainEvent], seen: "Seen") -> DomainEvent:
    """Return the event that a whole view read, its personal fields still ciphertext."""
    said = {name: getattr(seen.data, name) for name in seen.data.__struct_fields__}
    return event(occurred_at=seen.occurred_at, received_at=seen.received_at, **said)


class Table(NamedTuple):
    """A table in the schema `read`, and its columns besides stream, row_key and stream_version."""

    name: str
    columns: tuple[str, ...]

    @property
    def all_columns(self) -> tuple[str, ...]:
        """Return the columns in the order in which rows are written."""
        return ("stream", "row_key", "stream_version", *self.columns)


class Projection(ABC, Generic[S]):
    """`rows = f(fold(stream))`: the full set of rows that one stream owns, in one or more tables.

    A subclass names its tables and the events it reads (`views`: type -> View), and gives
    `initial`, `evolve` and `rows`. Each row is `(row_key, *columns)`; the engine adds `stream` and
    `stream_version`. Nothing here may read a clock, another table or the network.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    category: ClassVar[str]
    tables: ClassVar[tuple[Table, ...]]
    views: ClassVar[Mapping[str, type[View]]]

    @abstractmethod
    def initial(self) -> S:
        """Return the state before the first event."""

    @abstractmethod
    def evolve(self, state: S, seen: Seen) -> S:
        """Return the state after one event; events without a view are not passed."""

    @abstractmethod
    def rows(self, stream: str, state: S) -> Sequence[Sequence[Row]]:
        """Return every row the stream owns, each starting with its row key, table by table."""

    def placeholder(self, stream: str) -> Sequence[Sequence[Row]]:
        """Return the rows to show for a stream that cannot be read and never could; none is fine."""
        del stream
        return [()] * len(self.tables)

    def fold(self, stream: str, events: Iterable[Seen]) -> Sequence[Sequence[Row]]:
        """Return the rows of a stream, table by table, from its events in order."""
        state = self.initial()
        for seen in events:
            state = self.evolve(state, seen)
        return self.rows(stream, state)

    @cached_property
    def digest(self) -> str:
        """Return a short hash of the code that makes the rows: its module and its domain."""
        module = Path(inspect.getfile(type(self)))
        code = hashlib.sha256(f"{self.name}:{self.version}".encode())
        for source in [module, *sorted((module.parent / "domain").rglob("*.py"))]:
            code.update(source.read_bytes())
        return code.hexdigest()[:16]
