"""Acknowledging from the spool, beside a bare group commit of the same bytes into SQLite.

Both as the web runs: two processes of four threads, one file and one writing thread each, WAL and
`synchronous = FULL`. The floor neither seals, signs, chains nor checks anything.
"""

import shutil
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from tests.benchmarks.crew import PATIENCE, _timed
from tests.benchmarks.figures import Figure, Round, quantile
from tests.benchmarks.lab import FORK, Lab
from tests.benchmarks.options import Options
from tests.benchmarks.progress import Progress

PROCESSES, THREADS = 2, 4
# A declaration as the form sends it, about.
BODY = 3_000
# What the spool adds to it: header, receipt, two wrapped keys, sums.
RECORD = BODY + 900
MOST_AT_ONCE = 64


def measure(lab: Lab, options: Options) -> Iterator[Figure]:
    """Yield acknowledgements a second; p50 and p99 of one, ours and the floor's."""
    progress = Progress("spool", options.rounds)
    rounds = []
    for turn in range(options.rounds):
        progress.step(f"round {turn + 1}: {PROCESSES} processes of {THREADS} threads, ours, floor")
        runs = [partial(_round, lab.folder, options.seconds, name) for name in ("ours", "floor")]
        found: dict[str, list[float]] = {}
        for run in runs if turn % 2 == 0 else reversed(runs):
            found |= run()
        rounds.append(_as_round(found, options.seconds))
    yield Figure(name="intake.spool", unit="acks/s", rounds=rounds)


def _as_round(found: dict[str, list[float]], seconds: float) -> Round:
    return Round(
        ours=len(found["ours"]) / seconds,
        floor=len(found["floor"]) / seconds,
        notes={
            f"{whose}_{name}_ms": quantile(found[whose], share) * 1000
            for whose in found
            for name, share in (("p50", 0.5), ("p99", 0.99), ("worst", 1.0))
        },
    )


def _round(folder: Path, seconds: float, whose: str) -> dict[str, list[float]]:
    """Return the seconds that each acknowledgement took, of all processes and threads."""
    place = folder / "spooling"
    place.mkdir()
    answers, start = FORK.SimpleQueue(), FORK.Barrier(PROCESSES)
    prepare = {"ours": _spool, "floor": _bare}[whose]
    crew = [
        FORK.Process(target=_labour, args=(prepare, place, seconds, start, answers), daemon=True)
        for _ in range(PROCESSES)
    ]
    try:
        for process in crew:
            process.start()
        done = [answers.get() for _ in crew]
        for process in crew:
            process.join(PATIENCE)
    finally:
        shutil.rmtree(place)
    if failed := [one for one in done if isinstance(one, str)]:
        raise RuntimeError(failed[0])
    return {whose: [call for one in done for call in one]}


def _labour(
    prepare: Callable[[Path], Callable[[], Any]],
    place: Path,
    seconds: float,
    start: Any,
    answers: Any,
) -> None:
    try:
        call = prepare(place)
        call()
        start.wait(PATIENCE)
        with ThreadPoolExecutor(THREADS) as many:
            done = [many.submit(_timed, call, seconds) for _ in range(THREADS)]
        answers.put([took for one in done for took in one.result()])
    except BaseException as failure:  # noqa: BLE001  the parent waits for an answer
        start.abort()
        answers.put(f"{type(failure).__name__}: {failure}")


def _spool(place: Path) -> Callable[[], Any]:
    from events.spool import Header, Spool

    kept, body = Spool("bench", [place / "a", place / "b"], on_any=True), b"x" * BODY
    stream = f"declaration-{UUID(int=7)}"

    def call() -> None:
        header = Header(
            command_id=uuid4(), stream=stream, schema=1, priority=2, digest=bytes(32), number=7,
            kind="pharmacovigilance.declare_adverse_event", received_at=datetime.now(UTC),
            clock_ms=3,
        )  # fmt: skip
        kept.put(header, body)

    return call


def _bare(place: Path) -> Callable[[], Any]:
    connection = sqlite3.connect(
        place / f"{uuid4()}.db", isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE entry (n INTEGER PRIMARY KEY, record BLOB NOT NULL)")
    waiting: deque[threading.Event] = deque()
    somebody, record = threading.Semaphore(0), b"x" * RECORD

    def write() -> None:
        while True:
            somebody.acquire()
            batch = [waiting.popleft() for _ in range(min(len(waiting), MOST_AT_ONCE))]
            if batch:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(
                    "INSERT INTO entry (record) VALUES (?)", [[record]] * len(batch)
                )
                connection.execute("COMMIT")
            for done in batch:
                done.set()

    threading.Thread(target=write, daemon=True).start()

    def call() -> None:
        done = threading.Event()
        waiting.append(done)
        somebody.release()
        done.wait()

    return call
