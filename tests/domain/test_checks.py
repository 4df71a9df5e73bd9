"""Impossible data and empty declarations, refused with every reason at once."""

from dataclasses import replace

import pytest

from events.described import leaves
from pharmacovigilance.domain.checks import problems
from pharmacovigilance.domain.report import (
    BloodProduct,
    Drug,
    DrugInformation,
    Information,
    Newborn,
    Patient,
    Reaction,
    ReactionInformation,
    Report,
    Reporter,
)
from pharmacovigilance.domain.vocabulary import (
    AgeGroup,
    AgeUnit,
    Circumstance,
    NewbornExposure,
    SeriousnessCriterion,
    Sex,
)
from tests.domain.samples import VALID, at

RECEIVED = at("2026-03-01")


def found(said):
    return [(problem.pointer, problem.code) for problem in problems(said, RECEIVED)]


def patient(**fields):
    return replace(VALID, patient=replace(VALID.patient, **fields))


def reaction(**fields):
    return replace(VALID, reactions=(replace(VALID.reactions[0], **fields),))


def drug(**fields):
    return replace(VALID, drugs=(replace(VALID.drugs[0], **fields),))


def reporter(**fields):
    return replace(VALID, reporter=replace(VALID.reporter, **fields))


TOLD = Report(patient=VALID.patient, narrative="Un malaise.")

REFUSED = [
    (Report(), "", "nothing_reported"),
    (Report(patient=Patient(sex=Sex.MALE)), "", "nothing_reported"),
    (Information(), "", "nothing_reported"),
    (Information(patient=Patient()), "", "nothing_reported"),
    (Information(reporter=Reporter(family_name=" ")), "", "nothing_reported"),
    (Information(patient=Patient(newborn=Newborn())), "", "nothing_reported"),
    (Information(drugs=(DrugInformation(index=0),)), "", "nothing_reported"),
    (
        Information(
            drugs=(DrugInformation(index=0, name="\n"), DrugInformation(index=1)),
            reactions=(ReactionInformation(index=0),),
        ),
        "",
        "nothing_reported",
    ),
    (reaction(onset="1949"), "/reactions/0/onset", "onset_before_birth"),
    (reaction(onset="2026-03-02"), "/reactions/0/onset", "date_in_future"),
    (reaction(onset="2027"), "/reactions/0/onset", "date_in_future"),
    (reaction(end="2026-01"), "/reactions/0/end", "end_before_start"),
    (reaction(onset="2026-02-30"), "/reactions/0/onset", "date_format"),
    (reaction(onset="30/02/2026"), "/reactions/0/onset", "date_format"),
    (reaction(term=None), "/reactions/0/term", "required"),
    (reaction(term=" \n"), "/reactions/0/term", "required"),
    (reaction(term="x" * 251), "/reactions/0/term", "too_long"),
    (replace(TOLD, death_date="1949-12-31"), "/death_date", "death_before_birth"),
    (replace(VALID, death_date="2026-02-19"), "/reactions/0/onset", "onset_after_death"),
    (drug(end="2026-01-31"), "/drugs/0/end", "end_before_start"),
    (drug(start="2026-03-02"), "/drugs/0/start", "date_in_future"),
    (drug(name=None), "/drugs/0/name", "required"),
    (drug(cis="1234"), "/drugs/0/cis", "code_format"),
    (drug(cis="٦١٢٣٤٥٦٧"), "/drugs/0/cis", "code_format"),
    (drug(cip="34009"), "/drugs/0/cip", "code_format"),
    (drug(dose_number=0), "/drugs/0/dose_number", "out_of_range"),
    (drug(batch_number="L" * 36), "/drugs/0/batch_number", "too_long"),
    (replace(VALID, blood_products=(BloodProduct(),)), "/blood_products/0/name", "required"),
    (
        replace(TOLD, patient=Patient(birth_date="2026-03-02")),
        "/patient/birth_date",
        "date_in_future",
    ),
    (patient(birth_date="1890"), "/patient/birth_date", "age_out_of_range"),
    (patient(birth_date="1789-07-14"), "/patient/birth_date", "date_format"),
    (patient(age_value=40), "/patient/age_unit", "required"),
    (patient(age_unit=AgeUnit.YEAR), "/patient/age_value", "required"),
    (patient(age_value=-1, age_unit=AgeUnit.YEAR), "/patient/age_value", "out_of_range"),
    (patient(age_value=131, age_unit=AgeUnit.YEAR), "/patient/age_value", "age_out_of_range"),
    (patient(age_value=1600, age_unit=AgeUnit.MONTH), "/patient/age_value", "age_out_of_range"),
    (patient(weight_kg=0), "/patient/weight_kg", "out_of_range"),
    (patient(weight_kg=float("nan")), "/patient/weight_kg", "out_of_range"),
    (patient(weight_kg=float("inf")), "/patient/weight_kg", "out_of_range"),
    (patient(height_cm=2), "/patient/height_cm", "out_of_range"),
    (patient(name_letters="DUPONT"), "/patient/name_letters", "too_long"),
    (patient(medical_history="a\0b"), "/patient/medical_history", "unreadable_character"),
    (replace(VALID, narrative="\ud83d"), "/narrative", "unreadable_character"),
    (replace(VALID, narrative="é" * 2_000_000), "/narrative", "too_long"),
    (reporter(email="martin"), "/reporter/email", "email_format"),
    (reporter(department_code="96"), "/reporter/department_code", "unknown_code"),
    (reporter(department_code="20"), "/reporter/department_code", "unknown_code"),
    (reporter(country="fr"), "/reporter/country", "unknown_code"),
    (reporter(country="XX"), "/reporter/country", "unknown_code"),
    (
        patient(newborn=Newborn(trimesters=(1, 4))),
        "/patient/newborn/trimesters/1",
        "out_of_range",
    ),
    (Information(drugs=(DrugInformation(dosage="1 g"),)), "/drugs/0/name", "required"),
    (Information(drugs=(DrugInformation(index=-1, name="A"),)), "/drugs/0/index", "out_of_range"),
    (Information(reactions=(ReactionInformation(end="2026"),)), "/reactions/0/term", "required"),
    (Information(death_date="2026-12"), "/death_date", "date_in_future"),
]


