"""What every node's spool holds, as the log was last told; and how much of it the log holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from events.store import session

# What a command is about may lie in the spool of a node that is away; nobody waits for ever.
MAY_COME = timedelta(hours=72)


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


def report(
    node: str, *, waiting: int, opening: int, damaged: int, oldest: datetime | None
) -> None:
    """Write down what a node's spool holds now."""
    session().execute(
        "INSERT INTO events_spool (node, waiting, opening, damaged, oldest)"
        " VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (node) DO UPDATE SET reported_at = clock_timestamp(),"
        " waiting = EXCLUDED.waiting, opening = EXCLUDED.opening, damaged = EXCLUDED.damaged,"
        " oldest = EXCLUDED.oldest",
        [node, waiting, opening, damaged, oldest],
    )


def reports() -> list[SpoolReport]:
    """Return what every node's spool held when it was last gone through; ages by one clock."""
    rows = session().execute(
        "SELECT node, reported_at, clock_timestamp() - reported_at, waiting, opening, damaged, oldest"
        " FROM events_spool ORDER BY node"
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
