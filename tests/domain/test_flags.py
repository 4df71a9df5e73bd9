"""Odd but possible: recorded, and shown to whoever reads the declaration."""

from dataclasses import replace

import pytest

from pharmacovigilance.domain.checks import problems
from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.facts import CaseFacts
from pharmacovigilance.domain.flags import SENTENCES, flags
from pharmacovigilance.domain.report import (
    BloodProduct,
    Drug,
    DrugInformation,
    Information,
    Newborn,
    Patient,
    Reaction,
)
from pharmacovigilance.domain.vocabulary import (
    ActionTaken,
    AgeUnit,
    Answer,
    DrugRole,
    NewbornExposure,
    Outcome,
    ProductKind,
    SeriousnessCriterion,
    Sex,
)
from tests.domain.samples import VALID, answer, ask, at, declare, follow_up, withdraw
from tests.scenario import given

RECEIVED = at("2026-03-01")


def patient(**fields):
    return replace(VALID, patient=replace(VALID.patient, **fields))


def drug(**fields):
    return replace(VALID, drugs=(replace(VALID.drugs[0], **fields),))


FLAGGED = [
    (patient(sex=Sex.MALE, last_menstrual_period="2026-01-01"), "period_of_male"),
    (patient(age_value=30, age_unit=AgeUnit.YEAR), "age_differs_from_birth"),
    (patient(newborn=Newborn(trimesters=(1,))), "trimester_without_pregnancy"),
    (replace(VALID, seriousness=(SeriousnessCriterion.DEATH,)), "death_without_fatal_outcome"),
    (replace(VALID, death_date="2026-02-28"), "death_not_ticked"),
    (
        replace(VALID, reactions=(Reaction(term="Choc", outcome=Outcome.FATAL),)),
        "death_not_ticked",
    ),
    (drug(kind=ProductKind.VACCINE), "batch_missing"),
    (drug(kind=ProductKind.BLOOD_DERIVED), "batch_missing"),
    (drug(start="2026-02-21"), "drug_after_onset"),
    (drug(start="1949"), "drug_before_birth"),
    (drug(stopped=Answer.NO, disappeared=Answer.YES), "disappeared_without_stop"),
    (drug(reappeared=Answer.YES), "reappeared_without_reintroduction"),
    (drug(stopped=Answer.NO, action_taken=ActionTaken.WITHDRAWN), "stop_differs_from_action"),
    (replace(VALID, blood_products=(BloodProduct(name="CGR"),)), "haemovigilance"),
]


@pytest.mark.parametrize(("report", "code"), FLAGGED)
def test_what_is_odd_is_flagged_and_never_refused(report, code):
    assert [flag.code for flag in flags(report, RECEIVED)] == [code]
    assert problems(report, RECEIVED) == []


@pytest.mark.parametrize(
    "report",
    [
        VALID,
        patient(age_value=75, age_unit=AgeUnit.YEAR),
        patient(age_value=76, age_unit=AgeUnit.YEAR),
        patient(birth_date="1950", age_value=75, age_unit=AgeUnit.YEAR),
        patient(sex=Sex.FEMALE, last_menstrual_period="2026-01-01"),
        patient(
            sex=Sex.MALE,
            birth_date="2026-01-15",
            newborn=Newborn(
                exposures=(NewbornExposure.MOTHER_DURING_PREGNANCY,),
                trimesters=(3,),
                last_menstrual_period="2025-04",
            ),
        ),
        drug(kind=ProductKind.VACCINE, batch_number="AB12"),
        drug(start="2026-02"),
        drug(role=DrugRole.CONCOMITANT, start="2026-02-25"),
        drug(reintroduced=Answer.YES, reappeared=Answer.YES),
    ],
)
def test_what_is_plausible_is_not_flagged(report):
    assert flags(report, RECEIVED) == []


def test_a_drug_after_one_reaction_and_before_another_is_not_odd():
    early = Reaction(term="Rhume", onset="2026-01-01")
    report = replace(VALID, reactions=(early, *VALID.reactions))
    assert flags(report, RECEIVED) == []


def test_an_infant_whose_mother_took_the_drug_before_the_birth_is_not_odd():
    exposed = Patient(
        birth_date="2026-02-15", newborn=Newborn(exposures=(NewbornExposure.FATHER,))
    )
    report = replace(VALID, patient=exposed, drugs=(Drug(name="A", start="2025"),))
    assert flags(report, RECEIVED) == []


@pytest.mark.parametrize(
    ("commands", "flag"),
    [
        ([withdraw(), follow_up(Information(narrative="Suite."))], "information_after_withdrawal"),
        ([answer()], "answer_to_unknown_question"),
        ([ask(), answer(), answer()], "answer_to_closed_question"),
        (
            [follow_up(Information(drugs=(DrugInformation(index=5, name="A"),)))],
            "unknown_item",
        ),
        (
            [
                follow_up(Information(death_date="2026-03-09")),
                follow_up(Information(seriousness=())),
            ],
            "death_corrected",
        ),
    ],
)
def test_what_is_odd_in_the_course_of_a_declaration_is_flagged_by_the_fold(commands, flag):
    facts: CaseFacts = given(DECLARATION).when(declare(), *commands).state
    assert facts.flags == (flag,)
    assert SENTENCES[flag].endswith(".")
