"""A declaration's history and its questions as people read them, folded from its stream."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from events.event import DomainEvent, Recorded
from pharmacovigilance.domain.events import (
    InformationProvided,
    InformationRequested,
    ReceiptDisjoined,
    ReceiptJoined,
)
from pharmacovigilance.domain.facts import TRANSITIONS, CaseFacts
from pharmacovigilance.domain.pseudonymised import pseudonymised

RECEIPTS = (ReceiptJoined, ReceiptDisjoined)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a joined or disjoined receipt did: the receipt of its event moved, and day 0 with it.

    Both False for a receipt that is later than another: no date changes.
    """

    receipt: bool
    day_zero: bool
    day_zero_now: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event of a declaration's history, with its three times and who acted.

    `moved` is of a joined or disjoined receipt only.
    """

    version: int
    type: str
    occurred_at: datetime
    received_at: datetime
    recorded_at: datetime
    role: str | None
    actor: str | None
    institution: str | None
    event: DomainEvent
    moved: Moved | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question put to the declarant, and what was answered."""

    id: UUID
    text: str | None
    asked_at: datetime
    answers: tuple[InformationProvided, ...]
    open: bool


def steps(past: Sequence[Recorded], *, identity: bool) -> Iterator[Step]:
    """Yield the history in order; without `identity` nobody is named in it."""
    facts = CaseFacts()
    for one in past:
        event = one.event
        after = TRANSITIONS[event.TYPE](facts, event, event.received_at)
        moved = _moved(facts, after) if isinstance(event, RECEIPTS) else None
        yield _step(one, moved, identity=identity)
        facts = after


def questions(past: Sequence[Recorded], facts: CaseFacts) -> tuple[Question, ...]:
    """Return every question in the order in which they were asked."""
    answers = [one.event for one in past if isinstance(one.event, InformationProvided)]
    return tuple(
        Question(
            id=asked.question_id,
            text=asked.text,
            asked_at=asked.received_at,
            answers=tuple(one for one in answers if one.question_id == asked.question_id),
            open=asked.question_id in facts.open_questions,
        )
        for one in past
        if isinstance(asked := one.event, InformationRequested)
    )


def _step(one: Recorded, moved: Moved | None, *, identity: bool) -> Step:
    actor = one.metadata.get("actor", {})
    return Step(
        version=one.version,
        type=one.event.TYPE,
        occurred_at=one.event.occurred_at,
        received_at=one.event.received_at,
        recorded_at=one.recorded_at,
        role=actor.get("role"),
        actor=actor.get("id") if identity else None,
        institution=actor.get("institution") if identity else None,
        event=_shown(one.event, identity=identity),
        moved=moved,
    )


def _shown(event: DomainEvent, *, identity: bool) -> DomainEvent:
    """Return an event as its reader may see it.

    Why a sheet is of another case may name whoever that other case is about: that is read on the
    sheet, by those who may read names there, and not by whoever reads this declaration.
    """
    if isinstance(event, ReceiptDisjoined):
        return replace(event, reason=None)
    return event if identity else pseudonymised(event)


def _moved(before: CaseFacts, after: CaseFacts) -> Moved:
    return Moved(
        receipt=before.received != after.received,
        day_zero=before.day_zero != after.day_zero,
        day_zero_now=after.day_zero,
    )
