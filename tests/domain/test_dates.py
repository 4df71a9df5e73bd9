from datetime import UTC, date, datetime

import pytest
from hypothesis import given, strategies as st

from pharmacovigilance.domain.dates import (
    certainly_before,
    day_in_paris,
    earliest,
    is_possible,
    latest,
)


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2021", date(2021, 1, 1), date(2021, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2021-05-12", date(2021, 5, 12), date(2021, 5, 12)),
    ],
)
def test_a_partial_date_spans_the_days_it_may_mean(value, first, last):
    assert (earliest(value), latest(value)) == (first, last)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "21",
        "2021-5",
        "2021-13",
        "2021-02-30",
        "2023-02-29",
        "2021-05-12T10:00",
        "2021-00",
        "2021-05-00",
        "1849",
        "0000",
        "٢٠٢١",
        "2021 ",
        "2021-05-12\n",
    ],
)
def test_what_is_not_in_the_calendar_is_not_possible(value):
    assert not is_possible(value)


def test_overlapping_partial_dates_are_never_certainly_in_order():
    assert not certainly_before("2021-05", "2021-05-12")
    assert not certainly_before("2021-05-12", "2021")
    assert certainly_before("2021-05", "2021-06-01")
    assert certainly_before("2020", "2021-01-01")


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 3, 1, 23, 30, tzinfo=UTC), date(2026, 3, 2)),
        (datetime(2026, 7, 1, 21, 59, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), date(2026, 7, 2)),
    ],
)
def test_the_legal_day_is_the_day_in_paris_in_winter_and_in_summer(instant, day):
    assert day_in_paris(instant) == day


@given(st.dates(min_value=date(1850, 1, 1), max_value=date(2100, 12, 31)))
def test_every_precision_of_a_day_contains_it(day):
    for length in (4, 7, 10):
        value = day.isoformat()[:length]
        assert is_possible(value)
        assert earliest(value) <= day <= latest(value)


@given(st.text(max_size=12))
def test_no_text_breaks_the_reading_of_a_date(value):
    assert is_possible(value) in (True, False)
