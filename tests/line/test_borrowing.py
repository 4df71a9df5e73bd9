"""What a borrowed connection does, and what is left of it afterwards."""

import signal
import threading
from time import monotonic

import psycopg
import pytest

from config.local import processes
from events import handle, store
from events.bounded import TimedOut
from events.errors import CommandReused, LogAway, VersionConflict
from events.line import line
from tests.line.calls import (
    AT_ONCE,
    DEADLINE,
    LATE,
    give,
    give_at_once,
    has_all,
    is_closed,
    is_open,
    soon,
)
from tests.log import notes
from tests.log.notes import NOTES, Add, command, envelope, insert_by_hand, new_stream, write


def borrowed(limit: float = DEADLINE):
    return line().borrowed(monotonic() + limit)


@pytest.fixture
def _notes_are_known() -> None:
    notes.register()


@pytest.mark.usefixtures("_notes_are_known")
def test_commands_are_handled_over_the_line_as_elsewhere(cluster):
    stream, first = new_stream(), envelope("one")
    with borrowed():
        opened = handle.open_stream(NOTES, stream, Add(text="one"), first)
        added = handle.handle(NOTES, stream, Add(text="two"), envelope("two"))
        again = handle.handle(NOTES, stream, Add(text="one"), first)
        past = handle.history(stream)
    assert (opened.version, added.version) == (1, 2)
    assert (again.again, again.version) == (True, 1)
    assert [one.event.text for one in past] == ["one", "two"]
    assert str(past[0].recorded_at.tzinfo) == "UTC"


def test_a_refusal_of_the_log_passes_untouched(cluster):
    assert soon(has_all)
    same, stream = command(), new_stream()
    with borrowed():
        store.append([write(stream)], same)
    with pytest.raises(VersionConflict), borrowed():
        store.append([write(stream)], command())
    with pytest.raises(CommandReused), borrowed():
        store.append([write(stream)], command(same.id, digest=b"e" * 32))
    with pytest.raises(psycopg.errors.UniqueViolation), borrowed() as connection:
        insert_by_hand(connection, stream)
    assert is_closed()
    assert has_all()


def test_an_open_transaction_is_not_handed_on(cluster):
    with borrowed() as left:
        left.execute("BEGIN")
    assert left.closed
    assert soon(has_all)


def test_a_thread_borrows_once(cluster):
    with borrowed(), pytest.raises(RuntimeError), borrowed():
        pass
    assert is_closed()


def test_a_connection_is_of_no_use_to_who_has_given_it_back(cluster):
    with borrowed() as connection:
        pass
    with pytest.raises(TimedOut):
        connection.execute("SELECT 1")
    assert give().outcome == "written"


def test_slowness_of_our_own_blames_nobody(cluster):
    assert soon(has_all)
    with borrowed(0.1) as connection:
        assert not soon(lambda: False, 0.3)
        with pytest.raises(TimedOut) as late:
            connection.execute("SELECT 1")
    with pytest.raises(LogAway), borrowed():
        raise late.value
    assert is_closed()
    assert has_all()


def test_who_comes_late_is_refused_and_blames_nobody(cluster):
    begun = monotonic()
    with pytest.raises(LogAway), borrowed(0.01):
        pass
    assert monotonic() - begun < AT_ONCE
    with cluster.connect() as slow:
        stream = new_stream()
        insert_by_hand(slow, stream)
        with pytest.raises(LogAway) as away, borrowed(0.1):
            store.append([write(stream)], command())
    assert away.value.details["reason"] == "silent"
    assert is_closed()


def test_more_threads_than_connections_take_turns(cluster):
    assert {call.outcome for call in give_at_once(24, limit=5)} == {"written"}


def test_who_waits_for_a_connection_waits_until_the_deadline(cluster):
    assert soon(has_all)
    let_go = threading.Event()

    def hold() -> None:
        with borrowed(5):
            let_go.wait(5)

    threads = [threading.Thread(target=hold) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert soon(lambda: line()._lending._proven == [])
    call = give(0.2)
    let_go.set()
    for thread in threads:
        thread.join()
    assert call.outcome == "late"
    assert 0.1 < call.seconds < 0.2 + LATE
    assert is_closed()


def test_an_append_is_not_tried_again_on_another_connection(cluster):
    """A borrowed connection that fails leaves its command in doubt; its borrower is told."""
    with borrowed() as connection:
        connection.execute("SET default_transaction_read_only = on")
    assert give().outcome == "read_only"
    assert soon(is_closed)
    assert soon(lambda: give().outcome == "written")


def test_one_stuck_backend_does_not_keep_the_breaker_open(cluster):
    with borrowed() as connection:
        backend = connection.info.backend_pid
    processes.send([backend], signal.SIGSTOP)
    # The connection given back last is lent first.
    assert give().outcome == "silent"
    assert soon(is_closed)
    assert {call.outcome for call in give_at_once()} == {"written"}


def test_a_call_under_way_ends_when_another_one_fails(cluster):
    with cluster.connect() as slow:
        stream = new_stream()
        insert_by_hand(slow, stream)
        ended: list[float] = []

        def wait_long() -> None:
            with pytest.raises(LogAway), borrowed(10):
                store.append([write(stream)], command())
            ended.append(monotonic())

        thread = threading.Thread(target=wait_long)
        thread.start()
        assert soon(lambda: line()._lending._lent != set())
        opened = monotonic()
        line()._lending.open("lost")
        thread.join()
    assert ended[0] - opened < AT_ONCE * 5


def test_idle_connections_are_proven_again_and_again(cluster):
    def proven_at():
        with cluster.connect() as reader:
            return reader.execute("SELECT node, proven_at FROM events_probe").fetchone()

    assert soon(has_all)
    node, before = proven_at()
    assert node == "n1"
    assert soon(lambda: proven_at()[1] > before, 5)


def test_a_freeze_is_noticed_though_nobody_asks(cluster):
    assert soon(has_all)
    cluster.freeze()
    assert soon(is_open, 4)
    assert line().state().reason == "silent"


def test_a_line_that_is_hung_up_refuses(cluster):
    old = line()
    old.close()
    with pytest.raises(LogAway), old.borrowed(monotonic() + DEADLINE):
        pass
    assert old.state().reason == "ended"
