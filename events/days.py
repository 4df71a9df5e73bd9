"""Calendar days as legal clocks count them: in Paris, in working days, in months."""

from calendar import monthrange
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
SATURDAY = 5


def day_of(at: datetime) -> date:
    """Return the calendar day of an instant in Paris."""
    return at.astimezone(PARIS).date()


def working_days_after(day: date, count: int) -> date:
    """Return the working day that comes `count` working days after a day.

    Monday to Friday; a public holiday is not counted out, so that something is called late too
    early and never too late.
    """
    while count:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY:
            count -= 1
    return day


def months_after(day: date, count: int) -> date:
    """Return the same day `count` months later, or the last of that month where it has none."""
    years, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
