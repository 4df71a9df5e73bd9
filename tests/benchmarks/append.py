"""Append: one event of about 600 bytes per commit, beside a bare INSERT and pyeventsourcing."""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

import psycopg

from tests.benchmarks import peers
from tests.benchmarks.crew import Work, beside, work_for
from tests.benchmarks.figures import Figure, Round, Target, quantile
from tests.benchmarks.lab import Lab
from tests.benchmarks.material import METADATA, NOW, SMALL_PAYLOAD
from tests.benchmarks.options import Options
from tests.benchmarks.profile import explained
from tests.benchmarks.progress import Progress

NAMES = ("append.8_writers", "append.1_writer")
TICK_SECONDS = 0.02
POLL_SECONDS = 0.01
PREPARED = 10_000
PAGE = 500
LOG_PAGE = """
    SELECT numbered.position, event.recorded_at, event.stream, event.payload::text
    FROM events_position AS numbered JOIN events_event AS event ON event.id = numbered.event_id
    WHERE numbered.position > %s ORDER BY numbered.position LIMIT %s
"""


def measure(lab: Lab, options: Options) -> Iterator[Figure]:
    """Yield the figures of 8 writers and of one."""
    progress = Progress("append", len(NAMES) * options.rounds)
    kept: dict[str, list[Round]] = {name: [] for name in NAMES}
    for turn in range(options.rounds):
        for name, writers in zip(NAMES, (8, 1), strict=True):
            progress.step(f"round {turn + 1}: {writers} writers, ours, floor, pyeventsourcing")
            kept[name].append(_round(lab, writers, options.seconds, turn))
    figure = Figure(
        name=NAMES[0],
        unit="events/s",
        rounds=kept[NAMES[0]],
        targets=[
            Target(what="ratio_floor", value=0.55),
            Target(what="ratio_best_peer", value=5),
            Target(what="missed_by_tail", value=0, at_most=True, every_round=True),
        ],
    )
    yield replace(figure, why=_why(lab)) if figure.missed() else figure
    yield Figure(name=NAMES[1], unit="events/s", rounds=kept[NAMES[1]])


def _why(lab: Lab) -> str:
    with lab.database("bench_append"):
        return explained("One append, in one process", _append(), 2000)


def _round(lab: Lab, writers: int, seconds: float, turn: int) -> Round:
    runs: list[Callable[[], dict[str, float]]] = [
        partial(_ours, lab, writers, seconds),
        partial(_floor, lab, writers, seconds),
        partial(_peer, lab, writers, seconds),
    ]
    found: dict[str, float] = {}
    # Each round begins with another one: whoever runs first finds the warmest or coldest machine.
    for place in range(len(runs)):
        found |= runs[(place + turn) % len(runs)]()
    ours, floor, peer = found.pop("ours"), found.pop("floor"), found.pop("peer")
    return Round(ours=ours, floor=floor, peers={peers.NAME: peer}, notes=found)


def _ours(lab: Lab, writers: int, seconds: float) -> dict[str, float]:
    with lab.database("bench_append") as database, beside(_sequencer, _tail) as end:
        done = work_for(seconds, writers, _append)
        ticks, seen, lags = (value for answer in end() for value in answer)
        _must_be_whole(lab, database, done, seen)
    return {
        "ours": done.per_second,
        "p50_ms": done.p50_ms,
        "p99_ms": done.p99_ms,
        "tick_p50_ms": quantile(ticks, 0.5) * 1000,
        "tick_worst_ms": max(ticks) * 1000,
        "commit_to_read_p50_ms": quantile(lags, 0.5) * 1000,
        "commit_to_read_p99_ms": quantile(lags, 0.99) * 1000,
        "missed_by_tail": done.calls - seen,
    }


def _append() -> Callable[[], Any]:
    """Return one whole append through the store, as an action makes it once it has decided.

    Identifiers are made beforehand: the floor makes none.
    """
    from events import store

    known = [_command() for _ in range(PREPARED)]

    def call() -> None:
        stream, command = known.pop() if known else _command()
        event = store.NewEvent(
            type="pharmacovigilance.adverse_event_declared",
            schema_version=1,
            payload=SMALL_PAYLOAD,
            occurred_at=NOW,
            received_at=NOW,
        )
        store.append(
            [store.StreamWrite(stream=stream, expected_version=0, events=[event])], command
        )

    return call


def _command() -> tuple[str, Any]:
    from events import store
    from events.number import BITS, identifier_from

    stream = f"declaration-{identifier_from(secrets.randbits(BITS))}"
    return stream, store.Command(id=uuid4(), digest=bytes(32), metadata=METADATA)


def _sequencer(ending: Any) -> tuple[list[float]]:
    """Give positions every 20 ms until asked to end, then once more; return each call's seconds."""
    from events import store

    taken = []
    last = False
    while not last:
        last = ending.wait(TICK_SECONDS)
        began = time.perf_counter()
        store.sequence()
        taken.append(time.perf_counter() - began)
    return (taken,)


def _tail(ending: Any) -> tuple[int, list[float]]:
    """Read the log as it grows; fails at once on a position that does not follow the last one.

    Returns how many events were seen, and for each page how long its oldest event had waited.
    """
    from events import store

    connection = store.session("projector")
    position, lags, quiet_since = 0, list[float](), 0.0
    while True:
        page = connection.execute(LOG_PAGE, [position, PAGE], prepare=True).fetchall()
        places = [row[0] for row in page]
        if places != list(range(position + 1, position + 1 + len(page))):
            raise AssertionError(f"positions after {position} are {places[:5]}…")
        if page:
            lags.append(time.time() - page[0][1].timestamp())
            position, quiet_since = places[-1], 0.0
            continue
        now = time.monotonic()
        quiet_since = quiet_since or now
        if ending.is_set() and now - quiet_since > 1:
            return position, lags
        time.sleep(POLL_SECONDS)


def _must_be_whole(lab: Lab, database: str, done: Work, seen: int) -> None:
    with psycopg.connect(lab.admin(database)) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM events_event), (SELECT count(*) FROM events_position),"
            " (SELECT max(position) FROM events_position), (SELECT count(*) FROM events_pending)"
        ).fetchone()
    if row != (done.calls, done.calls, done.calls, 0):
        raise AssertionError(f"{done.calls} appends acknowledged, {seen} seen, the log has {row}")


def _floor(lab: Lab, writers: int, seconds: float) -> dict[str, float]:
    dsn = lab.plain_database("bench_floor")
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "CREATE TABLE floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body jsonb)"
        )
    done = work_for(seconds, writers, partial(_insert, dsn))
    lab.drop("bench_floor")
    return {"floor": done.per_second, "floor_p99_ms": done.p99_ms}


def _insert(dsn: str) -> Callable[[], Any]:
    """Return a bare INSERT of the same bytes: autocommit, prepared, one table with one key."""
    connection = psycopg.connect(dsn, autocommit=True)
    cursor = connection.cursor()
    statement = "INSERT INTO floor (body) VALUES (%s::jsonb)"
    return lambda: cursor.execute(statement, [SMALL_PAYLOAD], prepare=True)


def _peer(lab: Lab, writers: int, seconds: float) -> dict[str, float]:
    dsn = lab.plain_database("bench_peer")
    peers.create_table(dsn)
    with beside(partial(peers.tail, dsn)) as end:
        done = work_for(seconds, writers, partial(peers.inserter, dsn))
        (seen,) = end()
    lab.drop("bench_peer")
    if seen != done.calls:
        raise AssertionError(f"the peer's reader saw {seen} of {done.calls}")
    return {"peer": done.per_second}
