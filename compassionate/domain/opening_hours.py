"""When the agency can be asked: outside it a dose may be given by the out-of-hours routes.

The house's parameter, dated: whoever changes the hours adds a row.
"""

from datetime import date, datetime, time
from typing import NamedTuple

from events.days import PARIS, SATURDAY


class Hours(NamedTuple):
    """Hours of working days in Paris, from a day on."""

    since: date
    opens: time
    closes: time


HOURS: tuple[Hours, ...] = (Hours(date(2019, 1, 1), time(9, 0), time(18, 0)),)


def is_open(at: datetime) -> bool:
    """Say whether the agency answers at an instant; a public holiday is taken for a working day.

    So that a dose on such a day is flagged, and looked at, rather than passed over.
    """
    local = at.astimezone(PARIS)
    # Before the first row the hours were those of the first: a year that was mistyped is told, not lost.
    hours = next((one for one in reversed(HOURS) if one.since <= local.date()), HOURS[0])
    return local.weekday() < SATURDAY and hours.opens <= local.time() < hours.closes
