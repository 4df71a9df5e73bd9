"""The four minimum criteria (GVP module VI, VI.B.2; ICH E2D 4.2)."""

from dataclasses import replace
from datetime import date

import pytest

from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.report import (
    BloodProduct,
    Drug,
    DrugInformation,
    Information,
    Patient,
    Reaction,
    ReactionInformation,
    Report,
    Reporter,
)
from pharmacovigilance.domain.validity import account_of_reporter
from pharmacovigilance.domain.vocabulary import (
    AgeGroup,
    AgeUnit,
    Channel,
    Criterion,
    DrugRole,
    Sex,
)
from tests.domain.samples import VALID, declare, follow_up
from tests.scenario import given


def facts_of(report, **more):
    return given(DECLARATION).when(declare(report, **more)).state


def test_a_report_with_the_four_criteria_is_valid_on_the_day_it_is_received():
    facts = facts_of(VALID)
    assert facts.missing == ()
    assert facts.day_zero == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("patient", "identifiable"),
    [
        (Patient(), False),
        (Patient(weight_kg=70, height_cm=170), False),
        (Patient(medical_history="Diabète"), False),
        (Patient(sex=Sex.UNKNOWN), False),
        (Patient(name_letters="DUP"), True),
        (Patient(first_name_initial="A"), True),
        (Patient(birth_date="1950"), True),
        (Patient(age_value=3, age_unit=AgeUnit.MONTH), True),
        (Patient(age_value=0, age_unit=AgeUnit.DAY), True),
        (Patient(age_group=AgeGroup.ELDERLY), True),
        (Patient(sex=Sex.MALE), True),
    ],
)
def test_one_of_initials_birth_date_age_group_or_sex_identifies_a_patient(patient, identifiable):
    """GVP VI.B.2 (b): initials, date of birth, age, age group or gender."""
    missing = facts_of(replace(VALID, patient=patient)).missing
    assert (Criterion.PATIENT not in missing) is identifiable


@pytest.mark.parametrize(
    ("reporter", "account", "identifiable"),
    [
        (Reporter(), None, False),
        (Reporter(country="FR", postcode="33000", department_code="33"), None, False),
        (Reporter(), "7f1e", True),
        (VALID.reporter, None, True),
        (Reporter(family_name="Martin"), None, True),
        (Reporter(phone="05 56 00 00 00"), None, True),
        (Reporter(email="a@b.fr"), None, True),
        (Reporter(institution="CHU"), None, True),
    ],
)
def test_a_qualification_a_name_an_address_or_an_account_identifies_a_reporter(
    reporter, account, identifiable
):
    """GVP VI.B.2 (a): qualification, name, initials or address; a place alone is nobody."""
    missing = facts_of(replace(VALID, reporter=reporter), declarant=account).missing
    assert (Criterion.REPORTER not in missing) is identifiable


@pytest.mark.parametrize(
    ("channel", "account"),
    [
        (Channel.PORTAL, "7f1e"),
        (Channel.API, "7f1e"),
        (Channel.PAPER, None),
        (Channel.PHONE, None),
    ],
)
def test_the_account_that_writes_down_a_letter_or_a_call_is_no_reporter(channel, account):
    assert account_of_reporter("7f1e", channel) == account


@pytest.mark.parametrize(
    ("role", "suspected"),
    [
        (DrugRole.SUSPECT, True),
        (DrugRole.INTERACTING, True),
        (DrugRole.NOT_ADMINISTERED, True),
        (None, True),
        (DrugRole.CONCOMITANT, False),
    ],
)
def test_a_suspect_interacting_or_not_administered_drug_is_a_suspect_product(role, suspected):
    """ICH E2B(R3) G.k.1 in {1, 3}, or 4 with a name (G.k.2.2)."""
    missing = facts_of(replace(VALID, drugs=(Drug(name="A", role=role),))).missing
    assert (Criterion.PRODUCT not in missing) is suspected


def test_a_labile_blood_product_alone_is_no_suspect_medicine():
    report = replace(VALID, drugs=(), blood_products=(BloodProduct(name="CGR"),))
    assert facts_of(report).missing == (Criterion.PRODUCT,)


def test_a_narrative_alone_is_recorded_and_not_yet_valid():
    facts = facts_of(Report(narrative="Un malaise après un comprimé."))
    assert facts.declared
    assert facts.missing == tuple(Criterion)
    assert facts.clocks == ()


def test_day_zero_is_the_day_on_which_the_last_criterion_arrives():
    """GVP VI.B.7: the clock starts as soon as the minimum criteria are held."""
    facts = (
        given(DECLARATION)
        .when(
            declare(replace(VALID, reactions=(), patient=Patient())),
            follow_up(Information(patient=Patient(sex=Sex.FEMALE)), "2026-03-04"),
            follow_up(Information(reactions=(ReactionInformation(term="Fièvre"),)), "2026-03-09"),
            follow_up(Information(narrative="Suite."), "2026-04-01"),
        )
        .state
    )
    assert facts.day_zero == date(2026, 3, 9)


def test_a_follow_up_that_arrived_earlier_but_is_recorded_later_moves_day_zero_back():
    """Day 0 is the earliest receipt, whatever the order in which the log got to know."""
    news = Information(reactions=(ReactionInformation(term="Fièvre"),))
    facts = (
        given(DECLARATION)
        .when(
            declare(replace(VALID, reactions=())),
            follow_up(news, "2026-03-09"),
            follow_up(news, "2026-03-05"),
        )
        .state
    )
    assert facts.day_zero == date(2026, 3, 5)


def test_a_criterion_once_held_is_held_for_good():
    corrected = Information(drugs=(DrugInformation(index=0, role=DrugRole.CONCOMITANT),))
    facts = given(DECLARATION).when(declare(), follow_up(corrected)).state
    assert facts.day_zero == date(2026, 3, 1)
    assert facts.suspects == ()


def test_a_reaction_known_only_by_its_dates_is_refused_and_not_recorded_as_one():
    given(DECLARATION).when(
        declare(replace(VALID, reactions=(Reaction(onset="2026-02-20"),)))
    ).refused_at(("/reactions/0/term", "required"))


def test_who_transcribes_a_call_is_not_its_reporter():
    anonymous = replace(VALID, reporter=Reporter())
    by_phone = facts_of(anonymous, declarant="7f1e", channel=Channel.PHONE)
    assert by_phone.missing == (Criterion.REPORTER,)
    assert facts_of(anonymous, declarant="7f1e", channel=Channel.PORTAL).missing == ()
