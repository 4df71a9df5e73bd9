"""A small stream to try the log with: notes about a person, added and struck."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, ClassVar
from uuid import UUID

import psycopg
from uuid_utils.compat import uuid7

from events import store
from events.codec import catalogue
from events.decider import Decider
from events.errors import Problem, Refused
from events.event import Actor, DomainEvent, Personal, stream_name
from events.handle import Envelope

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACTOR = Actor(id="somebody", role="doctor")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(DomainEvent):
    TYPE: ClassVar[str] = "notes.note_added"
    SCHEMA: ClassVar[int] = 2

    text: Annotated[str | None, Personal("patient")] = None
    author: Annotated[str | None, Personal("reporter")] = None
    weight: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteStruck(DomainEvent):
    TYPE: ClassVar[str] = "notes.note_struck"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    texts: tuple[str | None, ...] = ()
    struck: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    text: str
    author: str | None = None
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    pass


def decide(state: Notes, command: Add | Strike) -> list[DomainEvent]:
    if state.struck:
        raise Refused(Problem("", "struck", "Ces notes sont closes."))
    if isinstance(command, Strike):
        return [NoteStruck(occurred_at=NOON, received_at=NOON)]
    note = NoteAdded(occurred_at=NOON, received_at=NOON, text=command.text, author=command.author)
    return [note] * command.times


def evolve(state: Notes, event: DomainEvent) -> Notes:
    if isinstance(event, NoteAdded):
        return Notes(texts=(*state.texts, event.text), struck=state.struck)
    return Notes(texts=state.texts, struck=True)


NOTES = Decider(category="notes", initial=Notes(), decide=decide, evolve=evolve)


def register() -> None:
    """Make the toy events known; schema 1 called the weight `importance`."""
    catalogue.register(
        [NoteAdded, NoteStruck],
        {NoteAdded.TYPE: {1: lambda data: {"weight": data.pop("importance", 1), **data}}},
    )


def new_stream() -> str:
    return stream_name("notes", uuid7())


def envelope(content: object = "x", *, command_id: UUID | None = None, **kwargs) -> Envelope:
    return Envelope.of(command_id or uuid7(), content, ACTOR, **kwargs)


def raw(count: int = 1, text: str = "{}") -> list[store.NewEvent]:
    event = store.NewEvent(
        type=NoteStruck.TYPE, schema_version=1, payload=text, occurred_at=NOON, received_at=NOON
    )
    return [event] * count


def write(stream: str, expected: int = 0, count: int = 1, text: str = "{}") -> store.StreamWrite:
    return store.StreamWrite(stream=stream, expected_version=expected, events=raw(count, text))


def command(command_id: UUID | None = None, digest: bytes = b"d" * 32) -> store.Command:
    return store.Command(id=command_id or uuid7(), digest=digest, metadata='{"actor":"x"}')


def insert_by_hand(connection: psycopg.Connection, stream: str) -> None:
    """Write an event as an append does, in a transaction that stays open."""
    connection.execute(
        "WITH new AS (INSERT INTO events_event (stream, version, type, schema_version,"
        " command_id, command_index, payload, metadata, occurred_at, received_at)"
        " VALUES (%s, 1, 'notes.note_struck', 1, gen_random_uuid(), 0, '{}', '{}', now(), now())"
        " RETURNING id) INSERT INTO events_pending SELECT id FROM new",
        [stream],
    )
