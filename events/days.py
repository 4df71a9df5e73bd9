"""Calendar days as legal clocks count them: in Paris, in working days, in months."""

from calendar import monthrange
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
SATURDAY = 5
OLDEST_YEAR = 1850
LAST_YEAR = 2999


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
    """Return the same day `count` months later, or the last of that month where it has none.

    Where the calendar ends before, its last day.
    """
    years, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + years, month + 1
    if year > MAXYEAR:
        return date.max
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def morning_of(day: date) -> datetime:
    """Return the first instant of a day in Paris, in UTC."""
    # In UTC: the difference of two wall clocks of one zone forgets a change of season.
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


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
