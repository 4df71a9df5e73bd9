"""The decider of one authorisation (AAC): suspended, withdrawn, abrogated, ceased, expired, replaced.

The table of §5.4, with two cells more: a suspended authorisation ends on its last day, and on the
day fixed after a marketing authorisation, as an active one does; no text makes it last longer.
Refusal codes: those of WHY for a command out of its state, of SENTENCES for the rest.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from compassionate.domain.authorisation_commands import (
    Abrogate,
    AuthorisationCommand,
    Command,
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
from compassionate.domain.deadlines import cessation_limit, illegality_limit, suspension_limit
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
    State.REPLACED: ("authorisation_replaced", "Un renouvellement remplace cette autorisation."),
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
    "cessation_over_limit": (
        "L'arrêt suit l'AMM de trois mois au plus, sauf prolongation exceptionnelle motivée "
        "(CSP R5121-74-9)."
    ),
    "cessation_in_past": "La date d'arrêt précède la décision.",
    "authorised_in_future": "La date de l'AMM est dans le futur.",
    "no_cessation": "Aucune date de cessation n'est fixée.",
    "gap_before_renewal": "Le renouvellement commence au plus tard le lendemain de la fin.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationFacts:
    """One authorisation; `ends_on` is the day it ends by, whatever ends it first."""

    state: State = State.NONE
    number: str | None = None
    terms: Terms | None = None
    issued_at: datetime | None = None
    suspended_until: date | None = None
    ceases_on: date | None = None
    replaced_by: str | None = None
    replaced_on: date | None = None

    @property
    def ends_on(self) -> date | None:
        """Return its last day."""
        if self.terms is None:
            return None
        return min(self.terms.ends_on, self.ceases_on or self.terms.ends_on)

    def in_force(self, day: date) -> bool:
        """Say whether a dose may be dispensed under it on a day, whatever was noted since."""
        if self.terms is None or self.ends_on is None or self.state in ENDED_BY_DECISION:
            return False
        suspended = self.suspended_until is not None and day <= self.suspended_until
        replaced = self.replaced_on is not None and day >= self.replaced_on
        within = self.terms.begins_on <= day <= self.ends_on
        return within and not suspended and not replaced


ENDED_BY_DECISION = frozenset({State.WITHDRAWN, State.ABROGATED})


def refusal(command: type[Any], state: State) -> tuple[str, str] | None:
    """Return why this kind of command is refused in a state, None where it may be given."""
    if state in STATES[command]:
        return None
    return EXISTS if command is Issue else WHY[state]


def decide(
    facts: AuthorisationFacts, command: AuthorisationCommand
) -> Sequence[AuthorisationEvent]:
    """Return the events that a command makes, or raise Refused with every reason."""
    out_of_state = refusal(type(command), facts.state)
    if out_of_state is not None:
        raise Refused(Problem("", *out_of_state))
    reasons = list(_GUARDS[type(command)](facts, command))
    if reasons:
        raise Refused(*reasons)
    return [_MAKES[type(command)](command)]


def evolve(facts: AuthorisationFacts, event: AuthorisationEvent) -> AuthorisationFacts:
    """Return the facts after one event."""
    match event:
        case AuthorisationIssued(number=number, terms=terms):
            return replace(
                facts,
                state=State.ACTIVE,
                number=number,
                terms=terms,
                issued_at=event.occurred_at,
            )
        case AuthorisationSuspended(until=until):
            return replace(facts, state=State.SUSPENDED, suspended_until=until)
        case SuspensionLifted():
            return replace(facts, state=State.ACTIVE, suspended_until=None)
        case CessationSet(ceases_on=ceases_on):
            return replace(facts, ceases_on=ceases_on)
        case AuthorisationReplaced(number=number, begins_on=begins_on):
            return replace(facts, state=State.REPLACED, replaced_by=number, replaced_on=begins_on)
        case _:
            return replace(facts, state=_ENDS[type(event)])


AUTHORISATION: Decider[AuthorisationFacts, AuthorisationCommand, AuthorisationEvent] = Decider(
    category=CATEGORY, initial=AuthorisationFacts(), decide=decide, evolve=evolve
)

_ENDS: Mapping[type[Any], State] = {
    AuthorisationWithdrawn: State.WITHDRAWN,
    AuthorisationAbrogated: State.ABROGATED,
    AuthorisationCeased: State.CEASED,
    AuthorisationExpired: State.EXPIRED,
}


def _problem(code: str, pointer: str = "") -> Problem:
    return Problem(pointer, code, SENTENCES[code])


def _issue(_facts: AuthorisationFacts, command: Issue) -> Iterator[Problem]:
    yield from _signed(command, command.signature)


def _signed(command: Command, signature: Signature) -> Iterator[Problem]:
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
    today = day_of(command.at)
    if command.marketing_authorised_on > today:
        yield _problem("authorised_in_future", "/marketing_authorised_on")
    if command.ceases_on < today:
        yield _problem("cessation_in_past", "/ceases_on")
    latest = cessation_limit(command.marketing_authorised_on)
    if command.ceases_on > latest and not (command.exceptional or "").strip():
        yield _problem("cessation_over_limit", "/ceases_on")


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


def _times(command: Command) -> dict[str, datetime]:
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
