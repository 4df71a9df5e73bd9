"""What is known of one authorisation, folded from its events."""

from collections.abc import Callable, Mapping, Sequence
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
    ReplacementVoided,
    SuspensionLifted,
)
from compassionate.domain.deadlines import goes_on_until, suspension_limit
from compassionate.domain.decision import Suspension, Terms
from compassionate.domain.grounds import WithdrawalGround
from compassionate.domain.vocabulary import AuthorisationState as State
from events.days import day_of

STOPPED = frozenset({State.WITHDRAWN, State.ABROGATED, State.CEASED})
"""Ended before its last day: no data of what would have come are owed."""
ENDED_FOR_GOOD = STOPPED | {State.EXPIRED}


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
    suspensions: tuple[Suspension, ...] = ()
    replaces: str | None = None
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
    def goes_until(self) -> date | None:
        """Return its last day, or the day before that on which another takes its place."""
        if self.ends_on is None or self.replaced_on is None:
            return self.ends_on
        return min(self.ends_on, self.replaced_on - timedelta(days=1))

    @property
    def owed_until(self) -> date | None:
        """Return the day after which no data are owed under it: it was replaced or stopped (R5121-74-5)."""
        replaced = self.replaced_on - timedelta(days=1) if self.replaced_on else None
        stopped = self.ended_on if self.state in STOPPED else None
        days = [day for day in (replaced, stopped, self.ceases_on) if day is not None]
        return min(days, default=None)

    @property
    def never_began(self) -> bool:
        """Say whether it was withdrawn or abrogated before its first day."""
        if self.terms is None or self.ended_on is None:
            return False
        return self.state in STOPPED and self.ended_on < self.terms.begins_on

    @property
    def suspended_until(self) -> date | None:
        """Return the last day of the last suspension."""
        return self.suspensions[-1].last if self.suspensions else None

    def suspension_limit(self, day: date, before: Sequence[Suspension] = ()) -> date:
        """Return until when it may be suspended from a day on, without a new fact (R5121-74-8).

        `before`: when those were suspended that it goes on from.
        """
        first, goes_on = day, list[Suspension]()
        # One issued ahead may have been suspended before the one that it goes on from.
        known = sorted((*before, *self.suspensions), key=lambda one: one.first)
        for one in reversed(known):
            if first > goes_on_until(one.last):
                break
            first, goes_on = one.first, [one, *goes_on]
            if one.on_new_fact:
                break
        return suspension_limit(day, [(one.first, one.last) for one in goes_on])

    @property
    def suspended(self) -> tuple[Suspension, ...]:
        """Return when it was suspended, until it was replaced at the latest."""
        if self.replaced_on is None:
            return self.suspensions
        last = self.replaced_on - timedelta(days=1)
        known = (replace(one, last=min(one.last, last)) for one in self.suspensions)
        return tuple(one for one in known if one.first <= one.last)

    def state_on(self, day: date) -> State:
        """Return the state on a day, whatever was noted since: a day ends it, not the note of it."""
        if self.terms is None or self.state in ENDED_FOR_GOOD:
            return self.state
        ends = [(self.terms.ends_on + timedelta(days=1), State.EXPIRED)]
        if self.ceases_on is not None:
            ends.insert(0, (self.ceases_on + timedelta(days=1), State.CEASED))
        if self.replaced_on is not None:
            ends.insert(0, (self.replaced_on, State.REPLACED))
        ended_on, ended = min(ends, key=lambda one: one[0])
        if day >= ended_on:
            return ended
        return self.unreplaced_state(day)

    @property
    def is_renewable(self) -> bool:
        """Say whether it may be gone on from."""
        return may_be_renewed(self.state, self.replaced_by)

    def is_changeable(self, day: date) -> bool:
        """Say whether its dosage may be changed: nothing will replace it, or only from later on."""
        return self.state not in STOPPED and self.makes_way(day)

    def makes_way(self, last: date) -> bool:
        """Say whether another may take its place until a day: nothing has, or only from later on."""
        if self.replaced_by is None:
            return True
        return self.replaced_on is not None and last < self.replaced_on

    def unreplaced_state(self, day: date) -> State:
        """Return the state on a day that comes before whatever is to end it."""
        return State.SUSPENDED if self._is_suspended(day) else State.ACTIVE

    def _is_suspended(self, day: date) -> bool:
        return any(one.first <= day <= one.last for one in self.suspensions)

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


def may_be_renewed(state: str, replaced_by: str | None) -> bool:
    """Say whether an authorisation may be gone on from: nothing stopped it, nor replaces it."""
    return state not in STOPPED and replaced_by is None


def evolve(facts: AuthorisationFacts, event: AuthorisationEvent) -> AuthorisationFacts:
    """Return the facts after one event."""
    return _TRANSITIONS[type(event)](facts, event)


def _begun(facts: AuthorisationFacts, event: AuthorisationIssued) -> AuthorisationFacts:
    return replace(
        facts,
        state=State.ACTIVE if event.followed_by is None else State.REPLACED,
        number=event.number,
        request_id=event.request_id,
        terms=event.terms,
        issued_at=event.occurred_at,
        institution=event.institution,
        prescriber=event.prescriber,
        product=event.product,
        indication=event.indication,
        replaces=event.replaces,
        replaced_by=event.followed_by,
        replaced_on=event.followed_on,
    )


def _lifted(facts: AuthorisationFacts, day: date) -> AuthorisationFacts:
    """End the last suspension on the day before, or on its own last day where that came first."""
    *before, last = facts.suspensions
    ended = replace(last, last=min(last.last, day - timedelta(days=1)))
    return replace(facts, state=State.ACTIVE, suspensions=(*before, ended))


def _suspended(facts: AuthorisationFacts, event: AuthorisationSuspended) -> AuthorisationFacts:
    suspension = Suspension(
        first=day_of(event.occurred_at), last=event.until, on_new_fact=event.on_new_fact
    )
    return replace(facts, state=State.SUSPENDED, suspensions=(*facts.suspensions, suspension))


def _withdrawn(facts: AuthorisationFacts, event: AuthorisationWithdrawn) -> AuthorisationFacts:
    return replace(
        facts,
        state=State.WITHDRAWN,
        never_valid=event.ground is WithdrawalGround.ILLEGAL,
        ended_on=day_of(event.occurred_at),
    )


def _replaced(facts: AuthorisationFacts, event: AuthorisationReplaced) -> AuthorisationFacts:
    """Another takes its place from a day on; of one that had ended before, it only says which."""
    if facts.ends_on is not None and day_of(event.occurred_at) > facts.ends_on:
        # Unless the other begins with a dose that was given before the end.
        within = event.begins_on if event.begins_on <= facts.ends_on else None
        return replace(facts, replaced_by=event.number, replaced_on=within)
    return replace(
        facts, state=State.REPLACED, replaced_by=event.number, replaced_on=event.begins_on
    )


def _goes_on(facts: AuthorisationFacts, event: ReplacementVoided) -> AuthorisationFacts:
    state = facts.state
    if state is State.REPLACED and event.followed_by is None:
        state = facts.unreplaced_state(day_of(event.occurred_at))
    return replace(
        facts, state=state, replaced_by=event.followed_by, replaced_on=event.followed_on
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
    ReplacementVoided: _goes_on,
}
