"""What one request was when an outage began, and the terms that ran for it: for the report of it (§7).

A state at an instant is that of what was received until then: what waited in a spool counts from its
receipt, as its clocks do.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from compassionate.domain.deadlines import (
    RULES,
    Asked,
    first_silence,
    goal,
    regularisation_days,
    undertaking_due,
)
from compassionate.domain.holder_facts import HolderFacts
from compassionate.domain.legal_parameter import ParameterFacts, days_to_regularise
from compassionate.domain.request import REQUEST
from compassionate.domain.request_events import (
    DispensingDeclared,
    OralAgreementRecorded,
    RequestReceiptJoined,
    RequestReceived,
)
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import AT_AGENCY, ENDED, RequestState
from events.days import morning_of
from events.event import DomainEvent
from events.touched import Given, Term, Window

REACHING = (RequestReceived, DispensingDeclared, OralAgreementRecorded)
"""By which the agency was seized."""
WAITS = AT_AGENCY | {RequestState.TO_REGULARISE}
DAY = timedelta(days=1)
RULES_BY_CODE = {rule.code: rule for rule in RULES}
OUTCOMES = {
    RequestState.GRANTED: "regularised",
    RequestState.REFUSED: "refused",
    RequestState.WITHDRAWN: "withdrawn",
    RequestState.IMPLICIT: "implicit",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """A request as it is known today, and as it was at both ends of a window.

    `closed_at` is when it was decided or taken back, for good as far as is known.
    """

    facts: RequestFacts
    at_start: RequestFacts
    at_end: RequestFacts
    reached_at: datetime | None
    closed_at: datetime | None

    @property
    def begins_at(self) -> datetime:
        """Return when the agency had it, or when a dose was given or agreed to, if that was earlier."""
        given = self.facts.first_given
        known = [one for one in (self.reached_at, given.at if given else None) if one is not None]
        return min(known)

    @property
    def is_urgent(self) -> bool:
        """Say whether it cannot wait; what nobody called deferrable cannot (deadlines.goal)."""
        part = self.facts.prescription
        return not (part is not None and part.deferrable)

    @property
    def state_at_start(self) -> str | None:
        """Return its state when the window began, None where it did not wait then."""
        state = self.at_start.state
        return state.value if state in WAITS else None

    def waited_at(self, at: datetime) -> bool:
        """Say whether it waited for a decision at an instant."""
        return self.begins_at < at and (self.closed_at is None or self.closed_at >= at)

    def waited_in(self, window: Window) -> bool:
        """Say whether it waited in the window, or reached the agency in it."""
        if self.reached_at is None or self.begins_at >= window.until:
            return False
        return self.closed_at is None or self.closed_at > window.since


def folded_in(events: Iterable[DomainEvent], window: Window) -> Fold:
    """Return what is known of a request from its events in order."""
    facts = at_start = at_end = REQUEST.initial
    after: list[RequestFacts] = []
    reached_at: datetime | None = None
    closed_at: datetime | None = None
    for event in events:
        said: Any = event
        facts = REQUEST.evolve(facts, said)
        after.append(facts)
        known, reaches = facts, isinstance(event, REACHING)
        if isinstance(event, RequestReceiptJoined) and event.of_version <= len(after):
            # An earlier receipt of something says when that was received, and nothing of what came since.
            known = after[event.of_version - 1]
            reaches = known.reached_agency
        if event.received_at < window.since:
            at_start = max(at_start, known, key=_version)
        if event.received_at < window.until:
            at_end = max(at_end, known, key=_version)
        if reaches:
            reached_at = min(reached_at or event.received_at, event.received_at)
        # A dose that is told after a withdrawal opens it again.
        closed_at = (closed_at or event.occurred_at) if facts.state in ENDED else None
    return Fold(
        facts=facts, at_start=at_start, at_end=at_end, reached_at=reached_at, closed_at=closed_at
    )


def _version(facts: RequestFacts) -> int:
    return facts.version


def given_of(fold: Fold) -> Given | None:
    """Return what was given or agreed to first, and what became of it."""
    first = fold.facts.first_given
    if first is None:
        return None
    return Given(
        route=first.route.value,
        at=first.at,
        outcome=OUTCOMES.get(fold.facts.state, "still_open"),
        on_sheet=any(one.sheet_number for one in fold.facts.beforehand),
    )


def terms_of(fold: Fold, window: Window, settled: ParameterFacts) -> tuple[Term, ...]:
    """Return the terms of a request: the goal, the silence that decides, the regularisation."""
    facts, found = fold.facts, []
    part, received_at = facts.prescription, facts.received_at
    if received_at is not None:
        due = goal(
            received_at, deferrable=part.deferrable if part else None, conforms=facts.conforms
        )
        found.append(_term("goal", received_at, due, fold.closed_at))
        silent = first_silence(received_at, facts.asked)
        if silent is not None:
            moved = _silence(fold, fold.at_start.asked) != _silence(fold, fold.at_end.asked)
            found.append(
                _term("silence", received_at, _after(silent), fold.closed_at, was_moved=moved)
            )
    given = facts.first_given
    if given is not None:
        inside = window.since <= given.at < window.until
        allowed = days_to_regularise(settled, given.at)
        days = regularisation_days(given.at, window.until if inside else None, allowed)
        found.append(_term("regularisation", given.at, _after(days.due), fold.closed_at))
    return tuple(found)


def _silence(fold: Fold, asked: Iterable[Asked]) -> date | None:
    received_at = fold.facts.received_at
    return None if received_at is None else first_silence(received_at, asked)


def cover_term(number: str, begins_on: date, ends_on: date, renewed_at: datetime | None) -> Term:
    """Return the term of an authorisation that ended while its renewal waited (trap T5)."""
    return _term("length", morning_of(begins_on), _after(ends_on), renewed_at, of=number)


def holder_terms(facts: HolderFacts) -> tuple[Term, ...]:
    """Return what a rights holder owes: the undertaking to file for early access, and the filing."""
    found = []
    if facts.asked_on is not None:
        due, done = undertaking_due(facts.asked_on), facts.undertaken_on
        found.append(_term("undertaking", morning_of(facts.asked_on), _after(due), _on(done)))
    due_on = facts.filing_due
    if due_on is not None and facts.granted_on is not None and facts.owed_since is not None:
        began = morning_of(max(facts.granted_on, facts.owed_since))
        found.append(_term("filing", began, _after(due_on), _on(facts.filed_on)))
    return tuple(found)


def _on(day: date | None) -> datetime | None:
    return None if day is None else morning_of(day)


def _after(day: date) -> datetime:
    """Return the end of a day in Paris; of the last one of the calendar, its beginning."""
    return morning_of(day if day == date.max else day + DAY)


def _term(
    clock: str, begins_at: datetime, ends_at: datetime, done_at: datetime | None, **more: Any
) -> Term:
    rule = RULES_BY_CODE[clock]
    return Term(
        clock=clock,
        label=rule.label,
        source=rule.source,
        by_law=rule.law,
        begins_at=begins_at,
        ends_at=ends_at,
        done_at=done_at,
        **more,
    )
