"""What is known of one authorisation, folded from its events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from compassionate.domain.authorisation_events import (
    AuthorisationAbrogated,
    AuthorisationCeased,
    AuthorisationEvent,
    AuthorisationExpired,
    AuthorisationIssued,
    AuthorisationReplaced,
    AuthorisationSuspended,
    AuthorisationWithdrawn,
    CessationSet,
    RenewalReminded,
    SuspensionLifted,
)
from compassionate.domain.decision import Terms
from compassionate.domain.vocabulary import AuthorisationState as State, WithdrawalGround
from events.days import day_of

ENDED_FOR_GOOD = frozenset({State.WITHDRAWN, State.ABROGATED, State.CEASED, State.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationFacts:
    """One authorisation; `ends_on` is the day it ends by, whatever ends it first."""

    state: State = State.NONE
    number: str | None = None
    request_id: UUID | None = None
    terms: Terms | None = None
    issued_at: datetime | None = None
    institution: str | None = None
    prescriber: str | None = None
    product: str | None = None
    indication: str | None = None
    suspensions: tuple[tuple[date, date], ...] = ()
    never_valid: bool = False
    ended_on: date | None = None
    ceases_on: date | None = None
    replaced_by: str | None = None
    replaced_on: date | None = None
    reminded: frozenset[int] = frozenset()

    @property
    def ends_on(self) -> date | None:
        """Return its last day, where nothing ends it before."""
        if self.terms is None:
            return None
        return min(self.terms.ends_on, self.ceases_on or self.terms.ends_on)

    @property
    def suspended_until(self) -> date | None:
        """Return the last day of the last suspension."""
        return self.suspensions[-1][1] if self.suspensions else None

    def state_on(self, day: date) -> State:
        """Return the state on a day, whatever was noted since: a day ends it, not the note of it."""
        if self.terms is None or self.state in ENDED_FOR_GOOD:
            return self.state
        if self.replaced_on is not None and day >= self.replaced_on:
            return State.REPLACED
        if self.ceases_on is not None and day > self.ceases_on:
            return State.CEASED
        if day > self.terms.ends_on:
            return State.EXPIRED
        return State.SUSPENDED if self._is_suspended(day) else State.ACTIVE

    def _is_suspended(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.suspensions)

    def in_force(self, day: date) -> bool:
        """Say whether a dose may be dispensed under it on a day, past or to come.

        An abrogation ends it for the time to come (CRPA L242-2), and so does a withdrawal but that of
        an illegal decision, which is as if it had never been.
        """
        if self.terms is None or self.ends_on is None or self.never_valid:
            return False
        ended = self.ended_on is not None and day >= self.ended_on
        replaced = self.replaced_on is not None and day >= self.replaced_on
        within = self.terms.begins_on <= day <= self.ends_on
        return within and not (ended or replaced or self._is_suspended(day))


def evolve(facts: AuthorisationFacts, event: AuthorisationEvent) -> AuthorisationFacts:
    """Return the facts after one event."""
    return _TRANSITIONS[type(event)](facts, event)


def _begun(facts: AuthorisationFacts, event: AuthorisationIssued) -> AuthorisationFacts:
    return replace(
        facts,
        state=State.ACTIVE,
        number=event.number,
        request_id=event.request_id,
        terms=event.terms,
        issued_at=event.occurred_at,
        institution=event.institution,
        prescriber=event.prescriber,
        product=event.product,
        indication=event.indication,
    )


def _lifted(facts: AuthorisationFacts, day: date) -> AuthorisationFacts:
    """End the last suspension on the day before, or on its own last day where that came first."""
    *before, (first, last) = facts.suspensions
    ended = (first, min(last, day - timedelta(days=1)))
    return replace(facts, state=State.ACTIVE, suspensions=(*before, ended))


def _suspended(facts: AuthorisationFacts, event: AuthorisationSuspended) -> AuthorisationFacts:
    suspension = (day_of(event.occurred_at), event.until)
    return replace(facts, state=State.SUSPENDED, suspensions=(*facts.suspensions, suspension))


def _withdrawn(facts: AuthorisationFacts, event: AuthorisationWithdrawn) -> AuthorisationFacts:
    return replace(
        facts,
        state=State.WITHDRAWN,
        never_valid=event.ground is WithdrawalGround.ILLEGAL,
        ended_on=day_of(event.occurred_at),
    )


def _replaced(facts: AuthorisationFacts, event: AuthorisationReplaced) -> AuthorisationFacts:
    return replace(
        facts, state=State.REPLACED, replaced_by=event.number, replaced_on=event.begins_on
    )


_TRANSITIONS: Mapping[type[Any], Callable[[AuthorisationFacts, Any], AuthorisationFacts]] = {
    AuthorisationIssued: _begun,
    AuthorisationSuspended: _suspended,
    SuspensionLifted: lambda facts, event: _lifted(facts, day_of(event.occurred_at)),
    AuthorisationWithdrawn: _withdrawn,
    AuthorisationAbrogated: lambda facts, event: replace(
        facts, state=State.ABROGATED, ended_on=day_of(event.occurred_at)
    ),
    CessationSet: lambda facts, event: replace(facts, ceases_on=event.ceases_on),
    AuthorisationCeased: lambda facts, _: replace(facts, state=State.CEASED),
    AuthorisationExpired: lambda facts, _: replace(facts, state=State.EXPIRED),
    RenewalReminded: lambda facts, event: replace(facts, reminded=facts.reminded | {event.days}),
    AuthorisationReplaced: _replaced,
}
