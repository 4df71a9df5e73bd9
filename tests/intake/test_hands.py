"""Streams shared out among threads: each in its order, and nobody goes on after a failure."""

import threading

import pytest

from events import hands


@pytest.fixture
def db() -> None:
    """No test here needs a log."""


def test_each_stream_is_done_in_its_order_and_all_of_them_are_done():
    streams = [[(stream, n) for n in range(7)] for stream in range(20)]
    done = list(hands.many(streams, lambda row: row, 4))
    assert len(done) == 140
    for stream in range(20):
        assert [row[1] for row, _ in done if row[0] == stream] == list(range(7))


def test_several_streams_are_under_way_at_once_and_begun_in_their_order():
    together = threading.Barrier(3)
    begun = []

    def work(row: int) -> int:
        begun.append(row)
        return together.wait(10) if row < 3 else 0

    done = [row for row, _ in hands.many([[row] for row in range(9)], work, 3)]
    assert sorted(done) == list(range(9))
    assert set(begun[:3]) == {0, 1, 2}


def test_what_fails_is_raised_once_the_others_have_ended_their_row():
    together = threading.Barrier(2)
    ended = []

    def work(row: int) -> None:
        if row < 2:
            together.wait(10)
        if row == 0:
            raise LookupError
        ended.append(row)

    with pytest.raises(LookupError):
        list(hands.many([[0, 10, 11], [1, 20]], work, 2))
    assert ended[:1] == [1]
    assert not {10, 11} & set(ended)
    assert not [one for one in threading.enumerate() if one.name == "drain"]


def test_who_stops_asking_stops_the_work():
    done = hands.many([[row] for row in range(10_000)], lambda row: row, 2)
    next(done)
    done.close()
    assert not [one for one in threading.enumerate() if one.name == "drain"]
