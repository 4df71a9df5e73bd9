"""Whatever is sent, by whoever, in whatever order: what must never be true of a request is not."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from hypothesis import given, settings, strategies as st

from compassionate.domain.request import REQUEST
from compassionate.domain.request_events import AccessRequestEvent
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.request_table import REPORTS
from compassionate.domain.vocabulary import ENDED, Proposal, RequestState as State
from events.errors import Refused
from tests.compassionate import files
from tests.compassionate.samples import (
    AT,
    DOCTOR,
    EVALUATOR,
    INTERN,
    INTO,
    ON_CALL,
    PHARMACIST,
    RENEWAL,
    SIGNATORY,
    SIGNATURE,
    TERMS,
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

COMMANDS = (
    draft(), draft(by=INTERN, senior=DOCTOR), change(), change(RENEWAL), to_pharmacy(),
    to_pharmacy(answer="Vu."), back(), to_agency(), submit(), dispense(), dispense(None), agree(),
    agree(None), refuse_by_phone(), take_up(), check(), ask(), answer(), attach(),
    attach(files.png(), document_id=UUID(int=9)), overdue(), propose(),
    correct(), correct(AT, told_at=AT - timedelta(hours=1)), note_correction(),
    propose(Proposal.REFUSE), grant(), grant(terms=replace(TERMS, ends_on=TERMS.begins_on)),
    regularise(), refuse(), withdraw(), report_withdrawal(), submit(prescriber=None),
    silence(), deposit(), read(), join(), late(),
)  # fmt: skip
PEOPLE = (DOCTOR, INTERN, PHARMACIST, ON_CALL, EVALUATOR, SIGNATORY)


@st.composite
def given_by_anybody(draw):
    """Draw a command, given by whom it is for or by anybody else, now or later."""
    command = draw(st.sampled_from(COMMANDS))
    if draw(st.booleans()):
        by = draw(st.sampled_from(PEOPLE))
        signed = (
            {"signature": replace(SIGNATURE, signatory=by)}
            if hasattr(command, "signature")
            else {}
        )
        command = replace(command, by=by, **signed)
    if draw(st.booleans()):
        later = timedelta(hours=draw(st.integers(0, 200)))
        times = {"received_at": command.received_at + later}
        command = replace(command, **times)
    return command


def sound(facts: RequestFacts) -> None:
    """Assert what must be true of every request."""
    parties = {facts.prescriber, facts.author, facts.pharmacist} - {None}
    if facts.state in {State.GRANTED, State.REFUSED}:
        assert facts.signature is not None
        signatory = facts.signature.signatory
        assert signatory not in parties
        assert facts.proposed is None or facts.proposed.by != signatory
        assert facts.received_at is not None
    if facts.state is State.GRANTED:
        assert facts.number
        assert facts.terms is not None
        assert 1 <= facts.terms.days <= 365
    if facts.pharmacist is not None:
        assert facts.pharmacist not in {facts.prescriber, facts.author}
    if facts.state is State.TO_REGULARISE:
        assert facts.beforehand


def made_of(facts: RequestFacts, command) -> list[AccessRequestEvent] | None:
    """Return what a command makes, None where it is refused."""
    try:
        return list(REQUEST.decide(facts, command))
    except Refused:
        return None


HISTORIES = st.tuples(
    st.sampled_from([*INTO.values(), TO_REGULARISE]), st.lists(given_by_anybody(), max_size=15)
).map(lambda drawn: [*drawn[0], *drawn[1]])
"""A way into some state, and whatever anybody sends after it."""


@settings(max_examples=400, deadline=None)
@given(HISTORIES)
def test_no_order_of_commands_leads_to_what_must_not_be(commands):
    facts = REQUEST.initial
    for command in commands:
        made = made_of(facts, command)
        if made is None:
            continue
        later = REQUEST.fold(made, facts)
        if later.state in {State.GRANTED, State.REFUSED} and facts.state not in ENDED:
            # Who agreed by telephone before the decision has not signed it; a later call is a fact.
            assert command.by not in {one.by for one in facts.beforehand}
        if facts.state in ENDED:
            revived = facts.state is State.WITHDRAWN and later.state is State.TO_REGULARISE
            assert later.state is facts.state or revived
        if type(command) in REPORTS:
            assert later.state not in ENDED or later.state is facts.state
        sound(later)
        facts = later


@settings(max_examples=100, deadline=None)
@given(HISTORIES)
def test_a_history_folds_to_the_same_whatever_it_is_cut_into(commands):
    facts, history = REQUEST.initial, []
    for command in commands:
        made = made_of(facts, command) or []
        history.extend(made)
        facts = REQUEST.fold(made, facts)
    assert REQUEST.fold(history) == facts
    for cut in range(len(history)):
        assert REQUEST.fold(history[cut:], REQUEST.fold(history[:cut])) == facts


def test_what_is_drawn_can_reach_a_decision():
    """A property that only ever sees drafts would hold for the wrong reason."""
    facts = REQUEST.initial
    for command in (submit(), take_up(), check(), propose(), grant()):
        assert command in COMMANDS
        facts = REQUEST.fold(REQUEST.decide(facts, command), facts)
    assert facts.state is State.GRANTED
