"""Recovery: from whatever state the services are in to full function, with proof.

The steps and what each waits for are a table; what does not wait for one another runs at the same
time. A step that fails stops only what builds on it: a log that does not verify stops neither the
intake nor the drain, and is named in the certificate.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from django.db import connections

Report = Callable[[str, int, int], None]
Work = Callable[[Report], "Done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a step found; `doubts` are said in the certificate as not verified."""

    ok: bool = True
    found: Mapping[str, Any] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: it begins when all in `after` have ended well, or at all where it is `undaunted`."""

    name: str
    work: Work
    after: tuple[str, ...] = ()
    undaunted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a step ended; `seconds` is None where it never began."""

    name: str
    ok: bool
    seconds: float | None
    found: Mapping[str, Any]
    doubts: tuple[str, ...]


def run(steps: Sequence[Step], report: Report) -> list[Ended]:
    """Run the steps, those that wait for nothing at once; return how each ended, in order.

    An interruption ends the whole at once, also in the middle of a call that never returns: every
    step may be run again. Reports come from several threads, one at a time.
    """
    told = _one_at_a_time(report)
    ended: dict[str, Ended] = {}
    waiting = {step.name: step for step in steps}
    over: SimpleQueue[Ended] = SimpleQueue()
    running = 0
    while waiting or running:
        for step in _ready(waiting, ended):
            del waiting[step.name]
            if _may_begin(step, ended):
                _begin(step, told, over)
                running += 1
            else:
                ended[step.name] = _never_began(step, ended)
        if running:
            one = over.get()
            ended[one.name] = one
            running -= 1
    return [ended[step.name] for step in steps]


def _begin(step: Step, told: Report, over: "SimpleQueue[Ended]") -> None:
    # A daemon: the end of the process waits for no other thread.
    threading.Thread(
        target=lambda: over.put(_ran(step, told)), name=f"recover {step.name}", daemon=True
    ).start()


def _ready(waiting: Mapping[str, Step], ended: Mapping[str, Ended]) -> list[Step]:
    return [step for step in waiting.values() if all(name in ended for name in step.after)]


def _may_begin(step: Step, ended: Mapping[str, Ended]) -> bool:
    before = [ended[name] for name in step.after]
    return all(one.ok or (step.undaunted and one.seconds is not None) for one in before)


def _never_began(step: Step, ended: Mapping[str, Ended]) -> Ended:
    failed = ", ".join(name for name in step.after if not ended[name].ok)
    return Ended(
        name=step.name,
        ok=False,
        seconds=None,
        found={"waits_for": failed},
        doubts=(f"{step.name}: not done, {failed} failed",),
    )


def _ran(step: Step, report: Report) -> Ended:
    began = time.monotonic()
    try:
        done = step.work(report)
    except (Exception, SystemExit) as failure:  # noqa: BLE001  one step must not take the others with it
        why = type(failure).__name__
        done = Done(ok=False, found={"error": why}, doubts=(f"{step.name}: {why}",))
    finally:
        connections.close_all()
    seconds = round(time.monotonic() - began, 3)
    return Ended(name=step.name, ok=done.ok, seconds=seconds, found=done.found, doubts=done.doubts)


def _one_at_a_time(report: Report) -> Report:
    lock = threading.Lock()

    def told(name: str, done: int, total: int) -> None:
        with lock:
            report(name, done, total)

    return told
