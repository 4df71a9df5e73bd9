"""Dates in reduced precision, and the Paris calendar."""

import re
from calendar import monthrange
from datetime import date, datetime
from typing import TypeAlias

from events.days import OLDEST_YEAR, PARIS

PartialDate: TypeAlias = str
"""ISO 8601 in reduced precision: "2021", "2021-05" or "2021-05-12" (E2B dates likewise)."""

_SHAPE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def earliest(value: PartialDate) -> date:
    """Return the first day that a partial date may mean; raises ValueError."""
    year, month, day = _parts(value)
    return date(year, 1 if month is None else month, 1 if day is None else day)


def latest(value: PartialDate) -> date:
    """Return the last day that a partial date may mean; raises ValueError."""
    year, month, day = _parts(value)
    last_month = 12 if month is None else month
    return date(year, last_month, monthrange(year, last_month)[1] if day is None else day)


def is_possible(value: PartialDate) -> bool:
    """Say whether a text is a partial date of the calendar, not before 1850."""
    try:
        return earliest(value).year >= OLDEST_YEAR
    except ValueError:
        return False


def certainly_before(one: PartialDate, other: PartialDate) -> bool:
    """Say whether every day that `one` may mean comes before every day that `other` may mean."""
    return latest(one) < earliest(other)


def day_in_paris(instant: datetime) -> date:
    """Return the calendar day of an instant in Europe/Paris, on which legal clocks count."""
    return instant.astimezone(PARIS).date()


def _parts(value: PartialDate) -> tuple[int, int | None, int | None]:
    match = _SHAPE.fullmatch(value)
    if match is None:
        raise ValueError(f"not a date in reduced precision: {value[:20]!r}")
    year, month, day = match.groups()
    return int(year), int(month) if month else None, int(day) if day else None
