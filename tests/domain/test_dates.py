from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from events.days import read_instant
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


@pytest.mark.parametrize(
    ("typed", "utc"),
    [
        ("2026-03-14T10:30", "2026-03-14T09:30:00+00:00"),
        ("2026-07-14T10:30:05", "2026-07-14T08:30:05+00:00"),
        ("2026-03-14T10:30:00Z", "2026-03-14T10:30:00+00:00"),
        ("2026-03-14 10:30:00+01:00", "2026-03-14T09:30:00+00:00"),
        ("2026-03-14T10:30:00 01:00", "2026-03-14T09:30:00+00:00"),
        ("2026-03-14T10:30:00+19:04", "2026-03-13T15:26:00+00:00"),
        ("2026-03-14", "2026-03-14T22:59:59+00:00"),
        (" 2026-03-14 ", "2026-03-14T22:59:59+00:00"),
    ],
)
def test_instants_are_paris_time_unless_they_say_otherwise(typed, utc):
    read = read_instant(typed)
    assert read is not None
    assert read.isoformat() == utc


@pytest.mark.parametrize(
    "typed",
    ["", "hier", "2026-13-45", "2026-02-30T00:00", "0001-01-01T00:00+14:00", "9999-12-31",
     "1577-09-22T06:21:04.728+19:04", "2026-03-14T10:30+24:00"],
)  # fmt: skip
def test_an_instant_of_no_calendar_is_none(typed):
    assert read_instant(typed) is None


@given(st.text() | st.datetimes().map(datetime.isoformat))
def test_what_is_typed_never_raises(text):
    read = read_instant(text)
    assert read is None or read.utcoffset() == timedelta(0)
