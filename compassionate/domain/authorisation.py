"""The decider of one authorisation (AAC): suspended, withdrawn, abrogated, ceased, expired, replaced.

The table of §5.4, with two cells more: a suspended authorisation ends on its last day, and on the
day fixed after a marketing authorisation, as an active one does; no text makes it last longer.
Refusal codes: those of WHY for a command out of its state, of SENTENCES for the rest.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from compassionate.domain.acts import Act, cessation_problems
from compassionate.domain.authorisation_commands import (
    Abrogate,
    AuthorisationCommand,
    Decided,
    Issue,
    LiftSuspension,
    NoteCessation,
    NoteExpiry,
    NoteSuspensionEnd,
    Replace,
    SetCessation,
    Suspend,
    Withdraw,
)
from compassionate.domain.authorisation_events import (
    CATEGORY,
    AuthorisationAbrogated,
    AuthorisationCeased,
    AuthorisationEvent,
    AuthorisationExpired,
    AuthorisationIssued,
    AuthorisationReplaced,
    AuthorisationSuspended,
    AuthorisationWithdrawn,
    CessationSet,
    SuspensionLifted,
)
from compassionate.domain.deadlines import illegality_limit, suspension_limit
from compassionate.domain.decision import Signature, Terms
from compassionate.domain.decision_guards import against_holder, signature_problems
from compassionate.domain.vocabulary import AuthorisationState as State, WithdrawalGround
from events.days import day_of
from events.decider import Decider
from events.errors import Problem, Refused

IN_LIFE = frozenset({State.ACTIVE, State.SUSPENDED})
STATES: Mapping[type[Any], frozenset[State]] = {
    Issue: frozenset({State.NONE}),
    Suspend: frozenset({State.ACTIVE}),
    LiftSuspension: frozenset({State.SUSPENDED}),
    NoteSuspensionEnd: frozenset({State.SUSPENDED}),
    Withdraw: IN_LIFE,
    Abrogate: IN_LIFE,
    SetCessation: IN_LIFE,
    NoteCessation: IN_LIFE,
    NoteExpiry: IN_LIFE,
    Replace: frozenset({State.ACTIVE}),
}
WHY: Mapping[State, tuple[str, str]] = {
    State.NONE: ("unknown_authorisation", "Cette autorisation n'existe pas."),
    State.ACTIVE: ("not_suspended", "Cette autorisation n'est pas suspendue."),
    State.SUSPENDED: (
        "suspended",
        "Cette autorisation est suspendue : levez d'abord la suspension.",
    ),
    State.WITHDRAWN: ("authorisation_withdrawn", "Cette autorisation est retirée."),
    State.ABROGATED: ("authorisation_abrogated", "Cette autorisation est abrogée."),
    State.CEASED: ("authorisation_ceased", "Cette autorisation a cessé après l'AMM."),
    State.EXPIRED: ("authorisation_expired", "Cette autorisation est expirée."),
    State.REPLACED: ("authorisation_replaced", "Une autre autorisation remplace celle-ci."),
}
"""Code and sentence by which a command is refused in a state that is not its own."""
EXISTS = ("authorisation_exists", "Cette autorisation est déjà délivrée.")
SENTENCES = {
    "suspension_over_limit": "Une suspension dure trois mois au plus (CSP R5121-74-8).",
    "suspension_in_past": "La fin de la suspension précède la décision.",
    "reason_needed": "Donnez le motif : il reste au dossier.",
    "term_not_come": "Le terme n'est pas encore passé.",
    "withdrawal_too_late": (
        "Une décision illégale se retire dans les quatre mois (CRPA L242-1) : abrogez-la."
    ),
    "no_cessation": "Aucune date de cessation n'est fixée.",
    "gap_before_renewal": "Le renouvellement commence au plus tard le lendemain de la fin.",
}


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


ENDED_FOR_GOOD = frozenset({State.WITHDRAWN, State.ABROGATED, State.CEASED, State.EXPIRED})
NOTES = frozenset({Issue, NoteSuspensionEnd, NoteCessation, NoteExpiry})
"""What notes that a day has come is judged by what was noted before, and not by the day."""


def refusal(command: type[Any], state: State) -> tuple[str, str] | None:
    """Return why this kind of command is refused in a state, None where it may be given."""
    if state in STATES[command]:
        return None
    return EXISTS if command is Issue else WHY[state]


def decide(
    facts: AuthorisationFacts, command: AuthorisationCommand
) -> Sequence[AuthorisationEvent]:
    """Return the events that a command makes, or raise Refused with every reason."""
    noted = type(command) in NOTES
    state = facts.state if noted else facts.state_on(day_of(command.at))
    out_of_state = refusal(type(command), state)
    if out_of_state is not None:
        raise Refused(Problem("", *out_of_state))
    reasons = list(_GUARDS[type(command)](facts, command))
    if reasons:
        raise Refused(*reasons)
    return [_MAKES[type(command)](command)]


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
    AuthorisationReplaced: _replaced,
}
AUTHORISATION: Decider[AuthorisationFacts, AuthorisationCommand, AuthorisationEvent] = Decider(
    category=CATEGORY, initial=AuthorisationFacts(), decide=decide, evolve=evolve
)


def _problem(code: str, pointer: str = "") -> Problem:
    return Problem(pointer, code, SENTENCES[code])


def _issue(_facts: AuthorisationFacts, command: Issue) -> Iterator[Problem]:
    yield from _signed(command, command.signature)


def _signed(command: Act, signature: Signature) -> Iterator[Problem]:
    yield from signature_problems(command.by, signature)


def _decided(command: Decided) -> Iterator[Problem]:
    yield from _signed(command, command.signature)
    today = day_of(command.at)
    yield from against_holder(command.reasons, command.heard_on, command.urgency, today)


def _suspend(_facts: AuthorisationFacts, command: Suspend) -> Iterator[Problem]:
    yield from _decided(command)
    today = day_of(command.at)
    if command.until < today:
        yield _problem("suspension_in_past", "/until")
    elif command.until > suspension_limit(today):
        yield _problem("suspension_over_limit", "/until")


def _lift(_facts: AuthorisationFacts, command: LiftSuspension) -> Iterator[Problem]:
    yield from _signed(command, command.signature)
    if not command.reason.strip():
        yield _problem("reason_needed", "/reason")


def _suspension_end(facts: AuthorisationFacts, command: NoteSuspensionEnd) -> Iterator[Problem]:
    if facts.suspended_until is None or day_of(command.at) <= facts.suspended_until:
        yield _problem("term_not_come")


def _withdraw(facts: AuthorisationFacts, command: Withdraw) -> Iterator[Problem]:
    yield from _decided(command)
    if command.ground is not WithdrawalGround.ILLEGAL or facts.issued_at is None:
        return
    if day_of(command.at) > illegality_limit(day_of(facts.issued_at)):
        yield _problem("withdrawal_too_late", "/ground")


def _abrogate(_facts: AuthorisationFacts, command: Abrogate) -> Iterator[Problem]:
    yield from _decided(command)


def _set_cessation(_facts: AuthorisationFacts, command: SetCessation) -> Iterator[Problem]:
    yield from _signed(command, command.signature)
    yield from cessation_problems(
        command.marketing_authorised_on, command.ceases_on, command.exceptional, command.at
    )


def _cessation(facts: AuthorisationFacts, command: NoteCessation) -> Iterator[Problem]:
    if facts.ceases_on is None:
        yield _problem("no_cessation")
    elif day_of(command.at) <= facts.ceases_on:
        yield _problem("term_not_come")


def _expiry(facts: AuthorisationFacts, command: NoteExpiry) -> Iterator[Problem]:
    if facts.terms is None or day_of(command.at) <= facts.terms.ends_on:
        yield _problem("term_not_come")


def _replace(facts: AuthorisationFacts, command: Replace) -> Iterator[Problem]:
    ends_on = facts.ends_on
    if ends_on is not None and (command.begins_on - ends_on).days > 1:
        yield _problem("gap_before_renewal", "/begins_on")


_GUARDS: Mapping[type[Any], Callable[[AuthorisationFacts, Any], Iterator[Problem]]] = {
    Issue: _issue,
    Suspend: _suspend,
    LiftSuspension: _lift,
    NoteSuspensionEnd: _suspension_end,
    Withdraw: _withdraw,
    Abrogate: _abrogate,
    SetCessation: _set_cessation,
    NoteCessation: _cessation,
    NoteExpiry: _expiry,
    Replace: _replace,
}


def _times(command: Act) -> dict[str, datetime]:
    return {"occurred_at": command.at, "received_at": command.at}


def _against(command: Decided) -> dict[str, Any]:
    return {
        **_times(command),
        "reasons": command.reasons,
        "signature": command.signature,
        "heard_on": command.heard_on,
        "urgency": command.urgency,
    }


def _issued(command: Issue) -> AuthorisationIssued:
    return AuthorisationIssued(
        **_times(command),
        number=command.number,
        request_id=command.request_id,
        kind=command.kind,
        terms=command.terms,
        signature=command.signature,
        product=command.product,
        indication=command.indication,
        criteria_version=command.criteria_version,
        institution=command.institution,
        prescriber=command.prescriber,
        replaces=command.replaces,
    )


_MAKES: Mapping[type[Any], Callable[[Any], AuthorisationEvent]] = {
    Issue: _issued,
    Suspend: lambda one: AuthorisationSuspended(**_against(one), until=one.until),
    LiftSuspension: lambda one: SuspensionLifted(
        **_times(one), signature=one.signature, reason=one.reason
    ),
    NoteSuspensionEnd: lambda one: SuspensionLifted(occurred_at=one.at, received_at=one.at),
    Withdraw: lambda one: AuthorisationWithdrawn(**_against(one), ground=one.ground),
    Abrogate: lambda one: AuthorisationAbrogated(**_against(one)),
    SetCessation: lambda one: CessationSet(
        **_times(one),
        marketing_authorised_on=one.marketing_authorised_on,
        ceases_on=one.ceases_on,
        signature=one.signature,
        exceptional=one.exceptional,
    ),
    NoteCessation: lambda one: AuthorisationCeased(**_times(one)),
    NoteExpiry: lambda one: AuthorisationExpired(**_times(one)),
    Replace: lambda one: AuthorisationReplaced(
        **_times(one), number=one.number, begins_on=one.begins_on
    ),
}
