"""The decider of one authorisation (AAC): suspended, withdrawn, abrogated, ceased, expired, replaced.

The table of §5.4, with cells more: a suspended authorisation ends on its last day, and on the
day fixed after a marketing authorisation, as an active one does; no text makes it last longer. An
expired one that is renewed late says by which, so that it is renewed once.
Refusal codes: those of WHY for a command out of its state, of SENTENCES for the rest.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from compassionate.domain.acts import Act, cessation_problems
from compassionate.domain.authorisation_commands import (
    Abrogate,
    ApplyCessation,
    AuthorisationCommand,
    Decided,
    Issue,
    LiftSuspension,
    NoteCessation,
    NoteExpiry,
    NoteReminder,
    NoteSuspensionEnd,
    Replace,
    SetCessation,
    Suspend,
    VoidReplacement,
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
    RenewalReminded,
    ReplacementVoided,
    SuspensionLifted,
)
from compassionate.domain.authorisation_facts import AuthorisationFacts, evolve
from compassionate.domain.deadlines import illegality_limit, suspension_limit
from compassionate.domain.decision_guards import against_holder, signature_problems
from compassionate.domain.grounds import WithdrawalGround
from compassionate.domain.reminders import reminder_due
from compassionate.domain.vocabulary import AuthorisationState as State
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
    ApplyCessation: IN_LIFE,
    NoteCessation: IN_LIFE,
    NoteExpiry: IN_LIFE,
    NoteReminder: IN_LIFE,
    Replace: frozenset({State.ACTIVE, State.EXPIRED}),
    VoidReplacement: IN_LIFE | {State.EXPIRED},
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
    State.REPLACED: (
        "authorisation_replaced",
        "Une autre autorisation remplace celle-ci : c'est elle qui se renouvelle.",
    ),
}
"""Code and sentence by which a command is refused in a state that is not its own."""
EXISTS = ("authorisation_exists", "Cette autorisation est déjà délivrée.")
SENTENCES = {
    "suspension_over_limit": "Une suspension dure trois mois au plus (CSP R5121-74-8).",
    "suspensions_over_limit": (
        "Avec celles qu'elle prolonge, la suspension dépasserait trois mois (CSP R5121-74-8) : dites le "
        "fait nouveau, ou décidez du retrait ou de l'abrogation."
    ),
    "suspension_in_past": "La fin de la suspension précède la décision.",
    "reason_needed": "Donnez le motif : il reste au dossier.",
    "term_not_come": "Le terme n'est pas encore passé.",
    "withdrawal_too_late": (
        "Une décision illégale se retire dans les quatre mois (CRPA L242-1) : abrogez-la."
    ),
    "cessation_known": "Cette date est déjà celle de l'autorisation.",
    "no_cessation": "Aucune date de cessation n'est fixée.",
    "no_reminder_due": "Aucun rappel n'est à donner ce jour.",
    "gap_before_renewal": "Le renouvellement commence au plus tard le lendemain de la fin.",
    "not_replaced": "Ce n'est pas cette autorisation qui devait la remplacer.",
}


NOTES = frozenset({Issue, ApplyCessation, NoteSuspensionEnd, NoteCessation, NoteExpiry})
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
    state = _state(facts, command)
    out_of_state = refusal(type(command), state)
    if out_of_state is not None:
        raise Refused(Problem("", *out_of_state))
    reasons = list(_GUARDS[type(command)](facts, command))
    if reasons:
        raise Refused(*reasons)
    if isinstance(command, NoteReminder):
        return [_reminded(facts, command)]
    return [_MAKES[type(command)](command)]


def voids(
    act: Act, stopped: AuthorisationFacts, former: AuthorisationFacts
) -> VoidReplacement | None:
    """Return what lets the former go on, where one that was to take its place is stopped before it began."""
    day = day_of(act.at)
    begun = stopped.terms is None or stopped.terms.begins_on <= day
    gone = refusal(VoidReplacement, former.state_on(day)) is not None
    if begun or gone or former.replaced_by != stopped.number:
        return None
    return VoidReplacement(
        by=act.by,
        at=act.at,
        number=stopped.number or "",
        followed_by=stopped.replaced_by,
        followed_on=stopped.replaced_on,
    )


def _state(facts: AuthorisationFacts, command: AuthorisationCommand) -> State:
    """Return the state by which a command is judged: that of its day, or what was noted before it."""
    day = day_of(command.at)
    on_the_day = facts.state_on(day)
    if type(command) not in NOTES or on_the_day is State.REPLACED:
        return on_the_day
    return facts.unreplaced_state(day) if facts.state is State.REPLACED else facts.state


AUTHORISATION: Decider[AuthorisationFacts, AuthorisationCommand, AuthorisationEvent] = Decider(
    category=CATEGORY, initial=AuthorisationFacts(), decide=decide, evolve=evolve
)


def _problem(code: str, pointer: str = "") -> Problem:
    return Problem(pointer, code, SENTENCES[code])


def _issue(_facts: AuthorisationFacts, command: Issue) -> Iterator[Problem]:
    """What lets her sign was asked of the grant in the same stroke."""
    yield from signature_problems(command.by, command.signature, ())


def _signed(command: Decided | LiftSuspension | SetCessation) -> Iterator[Problem]:
    yield from signature_problems(command.by, command.signature, command.unentitled)


def _decided(command: Decided) -> Iterator[Problem]:
    yield from _signed(command)
    today = day_of(command.at)
    yield from against_holder(command.reasons, command.heard_on, command.urgency, today)


def _suspend(facts: AuthorisationFacts, command: Suspend) -> Iterator[Problem]:
    yield from _decided(command)
    today = day_of(command.at)
    if command.until < today:
        yield _problem("suspension_in_past", "/until")
    elif command.until > suspension_limit(today):
        yield _problem("suspension_over_limit", "/until")
    elif not _new_fact(command) and command.until > facts.suspension_limit(
        today, command.suspended_before
    ):
        yield _problem("suspensions_over_limit", "/until")


def _new_fact(command: Suspend) -> str | None:
    return (command.new_fact or "").strip() or None


def _lift(_facts: AuthorisationFacts, command: LiftSuspension) -> Iterator[Problem]:
    yield from _signed(command)
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
    yield from _signed(command)
    yield from cessation_problems(
        command.marketing_authorised_on, command.ceases_on, command.exceptional, command.at
    )


def _apply(facts: AuthorisationFacts, command: ApplyCessation) -> Iterator[Problem]:
    """Its limits were asked of the decision about the product."""
    if facts.ceases_on == command.ceases_on:
        yield _problem("cessation_known")


def _cessation(facts: AuthorisationFacts, command: NoteCessation) -> Iterator[Problem]:
    if facts.ceases_on is None:
        yield _problem("no_cessation")
    elif day_of(command.at) <= facts.ceases_on:
        yield _problem("term_not_come")


def _reminder(facts: AuthorisationFacts, command: NoteReminder) -> Iterator[Problem]:
    ends_on = None if facts.replaced_by else facts.ends_on
    today = day_of(command.at)
    if ends_on is None or reminder_due(ends_on, today, facts.reminded) != command.days:
        yield _problem("no_reminder_due")


def _expiry(facts: AuthorisationFacts, command: NoteExpiry) -> Iterator[Problem]:
    if facts.terms is None or day_of(command.at) <= facts.terms.ends_on:
        yield _problem("term_not_come")


def _replace(facts: AuthorisationFacts, command: Replace) -> Iterator[Problem]:
    if not facts.makes_way(command.ends_on):
        yield Problem("", *WHY[State.REPLACED])
        return
    ended = facts.state_on(day_of(command.at)) is State.EXPIRED
    ends_on = None if ended else facts.ends_on
    if ends_on is not None and (command.begins_on - ends_on).days > 1:
        yield _problem("gap_before_renewal", "/begins_on")


def _void(facts: AuthorisationFacts, command: VoidReplacement) -> Iterator[Problem]:
    if facts.replaced_by != command.number:
        yield _problem("not_replaced")


_GUARDS: Mapping[type[Any], Callable[[AuthorisationFacts, Any], Iterator[Problem]]] = {
    Issue: _issue,
    Suspend: _suspend,
    LiftSuspension: _lift,
    NoteSuspensionEnd: _suspension_end,
    Withdraw: _withdraw,
    Abrogate: _abrogate,
    SetCessation: _set_cessation,
    ApplyCessation: _apply,
    NoteCessation: _cessation,
    NoteExpiry: _expiry,
    NoteReminder: _reminder,
    Replace: _replace,
    VoidReplacement: _void,
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
        "in_spite_of": command.in_spite_of,
    }


def _reminded(facts: AuthorisationFacts, command: NoteReminder) -> RenewalReminded:
    return RenewalReminded(
        **_times(command), days=command.days, ends_on=facts.ends_on or day_of(command.at)
    )


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
        followed_by=command.followed_by,
        followed_on=command.followed_on,
    )


def _ceases(command: SetCessation | ApplyCessation) -> CessationSet:
    return CessationSet(
        **_times(command),
        marketing_authorised_on=command.marketing_authorised_on,
        ceases_on=command.ceases_on,
        signature=command.signature,
        exceptional=command.exceptional,
    )


_MAKES: Mapping[type[Any], Callable[[Any], AuthorisationEvent]] = {
    Issue: _issued,
    Suspend: lambda one: AuthorisationSuspended(
        **_against(one),
        until=one.until,
        on_new_fact=_new_fact(one) is not None,
        new_fact=_new_fact(one),
    ),
    LiftSuspension: lambda one: SuspensionLifted(
        **_times(one), signature=one.signature, reason=one.reason, in_spite_of=one.in_spite_of
    ),
    NoteSuspensionEnd: lambda one: SuspensionLifted(occurred_at=one.at, received_at=one.at),
    Withdraw: lambda one: AuthorisationWithdrawn(**_against(one), ground=one.ground),
    Abrogate: lambda one: AuthorisationAbrogated(**_against(one)),
    SetCessation: _ceases,
    ApplyCessation: _ceases,
    NoteCessation: lambda one: AuthorisationCeased(**_times(one)),
    NoteExpiry: lambda one: AuthorisationExpired(**_times(one)),
    Replace: lambda one: AuthorisationReplaced(
        **_times(one), number=one.number, begins_on=one.begins_on
    ),
    VoidReplacement: lambda one: ReplacementVoided(
        **_times(one),
        number=one.number,
        followed_by=one.followed_by,
        followed_on=one.followed_on,
    ),
}
