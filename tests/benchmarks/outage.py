"""Declaring while the log is away: who waits, for how long, and how soon all of it is in the log.

Fifty declarations a second come through the front, whatever becomes of those before; each one's time
runs from its due moment.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from uuid import uuid4

import psycopg

from config.local import processes
from tests.benchmarks import declaring, punctual
from tests.benchmarks.crew import beside, work_for
from tests.benchmarks.figures import Figure, Round, Target, quantile
from tests.benchmarks.lab import Lab
from tests.benchmarks.options import Options
from tests.benchmarks.progress import Progress
from tests.benchmarks.punctual import TAKEN, Answer, Door
from tests.benchmarks.wire import Wire
from tests.chaos.stack import standing_still
from tests.stack.running import Stack

RATE = declaring.RATE
CLIENTS = declaring.CLIENTS
BEFORE = 2.0
# What the first seconds after a freeze and after a thaw cost is told apart from the rest.
EDGE = 2.0
AFTER = 4.0
SLICES = 2
PATIENCE = 120.0
HELD = "SELECT receipt FROM events_command WHERE receipt = ANY(%s)"
# Looking costs the server what it looks at: only what was not there yet, and not all the time.
LOOK_SECONDS = 0.25
Fault = Callable[[Stack], AbstractContextManager[None]]


def measure(lab: Lab, options: Options) -> Iterator[Figure]:
    """Yield what the spool costs a request, what an outage costs, and how fast it is made up for."""
    progress = Progress("outage", options.rounds * (len(FAULTS) + 2) + 1)
    progress.step("starting a stack of its own")
    with declaring._stack(lab.folder / "outage") as stack:
        door = Door(
            port=stack.port,
            path=declaring.PATH,
            token=declaring._token(stack),
            bodies=declaring._bodies(),
        )
        declaring._declare_steadily(stack.port, door.token, RATE)
        yield _post(stack, door, options, progress)
        for name, fault in FAULTS.items():
            rounds = []
            for turn in range(options.rounds):
                progress.step(f"round {turn + 1}: {name}")
                rounds.append(_outage(stack, door, fault, 4.0 if options.quick else 6.0))
            yield _as_figure(name, rounds)
        rounds = []
        for turn in range(options.rounds):
            count = 300 if options.quick else 3000
            progress.step(
                f"round {turn + 1}: {count} are kept, then drained beside {RATE} a second"
            )
            rounds.append(_drained(stack, door, count))
        yield Figure(
            name="outage.drain",
            unit="commands/s",
            rounds=rounds,
            targets=[Target(what="ours", value=300), *_nobody_turned_away()],
        )


def _as_figure(name: str, rounds: Sequence[Round]) -> Figure:
    return Figure(
        name=f"outage.{name}",
        unit="ms",
        rounds=rounds,
        targets=[
            Target(what="ours", value=1000, at_most=True, every_round=True),
            Target(what="thaw_worst_ms", value=1000, at_most=True, every_round=True),
            Target(what="frozen_p99_ms", value=100, at_most=True),
            *_nobody_turned_away(),
        ],
    )


def _nobody_turned_away() -> list[Target]:
    """Return what holds in every outage: everybody is acknowledged, and what was is in the log."""
    return [
        Target(what=what, value=0, at_most=True, every_round=True)
        for what in ("turned_away", "lost")
    ]


def _post(stack: Stack, door: Door, options: Options, progress: Progress) -> Figure:
    """Compare two gunicorns that differ by the spool alone, both without the front."""
    rounds: list[Round] = []
    with (
        declaring._bare_web(stack, "config.settings") as (spooled, spooled_group),
        declaring._bare_web(stack, "tests.benchmarks.unspooled_settings") as (bare, bare_group),
    ):
        ours = partial(declaring._declarer, spooled, door.path, door.token, door.bodies)
        floor = partial(declaring._declarer, bare, door.path, door.token, door.bodies)
        crews = [("", spooled_group, ours), ("floor_", bare_group, floor)]
        for turn in range(options.rounds * SLICES):
            if turn % SLICES == 0:
                progress.step(f"round {turn // SLICES + 1}: with the spool, without it")
            rates, notes = dict[str, float](), dict[str, float]()
            for name, group, crew in crews if turn % 2 == 0 else reversed(crews):
                declaring._settle(stack)
                before = declaring._used(group)
                work = work_for(options.seconds / 2, CLIENTS, crew)
                rates[name] = work.per_second
                notes |= {f"{name}p50_ms": work.p50_ms, f"{name}p99_ms": work.p99_ms}
                cpu = declaring._used(group) - before
                notes[f"{name}web_cpu_ms"] = cpu / work.calls * 1000
            rounds.append(Round(ours=rates[""], floor=rates["floor_"], notes=notes))
    return Figure(name="outage.post", unit="requests/s", rounds=rounds)


@contextmanager
def _server_frozen(stack: Stack) -> Iterator[None]:
    with standing_still(_server(stack)):
        yield


@contextmanager
def _postmaster_frozen(stack: Stack) -> Iterator[None]:
    with standing_still(_server(stack)[:1]):
        yield


@contextmanager
def _table_locked(stack: Stack) -> Iterator[None]:
    dsn = declaring._dsn(stack, "DATABASE_OWNER_URL")
    with psycopg.connect(dsn, options="-c lock_timeout=0 -c statement_timeout=0") as connection:
        connection.execute("LOCK TABLE events_event IN ACCESS EXCLUSIVE MODE")
        yield


FAULTS: Mapping[str, Fault] = {
    "frozen": _server_frozen,
    "postmaster": _postmaster_frozen,
    "locked": _table_locked,
}


def _server(stack: Stack) -> list[int]:
    """Return the database server's processes, the postmaster first: nothing is begun after it."""
    first = stack.pids()["postgres"]
    found = processes.working_in(stack.folder / "postgres")
    return [first, *(pid for pid in found if pid != first)]


