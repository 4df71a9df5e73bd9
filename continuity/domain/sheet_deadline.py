"""How long a sheet may wait: one working day for its acknowledgement, then alarms.

One working day: CRPA R112-11-2 (accusé d'enregistrement). The further steps are the house's own.
"""

from datetime import date
from enum import StrEnum

from events.days import working_days_after


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


def due(received: date) -> date:
    """Return the day by which what was received on a day is to be acknowledged."""
    return working_days_after(received, 1)


def lateness(received: date, today: date) -> Lateness:
    """Return how late a sheet received on a day is, if it is still open today."""
    for count, name in LADDER:
        if today > working_days_after(received, count):
            return name
    return Lateness.IN_TIME
