"""What must not slip through between the two parts of a request, its answers and its decision."""

from dataclasses import replace
from datetime import timedelta

import pytest

from compassionate.domain.prescription import Dispensing, Prescription
from compassionate.domain.request import REQUEST
from compassionate.domain.vocabulary import (
    Flag,
    Met,
    ProductStatus,
    Proposal,
    RequestKind,
    RequestState as State,
)
from events.errors import Refused
from tests.compassionate.samples import (
    ASSESSED,
    AT,
    PART,
    PHARMACIST,
    PHARMACY,
    SHEET,
    TERMS,
    TO_REGULARISE,
    TODAY,
    agree,
    answer,
    ask,
    change,
    check,
    dispense,
    draft,
    grant,
    overdue,
    propose,
    refuse,
    refuse_by_phone,
    regularise,
    submit,
    take_up,
    to_agency,
    to_pharmacy,
    withdraw,
)
from tests.compassionate.test_request_table import after


def test_what_an_answer_took_out_of_the_form_is_asked_for_before_a_grant():
    """An answer is never refused; nothing is granted on a form that lacks what the law asks."""
    emptied = after((*ASSESSED, ask(), answer(prescription=Prescription())))
    with pytest.raises(Refused) as refusal:
        REQUEST.decide(emptied, propose())
    assert {"initials_needed", "duration_needed"} <= {one.code for one in refusal.value.problems}
    assert REQUEST.decide(emptied, propose(Proposal.REFUSE))
    same = replace(PART, prescriber_rpps=PHARMACY.pharmacist_rpps)
    with pytest.raises(Refused, match="prescriber_is_pharmacist"):
        REQUEST.decide(after((*ASSESSED, ask(), answer(prescription=same))), propose())


def test_an_answer_after_a_proposal_has_it_made_anew():
    proposed = (*ASSESSED, ask(), overdue(), propose(Proposal.REFUSE))
    facts = after((*proposed, answer(at=AT + timedelta(days=8))))
    assert (facts.state, facts.proposed) == (State.UNDER_ASSESSMENT, None)
    assert facts.asked[-1].answered_on == TODAY + timedelta(days=8)


def test_an_answer_changes_nothing_of_what_was_sent_anew_since():
    """Withdrawn with a question open, begun again by a dose: both parts are those that came then."""
    anew = (*ASSESSED, ask(), withdraw(), dispense(), to_agency())
    other = answer(prescription=replace(PART, file_number="OTHER"))
    for way, state in ((anew, State.RECEIVED), ((*anew, take_up()), State.UNDER_ASSESSMENT)):
        before, told = after(way), after((*way, other))
        assert (before.state, told.state) == (state, state)
        assert told.prescription == before.prescription
        assert Flag.NOTHING_ASKED in told.flags


def test_one_person_cannot_make_both_parts():
    """Whoever completes what nobody had signed is its prescriber, and no pharmacist of it."""
    completed = change(by=PHARMACIST)
    for alone in (
        (refuse_by_phone(prescriber=None), completed, to_pharmacy(by=PHARMACIST)),
        (dispense(prescriber=None), completed),
    ):
        with pytest.raises(Refused, match="prescriber_is_pharmacist"):
            REQUEST.decide(after(alone), to_agency())


def test_a_dose_told_in_the_pharmacy_part_is_regularised_too():
    given_before = replace(PHARMACY, dispensing=Dispensing(at=AT - timedelta(days=3)))
    facts = after((submit(pharmacy=given_before), take_up(), check()))
    with pytest.raises(Refused, match="regularise_instead"):
        REQUEST.decide(facts, grant())
    with pytest.raises(Refused, match="dose_to_regularise"):
        REQUEST.decide(facts, withdraw())


def test_answers_to_another_version_or_given_twice_are_no_answers():
    """§5.3 5: what was said of version 3 says nothing of version 4."""
    newer = replace(SHEET, version=4)
    facts = after((draft(), to_pharmacy(), to_agency(sheet=newer), check(sheet=newer)))
    assert (facts.criteria_version, facts.conforms) == (4, False)
    twice = replace(PART, criteria=(*PART.criteria, replace(PART.criteria[0], answer=Met.NOT_MET)))
    with pytest.raises(Refused, match="no_trial_needed"):
        REQUEST.decide(after((draft(twice),)), to_pharmacy())


def test_a_renewal_with_a_dose_still_says_what_a_renewal_says():
    renewal = draft(kind=RequestKind.RENEWAL, renews="AAC-19E0-ZZQ0-002DB")
    with pytest.raises(Refused, match="elapsed_data_needed"):
        REQUEST.decide(after((renewal, dispense())), to_agency())


def test_what_may_not_be_granted_to_a_named_patient_is_not_regularised_either():
    """§5.3 15: received, so that the agency knows of the dose; refused, with a safety follow-up."""
    framed = replace(SHEET, status=ProductStatus.PRESCRIPTION_FRAMEWORK)
    with pytest.raises(Refused, match="prescription_framework_product"):
        REQUEST.decide(after(TO_REGULARISE), regularise(sheet=framed))
    assert after((*TO_REGULARISE, refuse())).state is State.REFUSED


def test_a_call_stays_the_call_of_who_answered_it_whatever_follows():
    """Agreed to or refused, begun by it or not: a dose is no call."""
    later = AT + timedelta(hours=1)
    facts = after(
        (
            refuse_by_phone(by="first"),
            agree(by="second", number="DG-1"),
            dispense(),
            to_agency(),
            take_up(),
            refuse_by_phone(by="first", at=later),
        )
    )
    assert [(one.by, one.agreed, one.number) for one in facts.calls] == [
        ("first", False, None),
        ("second", True, "DG-1"),
        ("first", False, None),
    ]
    assert {one.by for one in facts.beforehand} == {"second", PHARMACIST}


def test_clocks_of_two_machines_may_differ_a_little():
    ahead = AT + timedelta(minutes=1)
    assert REQUEST.decide(REQUEST.initial, dispense(dispensing=Dispensing(at=ahead)))
    composed = replace(PART, patient_initials="E\u0301M")
    assert REQUEST.decide(REQUEST.initial, dispense(composed))


def test_days_are_those_of_paris():
    """23:30 in Paris and 00:30 in Paris are two days, whatever they are in UTC."""
    late = AT.replace(hour=22, minute=30)
    begins = replace(TERMS, begins_on=TODAY + timedelta(days=1), ends_on=TODAY + timedelta(days=9))
    for at, taken in ((late, True), (late + timedelta(hours=1), False)):
        received = (draft(at=at), to_pharmacy(at=at), to_agency(at=at), take_up(at=at))
        terms = replace(begins, begins_on=TODAY)
        facts = after(received)
        if taken:
            assert REQUEST.decide(facts, propose(at=at, terms=terms))
        else:
            with pytest.raises(Refused, match="begins_before_receipt"):
                REQUEST.decide(facts, propose(at=at, terms=terms))
