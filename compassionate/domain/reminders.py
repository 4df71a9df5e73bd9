"""Which reminder of an authorisation's end is due: sixty, thirty and seven days before, and on it."""

from datetime import date, timedelta

from compassionate.domain.deadlines import REMINDERS


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
