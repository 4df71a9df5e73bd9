"""The state table of a request (dossier §5.4): every transition, and every other command refused."""

import pytest

from compassionate.domain.request import REQUEST
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.request_table import WHY
from compassionate.domain.vocabulary import Proposal, RequestState as State
from events.errors import Refused
from tests.compassionate.samples import (
    ASSESSED,
    INTO,
    RECEIVED,
    TO_REGULARISE,
    agree,
    answer,
    ask,
    attach,
    back,
    change,
    check,
    correct,
    deposit,
    dispense,
    draft,
    grant,
    join,
    late,
    note_correction,
    overdue,
    propose,
    read,
    refuse,
    refuse_by_phone,
    regularise,
    report_withdrawal,
    silence,
    submit,
    take_up,
    to_agency,
    to_pharmacy,
    withdraw,
)

WHOLE = (submit(prescriber=None),)
"""Sent whole for a prescriber without an account."""
DEPOSITED = (*INTO[State.GRANTED], deposit())

# What was done before, the command, the state after it.
TRANSITIONS = [
    ((), draft(), State.DRAFT),
    ((), submit(), State.RECEIVED),
    ((draft(),), change(), State.DRAFT),
    (INTO[State.RETURNED], change(), State.RETURNED),
    ((dispense(),), change(), State.TO_REGULARISE),
    ((draft(),), to_pharmacy(), State.AT_PHARMACY),
    ((*INTO[State.RETURNED], change()), to_pharmacy(), State.AT_PHARMACY),
    (INTO[State.RETURNED], to_pharmacy(answer="Il figure en page 2."), State.AT_PHARMACY),
    ((draft(),), withdraw(), State.WITHDRAWN),
    (INTO[State.AT_PHARMACY], withdraw(), State.WITHDRAWN),
    (INTO[State.RETURNED], withdraw(), State.WITHDRAWN),
    (INTO[State.AT_PHARMACY], back(), State.RETURNED),
    (INTO[State.AT_PHARMACY], to_agency(), State.RECEIVED),
    # Out of hours, from no state or from any before the agency has it: two routes.
    ((), dispense(), State.TO_REGULARISE),
    ((draft(),), dispense(), State.TO_REGULARISE),
    (INTO[State.AT_PHARMACY], dispense(), State.TO_REGULARISE),
    (INTO[State.RETURNED], dispense(), State.TO_REGULARISE),
    ((), agree(), State.TO_REGULARISE),
    ((draft(),), agree(), State.TO_REGULARISE),
    (INTO[State.AT_PHARMACY], agree(), State.TO_REGULARISE),
    (INTO[State.RETURNED], agree(), State.TO_REGULARISE),
    ((dispense(),), agree(), State.TO_REGULARISE),
    ((), refuse_by_phone(), State.DRAFT),
    ((draft(),), refuse_by_phone(), State.DRAFT),
    ((dispense(),), to_agency(), State.RECEIVED),
    ((agree(),), to_agency(), State.RECEIVED),
    (RECEIVED, take_up(), State.UNDER_ASSESSMENT),
    (ASSESSED, take_up(by="another-evaluator"), State.UNDER_ASSESSMENT),
    # Whatever came first, the withdrawal or the dose, the dose is judged.
    (INTO[State.WITHDRAWN], dispense(), State.TO_REGULARISE),
    (INTO[State.WITHDRAWN], agree(), State.TO_REGULARISE),
    ((*INTO[State.WITHDRAWN], dispense()), to_agency(), State.RECEIVED),
    (RECEIVED, check(), State.RECEIVED),
    (ASSESSED, check(), State.UNDER_ASSESSMENT),
    (ASSESSED, ask(), State.INFORMATION_ASKED),
    ((*ASSESSED, ask()), answer(), State.UNDER_ASSESSMENT),
    ((*ASSESSED, ask()), overdue(), State.UNDER_ASSESSMENT),
    # A clock of the house changes no state.
    ((dispense(),), late(), State.TO_REGULARISE),
    *[(INTO[state], late(), state) for state in (
        State.RECEIVED, State.UNDER_ASSESSMENT, State.TO_SIGN,
    )],
    ((*TO_REGULARISE[:-1], ask()), late(), State.INFORMATION_ASKED),
    (ASSESSED, propose(), State.TO_SIGN),
    (ASSESSED, propose(Proposal.REFUSE), State.TO_SIGN),
    (ASSESSED, grant(), State.GRANTED),
    ((*ASSESSED, propose()), grant(), State.GRANTED),
    ((*ASSESSED, propose()), refuse(), State.REFUSED),
    (TO_REGULARISE, regularise(), State.GRANTED),
    (TO_REGULARISE, refuse(), State.REFUSED),
    *[(INTO[state], withdraw(), State.WITHDRAWN) for state in (
        State.RECEIVED, State.UNDER_ASSESSMENT, State.INFORMATION_ASKED, State.TO_SIGN,
    )],
    # The prescriber's own wish, which her pharmacy reports where she has no account.
    ((refuse_by_phone(prescriber=None),), report_withdrawal(), State.WITHDRAWN),
    (WHOLE, report_withdrawal(), State.WITHDRAWN),
    ((*WHOLE, take_up(), check()), report_withdrawal(), State.WITHDRAWN),
    ((*WHOLE, take_up(), check(), ask()), report_withdrawal(), State.WITHDRAWN),
    ((*WHOLE, take_up(), check(), propose()), report_withdrawal(), State.WITHDRAWN),
    *[(INTO[state], silence(), State.IMPLICIT) for state in (
        State.RECEIVED, State.UNDER_ASSESSMENT, State.INFORMATION_ASKED, State.TO_SIGN,
    )],
    *[(INTO[state], deposit(), state) for state in (State.GRANTED, State.REFUSED, State.IMPLICIT)],
    # A dose corrected after the decision: somebody says what follows.
    ((*TO_REGULARISE, regularise(), correct()), note_correction(), State.GRANTED),
    ((*TO_REGULARISE, refuse(), correct()), note_correction(), State.REFUSED),
    ((dispense(), to_agency(), silence(), correct()), note_correction(), State.IMPLICIT),
    (DEPOSITED, read(), State.GRANTED),
    ((*INTO[State.REFUSED], deposit()), read(), State.REFUSED),
    ((*INTO[State.IMPLICIT], deposit()), read(), State.IMPLICIT),
]  # fmt: skip

