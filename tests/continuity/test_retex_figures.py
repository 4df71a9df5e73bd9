"""What was usual in the weeks before an outage, however long it lasted."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from continuity.domain.ladder import Span
from continuity.domain.retex_figures import Usual, hours, usual

HOUR = timedelta(hours=1)
SUMMER = datetime(2026, 6, 17, 18, 0, tzinfo=UTC)
CLOCKS_BACK = datetime(2026, 10, 20, 18, 0, tzinfo=UTC)
RATE = 3


def number(at: datetime) -> int:
    return int(at.timestamp()) // 3600


def of(begun: datetime, lasting: timedelta, **more) -> Usual:
    """What was usual for an outage after nine weeks of one rate, in which nothing arrived."""
    received = Counter({number(begun - n * HOUR): RATE for n in range(1, 9 * 7 * 24)})
    within = list(hours(Span(since=begun, until=begun + lasting), begun + lasting))
    return usual(within, received, more.get("since", begun - timedelta(weeks=9)))


@pytest.mark.parametrize("days", [1, 7, 8, 10, 14, 15, 30])
def test_the_outage_itself_is_never_the_week_before(days):
    told = of(SUMMER, timedelta(days=days))
    assert told.per_week == (RATE * 24 * days,) * 8


def test_a_change_of_the_clocks_within_a_long_outage_shifts_no_hour_into_it():
    assert of(CLOCKS_BACK, timedelta(days=10)).per_week == (RATE * 24 * 10,) * 8


@pytest.mark.parametrize(("weeks", "known"), [(0, 0), (1, 1), (2, 2), (9, 8)])
def test_weeks_before_the_first_record_are_left_out(weeks, known):
    told = of(SUMMER, timedelta(days=10), since=SUMMER - timedelta(weeks=weeks))
    assert told.per_week == (RATE * 240,) * known
