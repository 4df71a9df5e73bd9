"""Kill after kill, each of a process that has done something since it started."""

import time
from collections.abc import Callable

import psycopg

from config.local import processes
from tests.chaos.field import Field
from tests.chaos.stack import children

# How often each is chosen: what receives most of all, since a request hangs on it. The front sends
# again what an intake had in hand: its own death alone leaves a client in doubt. The pages are left
# out: nothing tells from outside what one of their processes has done.
VICTIMS = (
    ("intake", 9), ("backend", 3), ("postgres", 2), ("worker", 3), ("front", 8),
    ("slow_worker", 1), ("drain", 2), ("intake master", 2),
)  # fmt: skip
REPORT_EVERY = 25
ON_ITS_WAY_SECONDS = 0.08


def storm(field: Field, kills: int, until: float, say: Callable[[str], None]) -> None:
    """Kill until `kills` counted ones are reached, or the time is up."""
    names = [name for name, weight in VICTIMS for _ in range(weight)]
    first = sum(one.counted for one in field.kills)
    told = 0
    while (done := sum(one.counted for one in field.kills) - first) < kills:
        if time.monotonic() > until:
            say(f"seed {field.seed}: the time is up after {done} of {kills} kills")
            return
        if done >= told + REPORT_EVERY:
            told = done
            say(f"seed {field.seed}: {done} of {kills} kills")
        _kill_one(field, field.dice.choice(names))


def _kill_one(field: Field, victim: str) -> None:
    """Wait until somebody has an answer, choose, kill in the middle of whatever goes on."""
    field.after_some_work(1, 5)
    try:
        pids = _pids(field, victim)
    except (psycopg.Error, LookupError, OSError, ValueError):
        return
    if not pids:
        return
    if victim == "intake master":
        field.kill("intake", pids, did=field.done_by("intake", pids[:-1]))
        return
    if did := field.done_by(victim, pids):
        # With a request under way, if there is one soon: that is what a kill may lose.
        # The ledger knows of a try before it leaves: the kill comes at any moment of its way.
        processes.wait_until(lambda: bool(field.ledger.in_flight()), 0.4, pause=0.001)
        time.sleep(field.dice.uniform(0, ON_ITS_WAY_SECONDS))
        field.kill(victim, pids, did=did)


def _pids(field: Field, victim: str) -> list[int]:
    if victim == "intake":
        return [field.dice.choice(field.stack.receiving())]
    if victim == "intake master":
        master = field.stack.pid("intake")
        return [*children(master), master]
    if victim in {"worker", "slow_worker"}:
        return field.stack.workers(victim)[:1]
    if victim == "backend":
        return field.dice.sample(field.stack.backends(), 1)
    return [field.stack.pid(victim)]
