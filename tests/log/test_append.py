"""What an append promises, case by case."""

import threading

import psycopg
import pytest
from django.db import connections, transaction
from uuid_utils.compat import uuid7

from events import store
from events.errors import CommandReused, InsideTransaction, VersionConflict
from tests.log.notes import command, insert_by_hand, new_stream, write

pytestmark = pytest.mark.django_db


def versions(stream: str) -> list[int]:
    return [event.version for event in store.read_stream(stream)]


def test_a_new_stream_starts_at_version_one():
    stream = new_stream()
    written = store.append([write(stream, count=2)], command())
    assert written.versions == {stream: 2}
    assert versions(stream) == [1, 2]


def test_an_existing_stream_goes_on():
    stream = new_stream()
    store.append([write(stream)], command())
    store.append([write(stream, expected=1, count=2)], command())
    assert versions(stream) == [1, 2, 3]


def test_several_streams_in_one_command_are_written_together():
    first, second = new_stream(), new_stream()
    written = store.append([write(second, count=2), write(first)], command())
    assert written.versions == {first: 1, second: 2}


def test_a_stream_that_exists_is_not_new():
    stream = new_stream()
    store.append([write(stream)], command())
    with pytest.raises(VersionConflict):
        store.append([write(stream)], command())
    assert versions(stream) == [1]


def test_a_missing_stream_cannot_go_on():
    stream = new_stream()
    with pytest.raises(VersionConflict):
        store.append([write(stream, expected=3)], command())
    assert versions(stream) == []


def test_an_older_expected_version_is_a_conflict():
    stream = new_stream()
    store.append([write(stream, count=3)], command())
    with pytest.raises(VersionConflict):
        store.append([write(stream, expected=1)], command())


def test_a_version_from_the_future_is_a_conflict():
    stream = new_stream()
    store.append([write(stream)], command())
    with pytest.raises(VersionConflict):
        store.append([write(stream, expected=8)], command())
    assert versions(stream) == [1]


def test_a_conflict_in_one_stream_writes_nothing_to_the_other():
    stale, other = new_stream(), new_stream()
    store.append([write(stale)], command())
    with pytest.raises(VersionConflict):
        store.append([write(stale), write(other)], command())
    assert versions(other) == []


def test_a_refused_command_keeps_its_identifier_free():
    stream, again = new_stream(), uuid7()
    with pytest.raises(VersionConflict):
        store.append([write(stream, expected=4)], command(again))
    assert not store.append([write(stream)], command(again)).again


def test_the_same_command_twice_gives_the_first_result():
    stream, same = new_stream(), command()
    first = store.append([write(stream, count=2)], same)
    again = store.append([write(new_stream(), count=2)], same)
    assert again.again
    assert again.versions == first.versions
    assert versions(stream) == [1, 2]


def test_the_same_identifier_with_another_content_is_refused():
    same = uuid7()
    store.append([write(new_stream())], command(same))
    with pytest.raises(CommandReused):
        store.append([write(new_stream())], command(same, digest=b"e" * 32))


def test_an_append_inside_a_transaction_is_refused():
    with transaction.atomic(), pytest.raises(InsideTransaction):
        store.append([write(new_stream())], command())


def test_the_stored_text_is_the_text_that_was_given():
    stream = new_stream()
    text = '{"b": 1,  "a": [1.0, "é"], "b": 2}'
    store.append([write(stream, text=text)], command())
    assert store.read_stream(stream)[0].payload == text


def test_a_connection_that_died_is_opened_again(superuser_dsn):
    stream = new_stream()
    store.append([write(stream)], command())
    with psycopg.connect(superuser_dsn, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'vigilance_app' AND datname = current_database()"
        )
    store.append([write(stream, expected=1)], command())
    assert versions(stream) == [1, 2]


def test_a_server_that_only_reads_by_now_is_left_for_one_that_writes():
    """After a failover the connection may still be to the old server: it is well, and refuses."""
    stream = new_stream()
    store.session().execute("SET default_transaction_read_only = on")
    store.append([write(stream)], command())
    assert versions(stream) == [1]


def test_a_lock_that_takes_too_long_is_not_waited_for_twice(app_dsn):
    """The connection is well; the same command can be given again once the lock is gone."""
    stream, same = new_stream(), command()
    with psycopg.connect(app_dsn) as slow:
        insert_by_hand(slow, stream)
        session = store.session()
        session.execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            store.append([write(stream)], same)
        assert store.session() is session
        slow.rollback()
    assert not store.append([write(stream)], same).again


def test_concurrent_appends_to_one_stream_leave_one_winner():
    stream = new_stream()
    outcomes = in_threads(8, lambda: append_once(stream))
    assert sorted(outcomes) == ["conflict"] * 7 + ["written"]
    assert versions(stream) == [1]


def test_one_command_given_by_many_at_once_is_recorded_once():
    same = command()
    outcomes = in_threads(8, lambda: str(store.append([write(new_stream())], same).again))
    assert sorted(outcomes) == ["False"] + ["True"] * 7


def test_commands_over_the_same_streams_in_opposite_order_all_end():
    first, second = new_stream(), new_stream()
    store.append([write(first), write(second)], command())

    def both(order: list[str]) -> str:
        try:
            store.append([write(stream, expected=1) for stream in order], command())
        except VersionConflict:
            return "conflict"
        return "written"

    outcomes = in_threads(8, lambda: both([first, second]), lambda: both([second, first]))
    assert sorted(outcomes) == ["conflict"] * 7 + ["written"]


def append_once(stream: str) -> str:
    try:
        store.append([write(stream)], command())
    except VersionConflict:
        return "conflict"
    return "written"


def in_threads(count: int, *calls) -> list[str]:
    """Run `count` calls at once and return what they gave."""
    outcomes: list[str] = []
    start = threading.Barrier(count)

    def run(call) -> None:
        start.wait()
        try:
            outcomes.append(call())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[calls[n % len(calls)]]) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
