"""Reading the log in order: pages by position, beside a bare keyset over the same bytes."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import psycopg

from tests.benchmarks import peers, streams
from tests.benchmarks.append import LOG_PAGE
from tests.benchmarks.crew import beside
from tests.benchmarks.figures import Figure, Round
from tests.benchmarks.lab import Lab
from tests.benchmarks.options import Options
from tests.benchmarks.progress import Progress

PAGE = 1000
STREAMS = 12_000
QUICK_STREAMS = 4_000
FLOOR_TABLE = """
    CREATE TABLE bench_keyset AS
        SELECT numbered.position, event.recorded_at, event.stream, event.payload::text AS payload
        FROM events_position AS numbered JOIN events_event AS event ON event.id = numbered.event_id
        ORDER BY numbered.position;
    ALTER TABLE bench_keyset ADD PRIMARY KEY (position);
    GRANT SELECT ON bench_keyset TO vigilance_app
"""
FLOOR_PAGE = """
    SELECT position, recorded_at, stream, payload FROM bench_keyset
    WHERE position > %s ORDER BY position LIMIT %s
"""


def measure(lab: Lab, options: Options) -> Iterator[Figure]:
    """Yield the figure of reading the whole log page by page."""
    progress = Progress("read", 1 + options.rounds)
    rounds = []
    with lab.database("bench_read") as database:
        progress.step("a log to read, and the same bytes in one plain table")
        events = streams.grow(lab, database, QUICK_STREAMS if options.quick else STREAMS)
        with psycopg.connect(lab.admin(database), autocommit=True) as connection:
            connection.execute(FLOOR_TABLE)
            connection.execute("VACUUM ANALYZE bench_keyset")
        peer = lab.plain_database("bench_peer")
        peers.fill(peer, lab.app(database))
        for turn in range(options.rounds):
            progress.step(f"round {turn + 1}: ours, keyset, pyeventsourcing")
            dsn = lab.app(database)
            runs = {
                "ours": partial(_pages, dsn, LOG_PAGE),
                "floor": partial(_pages, dsn, FLOOR_PAGE),
                "peer": partial(peers.read_all, peer, PAGE),
            }
            names = [*runs][turn % 3 :] + [*runs][: turn % 3]
            found = {name: _rate(runs[name], events) for name in names}
            rounds.append(
                Round(ours=found["ours"], floor=found["floor"], peers={peers.NAME: found["peer"]})
            )
        lab.drop("bench_peer")
    yield Figure(name="read.log", unit="events/s", rounds=rounds)


def _rate(work: Any, events: int) -> float:
    began = time.perf_counter()
    with beside(work) as end:
        (seen,) = end()
    if seen != events:
        raise AssertionError(f"read {seen} of {events} events")
    return events / (time.perf_counter() - began)


def _pages(dsn: str, statement: str, _ending: Any) -> int:
    seen = position = 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.cursor(binary=True)
        while page := cursor.execute(statement, [position, PAGE], prepare=True).fetchall():
            seen += len(page)
            position = page[-1][0]
    return seen
