"""The decider of a follow-up under the PUT-SP: what is due, what came, which reactions are linked.

Prescribers and pharmacists must take part in it (R5121-74-5). Data and links are reports of fact:
taken once the follow-up began, also after it ended. Refusal codes: those of SENTENCES.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from compassionate.domain.acts import Act, told
from compassionate.domain.follow_up_events import (
    CATEGORY,
    AccessFollowUpEvent,
    AdverseEventLinked,
    AdverseEventUnlinked,
    FollowUpBegun,
    FollowUpDataReceived,
    FollowUpEnded,
    FollowUpReminded,
)
from compassionate.domain.vocabulary import DeclareTo, PatientOutcome
from events.days import day_of
from events.decider import Decider
from events.errors import Problem, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginFollowUp(Act):
    """Begin it, in the stroke that grants the authorisation."""

    number: str
    begins_on: date
    ends_on: date
    protocol_version: int | None = None
    every_days: tuple[int, ...] = ()
    declare_to: DeclareTo = DeclareTo.REGIONAL_CENTRE


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordData(Act):
    """Give follow-up data, for a day on which they are due or beside them (`due_on` unsaid)."""

    seen_on: date
    outcome: PatientOutcome
    due_on: date | None = None
    efficacy: str | None = None
    safety: str | None = None
    dosage: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAdverseEvent(Act):
    """Say that a declaration is of this authorisation's patient."""

    declaration_id: UUID
    declaration_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkAdverseEvent(Act):
    """Say that a declaration was linked in error."""

    declaration_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndFollowUp(Act):
    """Say that nothing more is due."""

    ended_on: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDataDue(Act):
    """Note that the prescriber is reminded of the data that have come due."""


FollowUpCommand: TypeAlias = (
    BeginFollowUp | RecordData | LinkAdverseEvent | UnlinkAdverseEvent | EndFollowUp | NoteDataDue
)

STALE_AFTER = timedelta(days=30)
"""Data that came due longer ago are called to mind by nobody any more; they stay due."""

OVER = frozenset({PatientOutcome.STOPPED, PatientOutcome.DIED, PatientOutcome.LOST})
"""What became of a patient of whom nothing more is due (R5121-74-5)."""

