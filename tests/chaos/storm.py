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
# Clients hardly rest: whoever was started anew has soon done something that a kill may lose.
PAUSE = 0.08
# So many are looked at for one that has done something since it started.
LOOKS = 4


def storm(field: Field, kills: int, until: float, say: Callable[[str], None]) -> None:
    """Kill until `kills` counted ones are reached, or the time is up."""
    names = [name for name, weight in VICTIMS for _ in range(weight)]
    first = sum(one.counted for one in field.kills)
    told, field.load.pause = 0, PAUSE
    while (done := sum(one.counted for one in field.kills) - first) < kills:
        if time.monotonic() > until:
            say(f"seed {field.seed}: the time is up after {done} of {kills} kills")
            return
        if done >= told + REPORT_EVERY:
            told = done
            say(f"seed {field.seed}: {done} of {kills} kills")
        # Wait until somebody has an answer, choose, kill in the middle of whatever goes on.
        field.after_some_work(1, 5)
        any(_killed(field, field.dice.choice(names)) for _ in range(LOOKS))


def _killed(field: Field, victim: str) -> bool:
    """Kill one that has done something since it started; say whether there was one."""
    try:
        pids = _pids(field, victim)
    except (psycopg.Error, LookupError, OSError, ValueError):
        return False
    if not pids:
        return False
    if victim == "intake master":
        if did := field.done_by("intake", pids[:-1]):
            field.kill("intake", pids, did=did)
        return bool(did)
    if did := field.done_by(victim, pids):
        # With a request under way, if there is one soon: that is what a kill may lose.
        # The ledger knows of a try before it leaves: the kill comes at any moment of its way.
        processes.wait_until(lambda: bool(field.ledger.in_flight()), 0.4, pause=0.001)
        time.sleep(field.dice.uniform(0, ON_ITS_WAY_SECONDS))
        field.kill(victim, pids, did=did)
    return bool(did)


def _pids(field: Field, victim: str) -> list[int]:
    if victim == "intake":
        return [field.dice.choice(children(field.stack.pid(victim)))]
    if victim == "intake master":
        master = field.stack.pid("intake")
        return [*children(master), master]
    if victim in {"worker", "slow_worker"}:
        return children(field.stack.pid(victim))[:1]
    if victim == "backend":
        return field.dice.sample(field.stack.backends(), 1)
    return [field.stack.pid(victim)]
