"""The life of an authorisation (dossier §5.4): every transition, every other command refused."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from compassionate.domain.authorisation import AUTHORISATION, WHY
from compassionate.domain.authorisation_commands import (
    Abrogate,
    Issue,
    LiftSuspension,
    NoteCessation,
    NoteExpiry,
    NoteReminder,
    NoteSuspensionEnd,
    Replace,
    SetCessation,
    Suspend,
    Withdraw,
)
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.vocabulary import (
    AuthorisationState as State,
    RequestKind,
    WithdrawalGround,
)
from events.errors import Refused
from tests.compassionate.samples import (
    AT,
    HOSPITAL,
    REASONS,
    SIGNATORY,
    SIGNATURE,
    TERMS,
    TODAY,
    noon,
)

ENDS = TERMS.ends_on
AMM = TODAY + timedelta(days=10)


def issue(**said: Any) -> Issue:
    usual: dict[str, Any] = {
        "by": SIGNATORY,
        "at": AT,
        "number": "AAC-2026-000123-5",
        "request_id": UUID(int=7),
        "kind": RequestKind.INITIAL,
        "terms": TERMS,
        "signature": SIGNATURE,
        "institution": HOSPITAL,
        "product": "nirogacestat",
        "indication": "desmoide",
    }
    return Issue(**(usual | said))


def against(command: Any, **said: Any) -> Any:
    usual: dict[str, Any] = {
        "by": SIGNATORY, "at": AT, "reasons": REASONS, "signature": SIGNATURE, "heard_on": TODAY,
    }  # fmt: skip
    return command(**(usual | said))


def suspend(**said: Any) -> Suspend:
    return against(Suspend, **({"until": TODAY + timedelta(days=30)} | said))


def lift(**said: Any) -> LiftSuspension:
    usual: dict[str, Any] = {
        "by": SIGNATORY,
        "at": AT,
        "reason": "Lot remplacé.",
        "signature": SIGNATURE,
    }
    return LiftSuspension(**(usual | said))


def suspension_end(day: date = TODAY + timedelta(days=31)) -> NoteSuspensionEnd:
    return NoteSuspensionEnd(by="system", at=noon(day))


def withdraw(**said: Any) -> Withdraw:
    return against(Withdraw, **({"ground": WithdrawalGround.PUBLIC_HEALTH} | said))


def abrogate(**said: Any) -> Abrogate:
    return against(Abrogate, **said)


def cessation(**said: Any) -> SetCessation:
    usual: dict[str, Any] = {
        "by": SIGNATORY, "at": noon(AMM), "marketing_authorised_on": AMM,
        "ceases_on": AMM + timedelta(days=60), "signature": SIGNATURE,
    }  # fmt: skip
    return SetCessation(**(usual | said))


def ceased(day: date = AMM + timedelta(days=61)) -> NoteCessation:
    return NoteCessation(by="system", at=noon(day))


def expired(day: date = ENDS + timedelta(days=1)) -> NoteExpiry:
    return NoteExpiry(by="system", at=noon(day))


def reminded(days: int = 7) -> NoteReminder:
    return NoteReminder(by="system", at=noon(ENDS - timedelta(days=days)), days=days)


def renewed(begins_on: date = ENDS) -> Replace:
    return Replace(by=SIGNATORY, at=AT, number="AAC-2026-000200-1", begins_on=begins_on)


INTO: dict[State, tuple[Any, ...]] = {
    State.NONE: (),
    State.ACTIVE: (issue(),),
    State.SUSPENDED: (issue(), suspend()),
    State.WITHDRAWN: (issue(), withdraw()),
    State.ABROGATED: (issue(), abrogate()),
    State.CEASED: (issue(), cessation(), ceased()),
    State.EXPIRED: (issue(), expired()),
    State.REPLACED: (issue(), renewed(TODAY)),
}
TRANSITIONS = [
    ((), issue(), State.ACTIVE),
    (INTO[State.ACTIVE], suspend(), State.SUSPENDED),
    (INTO[State.SUSPENDED], lift(), State.ACTIVE),
    (INTO[State.SUSPENDED], suspension_end(), State.ACTIVE),
    (INTO[State.ACTIVE], withdraw(), State.WITHDRAWN),
    (INTO[State.SUSPENDED], withdraw(), State.WITHDRAWN),
    (INTO[State.ACTIVE], abrogate(), State.ABROGATED),
    (INTO[State.SUSPENDED], abrogate(), State.ABROGATED),
    (INTO[State.ACTIVE], expired(), State.EXPIRED),
    (INTO[State.SUSPENDED], expired(), State.EXPIRED),
    (INTO[State.ACTIVE], reminded(), State.ACTIVE),
    (INTO[State.SUSPENDED], reminded(), State.SUSPENDED),
    (INTO[State.ACTIVE], renewed(), State.REPLACED),
    (INTO[State.ACTIVE], cessation(), State.ACTIVE),
    (INTO[State.SUSPENDED], cessation(), State.SUSPENDED),
    ((issue(), cessation()), ceased(), State.CEASED),
    ((issue(), cessation(), suspend()), ceased(), State.CEASED),
]
COMMANDS = [
    issue(), suspend(), lift(), suspension_end(), withdraw(), abrogate(), cessation(), ceased(),
    expired(), reminded(), renewed(),
]  # fmt: skip


def after(commands) -> AuthorisationFacts:
    facts = AUTHORISATION.initial
    for command in commands:
        facts = AUTHORISATION.fold(AUTHORISATION.decide(facts, command), facts)
    return facts


ALLOWED = {(after(before).state, type(command)) for before, command, _ in TRANSITIONS}
REFUSED = [
    (state, command)
    for state in State
    for command in COMMANDS
    if (state, type(command)) not in ALLOWED
]


def name(case) -> str:
    return case.value if isinstance(case, State) else type(case).__name__


@pytest.mark.parametrize(("before", "command", "state"), TRANSITIONS)
def test_every_transition_of_the_table(before, command, state):
    assert after((*before, command)).state is state


@pytest.mark.parametrize(("state", "command"), REFUSED, ids=name)
def test_every_other_command_in_every_state_is_refused_with_its_reason(state, command):
    with pytest.raises(Refused) as refusal:
        AUTHORISATION.decide(after(INTO[state]), command)
    (problem,) = refusal.value.problems
    known = "authorisation_exists" if isinstance(command, Issue) else WHY[state][0]
    assert problem.code == known


UNSIGNED = replace(SIGNATURE, signatory="somebody")
GUARDS = [
    # Suspension: three months at most, contradictory or urgent (R5121-74-8, CRPA L121-1, L121-2).
    (INTO[State.ACTIVE], suspend(until=date(2027, 2, 25)), [("/until", "suspension_over_limit")]),
    (INTO[State.ACTIVE], suspend(until=TODAY - timedelta(days=1)), [("/until", "suspension_in_past")]),
    (INTO[State.ACTIVE], suspend(heard_on=None), [("/heard_on", "hearing_needed")]),
    (INTO[State.ACTIVE], suspend(heard_on=TODAY + timedelta(days=1)), [("/heard_on", "day_in_future")]),
    (INTO[State.ACTIVE], abrogate(reasons=replace(REASONS, law="", appeal="")),
     [("/reasons", "reasons_needed"), ("/reasons/appeal", "appeal_needed")]),
    (INTO[State.ACTIVE], withdraw(signature=UNSIGNED), [("/signature/signatory", "signatory_differs")]),
    (INTO[State.SUSPENDED], lift(reason=" "), [("/reason", "reason_needed")]),
    (INTO[State.SUSPENDED], suspension_end(TODAY + timedelta(days=30)), [("", "term_not_come")]),
    # An illegal grant is withdrawn within four months; later it is abrogated (CRPA L242-1, L242-2).
    (INTO[State.ACTIVE], withdraw(ground=WithdrawalGround.ILLEGAL, at=noon(date(2027, 3, 25))),
     [("/ground", "withdrawal_too_late")]),
    (INTO[State.ACTIVE], cessation(ceases_on=date(2027, 3, 5)), [("/ceases_on", "cessation_over_limit")]),
    (INTO[State.ACTIVE], cessation(at=AT), [("/marketing_authorised_on", "authorised_in_future")]),
    (INTO[State.ACTIVE], cessation(ceases_on=TODAY), [("/ceases_on", "cessation_in_past")]),
    (INTO[State.ACTIVE], ceased(), [("", "no_cessation")]),
    ((issue(), cessation()), ceased(AMM + timedelta(days=60)), [("", "term_not_come")]),
    (INTO[State.ACTIVE], expired(ENDS), [("", "term_not_come")]),
    (INTO[State.ACTIVE], renewed(ENDS + timedelta(days=2)), [("/begins_on", "gap_before_renewal")]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "command", "places"), GUARDS)
def test_each_is_refused_with_its_rule(before, command, places):
    with pytest.raises(Refused) as refusal:
        AUTHORISATION.decide(after(before), command)
    found = [(problem.pointer, problem.code) for problem in refusal.value.problems]
    assert sorted(found) == sorted(places)


def test_what_the_limits_still_allow():
    """The last day of each limit is inside it; urgency stands for the hearing."""
    assert after((issue(), suspend(until=date(2027, 2, 24)))).state is State.SUSPENDED
    urgent = suspend(heard_on=None, urgency="Lot contaminé.")
    assert after((issue(), urgent)).state is State.SUSPENDED
    illegal = withdraw(ground=WithdrawalGround.ILLEGAL, at=noon(date(2027, 3, 24)))
    assert after((issue(), illegal)).state is State.WITHDRAWN
    late = withdraw(ground=WithdrawalGround.PUBLIC_HEALTH, at=noon(date(2027, 4, 30)))
    assert after((issue(), late)).state is State.WITHDRAWN
    exceptional = cessation(ceases_on=date(2027, 6, 1), exceptional="Rupture du produit autorisé.")
    assert after((issue(), exceptional)).ceases_on == date(2027, 6, 1)


LATER = TODAY + timedelta(days=20)
IN_FORCE = [
    (INTO[State.ACTIVE], TODAY - timedelta(days=1), False),
    (INTO[State.ACTIVE], TODAY, True),
    (INTO[State.ACTIVE], ENDS, True),
    # No text keeps it alive while a renewal waits, nor until somebody notes that it ended.
    (INTO[State.ACTIVE], ENDS + timedelta(days=1), False),
    (INTO[State.SUSPENDED], TODAY + timedelta(days=30), False),
    (INTO[State.SUSPENDED], TODAY + timedelta(days=31), True),
    (INTO[State.WITHDRAWN], TODAY, False),
    (INTO[State.ABROGATED], TODAY, False),
    ((issue(), cessation()), AMM + timedelta(days=60), True),
    ((issue(), cessation()), AMM + timedelta(days=61), False),
    ((issue(), renewed()), ENDS - timedelta(days=1), True),
    ((issue(), renewed()), ENDS, False),
    # What was lawful stays so: only an illegal decision is as if it had never been (CRPA L242-1, -2).
    ((issue(), suspend(at=noon(LATER))), LATER - timedelta(days=1), True),
    ((issue(), suspend(at=noon(LATER))), LATER, False),
    ((issue(), suspend(), lift(at=noon(LATER))), LATER - timedelta(days=1), False),
    ((issue(), suspend(), lift(at=noon(LATER))), LATER, True),
    ((issue(), abrogate(at=noon(LATER))), LATER - timedelta(days=1), True),
    ((issue(), abrogate(at=noon(LATER))), LATER, False),
    ((issue(), withdraw(at=noon(LATER))), LATER - timedelta(days=1), True),
    ((issue(), withdraw(at=noon(LATER), ground=WithdrawalGround.ILLEGAL)), TODAY, False),
]


@pytest.mark.parametrize(("before", "day", "expected"), IN_FORCE)
def test_a_dose_may_be_given_under_it(before, day, expected):
    assert after(before).in_force(day) is expected


def test_what_a_renewal_will_replace_can_be_suspended_and_withdrawn_until_then():
    """A renewal granted ahead leaves the authorisation in force until the other begins."""
    ahead = (issue(), renewed(ENDS))
    assert after(ahead).state_on(TODAY) is State.ACTIVE
    assert after((*ahead, suspend())).state_on(TODAY) is State.SUSPENDED
    assert after((*ahead, suspend())).state_on(ENDS) is State.REPLACED
    assert after((*ahead, withdraw())).state is State.WITHDRAWN
    with pytest.raises(Refused, match="authorisation_replaced"):
        AUTHORISATION.decide(after(ahead), abrogate(at=noon(ENDS)))


def test_a_day_ends_it_and_not_the_note_of_it():
    """What has ceased, run out or been suspended long enough is so before anybody notes it."""
    ceased_unnoted = after((issue(), cessation()))
    with pytest.raises(Refused, match="authorisation_ceased"):
        AUTHORISATION.decide(ceased_unnoted, abrogate(at=noon(AMM + timedelta(days=61))))
    with pytest.raises(Refused, match="authorisation_expired"):
        AUTHORISATION.decide(after((issue(),)), abrogate(at=noon(ENDS + timedelta(days=1))))
    over = noon(TODAY + timedelta(days=31))
    again = suspend(at=over, until=TODAY + timedelta(days=40))
    assert after((issue(), suspend(), again)).state is State.SUSPENDED
