"""One recovery of a whole site: a large log, its lists, and a spool full of what came meanwhile."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random
from typing import Any
from uuid import UUID, uuid4

from tests.benchmarks import streams
from tests.benchmarks.crew import beside
from tests.benchmarks.figures import Figure, Round
from tests.benchmarks.lab import Lab
from tests.benchmarks.options import Options
from tests.benchmarks.progress import Progress
from tests.benchmarks.rebuild import EVENTS_PER_STREAM
from tests.benchmarks.worker import PROCESSES, manage, rebuilders

FULL, QUICK = (1_000_000, 50_000), (20_000, 1_000)
THREADS = 4
# So many are kept by processes that end then, as those of a web do: several segments, never one.
AT_ONCE = 10_000
KEEP_SECONDS = 30.0


def measure(lab: Lab, options: Options) -> Iterator[Figure]:
    """Yield the seconds of one recovery: it is long, and is done once."""
    size, count = QUICK if options.quick else FULL
    progress = Progress("recover", 4)
    _no_spool(lab)
    try:
        with lab.database("bench_recover") as database:
            progress.step(f"a log of {size:,} events")
            events = streams.grow(lab, database, round(size / EVENTS_PER_STREAM))
            progress.step("its lists")
            with rebuilders(lab, database):
                manage(lab, database, "replay", "--rebuild", "--workers", str(PROCESSES), "--json")
            progress.step(f"{count:,} declarations kept in the spool")
            per_second = _fill(count)
            lab.settled()
            progress.step("recover")
            told = json.loads(manage(lab, database, "recover", "--json"))
    finally:
        _no_spool(lab)
    _must_be_whole(told, count)
    facts = {f"{step['name']}_s": float(step["seconds"]) for step in told["steps"]}
    drain = facts["drain_s"]
    yield Figure(
        name="recover.total",
        unit="s",
        rounds=[Round(ours=told["seconds"])],
        facts={
            **facts,
            "events": events,
            "spooled": count,
            "drained_per_second": count / drain if drain else 0.0,
            "kept_per_second": per_second,
        },
    )


def _must_be_whole(told: dict[str, Any], count: int) -> None:
    """Refuse a figure of a recovery that did not do everything, or did not prove it."""
    if not (told["ok"] and told["verified"] and told["drained"] == count):
        steps = [one for one in told["steps"] if not one["ok"]]
        raise AssertionError(f"{told['drained']} of {count} drained; failed: {steps}")


def _no_spool(lab: Lab) -> None:
    for name in ("spool", "spool2"):
        shutil.rmtree(lab.folder / name, ignore_errors=True)


def _fill(count: int) -> float:
    """Receive so many declarations as in an outage; return how many a second."""
    began = time.monotonic()
    for first in range(0, count, AT_ONCE):
        batch = min(AT_ONCE, count - first)
        shares = [batch // PROCESSES] * (PROCESSES - 1)
        shares.append(batch - sum(shares))
        with beside(*(partial(_receive, share) for share in shares)) as end:
            if (kept := sum(end())) != batch:
                raise AssertionError(f"{kept} of {batch} kept")
    return count / (time.monotonic() - began)


def _receive(count: int, _ending: Any) -> int:
    """Receive declarations through the action that every page calls, with the log left out."""
    from accounts.claims import Person
    from events import intake
    from pharmacovigilance import actions
    from pharmacovigilance.domain.vocabulary import Channel

    # In this process alone, which ends with its share.
    intake.receive = _kept
    person = Person(public_id=UUID(int=7), role="doctor", scopes=frozenset({"full"}))

    def declare(number: int) -> str:
        done = actions.declare_adverse_event(
            person,
            streams._report(Random(f"{os.getpid()}/{number}")),
            idempotency_key=str(uuid4()),
            channel=Channel.API,
        )
        return done.receipt_id

    with ThreadPoolExecutor(THREADS) as many:
        return len(set(many.map(declare, range(count))))


def _kept(submission: Any) -> Any:
    from events import intake
    from events.spool import spool

    header = intake._header(submission)
    entry = spool().put(header, submission.body(), deadline=KEEP_SECONDS)
    return intake.Received(
        status=intake.SPOOLED,
        level=intake.SPOOLED_ONCE,
        receipt=entry.receipt,
        receipt_id=entry.receipt_id,
        received_at=entry.header.received_at,
        handled=None,
        again=False,
    )
