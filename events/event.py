"""What an event is, before and after the log has it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvent:
    """A fact that happened; subclasses are named in the past tense.

    `TYPE` is the stored name (`context.snake_case`), never renamed; `SCHEMA` grows when the shape
    changes and an upcaster is added. `occurred_at` is the medical or legal fact, `received_at` the
    instant the agency or its fallback channel got it (starts the clocks). Both are timezone-aware.
    """

    TYPE: ClassVar[str]
    SCHEMA: ClassVar[int] = 1

    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Personal:
    """Marks a field as personal data of one subject: `Annotated[str | None, Personal("patient")]`.

    Such a field is an optional string: ciphertext in the log, None once the subject is erased.
    """

    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who gave a command: a user id and role, never a name."""

    id: str
    role: str
    institution: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event as the log keeps it; `payload` holds the bytes that were hashed."""

    stream: str
    version: int
    type: str
    schema_version: int
    payload: str
    metadata: Mapping[str, Any]
    command_id: UUID
    command_index: int
    occurred_at: datetime
    received_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A decoded event with its place in the stream and the database's time."""

    stream: str
    version: int
    event: DomainEvent
    metadata: Mapping[str, Any] = field(default_factory=dict)
    command_id: UUID
    recorded_at: datetime


def stream_name(category: str, identifier: UUID) -> str:
    """Return the name of one stream, `declaration-<uuid>`."""
    return f"{category}-{identifier}"


def identifier_of(stream: str) -> UUID:
    """Return the identifier inside a stream name."""
    return UUID(stream.partition("-")[2])
