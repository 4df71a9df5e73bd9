"""What every node's spool holds, as the log was last told; and how much of it the log holds."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from events.spool import LATELY_SECONDS
from events.store import session

# What a command is about may lie in the spool of a node that is away; nobody waits for ever.
MAY_COME = timedelta(hours=72)
# A drain reports every few seconds; `Spool.took_lately` looks that far back.
REPORT_IS_OLD = timedelta(seconds=LATELY_SECONDS)
MOST_NAMED = 1_000
"""Streams that a report names; of more than that it says so, and any may be among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolReport:
    """What one node's spool held when it was last gone through.

    `waiting` is how many commands the log lacked, `opening` how many of them begin a stream: only
    those may be what another command is about.
    """

    node: str
    reported_at: datetime
    age: timedelta
    waiting: int
    opening: int
    damaged: int
    oldest: datetime | None
    streams: tuple[str, ...] | None = None

    def may_hold(self, stream: str) -> bool:
        """Say whether this spool may still bring something for a stream."""
        unheard = self.age > REPORT_IS_OLD
        return unheard or self.damaged > 0 or self.streams is None or stream in self.streams


def report(
    node: str,
    *,
    waiting: int,
    opening: int,
    damaged: int,
    oldest: datetime | None,
    streams: Collection[str] = (),
) -> None:
    """Write down what a node's spool holds now, and for which streams."""
    named = sorted(set(streams)) if len(streams) <= MOST_NAMED else None
    session().execute(
        "INSERT INTO events_spool (node, waiting, opening, damaged, oldest, streams)"
        " VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (node) DO UPDATE SET reported_at = clock_timestamp(),"
        " waiting = EXCLUDED.waiting, opening = EXCLUDED.opening, damaged = EXCLUDED.damaged,"
        " oldest = EXCLUDED.oldest, streams = EXCLUDED.streams",
        [node, waiting, opening, damaged, oldest, named],
    )


def holders(stream: str) -> tuple[str, ...]:
    """Return the nodes whose spools may still bring something for a stream: nothing is decided on it.

    A node that was not heard of lately may hold anything, until it is given up (MAY_COME).
    """
    return tuple(one.node for one in lately() if one.may_hold(stream))


def reports() -> list[SpoolReport]:
    """Return what every node's spool held when it was last gone through; ages by one clock."""
    rows = session().execute(
        "SELECT node, reported_at, clock_timestamp() - reported_at, waiting, opening, damaged, oldest,"
        " streams FROM events_spool ORDER BY node"
    )
    names = SpoolReport.__slots__
    return [SpoolReport(**dict(zip(names, row, strict=True))) for row in rows]


def lately() -> list[SpoolReport]:
    """Return the reports of nodes that may still bring something: a name is given up for ever."""
    return [one for one in reports() if one.age < MAY_COME]


def accounted_for() -> dict[tuple[str, int], int]:
    """Return how many receipts of each (node, segment) the log accounts for, in one pass over it."""
    rows = session().execute(
        "SELECT split_part(receipt, '-', 1), split_part(receipt, '-', 2)::bigint,"
        " count(DISTINCT receipt) FROM events_command WHERE receipt IS NOT NULL GROUP BY 1, 2"
    )
    return {(node, segment): count for node, segment, count in rows}