WISHES = {
    type(command): command
    for command in (
        draft(), submit(), change(), to_pharmacy(), back(), to_agency(), take_up(), check(), ask(),
        overdue(), late(), propose(), grant(), regularise(), refuse(), withdraw(),
        report_withdrawal(), silence(), deposit(), read(), note_correction(),
    )
}  # fmt: skip
REPORTS = (dispense(), agree(), refuse_by_phone(), answer(), attach(), join())


def after(commands) -> RequestFacts:
    """Return the facts after commands, each of which must be taken."""
    facts = REQUEST.initial
    for command in commands:
        facts = REQUEST.fold(REQUEST.decide(facts, command), facts)
    return facts


ALLOWED = {(after(before).state, type(command)) for before, command, _ in TRANSITIONS}
REFUSED = [
    (state, command)
    for state in State
    for kind, command in WISHES.items()
    if (state, kind) not in ALLOWED
]


def name(case) -> str:
    """Name one case by what it is about."""
    return case.value if isinstance(case, State) else type(case).__name__


@pytest.mark.parametrize(("before", "command", "state"), TRANSITIONS)
def test_every_transition_of_the_table(before, command, state):
    assert after((*before, command)).state is state


@pytest.mark.parametrize(("state", "command"), REFUSED, ids=name)
def test_every_other_command_in_every_state_is_refused_with_its_reason(state, command):
    facts = after(INTO[state])
    assert facts.state is state
    with pytest.raises(Refused) as refusal:
        REQUEST.decide(facts, command)
    (problem,) = refusal.value.problems
    begins = type(command).__name__ in {"DraftRequest", "SubmitRequest"}
    assert problem.code == ("already_exists" if begins else WHY[state][0])
    assert problem.detail.endswith((".", "!"))


def test_every_state_has_a_way_into_it_and_a_reason_of_its_own():
    assert set(INTO) == set(State) == set(WHY)
    assert len({code for code, _ in WHY.values()}) == len(State)


@pytest.mark.parametrize("state", State, ids=name)
@pytest.mark.parametrize("report", REPORTS, ids=name)
def test_a_report_of_fact_is_taken_in_every_state(state, report):
    """In an outage nobody knows the state: what happened is told, and flagged where odd (trap 2)."""
    facts = after(INTO[state])
    if state is State.NOT_BEGUN and report in {answer(), attach(), join()}:
        with pytest.raises(Refused):
            REQUEST.decide(facts, report)
        return
    made = REQUEST.decide(facts, report)
    assert len(made) == 1
    later = REQUEST.fold(made, facts)
    assert later.state in {facts.state, State.TO_REGULARISE, State.DRAFT, State.UNDER_ASSESSMENT}
    if state in {State.GRANTED, State.REFUSED, State.WITHDRAWN, State.IMPLICIT}:
        to_judge = state is State.WITHDRAWN and report in {dispense(), agree()}
        assert later.state is (State.TO_REGULARISE if to_judge else state)
        assert report == join() or "already_ended" in made[0].flags


@pytest.mark.parametrize("state", State, ids=name)
def test_a_dose_that_was_told_is_corrected_in_every_state(state):
    """What was told stays in the log; what it should have said counts from then on."""
    facts = after((*INTO[state], dispense()))
    (made,) = REQUEST.decide(facts, correct())
    later = REQUEST.fold([made], facts)
    assert later.state is facts.state
    first, told = later.first_given, facts.first_given
    assert first is not None
    assert told is not None
    assert (first.at, first.told) == (correct().dispensing.at, told.dispensing)
    decided = state in {State.GRANTED, State.REFUSED, State.IMPLICIT}
    assert ("corrected_after_decision" in later.flags) is decided
    assert "dose_corrected" in later.flags


@pytest.mark.parametrize("state", State, ids=name)
def test_where_no_dose_was_told_there_is_none_to_correct(state):
    facts = after(INTO[state])
    if facts.beforehand:
        assert REQUEST.decide(facts, correct())
        return
    with pytest.raises(Refused) as refusal:
        REQUEST.decide(facts, correct())
    (problem,) = refusal.value.problems
    begun = state is not State.NOT_BEGUN
    assert problem.code == ("unknown_dose" if begun else "unknown_request")