@pytest.mark.parametrize(("said", "pointer", "code"), REFUSED)
def test_impossible_data_is_refused_where_it_stands(said, pointer, code):
    assert found(said) == [(pointer, code)]


ACCEPTED = [
    VALID,
    Report(narrative="Un malaise."),
    Report(drugs=(Drug(name="A"),)),
    Report(reactions=(Reaction(term="Fièvre"),)),
    reaction(onset="2026"),
    reaction(onset="2026-03-01", end="2026-03"),
    reaction(onset="1950"),
    drug(start="2026-02-25"),
    drug(start="1949"),
    drug(name="A\x0bB"),
    drug(cis="61234567", cip="3400930000001"),
    replace(VALID, death_date="2026-02-20"),
    replace(VALID, death_date="2026-02"),
    replace(VALID, narrative="x" * 100_000),
    replace(VALID, narrative="😀 é 漢"),
    patient(age_value=0, age_unit=AgeUnit.HOUR),
    patient(age_value=130, age_unit=AgeUnit.YEAR),
    patient(weight_kg=0.42, height_cm=28),
    reporter(department_code="2A", country="US"),
    reporter(department_code="988"),
    reporter(phone="", email=" "),
    Information(drugs=(DrugInformation(index=0, end="2026-02-28"),)),
    Information(reactions=(ReactionInformation(index=3, end="2026"),)),
    Information(seriousness=()),
    Information(circumstances=()),
    Information(patient=Patient(sex=Sex.FEMALE)),
    Information(drugs=(DrugInformation(index=0), DrugInformation(index=1, batch_number="L7"))),
]


@pytest.mark.parametrize("said", ACCEPTED)
def test_possible_data_is_accepted_however_odd(said):
    assert found(said) == []


@pytest.mark.parametrize(
    "exposed",
    [
        Patient(birth_date="2026-02", age_group=AgeGroup.FOETUS),
        Patient(
            birth_date="2026-02",
            newborn=Newborn(exposures=(NewbornExposure.MOTHER_DURING_PREGNANCY,)),
        ),
        Patient(birth_date="2026-02", newborn=Newborn(exposures=(NewbornExposure.FATHER,))),
    ],
)
def test_a_reaction_may_precede_the_birth_of_a_child_exposed_in_utero(exposed):
    early = replace(VALID, patient=exposed, reactions=(Reaction(term="RCIU", onset="2026-01"),))
    assert found(early) == []
    breastfed = replace(exposed, age_group=None, newborn=None)
    assert found(replace(early, patient=breastfed)) == [
        ("/reactions/0/onset", "onset_before_birth")
    ]


def test_every_problem_is_found_at_once_with_its_element_and_a_french_sentence():
    bad = Report(
        patient=Patient(birth_date="2030", weight_kg=-3, age_value=4),
        reporter=Reporter(department_code="99"),
        drugs=(Drug(name="A", end="2020", start="2021"), Drug()),
        reactions=(Reaction(term="B", onset="hier"),),
    )
    reasons = problems(bad, RECEIVED)
    assert {(problem.pointer, problem.code, problem.element) for problem in reasons} == {
        ("/patient/birth_date", "date_in_future", "D.2.1"),
        ("/patient/weight_kg", "out_of_range", "D.3"),
        ("/patient/age_unit", "required", "D.2.2b"),
        ("/reporter/department_code", "unknown_code", "C.2.r.2.5"),
        ("/drugs/0/end", "end_before_start", "G.k.4.r.5"),
        ("/drugs/1/name", "required", "G.k.2.2"),
        ("/reactions/0/onset", "date_format", "E.i.4"),
    }
    assert all(problem.detail.endswith(".") or ":" in problem.detail for problem in reasons)


def test_no_sentence_repeats_what_was_typed():
    secret = "Zzyzx"
    bad = Report(
        patient=Patient(name_letters=secret, birth_date=secret, medical_history=secret + "\0"),
        reporter=Reporter(email=secret, department_code=secret, country=secret),
        drugs=(Drug(name="A", cis=secret, start=secret),),
    )
    reasons = problems(bad, RECEIVED)
    assert len(reasons) == 8
    assert not any(secret in problem.detail for problem in reasons)


def test_every_pointer_names_a_field_of_the_body():
    """The pointers of `leaves` are those that the API and the form map back to their fields."""
    full = replace(VALID, circumstances=(Circumstance.OVERDOSE,))
    assert ("/circumstances/0", Circumstance.OVERDOSE) in [
        (pointer, value) for pointer, _, value in leaves(full)
    ]
    assert ("/drugs/0/name", "Méthotrexate") in [
        (pointer, value) for pointer, _, value in leaves(full)
    ]


def test_criteria_given_twice_or_out_of_order_are_no_problem():
    death, stay = SeriousnessCriterion.DEATH, SeriousnessCriterion.HOSPITALISATION
    assert found(replace(VALID, seriousness=(stay, death, stay))) == []
