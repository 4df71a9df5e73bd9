"""Dates in reduced precision, and the Paris calendar."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time
from typing import TypeAlias

from events.days import PARIS

PartialDate: TypeAlias = str
"""ISO 8601 in reduced precision: "2021", "2021-05" or "2021-05-12" (E2B dates likewise)."""

OLDEST_YEAR = 1850
LAST_YEAR = 2999

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


def read_instant(text: str) -> datetime | None:
    """Return the instant that somebody typed, in UTC; None where it is none of 1850 to 2999.

    In Paris time where no zone is said; a day alone means its last second. Always UTC, because
    ISO 8601 has offsets of up to a day and PostgreSQL takes fifteen hours.
    """
    try:
        # A plus sign that was not escaped in an address arrives as a space.
        read = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text.strip())
    except ValueError:
        return None
    if not OLDEST_YEAR <= read.year <= LAST_YEAR:
        return None
    if len(text.strip()) <= len("2026-03-14"):
        read = datetime.combine(read, time(23, 59, 59))
    return (read if read.tzinfo else read.replace(tzinfo=PARIS)).astimezone(UTC)


def _parts(value: PartialDate) -> tuple[int, int | None, int | None]:
    match = _SHAPE.fullmatch(value)
    if match is None:
        raise ValueError(f"not a date in reduced precision: {value[:20]!r}")
    year, month, day = match.groups()
    return int(year), int(month) if month else None, int(day) if day else None
