"""The age at onset, in the unit that fits it, and what the agency reads of it."""

import pytest

from pharmacovigilance.domain.age import Age, age_at_onset, ages_at_onset
from pharmacovigilance.domain.pseudonymised import pseudonymised
from pharmacovigilance.domain.report import Patient, Reaction, Report
from pharmacovigilance.domain.vocabulary import AgeUnit

DAY, WEEK, MONTH, YEAR = AgeUnit.DAY, AgeUnit.WEEK, AgeUnit.MONTH, AgeUnit.YEAR


def report(birth: str | None, *onsets: str | None, **patient) -> Report:
    return Report(
        patient=Patient(birth_date=birth, **patient),
        reactions=tuple(Reaction(term="Fièvre", onset=onset) for onset in onsets),
    )


@pytest.mark.parametrize(
    ("birth", "onset", "age"),
    [
        ("2025-12-28", "2025-12-28", Age(0, DAY)),
        ("2025-12-28", "2026-01-03", Age(6, DAY)),
        ("2026-01-01", "2026-01-28", Age(27, DAY)),
        ("2026-01-01", "2026-01-29", Age(4, WEEK)),
        ("2026-01-01", "2026-03-31", Age(12, WEEK)),
        ("2026-01-01", "2026-04-01", Age(3, MONTH)),
        ("2024-02-29", "2026-02-28", Age(23, MONTH)),
        ("2024-02-29", "2026-03-01", Age(2, YEAR)),
        ("1991-07-14", "2026-07-13", Age(34, YEAR)),
        ("1991-07-14", "2026-07-14", Age(35, YEAR)),
        ("1991-02", "2026-03-02", Age(35, YEAR)),
    ],
)
def test_an_age_in_the_unit_that_fits_it(birth: str, onset: str, age: Age) -> None:
    assert age_at_onset(report(birth, onset)) == age


@pytest.mark.parametrize(
    ("birth", "onset", "least", "greatest"),
    [
        ("1991", "2026-03-02", Age(34, YEAR), Age(35, YEAR)),
        ("2025", "2026-01-03", Age(3, DAY), Age(12, MONTH)),
        ("2026", "2026", Age(0, DAY), Age(11, MONTH)),
    ],
)
def test_vague_dates_give_the_least_and_the_greatest_age(birth, onset, least, greatest) -> None:
    assert ages_at_onset(report(birth, onset)) == (least, greatest)
    assert age_at_onset(report(birth, onset)) is None


def test_the_first_reaction_counts() -> None:
    assert age_at_onset(report("2000-01-01", "2020-01-01", "2010-01-01", None)) == Age(10, YEAR)


@pytest.mark.parametrize(
    ("birth", "onset"),
    [(None, "2026-01-01"), ("2026-01-01", None), ("2026-01-02", "2026-01-01"), ("hier", "2026")],
)
def test_no_age_without_a_birth_before_an_onset(birth, onset) -> None:
    assert ages_at_onset(report(birth, onset)) is None


def test_the_agency_reads_the_age_in_place_of_the_birth_date() -> None:
    patient = pseudonymised(report("2025-12-28", "2026-01-03")).patient
    assert (patient.age_value, patient.age_unit) == (6, DAY)
    assert patient.birth_date == "2025"


def test_an_age_that_was_told_stays() -> None:
    told = report("1991-07-14", "2026-03-02", age_value=33.0, age_unit=YEAR)
    assert pseudonymised(told).patient.age_value == 33


def test_a_birth_year_alone_makes_no_age() -> None:
    assert pseudonymised(report("1991", "2026-03-02")).patient.age_value is None
