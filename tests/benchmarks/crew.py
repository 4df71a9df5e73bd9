"""Processes that start together, work for a while and say what they did."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.figures import quantile
from tests.benchmarks.lab import FORK, forget_connections

PATIENCE = 120.0
WARM_UP = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a crew did: calls in all (warm-up included), per second, and each call's seconds."""

    calls: int
    per_second: float
    p50_ms: float
    p99_ms: float


def work_for(seconds: float, processes: int, prepare: Callable[[], Callable[[], Any]]) -> Work:
    """Let `processes` call what `prepare` gives them, each on a connection of its own.

    The rate counts the calls that began within the window, over its length. Raises RuntimeError
    when a process fails.
    """
    forget_connections()
    start = FORK.Barrier(processes)
    answers = FORK.SimpleQueue()
    crew = [
        FORK.Process(target=_labour, args=(prepare, start, seconds, answers), daemon=True)
        for _ in range(processes)
    ]
    for process in crew:
        process.start()
    done = [answers.get() for _ in crew]
    for process in crew:
        process.join(PATIENCE)
    failed = [one for one in done if isinstance(one, str)]
    if failed:
        raise RuntimeError(failed[0])
    taken = [call for one in done for call in one]
    return Work(
        calls=len(taken) + WARM_UP * processes,
        per_second=len(taken) / seconds,
        p50_ms=quantile(taken, 0.5) * 1000,
        p99_ms=quantile(taken, 0.99) * 1000,
    )


def _labour(
    prepare: Callable[[], Callable[[], Any]], start: Any, seconds: float, answers: Any
) -> None:
    # What was inherited is nobody's garbage: without this each process would walk all of Django.
    gc.freeze()
    try:
        call = prepare()
        for _ in range(WARM_UP):
            call()
        start.wait(PATIENCE)
        answers.put(_timed(call, seconds))
    except BaseException as failure:  # noqa: BLE001  the parent waits for an answer
        start.abort()
        answers.put(f"{type(failure).__name__}: {failure}")


def _timed(call: Callable[[], Any], seconds: float) -> list[float]:
    taken = []
    now = time.perf_counter()
    deadline = now + seconds
    while now < deadline:
        began = now
        call()
        now = time.perf_counter()
        taken.append(now - began)
    return taken


@contextmanager
def beside(*chores: Callable[[Any], Any]) -> Iterator[Callable[[], Sequence[Any]]]:
    """Run chores in processes of their own; each gets an event that asks it to end.

    Yields a function that asks them to end and returns what each gave back, in order.
    """
    forget_connections()
    ending = FORK.Event()
    pipes = [FORK.Pipe(duplex=False) for _ in chores]
    crew = [
        FORK.Process(target=_do, args=(chore, ending, pipe[1]), daemon=True)
        for chore, pipe in zip(chores, pipes, strict=True)
    ]
    for process in crew:
        process.start()

    def end() -> Sequence[Any]:
        ending.set()
        found = [
            receiver.recv() if receiver.poll(PATIENCE) else "no answer" for receiver, _ in pipes
        ]
        failed = [one for one in found if isinstance(one, str)]
        if failed:
            raise RuntimeError(failed[0])
        return found

    try:
        yield end
    finally:
        ending.set()
        for process in crew:
            process.join(5)
            if process.is_alive():
                process.kill()


def _do(chore: Callable[[Any], Any], ending: Any, answer: Any) -> None:
    try:
        answer.send(chore(ending))
    except BaseException as failure:  # noqa: BLE001  the parent waits for an answer
        answer.send(f"{type(failure).__name__}: {failure}")
