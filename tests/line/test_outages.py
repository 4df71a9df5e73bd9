"""Whatever holds the log up, a call ends by its deadline, and the next ones at once."""

import signal
import threading
from time import monotonic

import pytest

from config.local import processes
from events.line import line
from tests.line.calls import (
    DEADLINE,
    LATE,
    Load,
    at_once,
    give,
    give_at_once,
    has_all,
    is_closed,
    is_open,
    soon,
)


def test_a_frozen_server_costs_each_call_its_deadline_once(cluster):
    assert {call.outcome for call in give_at_once()} == {"written"}
    cluster.freeze()
    frozen = give_at_once()
    assert max(call.seconds for call in frozen) < DEADLINE + LATE
    assert "written" not in {call.outcome for call in frozen}
    later = give_at_once()
    assert at_once(later)
    cluster.thaw()
    assert soon(is_closed)
    assert give().outcome == "written"
    # What was in doubt may have been written or not: given again, it is there once.
    assert {give(again=call).outcome for call in frozen} <= {"written", "again"}
    assert {give(again=call).outcome for call in frozen} == {"again"}


def test_the_switch_under_load(cluster, capsys):
    with Load.of(8) as load:
        assert soon(lambda: len(load.calls) > 100, 10)
        cluster.freeze()
        frozen = monotonic()
        assert soon(lambda: monotonic() > frozen + 3, 5)
        cluster.thaw()
        thawed = monotonic()
        assert soon(is_closed)
        back = monotonic() - thawed
        assert soon(lambda: monotonic() > thawed + 2, 3)
    first, second = load.between(frozen, frozen + 2), load.between(thawed, thawed + 2)
    worst = max(call.seconds for call in (*first, *second))
    with capsys.disabled():
        print(
            f"\nfreeze: worst {max(c.seconds for c in first) * 1000:.0f} ms of {len(first)};"
            f" thaw: worst {max(c.seconds for c in second) * 1000:.0f} ms of {len(second)},"
            f" closed after {back * 1000:.0f} ms"
        )
    assert worst < DEADLINE + LATE
    assert {call.outcome for call in second if call.begun > thawed + 1.2} == {"written"}


def test_a_frozen_postmaster_leaves_the_connections_that_there_are(cluster):
    postmaster = cluster.cluster.process.pid
    assert soon(has_all, 5)
    processes.send([postmaster], signal.SIGSTOP)
    assert {call.outcome for call in give_at_once()} == {"written"}
    lost = line()._lending._proven[0]
    lost.abort()
    assert soon(lambda: lost.closed, 5)
    assert soon(lambda: give().outcome == "written")
    assert {call.outcome for call in give_at_once()} == {"written"}


@pytest.mark.parametrize("table", ["events_event", "events_command", "events_pending"])
def test_a_locked_log_keeps_the_breaker_open(cluster, table):
    """A lock that lets readers through is seen too: the probe takes the locks of an append."""
    with cluster.connect("owner") as locking:
        locking.execute(f"LOCK TABLE {table} IN SHARE MODE")
        held_up = give_at_once()
        assert max(call.seconds for call in held_up) < DEADLINE + LATE
        assert is_open()
        assert not soon(is_closed, 2)
        assert at_once(give_at_once())
    assert soon(is_closed)
    assert give().outcome == "written"


def test_a_killed_server_is_left_and_found_again(cluster):
    cluster.kill()
    assert max(call.seconds for call in give_at_once()) < DEADLINE + LATE
    assert soon(is_open)
    assert at_once(give_at_once())
    cluster.start()
    assert soon(is_closed)
    assert give().outcome == "written"


def test_one_killed_backend_costs_one_call(cluster):
    with cluster.connect("superuser", autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'pharmacovigilance-intake'"
        )
    give()
    assert soon(is_closed)
    assert soon(lambda: give().outcome == "written")


@pytest.fixture
def waiting_for_a_standby(cluster):
    """Make every commit wait for a standby that never comes."""
    with cluster.connect("superuser", autocommit=True) as admin:

        def wait_for(name: str) -> None:
            admin.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
            admin.execute("SELECT pg_reload_conf()")

        wait_for("nobody")
        assert soon(lambda: admin.execute("SHOW synchronous_standby_names").fetchone() != ("",))
        yield admin
        wait_for("")


HANGING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


def test_a_commit_that_waits_for_a_standby_is_in_doubt(cluster, waiting_for_a_standby):
    assert soon(lambda: give().outcome != "written")
    assert is_open()
    assert at_once(give_at_once())
    # The keeper finds out what holds the others up, and does not hang more probes beside them.
    assert soon(lambda: line().state().reason == "not_replicated", 5)
    hanging = waiting_for_a_standby.execute(HANGING).fetchone()[0]
    assert 1 <= hanging <= 6
    assert not soon(is_closed, 3)
    assert line().state().reason == "not_replicated"
    assert waiting_for_a_standby.execute(HANGING).fetchone()[0] == hanging


def test_a_standby_that_comes_back_closes_the_breaker(cluster, waiting_for_a_standby):
    doubted = [call for call in give_at_once() if call.outcome != "written"]
    assert doubted
    waiting_for_a_standby.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
    waiting_for_a_standby.execute("SELECT pg_reload_conf()")
    assert soon(is_closed, 2)
    assert {give(again=call).outcome for call in doubted} <= {"again", "written"}


def test_a_wait_for_a_standby_that_is_cancelled_is_no_success(cluster, waiting_for_a_standby):
    def cancel() -> bool:
        cancelled = waiting_for_a_standby.execute(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            " AND query LIKE '%events_command%' AND query NOT LIKE '%events_probe%'"
        )
        return cancelled.rowcount > 0

    calls = []
    thread = threading.Thread(target=lambda: calls.append(give(10)))
    thread.start()
    assert soon(cancel, 5)
    thread.join()
    assert calls[0].outcome == "not_replicated"
    assert calls[0].seconds < 5