def _outage(stack: Stack, door: Door, fault: Fault, seconds: float) -> Round:
    """Declare steadily through one fault of so many seconds."""
    _healthy(stack, door)
    with beside(partial(punctual.at_a_rate, door, RATE)) as end:
        time.sleep(BEFORE)
        frozen = time.monotonic()
        with fault(stack):
            time.sleep(seconds)
            thawed = time.monotonic()
        time.sleep(AFTER)
        answers: Sequence[Answer] = end()[0]
    return Round(
        ours=max(_touched(answers, frozen)) * 1000,
        notes={
            **_waits(answers, frozen, thawed),
            **_ends(answers),
            "kept_before": sum(one.status == 202 for one in answers if one.ended < frozen),
            "lost": _missing(stack, answers, time.monotonic() + PATIENCE),
            # How late the clients themselves came, which counts against us too.
            "late_worst_ms": max(one.began - one.due for one in answers) * 1000,
        },
    )


def _healthy(stack: Stack, door: Door) -> None:
    """Wait until nothing is behind and the intake uses the log: an outage begins from there."""
    declaring._settle(stack)
    Wire(door.port, door.path, door.token).recorded(door.bodies[0], str(uuid4()))


def _touched(answers: Sequence[Answer], edge: float) -> list[float]:
    """Return the seconds of those under way at an edge, or due in the two seconds after it."""
    return [one.seconds for one in answers if one.ended > edge and one.due < edge + EDGE]


def _waits(answers: Sequence[Answer], frozen: float, thawed: float) -> dict[str, float]:
    """Return how long was waited, in ms: once the outage is known, in all of it, at its end."""
    known = [one.seconds for one in answers if frozen + EDGE <= one.due < thawed]
    whole = [one.seconds for one in answers if frozen <= one.due < thawed]
    before = [one.seconds for one in answers if one.ended < frozen]
    return {
        "thaw_worst_ms": max(_touched(answers, thawed)) * 1000,
        "frozen_p99_ms": quantile(known, 0.99) * 1000,
        "frozen_p50_ms": quantile(known, 0.5) * 1000,
        "outage_p99_ms": quantile(whole, 0.99) * 1000,
        "before_p99_ms": quantile(before, 0.99) * 1000,
    }


def _ends(answers: Sequence[Answer]) -> dict[str, float]:
    return {
        "kept": sum(one.status == 202 for one in answers),
        "turned_away": sum(one.status not in TAKEN for one in answers),
    }


def _drained(stack: Stack, door: Door, count: int) -> Round:
    """Keep declarations while the server stands still; time them from its thaw into the log."""
    from events.survey import GRACE

    _healthy(stack, door)
    with ExitStack() as frozen:
        frozen.enter_context(standing_still(_server(stack)))
        began = time.monotonic()
        kept = _sent(door, count)
        keeping = time.monotonic() - began
        receipts = [one.receipt_id for one in kept if one.status == 202]
        # What is younger is left to its request: an outage is longer than that.
        time.sleep(GRACE.total_seconds())
        with beside(partial(punctual.at_a_rate, door, RATE)) as end:
            frozen.close()
            thawed = time.monotonic()
            seen = _looked_for(stack, receipts, thawed + PATIENCE)
            fresh: Sequence[Answer] = end()[0]
    first = next((at for at, found in seen if found), thawed)
    last, found = seen[-1]
    answers = [*kept, *fresh]
    return Round(
        ours=found / (last - thawed),
        notes={
            "kept": len(receipts),
            "kept_per_second": len(receipts) / keeping,
            "seconds": last - thawed,
            "begun_after_s": first - thawed,
            "beside_p99_ms": quantile([one.seconds for one in fresh], 0.99) * 1000,
            "beside_per_second": len(fresh) / (last - thawed),
            "turned_away": _ends(answers)["turned_away"],
            "lost": _missing(stack, answers, time.monotonic() + PATIENCE),
        },
    )


def _sent(door: Door, count: int) -> Sequence[Answer]:
    with beside(partial(punctual.so_many, door, CLIENTS, count)) as end:
        found: Sequence[Answer] = end()[0]
    return found


def _looked_for(stack: Stack, receipts: Sequence[str], until: float) -> list[tuple[float, int]]:
    """Return how many of the receipts the log held at each look, until it holds all of them."""
    seen: list[tuple[float, int]] = []
    missing = set(receipts)
    with contextlib.closing(_owner(stack)) as connection:
        while not seen or (missing and time.monotonic() < until):
            time.sleep(LOOK_SECONDS)
            missing -= {one for (one,) in connection.execute(HELD, [list(missing)])}
            seen.append((time.monotonic(), len(receipts) - len(missing)))
    return seen


def _missing(stack: Stack, answers: Sequence[Answer], until: float) -> int:
    """Return how many receipts that were given the log does not hold in the end."""
    receipts = [one.receipt_id for one in answers if one.receipt_id]
    return len(receipts) - _looked_for(stack, receipts, until)[-1][1]


def _owner(stack: Stack) -> psycopg.Connection:
    return psycopg.connect(declaring._dsn(stack, "DATABASE_OWNER_URL"), autocommit=True)
