"""Who may not, and what the law does not allow: each refused with its rule, all reasons at once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from compassionate.domain.prescription import Dispensing, PharmacyPart, Prescription
from compassionate.domain.request import REQUEST
from compassionate.domain.vocabulary import (
    AgeUnit,
    Flag,
    Met,
    ProductStatus,
    Proposal,
    RequestKind,
    RequestState as State,
    SilenceEffect,
)
from events.errors import Refused
from tests.compassionate.samples import (
    ASSESSED,
    AT,
    DOCTOR,
    ELSEWHERE,
    EVALUATOR,
    GROUNDS,
    HOSPITAL,
    INTERN,
    INTO,
    NO_SHEET,
    ON_CALL,
    OTHER_QUESTION,
    PART,
    PHARMACIST,
    PHARMACY,
    RECEIVED,
    REFUSAL,
    RENEWAL,
    SHEET,
    SIGNATORY,
    SIGNATURE,
    TERMS,
    TO_REGULARISE,
    TODAY,
    agree,
    answer,
    ask,
    back,
    change,
    check,
    deposit,
    dispense,
    draft,
    grant,
    join,
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
from tests.compassionate.test_request_table import after

YEAR = replace(TERMS, ends_on=TODAY + timedelta(days=365))
LONG = replace(SHEET, max_days=None)
DOSE = replace(PHARMACY, dispensing=Dispensing(at=AT))
BY_PHONE = (agree(), to_agency(), take_up(), check(), propose())
UNKNOWN = replace(PART, criteria=(), undertakes_criteria=False, justification=GROUNDS)
OFF = (draft(UNKNOWN), to_pharmacy(sheet=NO_SHEET), to_agency(sheet=NO_SHEET), take_up())


def signed(by: str):
    return {"by": by, "signature": replace(SIGNATURE, signatory=by)}


REFUSALS = [
    ((), draft(kind=RequestKind.RENEWAL), [("/renews", "authorisation_needed")]),
    ((), draft(kind=RequestKind.REGULARISATION), [("/kind", "regularisation_begins_with_a_dose")]),
    ((), draft(replace(PART, form="x" * 101)), [("/prescription/form", "too_long")]),
    # No name in any stream, not even in a draft or from a call (§5.3 6).
    ((), draft(replace(PART, patient_initials="DUPONT")),
     [("/prescription/patient_initials", "initials_needed")]),
    ((), agree(replace(PART, patient_initials="D2")),
     [("/prescription/patient_initials", "initials_needed")]),
    ((), dispense(replace(PART, dosage="a\0b")),
     [("/prescription/dosage", "unreadable_character")]),
    ((draft(),), change(by=PHARMACIST), [("", "not_the_author")]),
    ((draft(),), to_pharmacy(by=PHARMACIST), [("", "not_the_author")]),
    (INTO[State.RETURNED], to_pharmacy(), [("/answer", "nothing_changed")]),
    (INTO[State.AT_PHARMACY], back(reason=" "), [("/reason", "reason_needed")]),
    # A prescriber who is also the pharmacist; a pharmacist of another hospital.
    (INTO[State.AT_PHARMACY], to_agency(by=DOCTOR), [("", "prescriber_is_pharmacist")]),
    (INTO[State.AT_PHARMACY], to_agency(institution=ELSEWHERE), [("", "other_institution")]),
    (INTO[State.AT_PHARMACY], back(institution=ELSEWHERE), [("", "other_institution")]),
    ((), submit(by=DOCTOR), [("", "prescriber_is_pharmacist")]),
    (INTO[State.AT_PHARMACY], to_agency(pharmacy=replace(PHARMACY, pharmacist_rpps=PART.prescriber_rpps)),
     [("/pharmacy/pharmacist_rpps", "prescriber_is_pharmacist")]),
    (INTO[State.AT_PHARMACY], to_agency(pharmacy=PharmacyPart()), [
        ("/pharmacy/pharmacist_name", "pharmacist_name_needed"),
        ("/pharmacy/pharmacist_rpps", "rpps_invalid"), ("/pharmacy/phone", "phone_needed"),
        ("/pharmacy/analysis", "analysis_needed"), ("/pharmacy/quantity", "quantity_needed"),
    ]),
    # A product under CPC or AAP, also where it became one while the pharmacy had the request.
    ((draft(),), to_pharmacy(sheet=replace(SHEET, status=ProductStatus.EARLY_ACCESS)),
     [("/prescription/product", "early_access_product")]),
    ((), submit(sheet=replace(SHEET, status=ProductStatus.PRESCRIPTION_FRAMEWORK)),
     [("/prescription/product", "prescription_framework_product")]),
    (INTO[State.AT_PHARMACY], to_agency(sheet=replace(SHEET, status=ProductStatus.EARLY_ACCESS)),
     [("/product", "early_access_product")]),
    ((draft(),), to_pharmacy(sheet=replace(SHEET, ceases_on=TODAY + timedelta(days=90))),
     [("/prescription/product", "access_ceased")]),
    ((), dispense(dispensing=Dispensing()), [("/dispensing/at", "dispensing_time_needed")]),
    ((), dispense(dispensing=Dispensing(at=AT + timedelta(hours=1))),
     [("/dispensing/at", "dispensed_in_future")]),
    ((), dispense(None), [("/prescription", "nothing_said")]),
    ((), agree(None, number=" "), [("/prescription", "nothing_said"), ("/number", "number_needed")]),
    ((), refuse_by_phone(occurred_at=AT + timedelta(hours=1)), [("/occurred_at", "occurred_in_future")]),
    (RECEIVED, take_up(no_interest=False), [("/no_interest", "interest_to_declare")]),
    (RECEIVED, take_up(by=PHARMACIST), [("", "evaluator_is_party")]),
    (RECEIVED, check(sheet=replace(SHEET, version=4)), [("", "criteria_of_receipt")]),
    (OFF, check(sheet=NO_SHEET), [("", "no_criteria")]),
    (ASSESSED, ask(items=("", "Imagerie"), limit=TODAY),
     [("/items", "items_needed"), ("/limit", "limit_in_past")]),
    ((*ASSESSED, ask()), answer(text=" "), [("/text", "answer_needed")]),
    ((*ASSESSED, ask()), overdue(at=AT + timedelta(days=5)), [("", "limit_not_passed")]),
    ((*ASSESSED, ask()), overdue(question_id=OTHER_QUESTION), [("", "question_unknown")]),
    (ASSESSED, propose(terms=None), [("/terms", "terms_needed")]),
    (ASSESSED, propose(by=SIGNATORY), [("", "not_the_evaluator")]),
    # A sheet of another product with the same version is no sheet of this one.
    (ASSESSED, propose(sheet=replace(SHEET, product="autre")), [("", "other_sheet")]),
    (INTO[State.TO_SIGN], grant(occurred_at=AT - timedelta(days=1)),
     [("/occurred_at", "decided_before_receipt")]),
    (RECEIVED, silence(received_at=AT),
     [("", "term_not_passed"), ("/occurred_at", "occurred_in_future")]),
    ((), draft(renews="AAC-19E0-ZZQ0-002DB"), [("/renews", "renews_nothing")]),
    ((), submit(replace(PART, prescriber_rpps=None), prescriber=None),
     [("/prescription/prescriber_rpps", "prescriber_rpps_needed")]),
    ((), submit(pharmacy=replace(PHARMACY, dispensing=Dispensing(at=AT + timedelta(hours=1)))),
     [("/pharmacy/dispensing/at", "dispensed_in_future")]),
    ((), submit(pharmacy=replace(PHARMACY, dispensing=Dispensing(batch="B12"))),
     [("/pharmacy/dispensing/at", "dispensing_time_needed")]),
    ((), draft(replace(PART, file_number="2 85 05 78 006 084 36")),
     [("/prescription/file_number", "looks_like_nir")]),
    (ASSESSED, propose(Proposal.REFUSE, reasons=None), [("/reasons", "reasons_needed")]),
    (ASSESSED, propose(Proposal.REFUSE, reasons=replace(REFUSAL, grounds=())),
     [("/reasons/grounds", "grounds_needed")]),
    # A duration over the limit: of the year, of the sheet, of the treatment, of the cessation.
    ((draft(),), to_pharmacy(sheet=replace(SHEET, max_days=90)),
     [("/prescription/duration_days", "duration_over_criteria")]),
    (ASSESSED, propose(terms=YEAR, sheet=LONG), [("/terms/ends_on", "duration_over_limit")]),
    (ASSESSED, propose(terms=replace(TERMS, ends_on=TODAY + timedelta(days=200))),
     [("/terms/ends_on", "duration_over_criteria")]),
    (ASSESSED, propose(terms=replace(TERMS, ends_on=TODAY + timedelta(days=180))),
     [("/terms/ends_on", "duration_over_treatment")]),
    (ASSESSED, propose(terms=replace(TERMS, ends_on=TODAY - timedelta(days=1))),
     [("/terms/ends_on", "ends_before_it_begins")]),
    (ASSESSED, propose(sheet=replace(SHEET, ceases_on=TODAY)),
     [("/terms/ends_on", "beyond_cessation")]),
    (ASSESSED, propose(terms=replace(TERMS, begins_on=TODAY - timedelta(days=1), ends_on=TODAY)),
     [("/terms/begins_on", "begins_before_receipt")]),
    # Who decides: another person than whoever asked, assessed, proposed or agreed by telephone.
    (INTO[State.TO_SIGN], grant(**signed(EVALUATOR)), [("", "proposer_signs")]),
    (ASSESSED, grant(**signed(EVALUATOR)), [("", "evaluator_signs")]),
    (INTO[State.TO_SIGN], grant(**signed(DOCTOR)), [("", "evaluator_is_party")]),
    (INTO[State.TO_SIGN], grant(by="somebody"), [("/signature/signatory", "signatory_differs")]),
    (BY_PHONE, regularise(**signed(ON_CALL)), [("", "on_call_confirms_itself")]),
    (INTO[State.TO_SIGN], grant(signature=replace(
        SIGNATURE, quality="", delegation="", through_service=False)), [
        ("/signature/quality", "quality_needed"), ("/signature/delegation", "delegation_needed"),
        ("/signature/signed", "signature_needed"),
    ]),
    (OFF, grant(sheet=NO_SHEET, current_version=None), [("", "proposal_needed")]),
    (TO_REGULARISE, grant(), [("", "regularise_instead")]),
    (INTO[State.TO_SIGN], regularise(), [("", "nothing_to_regularise")]),
    (TO_REGULARISE, regularise(terms=replace(TERMS, begins_on=TODAY + timedelta(days=1))),
     [("/terms/begins_on", "begins_with_the_dose")]),
    (INTO[State.TO_SIGN], grant(sheet=replace(SHEET, very_early=True)), [("", "undertaking_needed")]),
    ((submit(prescription=replace(PART, deferrable=True)), take_up(), check(), propose()),
     grant(sheet=replace(SHEET, very_early=True, undertaking_on=TODAY)),
     [("/prescription/deferrable", "very_early_deferrable")]),
    (INTO[State.TO_SIGN], grant(sheet=replace(SHEET, status=ProductStatus.EARLY_ACCESS)),
     [("/product", "early_access_product")]),
    (INTO[State.TO_SIGN], grant(number=" "), [("/number", "number_of_authorisation_needed")]),
    (TO_REGULARISE, refuse(safety_follow_up=None),
     [("/safety_follow_up", "safety_follow_up_needed")]),
    # A dose was given: nobody takes back what the agency has to judge.
    ((dispense(), to_agency()), withdraw(), [("", "dose_to_regularise")]),
    ((submit(prescriber=None, pharmacy=DOSE),), report_withdrawal(), [("", "dose_to_regularise")]),
    ((submit(prescriber=None),), report_withdrawal(reason=" ", prescriber_name="", written=None), [
        ("/reason", "reason_needed"), ("/prescriber_name", "prescriber_name_needed"),
        ("/written", "written_wish_needed"),
    ]),
    # §5.4: Desister is the prescriber's: who has an account says it herself.
    (RECEIVED, report_withdrawal(), [("", "prescriber_withdraws")]),
    (RECEIVED, silence(signed_off_by=None), [("", "no_silence_effect")]),
    (RECEIVED, silence(effect=None, signed_off_by=None, at=AT),
     [("", "no_silence_effect"), ("", "term_not_passed")]),
    (RECEIVED, silence(at=AT), [("", "term_not_passed")]),
    (INTO[State.GRANTED], read(), [("", "not_deposited")]),
    ((*INTO[State.GRANTED], deposit(), read()), read(), [("", "already_read")]),
    ((draft(), join()), join(of_version=9),
     [("", "already_joined"), ("/of_version", "unknown_version")]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "command", "places"), REFUSALS)
def test_each_is_refused_with_its_rule(before, command, places):
    with pytest.raises(Refused) as refusal:
        REQUEST.decide(after(before), command)
    found = [(problem.pointer, problem.code) for problem in refusal.value.problems]
    assert sorted(found) == sorted(places)


def test_an_empty_prescription_is_told_everything_it_lacks_at_once():
    """The legal minimum of CSP R5121-74, 1° to 7°."""
    with pytest.raises(Refused) as refusal:
        REQUEST.decide(after((draft(Prescription()),)), to_pharmacy())
    codes = {problem.code for problem in refusal.value.problems}
    assert codes == {
        "prescriber_name_needed", "prescriber_function_needed", "prescriber_contact_needed",
        "initials_needed", "age_needed", "patient_age_unit_needed", "patient_sex_needed",
        "weight_needed", "product_name_needed", "form_needed", "strength_needed",
        "indication_text_needed", "dosage_needed", "trial_needed", "duration_needed",
        "deferral_needed", "no_trial_needed", "no_alternative_needed", "presumed_benefit_needed",
        "follow_up_undertaking_needed",
    }  # fmt: skip
    assert all(problem.pointer.startswith("/prescription/") for problem in refusal.value.problems)


LACKS = [
    ({"prescriber_rpps": "123"}, "rpps_invalid"),
    ({"patient_age": 1}, "age_in_months"),
    ({"patient_age": 131}, "age_out_of_range"),
    ({"patient_age": 24, "patient_age_unit": AgeUnit.MONTH}, "age_in_years"),
    ({"patient_weight_kg": 0.0}, "weight_out_of_range"),
    ({"body_surface_m2": 9.0}, "surface_out_of_range"),
    ({"weight_measured_on": TODAY + timedelta(days=1)}, "day_in_future"),
    ({"duration_days": 366}, "duration_over_limit"),
    ({"duration_days": 0}, "duration_needed"),
    ({"urgency": " "}, "urgency_needed"),
    ({"criteria_version": 2}, "criteria_outdated"),
]


@pytest.mark.parametrize(("said", "code"), LACKS)
def test_each_field_says_what_it_lacks(said, code):
    with pytest.raises(Refused) as refusal:
        REQUEST.decide(after((draft(replace(PART, **said)),)), to_pharmacy())
    assert [problem.code for problem in refusal.value.problems] == [code]


def test_a_criterion_that_departs_asks_for_the_justification():
    """R5121-74: the undertaking that the criteria are met, or the justification."""
    departs = replace(
        PART, criteria=(replace(PART.criteria[0], answer=Met.NOT_MET), *PART.criteria[1:])
    )
    with pytest.raises(Refused) as refusal:
        REQUEST.decide(after((draft(departs),)), to_pharmacy())
    assert {problem.pointer for problem in refusal.value.problems} == {
        f"/prescription/justification/{name}"
        for name in ("no_trial", "no_alternative", "presumed_benefit")
    }
    justified = replace(departs, justification=GROUNDS)
    assert after((draft(justified), to_pharmacy())).state is State.AT_PHARMACY


def test_a_renewal_gives_the_elapsed_period_and_attests_its_interest():
    """CSP R5121-74-4."""
    renewal: dict[str, Any] = {"kind": RequestKind.RENEWAL, "renews": "AAC-19E0-ZZQ0-002DB"}
    with pytest.raises(Refused) as refusal:
        REQUEST.decide(after((draft(**renewal),)), to_pharmacy())
    codes = {problem.code for problem in refusal.value.problems}
    assert codes == {"elapsed_data_needed", "interest_needed"}
    assert after((draft(RENEWAL, **renewal), to_pharmacy())).state is State.AT_PHARMACY


def test_an_intern_acts_in_the_name_of_a_senior():
    facts = after((draft(by=INTERN, senior=DOCTOR), change(), to_pharmacy(by=INTERN)))
    assert (facts.author, facts.prescriber) == (INTERN, DOCTOR)
    with pytest.raises(Refused, match="prescriber_is_pharmacist"):
        REQUEST.decide(facts, to_agency(by=INTERN))


ODD = [
    ((), dispense(), ()),
    ((), dispense(sheet=NO_SHEET), (Flag.CRITERIA_UNKNOWN,)),
    ((), dispense(service_open=True), (Flag.IN_HOURS,)),
    ((), dispense(by=DOCTOR), (Flag.SAME_PERSON,)),
    ((), dispense(prescriber_attests=False), (Flag.NOT_ATTESTED,)),
    ((draft(),), dispense(institution=ELSEWHERE), (Flag.OTHER_INSTITUTION,)),
    (RECEIVED, dispense(), (Flag.ALREADY_AT_AGENCY,)),
    ((), agree(), ()),
    ((), agree(vital_reason=" ", read_back=False, called_back=False),
     (Flag.NOT_VITAL, Flag.NUMBER_NOT_READ_BACK, Flag.NOT_CALLED_BACK)),
    ((), refuse_by_phone(called_back=False), (Flag.NOT_CALLED_BACK,)),
    ((*ASSESSED, ask()), answer(), ()),
    ((*ASSESSED, ask()), answer(question_id=OTHER_QUESTION), (Flag.NOTHING_ASKED,)),
    ((*ASSESSED, ask()), answer(at=AT + timedelta(days=6)), (Flag.LATE_ANSWER,)),
    # The criteria changed between receipt and decision: those of the receipt judge.
    (INTO[State.TO_SIGN], grant(current_version=4), (Flag.CRITERIA_CHANGED,)),
]  # fmt: skip


@pytest.mark.parametrize(("before", "command", "flags"), ODD)
def test_what_is_odd_is_taken_and_flagged(before, command, flags):
    (made,) = REQUEST.decide(after(before), command)
    assert made.flags == flags


def test_a_regularisation_begins_with_what_was_given_first():
    """§5.3 3: its start is the dispensing or the oral agreement, whichever came first."""
    earlier = AT - timedelta(days=2)
    facts = after((dispense(), agree(at=earlier), to_agency(), take_up(), check()))
    terms = replace(TERMS, begins_on=earlier.date(), ends_on=TODAY)
    (proposed,) = REQUEST.decide(facts, propose(terms=terms))
    assert proposed.terms == terms
    with pytest.raises(Refused, match="begins_with_the_dose"):
        REQUEST.decide(facts, propose())


def test_the_on_call_alone_does_not_confirm_and_another_person_does():
    facts = after((*BY_PHONE, regularise()))
    assert (facts.state, facts.signature.signatory) == (State.GRANTED, SIGNATORY)


def test_a_machine_checks_and_never_decides():
    """Loi 78-17 art. 47: conformity is help; without a signatory nothing is granted."""
    facts = after(ASSESSED)
    assert (facts.conforms, facts.state) == (True, State.UNDER_ASSESSMENT)
    with pytest.raises(Refused):
        REQUEST.decide(facts, grant(by="system"))


def test_an_answer_that_changes_the_prescription_is_checked_again():
    facts = after((*ASSESSED, ask(), answer(prescription=replace(PART, duration_days=90))))
    assert (facts.conforms, facts.prescription.duration_days) == (None, 90)
    with pytest.raises(Refused, match="proposal_needed"):
        REQUEST.decide(facts, grant(terms=replace(TERMS, ends_on=TODAY)))


def test_a_whole_request_tells_what_two_people_did():
    first, second, third = REQUEST.decide(REQUEST.initial, submit())
    assert (first.by, second.by, third.by) == (DOCTOR, DOCTOR, PHARMACIST)
    facts = after((submit(),))
    assert (facts.institution, facts.criteria_version) == (HOSPITAL, 3)
    assert facts.received_at == AT


def test_the_earliest_receipt_of_what_the_agency_received_is_day_zero():
    """The same request taken by another node before midnight, and drained later (trap 3)."""
    earlier = AT - timedelta(hours=10)
    facts = after((*RECEIVED, join(at=earlier, of_version=3)))
    assert facts.received_at == earlier
    later = after((*RECEIVED, join(at=AT + timedelta(hours=1), of_version=3)))
    assert later.received_at == AT
    drafted = after((*RECEIVED, join(at=earlier, of_version=1)))
    assert drafted.received_at == AT


def test_only_an_answer_to_the_question_changes_the_form():
    """What nobody asked for is kept and flagged; a proposal is never signed on another form."""
    other = replace(PART, duration_days=90)
    unasked = answer(question_id=OTHER_QUESTION, prescription=other)
    for before in (RECEIVED, (*ASSESSED, ask()), INTO[State.TO_SIGN]):
        facts = after((*before, unasked))
        assert (facts.state, facts.prescription) == (after(before).state, PART)
    late = after(
        (*ASSESSED, ask(), overdue(), answer(at=AT + timedelta(days=8), prescription=other))
    )
    assert (late.prescription, late.conforms, late.question) == (other, None, None)


def test_silence_decides_nothing_before_its_term():
    """CRPA L231-1, L114-5: a question suspends what ends in rejection, and starts the other anew."""
    answered = (*ASSESSED, ask(), answer(at=AT + timedelta(days=4)))
    last = AT.replace(year=2027, month=1, day=28)
    for day, taken in ((last, False), (last + timedelta(days=1), True)):
        facts = after(answered)
        if not taken:
            with pytest.raises(Refused, match="term_not_passed"):
                REQUEST.decide(facts, silence(at=day))
        else:
            (event,) = REQUEST.decide(facts, silence(at=day))
            assert event.due == last.date()
    waits = after((*ASSESSED, ask()))
    acceptance = silence(effect=SilenceEffect.ACCEPTANCE, at=AT + timedelta(days=400))
    with pytest.raises(Refused, match="term_not_passed"):
        REQUEST.decide(waits, acceptance)
