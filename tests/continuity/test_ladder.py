"""By when people must have been told."""

from datetime import timedelta

import pytest

from continuity.domain.ladder import Span, Told, due_after, rungs
from tests.continuity.incidents import at

SPAN = Span(since=at(), until=at(hours=30))


@pytest.mark.parametrize(
    ("told", "due"),
    [
        (None, at(minutes=15)),
        (at(minutes=15), at(hours=2, minutes=15)),
        (at(hours=3, minutes=59), at(hours=5, minutes=59)),
        (at(hours=4), at(hours=7)),
        (at(hours=23, minutes=59), at(hours=26, minutes=59)),
        (at(hours=24), at(hours=29)),
        (at(hours=100), at(hours=105)),
    ],
)
def test_the_older_the_outage_the_longer_the_step(told, due):
    assert due_after(SPAN, told) == due


def told(minutes, promised=10_000):
    return Told(at=at(minutes=minutes), promised=at(minutes=promised))


def lateness(found):
    return [(one.at is not None, int(one.late.total_seconds() // 60)) for one in found]


def test_a_silence_is_late_until_the_outage_ends():
    span = Span(since=at(), until=at(hours=1))
    assert lateness(rungs([span], [], at(hours=9))) == [(False, 45)]
    assert lateness(rungs([Span(since=at())], [], at(hours=2))) == [(False, 105)]


def test_an_outage_shorter_than_the_first_step_owes_nothing():
    span = Span(since=at(), until=at(minutes=14))
    assert rungs([span], [], at(hours=1)) == []
    (after,) = rungs([span], [told(40)], at(hours=1))
    assert (after.due, after.late) == (None, timedelta(0))


def test_each_bulletin_is_measured_by_the_one_before():
    span = Span(since=at(), until=at(hours=4))
    found = rungs([span], [told(10, 120), told(150, 200)], at(hours=9))
    assert lateness(found) == [(True, 0), (True, 20)]
    assert found[1].late_on_promise == timedelta(minutes=30)
    assert [one.due for one in found] == [at(minutes=15), at(minutes=130)]


def test_what_is_told_of_the_end_owes_no_more():
    span = Span(since=at(), until=at(hours=1))
    assert lateness(rungs([span], [told(5), told(65)], at(hours=9))) == [(True, 0), (True, 0)]


def test_a_bulletin_that_was_due_before_the_end_is_late_when_it_comes_after_it():
    span = Span(since=at(), until=at(hours=3))
    assert lateness(rungs([span], [told(10), told(200)], at(hours=9))) == [(True, 0), (True, 70)]


def test_a_second_span_begins_the_ladder_anew():
    spans = [Span(since=at(), until=at(hours=1)), Span(since=at(hours=2), until=at(hours=3))]
    assert lateness(rungs(spans, [told(5), told(130)], at(hours=9))) == [(True, 0), (True, 0)]
    assert lateness(rungs(spans, [told(5)], at(hours=9))) == [(True, 0), (False, 45)]
