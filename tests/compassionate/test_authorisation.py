"""The life of an authorisation (dossier §5.4): every transition, every other command refused."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from compassionate.domain.authorisation import AUTHORISATION, WHY
from compassionate.domain.authorisation_commands import (
    Abrogate,
    ApplyCessation,
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
from compassionate.domain.authorisation_events import AuthorisationSuspended
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.decision import Suspension
from compassionate.domain.grounds import WithdrawalGround
from compassionate.domain.vocabulary import AuthorisationState as State, RequestKind
from events.days import day_of
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
        "number": "AAC-19E0-ZZQ0-003V6",
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


def applied(**said: Any) -> ApplyCessation:
    one = cessation(**said)
    return ApplyCessation(
        by=one.by, at=one.at, marketing_authorised_on=one.marketing_authorised_on,
        ceases_on=one.ceases_on, signature=one.signature, exceptional=one.exceptional,
    )  # fmt: skip


def ceased(day: date = AMM + timedelta(days=61)) -> NoteCessation:
    return NoteCessation(by="system", at=noon(day))


def expired(day: date = ENDS + timedelta(days=1)) -> NoteExpiry:
    return NoteExpiry(by="system", at=noon(day))


def reminded(days: int = 7) -> NoteReminder:
    return NoteReminder(by="system", at=noon(ENDS - timedelta(days=days)), days=days)


OTHER = "AAC-2026-000200-1"
FAR = ENDS + timedelta(days=90)


def renewed(begins_on: date = ENDS, at: datetime = AT, ends_on: date = FAR) -> Replace:
    return Replace(by=SIGNATORY, at=at, number=OTHER, begins_on=begins_on, ends_on=ends_on)


def void(at: datetime = AT, **said: Any) -> VoidReplacement:
    usual: dict[str, Any] = {"by": SIGNATORY, "at": at, "number": OTHER}
    return VoidReplacement(**(usual | said))


LATE = ENDS + timedelta(days=5)
"""A day on which it has run out."""


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
    (INTO[State.ACTIVE], applied(), State.ACTIVE),
    (INTO[State.SUSPENDED], applied(), State.SUSPENDED),
    ((issue(), applied()), ceased(), State.CEASED),
    ((issue(), renewed(), applied()), ceased(), State.CEASED),
    ((issue(), cessation(), suspend()), ceased(), State.CEASED),
    # A cessation comes first to what a renewal would have replaced later.
    ((issue(), renewed(), cessation()), ceased(), State.CEASED),
    ((issue(), renewed()), void(), State.ACTIVE),
    ((issue(), renewed(), suspend()), void(), State.SUSPENDED),
    (INTO[State.EXPIRED], renewed(LATE, noon(LATE)), State.EXPIRED),
    ((*INTO[State.EXPIRED], renewed(FAR, noon(LATE))), void(noon(LATE)), State.EXPIRED),
]
COMMANDS = [
    issue(), suspend(), lift(), suspension_end(), withdraw(), abrogate(), cessation(), ceased(),
    expired(), reminded(), renewed(), void(), applied(),
]  # fmt: skip


def after(commands) -> AuthorisationFacts:
    facts = AUTHORISATION.initial
    for command in commands:
        facts = AUTHORISATION.fold(AUTHORISATION.decide(facts, command), facts)
    return facts


def judged_by(facts: AuthorisationFacts, command: Any) -> State:
    """Return the state that a command meets: what was noted, or that of its day where one is to replace it."""
    of_the_day = isinstance(command, Replace | VoidReplacement)
    return facts.state_on(day_of(command.at)) if of_the_day else facts.state


ALLOWED = {
    (judged_by(after(before), command), type(command)) for before, command, _ in TRANSITIONS
}
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


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


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
    ((issue(), applied()), applied(), [("", "cessation_known")]),
    ((issue(), cessation()), ceased(AMM + timedelta(days=60)), [("", "term_not_come")]),
    (INTO[State.ACTIVE], expired(ENDS), [("", "term_not_come")]),
    (INTO[State.ACTIVE], renewed(ENDS + timedelta(days=2)), [("/begins_on", "gap_before_renewal")]),
    # It is gone on from once: by the first, or by another that has ended when the first begins.
    ((issue(), renewed()), renewed(), [("", "authorisation_replaced")]),
    ((issue(), renewed()), renewed(in_days(5), ends_on=ENDS), [("", "authorisation_replaced")]),
    ((*INTO[State.EXPIRED], renewed(LATE, noon(LATE))), renewed(LATE, noon(LATE)),
     [("", "authorisation_replaced")]),
    (INTO[State.ACTIVE], void(), [("", "not_replaced")]),
    ((issue(), renewed()), void(number="AAC-2026-000300-1"), [("", "not_replaced")]),
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


def again(day: int, until: date, **said: Any) -> Suspend:
    """Suspend so many days from the first, until a day."""
    return suspend(at=noon(in_days(day)), until=until, heard_on=in_days(day), **said)


NEW = "Deux hépatites graves, déclarées hier."
MONTH = (issue(), suspend())
"""Suspended for thirty-one days, from 24 November to 24 December: 92 days are the three months."""
IN_A_ROW = [
    # The day after its term, or after it was lifted: the rest of the three months of the first.
    (MONTH, again(31, date(2027, 2, 24)), True),
    (MONTH, again(31, date(2027, 2, 25)), False),
    ((*MONTH, lift(at=noon(in_days(10)))), again(10, date(2027, 2, 24)), True),
    ((*MONTH, lift(at=noon(in_days(10)))), again(10, date(2027, 2, 25)), False),
    # The days between, on which it was in force, are not counted.
    ((*MONTH, lift(at=noon(in_days(10)))), again(40, date(2027, 3, 26)), True),
    ((*MONTH, lift(at=noon(in_days(10)))), again(40, date(2027, 3, 27)), False),
    # Of several each goes on from the one before.
    ((*MONTH, again(31, in_days(60))), again(61, date(2027, 2, 24)), True),
    ((*MONTH, again(31, in_days(60))), again(61, date(2027, 2, 25)), False),
    # Three months spent: nothing is left of them, be it for a day.
    ((issue(), suspend(until=date(2027, 2, 24))), again(93, date(2027, 2, 25)), False),
    # A new fact begins three months of its own, and is what the next goes on from.
    ((issue(), suspend(until=date(2027, 2, 24))), again(93, date(2027, 5, 22), new_fact=NEW), True),
    ((issue(), suspend(until=date(2027, 2, 24)), again(93, in_days(100), new_fact=NEW)),
     again(101, date(2027, 5, 22)), True),
    ((*MONTH, again(31, in_days(60), new_fact=NEW)), again(61, date(2027, 3, 26)), False),
    ((*MONTH, again(31, in_days(60), new_fact=NEW)), again(61, date(2027, 3, 25)), True),
    ((issue(), suspend(until=date(2027, 2, 24))), again(93, date(2027, 2, 25), new_fact=" "), False),
    # More than three months after the last it goes on from none: 24 December, 24 March.
    (MONTH, again(120, date(2027, 5, 25)), False),
    (MONTH, again(121, date(2027, 6, 25)), True),
]  # fmt: skip


@pytest.mark.parametrize(("before", "command", "allowed"), IN_A_ROW)
def test_suspensions_that_follow_one_another_last_three_months_together(before, command, allowed):
    """R5121-74-8: a suspension in a row evades no limit; what is new stands in the event."""
    if allowed:
        assert after((*before, command)).state is State.SUSPENDED
        return
    with pytest.raises(Refused) as refusal:
        AUTHORISATION.decide(after(before), command)
    (problem,) = refusal.value.problems
    assert (problem.pointer, problem.code) == ("/until", "suspensions_over_limit")


BEFORE = after((*MONTH, lift(at=noon(in_days(10))))).suspensions


@pytest.mark.parametrize(("until", "allowed"), [
    (date(2027, 3, 26), True), (date(2027, 3, 27), False),
])  # fmt: skip
def test_the_suspensions_of_what_it_goes_on_from_count(until, allowed):
    """R5121-74-8: no renewal and no change of dosage begins three months anew."""
    command = again(40, until, suspended_before=BEFORE)
    assert after((issue(), again(40, until))).state is State.SUSPENDED
    if allowed:
        assert after((issue(), command)).state is State.SUSPENDED
        return
    with pytest.raises(Refused) as refusal:
        AUTHORISATION.decide(after((issue(),)), command)
    assert [one.code for one in refusal.value.problems] == ["suspensions_over_limit"]
    fresh = again(40, until, suspended_before=BEFORE, new_fact=NEW)
    assert after((issue(), fresh)).suspension_limit(in_days(41), BEFORE) > until


def test_suspensions_count_by_their_days_and_until_it_is_replaced():
    """A renewal that was issued ahead may be suspended before what it goes on from."""
    early = Suspension(first=in_days(1), last=in_days(20))
    late = Suspension(first=in_days(21), last=in_days(40))
    one = replace(after((issue(),)), suspensions=(early,))
    other = replace(after((issue(),)), suspensions=(late,))
    assert one.suspension_limit(in_days(41), (late,)) == other.suspension_limit(
        in_days(41), (early,)
    )
    replaced = replace(one, suspensions=(early, late), replaced_on=in_days(10))
    assert replaced.suspended == (replace(early, last=in_days(9)),)
    assert one.suspended == (early,)


def test_a_new_fact_counts_once_its_words_are_erased():
    (event,) = AUTHORISATION.decide(after(MONTH), again(31, in_days(90), new_fact=NEW))
    assert (event.on_new_fact, event.new_fact) == (True, NEW)
    assert isinstance(event, AuthorisationSuspended)
    facts = AUTHORISATION.fold([replace(event, new_fact=None)], after(MONTH))
    assert facts.suspension_limit(in_days(91)) == date(2027, 3, 25)
    (plain,) = AUTHORISATION.decide(after(MONTH), again(31, in_days(60)))
    assert isinstance(plain, AuthorisationSuspended)
    assert (plain.on_new_fact, plain.new_fact) == (False, None)
