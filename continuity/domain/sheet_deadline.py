"""How long a sheet may wait: one working day for its acknowledgement, then alarms.

One working day: CRPA R112-11-2 (accusé d'enregistrement). The further steps are the house's own.
Working days are Monday to Friday; a public holiday is not counted out, so that a sheet is called
late too early and never too late.
"""

from datetime import date, timedelta
from enum import StrEnum

SATURDAY = 5


class Lateness(StrEnum):
    """How late a sheet is."""

    IN_TIME = "in_time"
    LATE = "late"
    ALARM = "alarm"
    ESCALATED = "escalated"
    BEYOND = "beyond"


LADDER = (
    (15, Lateness.BEYOND),
    (5, Lateness.ESCALATED),
    (2, Lateness.ALARM),
    (1, Lateness.LATE),
)


def working_days_after(day: date, count: int) -> date:
    """Return the working day that comes `count` working days after a day."""
    while count:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY:
            count -= 1
    return day


def due(received: date) -> date:
    """Return the day by which what was received on a day is to be acknowledged."""
    return working_days_after(received, 1)


def lateness(received: date, today: date) -> Lateness:
    """Return how late a sheet received on a day is, if it is still open today."""
    for count, name in LADDER:
        if today > working_days_after(received, count):
            return name
    return Lateness.IN_TIME
