"""The standby takes over under load: nothing is lost, nothing doubled, the old one takes nothing.

FAILOVERS says how many times in a row (3 here; a release is tried with 20).
"""

import os
import statistics
import time

import psycopg
import pytest

from config.local import processes
from events import epochs, store
from events.epochs import Same
from events.verify import verify_log
from tests.attacked import AttackedCluster
from tests.failover.pair import Load, Pair, acknowledges, promote

FAILOVERS = int(os.environ.get("FAILOVERS", "3"))
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + 30 * FAILOVERS)]


def commands(server: AttackedCluster) -> set:
    with server.connect("superuser", autocommit=True) as connection:
        rows = connection.execute("SELECT command_id FROM events_command").fetchall()
    return {identifier for (identifier,) in rows}


def fail_over(pair: Pair, load: Load) -> tuple[float, float]:
    """Freeze the primary, promote the other, thaw the old one; return seconds of the two waits."""
    old = pair.primary
    old.freeze()
    steps = promote(pair)
    decided = time.monotonic()
    pair.swapped()
    load.cut()
    load.wait_for(1)
    first = time.monotonic() - decided
    old.thaw()
    assert processes.wait_until(lambda: reachable(old), 10)
    load.wait_for(20)
    before = commands(old)
    assert before <= commands(pair.primary)
    assert not acknowledges(old)
    # Not for want of speed: it wrote, and waits for the standby that it no longer has.
    assert waits_for_its_standby(old)
    assert commands(old) == before
    old.cluster.stop(grace=0)
    assert pair.attach() == ("rewound", "")
    return sum(step["seconds"] for step in steps.done), first


def waits_for_its_standby(server: AttackedCluster) -> bool:
    with server.connect("superuser", autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        ).fetchone()
    return bool(row and row[0])


def reachable(server: AttackedCluster) -> bool:
    try:
        server.connect("superuser", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def test_failovers_under_load(pair, settings, capsys):
    waits = []
    with Load() as load:
        for _ in range(FAILOVERS):
            load.wait_for(50)
            waits.append(fail_over(pair, load))
        load.wait_for(50)
    epochs.sequence()

    assert set(load.acknowledged) <= commands(pair.primary)
    assert len(set(load.acknowledged)) == len(load.acknowledged)
    row = (
        store.session()
        .execute(
            "SELECT count(*), count(DISTINCT command_id), count(DISTINCT stream) FROM events_event"
        )
        .fetchone()
    )
    assert row is not None
    assert len(set(row)) == 1
    assert verify_log().ok
    assert epochs.check() == Same()
    assert store.head().epoch == 1 + FAILOVERS
    promoted, first = zip(*waits, strict=True)
    assert max(promoted) <= 5
    with capsys.disabled():
        print(
            f"\n{FAILOVERS} failovers, {len(load.acknowledged)} acknowledged, 0 lost, 0 doubled;"
            f" promotion {statistics.median(promoted):.2f} s (median), {max(promoted):.2f} s"
            f" (worst), next acknowledgement {max(first):.2f} s after it (worst)"
        )