SENTENCES = {
    "follow_up_exists": "Le suivi de cette autorisation a déjà commencé.",
    "unknown_follow_up": "Aucun suivi n'existe pour cette autorisation.",
    "seen_in_future": "La date de la consultation est dans le futur.",
    "nothing_said": "Dites au moins l'efficacité ou la tolérance.",
    "already_linked": "Cette déclaration est déjà liée à l'autorisation.",
    "not_linked": "Cette déclaration n'est pas liée à l'autorisation.",
    "reason_needed": "Donnez le motif : il reste au dossier.",
    "ended_in_future": "La fin du traitement est dans le futur.",
    "nothing_due": "Aucune donnée n'est due, ou son rappel est déjà noté.",
    "already_ended": "Le suivi est déjà clos.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpFacts:
    """One follow-up; `received` counts what came for each day on which data are due."""

    begun: FollowUpBegun | None = None
    received: tuple[FollowUpDataReceived, ...] = ()
    linked: frozenset[UUID] = frozenset()
    reminded: frozenset[date] = frozenset()
    ended_on: date | None = None

    @property
    def over_on(self) -> date | None:
        """Return the day after which nothing comes due, as it was said or as the last data tell.

        Data of a later day that tell of a patient under treatment begin it again; of one day the last
        told holds.
        """
        last = max(reversed(self.received), key=lambda one: one.seen_on, default=None)
        days = [self.ended_on, last.seen_on if last and last.outcome in OVER else None]
        return min((day for day in days if day is not None), default=None)

    def due(self) -> tuple[date, ...]:
        """Return the days on which data are due, until the treatment or the authorisation ended."""
        if self.begun is None:
            return ()
        begins_on = self.begun.begins_on
        days = [begins_on + timedelta(days=count) for count in self.begun.every_days]
        last = min(self.begun.ends_on, self.over_on or self.begun.ends_on)
        return tuple([day for day in days if day <= last])

    def lacking(self, today: date) -> tuple[date, ...]:
        """Return the days that have come and for which nothing was received."""
        received = {one.due_on for one in self.received}
        return tuple([day for day in self.due() if day <= today and day not in received])

    def to_remind(self, today: date) -> date | None:
        """Return the day whose data to call to mind: the latest that came, where no later was.

        After an outage one reminder is given and not each that came meanwhile (trap T13).
        """
        come = self.lacking(today)
        if not come or come[-1] < today - STALE_AFTER:
            return None
        return None if any(day >= come[-1] for day in self.reminded) else come[-1]

    def reminders(self) -> tuple[date, ...]:
        """Return the days whose data nobody was reminded of, nor of any later."""
        last = max(self.reminded, default=date.min)
        return tuple([day for day in self.lacking(date.max) if day > last])


def owed(facts: FollowUpFacts, until: date | None) -> FollowUpFacts:
    """Return a follow-up of which nothing is owed after a day, the last of its authorisation."""
    if until is None:
        return facts
    return replace(facts, ended_on=min(until, facts.ended_on or until))


def decide(facts: FollowUpFacts, command: FollowUpCommand) -> Sequence[AccessFollowUpEvent]:
    """Return the event that a command makes, or raise Refused with every reason."""
    if isinstance(command, BeginFollowUp) is (facts.begun is not None):
        raise Refused(_problem("follow_up_exists" if facts.begun else "unknown_follow_up"))
    reasons = list(_GUARDS[type(command)](facts, command))
    if reasons:
        raise Refused(*reasons)
    if isinstance(command, NoteDataDue):
        due_on = facts.to_remind(day_of(command.at)) or day_of(command.at)
        return [FollowUpReminded(**told(command), due_on=due_on)]
    return [_MAKES[type(command)](command)]


def evolve(facts: FollowUpFacts, event: AccessFollowUpEvent) -> FollowUpFacts:
    """Return the facts after one event."""
    match event:
        case FollowUpBegun():
            return replace(facts, begun=event)
        case FollowUpDataReceived():
            return replace(facts, received=(*facts.received, event))
        case AdverseEventLinked(declaration_id=declaration_id):
            return replace(facts, linked=facts.linked | {declaration_id})
        case AdverseEventUnlinked(declaration_id=declaration_id):
            return replace(facts, linked=facts.linked - {declaration_id})
        case FollowUpReminded(due_on=due_on):
            return replace(facts, reminded=facts.reminded | {due_on})
        case FollowUpEnded(ended_on=ended_on):
            return replace(facts, ended_on=ended_on)


FOLLOW_UP: Decider[FollowUpFacts, FollowUpCommand, AccessFollowUpEvent] = Decider(
    category=CATEGORY, initial=FollowUpFacts(), decide=decide, evolve=evolve
)


def _problem(code: str, pointer: str = "") -> Problem:
    return Problem(pointer, code, SENTENCES[code])


def _begin(_facts: FollowUpFacts, _command: BeginFollowUp) -> Iterator[Problem]:
    return iter(())


def _data(_facts: FollowUpFacts, command: RecordData) -> Iterator[Problem]:
    if command.seen_on > day_of(command.at):
        yield _problem("seen_in_future", "/seen_on")
    heard = (command.efficacy or "").strip() or (command.safety or "").strip()
    if not heard and command.outcome not in {PatientOutcome.DIED, PatientOutcome.LOST}:
        yield _problem("nothing_said")


def _link(facts: FollowUpFacts, command: LinkAdverseEvent) -> Iterator[Problem]:
    if command.declaration_id in facts.linked:
        yield _problem("already_linked")


def _unlink(facts: FollowUpFacts, command: UnlinkAdverseEvent) -> Iterator[Problem]:
    if command.declaration_id not in facts.linked:
        yield _problem("not_linked")
    if not command.reason.strip():
        yield _problem("reason_needed", "/reason")


def _end(facts: FollowUpFacts, command: EndFollowUp) -> Iterator[Problem]:
    if facts.ended_on is not None:
        yield _problem("already_ended")
    if command.ended_on > day_of(command.at):
        yield _problem("ended_in_future", "/ended_on")
    if not command.reason.strip():
        yield _problem("reason_needed", "/reason")


def _remind(facts: FollowUpFacts, command: NoteDataDue) -> Iterator[Problem]:
    if facts.to_remind(day_of(command.at)) is None:
        yield _problem("nothing_due")


_GUARDS: Mapping[type[Any], Callable[[FollowUpFacts, Any], Iterator[Problem]]] = {
    BeginFollowUp: _begin,
    RecordData: _data,
    LinkAdverseEvent: _link,
    UnlinkAdverseEvent: _unlink,
    EndFollowUp: _end,
    NoteDataDue: _remind,
}


_MAKES: Mapping[type[Any], Callable[[Any], AccessFollowUpEvent]] = {
    BeginFollowUp: lambda one: FollowUpBegun(
        **told(
            one, "number", "begins_on", "ends_on", "protocol_version", "every_days", "declare_to"
        )
    ),
    RecordData: lambda one: FollowUpDataReceived(
        **told(one, "due_on", "seen_on", "outcome", "efficacy", "safety", "dosage")
    ),
    LinkAdverseEvent: lambda one: AdverseEventLinked(
        **told(one, "declaration_id", "declaration_number")
    ),
    UnlinkAdverseEvent: lambda one: AdverseEventUnlinked(**told(one, "declaration_id", "reason")),
    EndFollowUp: lambda one: FollowUpEnded(**told(one, "ended_on", "reason")),
}
