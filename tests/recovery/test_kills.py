"""Nothing acknowledged is lost, nothing is doubled, whoever is killed.

KILLS sets how many times each victim is killed (3 here; a release is tried with 20).
"""

import json
import os
import random
import signal
import threading
import time

import psycopg
import pytest

from config.local import processes
from tests.recovery.load import Load, wait_for
from tests.stack.running import Stack

KILLS = int(os.environ.get("KILLS", "3"))
pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(120 + 40 * KILLS)]


def token(stack: Stack, user: str = "dr.martin") -> str:
    told: str = json.loads(stack.manage("api_token", user, "--json").stdout)["token"]
    return told


def caught_up(stack: Stack) -> bool:
    done = stack.manage("replay", "--status", "--json", check=False)
    if done.returncode:
        return False
    status = json.loads(done.stdout)
    return all(projection["lag"] == 0 for projection in status["projections"])


def cases(stack: Stack) -> set[str]:
    """Return the ids of every case that the log holds."""
    with stack.owner() as connection:
        rows = connection.execute(
            "SELECT stream FROM events_event WHERE version = 1 AND stream LIKE 'declaration-%'"
        ).fetchall()
    return {stream.partition("-")[2] for (stream,) in rows}


def prove(stack: Stack, load: Load, before: set[str]) -> None:
    """Every command that was acknowledged is in the log as one case, and no case is there besides.

    A command whose answer was lost is given again until it is acknowledged: had it become a second
    case, the log would hold one more than the ledger has keys.
    """
    acknowledged = load.acknowledged()
    assert load.errors == []
    assert load.in_doubt == set()
    told = {identifier for identifier, _ in acknowledged}
    assert len(told) == len({key for _, key in acknowledged}) == len(acknowledged)
    assert processes.wait_until(lambda: told <= cases(stack), 60, pause=0.3), worker_said(stack)
    assert processes.wait_until(lambda: caught_up(stack), 30, pause=0.3), worker_said(stack)
    assert cases(stack) - before == told
    assert told <= listed(stack)
    assert json.loads(stack.manage("replay", "--verify", "--json").stdout)["ok"]
    assert json.loads(stack.manage("verify", "--json").stdout)["ok"]


def kill_at_random(stack: Stack, load: Load, victim: str, times: int) -> list[float]:
    """Kill a process `times` times, each after it has done something; return seconds to recover."""
    dice, recovered = random.Random(f"{victim} {times}"), []
    for _ in range(times):
        wait_for(load, dice.randint(1, 20))
        threading.Event().wait(dice.uniform(0, 0.3))
        before = stack.pids()[victim]
        os.kill(before, signal.SIGKILL)
        killed = time.monotonic()
        assert processes.wait_until(lambda old=before: stack.pids().get(victim) != old, 30)
        wait_for(load, 1)
        recovered.append(time.monotonic() - killed)
    return recovered


@pytest.mark.parametrize("victim", ["postgres", "worker", "front", "intake", "web"])
def test_kill_9_under_load(stack, tmp_path, victim, capsys):
    before = cases(stack)
    with Load(stack.port, token(stack), tmp_path / "ledger") as load:
        recovered = kill_at_random(stack, load, victim, KILLS)
        wait_for(load, 20)
    prove(stack, load, before)
    with capsys.disabled():
        print(
            f"\n{victim}: {KILLS} × kill -9, {len(load.acknowledged())} acknowledged,"
            f" {load.doubted_then_acknowledged} after a doubt; next acknowledgement after {sorted(recovered)[len(recovered) // 2]:.2f} s (median),"
            f" {max(recovered):.2f} s (worst)"
        )


def test_all_messages_lost_for_a_while_cost_one_sweep(stack, tmp_path):
    """MESSAGES_LOST_SECONDS says how long every message is thrown away (5 here)."""
    lost = float(os.environ.get("MESSAGES_LOST_SECONDS", "5"))
    with Load(stack.port, token(stack), tmp_path / "ledger", clients=2, pause=0.05) as load:
        until = time.monotonic() + lost
        while time.monotonic() < until:
            purge(stack)
    wanted = {identifier for identifier, _ in load.acknowledged()}
    # What waited in the spool meanwhile has first to be in the log.
    assert processes.wait_until(lambda: wanted <= cases(stack), 30, pause=0.1)
    ended = time.monotonic()
    assert processes.wait_until(lambda: wanted <= listed(stack), 5, pause=0.1)
    assert time.monotonic() - ended <= 5


def worker_said(stack: Stack) -> str:
    return (stack.folder / "log" / "worker.log").read_text()[-4000:]


def listed(stack: Stack) -> set[str]:
    """Return the ids that the reviewers' worklist shows."""
    with stack.owner() as connection:
        rows = connection.execute("SELECT stream FROM read.worklist").fetchall()
    return {stream.partition("-")[2] for (stream,) in rows}


def purge(stack: Stack) -> None:
    """Throw away every message that waits in the broker."""
    url = broker_url(stack)
    with psycopg.connect(url, autocommit=True) as connection:
        for (queue,) in connection.execute("SELECT queue_name FROM pgmq.list_queues()").fetchall():
            connection.execute("SELECT pgmq.purge_queue(%s)", [queue])


def broker_url(stack: Stack) -> str:
    addresses = json.loads((stack.folder / "stack.json").read_text())
    return "postgresql://" + addresses["BROKER_URL"].partition("://")[2]
