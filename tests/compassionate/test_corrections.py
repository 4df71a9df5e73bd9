"""A dose that was told wrongly is corrected: what was told stays, what should have been said counts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from compassionate.domain.prescription import Dispensing
from compassionate.domain.request import REQUEST
from compassionate.domain.vocabulary import Flag
from events.errors import Refused
from tests.compassionate.samples import (
    AT,
    DOCTOR,
    ELSEWHERE,
    PHARMACIST,
    PHARMACY,
    TERMS,
    TO_REGULARISE,
    agree,
    correct,
    dispense,
    note_correction,
    regularise,
    to_agency,
)
from tests.compassionate.test_request_table import after

REFUSALS = [
    # A correction names a dose that was told, by when it was given as told until now.
    ((), correct(reason=" "), [("", "unknown_request"), ("/reason", "reason_needed")]),
    ((agree(),), correct(), [("/told_at", "unknown_dose")]),
    ((dispense(),), correct(told_at=AT + timedelta(minutes=1)), [("/told_at", "unknown_dose")]),
    ((dispense(), correct()), correct(AT - timedelta(hours=2)), [("/told_at", "unknown_dose")]),
    ((dispense(),), correct(AT), [("/dispensing", "nothing_corrected")]),
    ((dispense(),), correct(dispensing=Dispensing(batch="B13"), reason=""),
     [("/dispensing/at", "dispensing_time_needed"), ("/reason", "reason_needed")]),
    ((dispense(),), correct(AT + timedelta(hours=1)), [("/dispensing/at", "dispensed_in_future")]),
    ((dispense(),), correct(dispensing=Dispensing(at=AT, batch="x" * 36)),
     [("/dispensing/batch", "too_long")]),
    # By a pharmacist of the establishment, who is not the prescriber.
    ((dispense(),), correct(institution=ELSEWHERE), [("", "other_institution")]),
    ((dispense(),), correct(by=DOCTOR), [("", "prescriber_is_pharmacist")]),
    ((*TO_REGULARISE, regularise()), note_correction(outcome=" "),
     [("", "no_correction"), ("/outcome", "outcome_needed")]),
    ((*TO_REGULARISE, regularise(), correct(), note_correction()), note_correction(),
     [("", "no_correction")]),
    ((*TO_REGULARISE, regularise(), correct(by="other-pharmacist")),
     note_correction(by="other-pharmacist"), [("", "evaluator_is_party")]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "command", "places"), REFUSALS)
def test_each_is_refused_with_its_rule(before, command, places):
    with pytest.raises(Refused) as refusal:
        REQUEST.decide(after(before), command)
    found = [(problem.pointer, problem.code) for problem in refusal.value.problems]
    assert sorted(found) == sorted(places)


ODD = [
    ((dispense(),), correct(), (Flag.DOSE_CORRECTED,)),
    ((dispense(),), correct(service_open=True), (Flag.DOSE_CORRECTED, Flag.IN_HOURS)),
    ((dispense(), to_agency()), correct(), (Flag.DOSE_CORRECTED, Flag.ALREADY_AT_AGENCY)),
    ((*TO_REGULARISE, regularise()), correct(),
     (Flag.DOSE_CORRECTED, Flag.CORRECTED_AFTER_DECISION)),
]  # fmt: skip


@pytest.mark.parametrize(("before", "command", "flags"), ODD)
def test_what_is_odd_is_taken_and_flagged(before, command, flags):
    (made,) = REQUEST.decide(after(before), command)
    assert made.flags == flags


GIVEN = AT - timedelta(days=2)


def test_a_regularisation_begins_with_the_dose_as_it_was_corrected():
    """§5.3 3: its first day is that of the first dose, and not what was mistyped of it."""
    corrected = after((*TO_REGULARISE, correct(GIVEN)))
    first = replace(TERMS, begins_on=GIVEN.date(), ends_on=GIVEN.date() + timedelta(days=9))
    with pytest.raises(Refused, match="begins_with_the_dose"):
        REQUEST.decide(corrected, regularise())
    (granted,) = REQUEST.decide(corrected, regularise(terms=first))
    assert granted.terms == first
    # An agreement before the corrected dose is what was first.
    called = after(
        (agree(at=AT - timedelta(hours=1)), dispense(), correct(AT + timedelta(minutes=1)))
    )
    assert called.first_given is not None
    assert called.first_given.at == AT - timedelta(hours=1)


def test_every_telling_of_a_dose_is_corrected_and_no_other_dose():
    """At night it was told by itself, in the morning in the pharmacist's part: it is one dose."""
    part = replace(PHARMACY, dispensing=Dispensing(at=AT, quantity="60 comprimés"))
    other = dispense(dispensing=Dispensing(at=GIVEN - timedelta(days=1)))
    before = after((dispense(), other, to_agency(pharmacy=part)))
    (made,) = REQUEST.decide(before, correct(GIVEN))
    assert made.of_versions == (1, 3)
    later = REQUEST.fold([made], before)
    assert [one.at for one in later.beforehand] == [GIVEN, GIVEN - timedelta(days=1), GIVEN]
    assert [one.told is not None for one in later.beforehand] == [True, False, True]
    # What the part itself says stays as it was sent.
    assert later.pharmacy == part


def test_what_was_told_first_stays_known_through_corrections():
    facts = after((dispense(), correct(), correct(GIVEN, told_at=correct().dispensing.at)))
    (one,) = facts.beforehand
    assert one.told == dispense().dispensing
    assert (one.at, one.corrected_by, one.by) == (GIVEN, PHARMACIST, PHARMACIST)


@pytest.mark.parametrize(
    ("before", "in_hours"),
    [
        ((dispense(service_open=True), correct()), False),
        ((dispense(service_open=True), correct(service_open=True)), True),
        ((dispense(), correct(service_open=True)), True),
        # Another dose may have been given in hours: nobody takes that back.
        (
            (
                dispense(service_open=True),
                dispense(dispensing=Dispensing(at=GIVEN)),
                correct(AT - timedelta(hours=3)),
            ),
            True,
        ),
    ],
)
def test_a_dose_is_in_hours_by_what_it_should_have_said(before, in_hours):
    assert ("in_hours" in after(before).flags) is in_hours


def test_what_follows_from_a_late_correction_is_said_once():
    decided = (*TO_REGULARISE, regularise(), correct(GIVEN))
    assert "corrected_after_decision" in after(decided).flags
    noted = after((*decided, note_correction()))
    assert "corrected_after_decision" not in noted.flags
    assert "dose_corrected" in noted.flags
    again = after((*decided, note_correction(), correct(told_at=GIVEN)))
    assert "corrected_after_decision" in again.flags
    # The decision stands as it was signed.
    assert again.terms == TERMS
