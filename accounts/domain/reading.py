"""The decider of what one person read of one file on one day.

The reason is given once, before the first opening, and may be given anew: each reading holds the last.
Refusal codes: reading_reason_needed for a reading; ground_needed, reference_needed, too_long and
unreadable_character for a reason.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from accounts.domain.reading_events import (
    CATEGORY,
    LONGEST_REFERENCE,
    FileRead,
    ReadingEvent,
    ReadingReasonGiven,
)
from accounts.domain.reading_words import Ground, Opened, Place
from events.decider import Decider
from events.errors import Problem, Refused
from events.texts import is_readable


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveReason:
    """Say why a file is to be read; `file` is its stream."""

    by: str
    at: datetime
    file: str
    ground: Ground | None
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """Read of a file what says something of its patient."""

    by: str
    at: datetime
    file: str
    opened: Opened
    number: str
    place: Place
    letter: int | None = None
    as_of: datetime | None = None
    document: UUID | None = None


ReadingCommand: TypeAlias = GiveReason | ReadFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What is known of one person, one file and one day."""

    reason: ReadingReasonGiven | None = None


def decide(readings: Readings, command: ReadingCommand) -> Sequence[ReadingEvent]:
    """Return the events that a command makes, or raise Refused with every reason."""
    match command:
        case GiveReason():
            return [_given(command)]
        case ReadFile():
            return [_read(readings, command)]
        case _:
            assert_never(command)


def evolve(readings: Readings, event: ReadingEvent) -> Readings:
    """Return what is known after one event."""
    match event:
        case ReadingReasonGiven():
            return Readings(reason=event)
        case FileRead():
            return readings
        case _:
            assert_never(event)


READINGS: Decider[Readings, ReadingCommand, ReadingEvent] = Decider(
    category=CATEGORY, initial=Readings(), decide=decide, evolve=evolve
)


def _given(command: GiveReason) -> ReadingReasonGiven:
    reasons = tuple(_refusals(command))
    if reasons or command.ground is None:
        raise Refused(*reasons)
    return ReadingReasonGiven(
        occurred_at=command.at,
        received_at=command.at,
        by=command.by,
        file=command.file,
        ground=command.ground,
        reference=command.reference.strip(),
    )


def _read(readings: Readings, command: ReadFile) -> FileRead:
    if readings.reason is None:
        sentence = "Dites d'abord pourquoi vous lisez ce dossier."
        raise Refused(Problem("", "reading_reason_needed", sentence))
    return FileRead(
        occurred_at=command.at,
        received_at=command.at,
        by=command.by,
        file=command.file,
        opened=command.opened,
        number=command.number,
        letter=command.letter,
        document=command.document,
        as_of=command.as_of,
        place=command.place,
        ground=readings.reason.ground,
        reference=readings.reason.reference,
    )


def _refusals(command: GiveReason) -> Iterator[Problem]:
    said = command.reference.strip()
    if command.ground is None:
        yield Problem("/ground", "ground_needed", "Choisissez le motif de la lecture.")
    if not said:
        sentence = "Donnez la référence du contrôle, de la réclamation ou de la demande."
        yield Problem("/reference", "reference_needed", sentence)
    if len(said) > LONGEST_REFERENCE:
        sentence = f"Ce texte dépasse {LONGEST_REFERENCE} caractères ({len(said)})."
        yield Problem("/reference", "too_long", sentence)
    if not is_readable(said):
        sentence = "Ce texte contient un caractère illisible : retapez-le."
        yield Problem("/reference", "unreadable_character", sentence)
