"""Which reminder is due: of an authorisation's end, and of a rights holder to be informed."""

from datetime import date, datetime, timedelta

from compassionate.domain.deadlines import INFORM_HOLDER_REMINDERS, REMINDERS
from events.days import day_of, working_days_after


def reminder_due(ends_on: date, today: date, reminded: frozenset[int]) -> int | None:
    """Return the one reminder to give today, None where there is none.

    After an outage several may have come due: only the nearest to the end is given, the others are
    stale (trap T13).
    """
    left = (ends_on - today).days
    come = [days for days in REMINDERS if left <= days]
    if not come or left < 0:
        return None
    nearest = min(come)
    return None if any(days <= nearest for days in reminded) else nearest


def remind_on(ends_on: date | None, reminded: frozenset[int]) -> date | None:
    """Return the day from which the next reminder is due, None when none is left."""
    left = [days for days in REMINDERS if days < min(reminded, default=days + 1)]
    if ends_on is None or not left:
        return None
    return ends_on - timedelta(days=max(left))


def information_reminder_due(
    opened_at: datetime, today: date, reminded: frozenset[int]
) -> int | None:
    """Return which reminder to inform a holder to give today, in working days after the first request.

    After an outage the last that has come due is given alone.
    """
    opened_on = day_of(opened_at)
    come = [
        days for days in INFORM_HOLDER_REMINDERS if today >= working_days_after(opened_on, days)
    ]
    latest = max(come, default=None)
    return None if latest is None or any(days >= latest for days in reminded) else latest


def information_remind_on(opened_at: datetime, reminded: frozenset[int]) -> date | None:
    """Return the day from which the next reminder to inform a holder is due, None when none is left."""
    given = max(reminded, default=0)
    left = [days for days in INFORM_HOLDER_REMINDERS if days > given]
    return working_days_after(day_of(opened_at), min(left)) if left else None
