"""Positions are dense, in the order of each stream, and nothing is ever skipped."""

import threading
from collections.abc import Callable
from functools import partial

import psycopg
import pytest
from django.db import connections

from events import store
from events.errors import VersionConflict
from tests.log.notes import command, insert_by_hand, new_stream, write

pytestmark = pytest.mark.django_db


def positions() -> list[tuple[int, str, int]]:
    return (
        store.session()
        .execute(
            "SELECT position, stream, version FROM events_position"
            " JOIN events_event ON id = event_id ORDER BY position"
        )
        .fetchall()
    )


def test_positions_start_at_one_without_holes():
    stream = new_stream()
    store.append([write(stream, count=3)], command())
    assert store.sequence() == 3
    assert positions() == [(1, stream, 1), (2, stream, 2), (3, stream, 3)]


def test_sequencing_again_numbers_nothing_twice():
    store.append([write(new_stream())], command())
    assert [store.sequence(), store.sequence()] == [1, 0]


def test_a_refused_append_leaves_no_hole():
    stream = new_stream()
    store.append([write(stream)], command())
    with pytest.raises(VersionConflict):
        store.append([write(stream)], command())
    store.append([write(stream, expected=1)], command())
    store.sequence()
    assert [place for place, *_ in positions()] == [1, 2]


def test_an_event_that_commits_late_gets_a_later_position(app_dsn):
    """A reader that had stopped at the early one still sees the late one."""
    late, early = new_stream(), new_stream()
    with psycopg.connect(app_dsn) as slow:
        insert_by_hand(slow, late)
        store.append([write(early)], command())
        assert store.sequence() == 1
        slow.commit()
    assert store.sequence() == 1
    assert [stream for _, stream, _ in positions()] == [early, late]


def test_sequencing_inside_an_older_snapshot_is_refused(projector_dsn):
    with psycopg.connect(projector_dsn) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
            connection.execute("SELECT events_sequence()")


def test_a_row_queued_twice_or_for_no_event_stops_nobody(app_dsn):
    """The web's role may queue any number; it must not be able to stop the numbering."""
    first = new_stream()
    store.append([write(first)], command())
    store.sequence()
    with psycopg.connect(app_dsn, autocommit=True) as web:
        web.execute("INSERT INTO events_pending SELECT min(id) FROM events_event")
        web.execute("INSERT INTO events_pending VALUES (999999)")
    second = new_stream()
    store.append([write(second)], command())
    store.sequence()
    assert positions() == [(1, first, 1), (2, second, 1)]


def test_many_writers_and_sequencers_at_once_lose_nothing_and_keep_each_stream_in_order():
    streams = [new_stream() for _ in range(8)]
    stop = threading.Event()
    sequencers = start(*[lambda: sequence_until(stop)] * 3)
    join(start(*[partial(append_one_by_one, stream, 25) for stream in streams]))
    stop.set()
    join(sequencers)
    store.sequence()
    found = positions()
    assert [place for place, *_ in found] == list(range(1, 201))
    for stream in streams:
        assert [version for _, name, version in found if name == stream] == list(range(1, 26))


def append_one_by_one(stream: str, count: int) -> None:
    for version in range(count):
        store.append([write(stream, expected=version)], command())


def sequence_until(stop: threading.Event) -> None:
    while not stop.is_set():
        store.sequence()


def start(*calls: Callable[[], None]) -> list[threading.Thread]:
    def run(call: Callable[[], None]) -> None:
        try:
            call()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    return threads


def join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join()
