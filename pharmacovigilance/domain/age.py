"""The age of a patient at the onset of the first reaction (E2B D.2.2)."""

from datetime import date
from typing import NamedTuple

from pharmacovigilance.domain.dates import earliest, is_possible, latest
from pharmacovigilance.domain.report import Report
from pharmacovigilance.domain.vocabulary import AgeUnit

WEEKS_FROM_DAY = 28
MONTHS_FROM_MONTH = 3
YEARS_FROM_MONTH = 24
"""A newborn is told in days, an infant in weeks, then months: the dose and the assessment hang on it."""


class Age(NamedTuple):
    """An age in whole units that are completed."""

    value: int
    unit: AgeUnit


def ages_at_onset(report: Report) -> tuple[Age, Age] | None:
    """Return the least and the greatest age that the birth date and the first onset allow.

    They are the same where both are whole days, and often where they are not. None where a date
    is unknown or the reaction came before the birth.
    """
    birth = report.patient.birth_date
    onsets = [one.onset for one in report.reactions if one.onset and is_possible(one.onset)]
    if birth is None or not is_possible(birth) or not onsets:
        return None
    first = min(onsets, key=earliest)
    greatest = _age(earliest(birth), latest(first))
    if greatest is None:
        return None
    least = _age(latest(birth), earliest(first)) or Age(0, AgeUnit.DAY)
    return least, greatest


def age_at_onset(report: Report) -> Age | None:
    """Return the age at onset where the dates leave no doubt about it."""
    ages = ages_at_onset(report)
    return ages[0] if ages and ages[0] == ages[1] else None


def _age(birth: date, day: date) -> Age | None:
    """Return the age on a day in the unit that fits it; None before the birth."""
    days = (day - birth).days
    if days < 0:
        return None
    months = (day.year - birth.year) * 12 + day.month - birth.month - (day.day < birth.day)
    if days < WEEKS_FROM_DAY:
        return Age(days, AgeUnit.DAY)
    if months < MONTHS_FROM_MONTH:
        return Age(days // 7, AgeUnit.WEEK)
    if months < YEARS_FROM_MONTH:
        return Age(months, AgeUnit.MONTH)
    return Age(months // 12, AgeUnit.YEAR)
