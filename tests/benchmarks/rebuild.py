"""Rebuild of the real declaration lists, as an operator asks for it, from logs of several sizes.

The floor is COPY-out alone of the same columns: two processes, each half of the table by its key,
rows parsed into Python values and thrown away. No order, no fold, nothing written.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import psycopg

from tests.benchmarks import runner_peer, streams
from tests.benchmarks.crew import beside
from tests.benchmarks.figures import Figure, Round, Target
from tests.benchmarks.lab import Lab
from tests.benchmarks.options import Options
from tests.benchmarks.profile import explained
from tests.benchmarks.progress import Progress
from tests.benchmarks.worker import PROCESSES, manage, rebuilders

EVENTS_PER_STREAM = 4.75
QUICK = (100_000,)
FULL = (100_000, 1_000_000, 3_000_000)
MEASURED = 1_000_000
PROFILED = 16
TYPES = ["text", "int4", "text", "int4", "text", "timestamptz", "timestamptz", "timestamptz"]
COPY_OUT = """
    COPY (SELECT stream, version, type, schema_version, payload::text, occurred_at, received_at, recorded_at
          FROM events_event WHERE id > {first} AND id <= {last}) TO STDOUT (FORMAT BINARY)
"""


def measure(lab: Lab, options: Options) -> Iterator[Figure]:
    """Yield the figure of the rebuild."""
    sizes = QUICK if options.quick else FULL
    measured = sizes[0] if options.quick else MEASURED
    progress = Progress("rebuild", 2 * len(sizes) - 1 + options.rounds)
    rounds: list[Round] = []
    facts: dict[str, float] = {}
    grown = 0
    with lab.database("bench_rebuild") as database:
        for size in sizes:
            wanted = round(size / EVENTS_PER_STREAM)
            progress.step(f"a log of {size:,} events")
            events = streams.grow(lab, database, wanted, grown)
            grown = wanted
            turns = options.rounds if size == measured else 1
            with rebuilders(lab, database) as worker:
                found = []
                for turn in range(turns):
                    progress.step(f"{size:,} events, round {turn + 1}")
                    found.append(_round(lab, database, events, turn))
                if size == measured:
                    rounds = found
                facts |= _facts(_short(size), found)
                facts[f"memory_mb_{_short(size)}"] = worker.peak_mb()
        figure = _figure(rounds, facts, sizes)
        yield replace(figure, why=_why()) if figure.missed() else figure


def _why() -> str:
    from events import rebuild, registry

    projection = registry.projection("declarations")
    with rebuild.export_connection(projection) as source:
        part = partial(rebuild.read_part, source, projection, PROFILED, 0)
        return explained("Reading and folding one of many parts", lambda: list(part()))


def _facts(size: str, found: Sequence[Round]) -> dict[str, float]:
    ratios = [one.ours / one.floor for one in found if one.floor]
    return {
        f"events_per_second_{size}": statistics.median(one.ours for one in found),
        f"ratio_floor_{size}": statistics.median(ratios),
    }


def _figure(rounds: list[Round], facts: dict[str, float], sizes: tuple[int, ...]) -> Figure:
    memories = [facts[f"memory_mb_{_short(size)}"] for size in sizes]
    rates = [facts[f"events_per_second_{_short(size)}"] for size in sizes]
    targets = [
        Target(what="ours", value=100_000),
        Target(what="ratio_floor", value=0.35),
        Target(what="ratio_best_peer", value=50),
        Target(what="memory_mb", value=300, at_most=True),
    ]
    if len(sizes) > 1:
        facts |= {"memory_growth": memories[-1] / memories[0], "linear": rates[-1] / rates[-2]}
        targets += [
            Target(what="memory_growth", value=1.15, at_most=True),
            Target(what="linear", value=0.8),
        ]
    return Figure(
        name="rebuild.declarations",
        unit="events/s",
        rounds=rounds,
        targets=targets,
        memory_mb=max(memories),
        facts=facts,
    )


def _short(size: int) -> str:
    return f"{size // 1_000_000}m" if size >= 1_000_000 else f"{size // 1000}k"


def _round(lab: Lab, database: str, events: int, turn: int) -> Round:
    runs: list[Callable[[], dict[str, float]]] = [
        partial(_ours, lab, database, events),
        partial(_floor, lab, database, events),
        partial(_peer, lab),
    ]
    found: dict[str, float] = {}
    for place in range(len(runs)):
        lab.settled()
        found |= runs[(place + turn) % len(runs)]()
    ours, floor, peer = found.pop("ours"), found.pop("floor"), found.pop("peer")
    return Round(ours=ours, floor=floor, peers={runner_peer.NAME: peer}, notes=found)


def _ours(lab: Lab, database: str, events: int) -> dict[str, float]:
    said = manage(lab, database, "replay", "--rebuild", "--workers", str(PROCESSES), "--json")
    (rebuilt,) = json.loads(said)["projections"]
    if rebuilt["events"] != events or not rebuilt["swapped"]:
        raise AssertionError(f"rebuilt {rebuilt['events']} of {events} events")
    return {"ours": rebuilt["events"] / rebuilt["seconds"], "rows": rebuilt["rows"]}


def _floor(lab: Lab, database: str, events: int) -> dict[str, float]:
    dsn = lab.app(database)
    return {
        "floor": _together(partial(_copy_out, dsn, events, parsed=True), events),
        "copy_out_unparsed": _together(partial(_copy_out, dsn, events, parsed=False), events),
    }


def _together(work: Callable[..., int], events: int) -> float:
    halves = [partial(work, number) for number in range(PROCESSES)]
    began = time.perf_counter()
    with beside(*halves) as end:
        counted = sum(end())
    if counted != events:
        raise AssertionError(f"copied {counted} of {events} events")
    return events / (time.perf_counter() - began)


def _copy_out(dsn: str, events: int, number: int, _ending: Any, *, parsed: bool) -> int:
    share = events // PROCESSES + 1
    statement = COPY_OUT.format(first=number * share, last=(number + 1) * share)
    with psycopg.connect(dsn) as connection, connection.cursor().copy(statement) as copy:
        if parsed:
            copy.set_types(TYPES)
            return sum(1 for _ in copy.rows())
        # One chunk for each row, and one that ends them; the header comes with the first row.
        return sum(1 for _ in copy) - 1


def _peer(lab: Lab) -> dict[str, float]:
    return {"peer": runner_peer.rate(lab)}
