"""Three times more declarations than can be taken: how many are still acknowledged in time.

The stack has one processor to itself and the clients another: neither slows the other down.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks import declaring, impatient
from tests.benchmarks.crew import beside
from tests.benchmarks.figures import Figure, Round, Target, quantile
from tests.benchmarks.impatient import PATIENCE, Visit
from tests.benchmarks.lab import Lab
from tests.benchmarks.options import Options
from tests.benchmarks.progress import Progress
from tests.stack.running import Stack

CLIENTS = 16
TIMES = 3
TAKEN = {201, 202}


def measure(lab: Lab, options: Options) -> Iterator[Figure]:
    """Yield acknowledgements a second at three times saturation, beside those at saturation."""
    progress = Progress("intake.goodput", 2 * options.rounds + 1)
    progress.step("starting a stack of its own, on one processor")
    first, *_, last = sorted(os.sched_getaffinity(0))
    rounds = []
    with declaring._stack(lab.folder / "goodput") as stack:
        target = impatient.Target(
            port=stack.port,
            path=declaring.PATH,
            token=declaring._token(stack),
            bodies=declaring._bodies(),
            core=last,
        )
        pin(stack, first)
        _run(partial(impatient.at_capacity, target, CLIENTS, 2.0))
        for turn in range(options.rounds):
            progress.step(f"round {turn + 1}: as many as can be taken")
            peak = _peak(target, 2 * options.seconds)
            declaring._settle(stack)
            progress.step(
                f"round {turn + 1}: {TIMES * peak:.0f} a second, {PATIENCE:g} s patience"
            )
            rounds.append(_overloaded(stack, target, peak, 2 * options.seconds))
            declaring._settle(stack)
    yield Figure(
        name="intake.goodput",
        unit="acknowledged/s",
        rounds=rounds,
        targets=[
            Target(what="ratio_floor", value=0.9),
            # Clients that came slower would say nothing of three times the peak.
            Target(what="offered_times_peak", value=0.95 * TIMES, every_round=True),
        ],
    )


def pin(stack: Stack, core: int) -> None:
    """Give every process of the stack, with all its threads, one processor."""
    for pid in stack.alive():
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(int(thread.name), {core})


def _peak(target: impatient.Target, seconds: float) -> float:
    """Return how many are taken a second by clients who wait, in as long a run as the overload's."""
    visits = _run(partial(impatient.at_capacity, target, CLIENTS, PATIENCE + seconds))
    return len(_taken(_last(visits, seconds))) / seconds


def _overloaded(stack: Stack, target: impatient.Target, peak: float, seconds: float) -> Round:
    """Count what is acknowledged once the first have lost their patience."""
    front = stack.pids()["front"]
    before, began = declaring._used(front), time.monotonic()
    visits = _run(partial(impatient.at_a_rate, target, TIMES * peak, PATIENCE + seconds))
    front_share = (declaring._used(front) - before) / (time.monotonic() - began)
    window = _last(visits, seconds)
    waits = [one.seconds for one in _taken(window)]
    return Round(
        ours=len(waits) / seconds,
        floor=peak,
        notes={
            "offered_times_peak": _offered(visits, seconds) / peak,
            "spooled_per_second": sum(one.status == 202 for one in window) / seconds,
            "refused_per_second": sum(one.status == 503 for one in window) / seconds,
            "left_per_second": sum(one.status == 0 for one in window) / seconds,
            "p50_ms": quantile(waits, 0.5) * 1000,
            "p99_ms": quantile(waits, 0.99) * 1000,
            "front_cpu_percent": front_share * 100,
        },
    )


def _offered(visits: Sequence[Visit], seconds: float) -> float:
    """Return how many came a second at the end: what the clients managed, not what was planned."""
    begun = [one.ended - one.seconds for one in visits]
    return sum(at > max(begun) - seconds for at in begun) / seconds


def _last(visits: Sequence[Visit], seconds: float) -> list[Visit]:
    """Return what ended in the last `seconds` in which anybody came."""
    end = max(one.ended - one.seconds for one in visits)
    return [one for one in visits if end - seconds <= one.ended <= end]


def _taken(visits: Sequence[Visit]) -> list[Visit]:
    return [one for one in visits if one.status in TAKEN]


def _run(chore: Callable[[], Sequence[Visit]]) -> Sequence[Visit]:
    """Run the clients in a process of their own, on the other processor."""

    def visiting(_: Any) -> Sequence[Visit]:
        return chore()

    with beside(visiting) as end:
        (visits,) = end()
    found: Sequence[Visit] = visits
    return found
