"""Long reads over the whole log, for reports: what was received when, and when it was recorded."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from events import store
from events.event import StoredEvent
from events.projection import Projection
from events.receipts import decode
from events.touched import WEEKS, Times, Window

PAGE = 500
"""How many streams are read at a time."""


def received(types: Sequence[str], window: Window) -> list[StoredEvent]:
    """Return the events of these types received in the window, the earliest first."""
    return store.received_between(types, window.since, window.until)


def issuer_of(stored: StoredEvent) -> str | None:
    """Return the node that gave the receipt under which an event was recorded."""
    receipt = stored.metadata.get("receipt")
    try:
        return decode(receipt).node if receipt else None
    except ValueError:
        return None


def usual(types: Sequence[str], window: Window) -> dict[int, int]:
    """Return how many events of these types each hour brought in the weeks before."""
    # An hour more: the clocks may have been changed in between.
    first = window.since - timedelta(weeks=WEEKS, hours=2)
    return store.received_per_hour(types, first, window.since)


def first_received(types: Sequence[str]) -> datetime | None:
    """Return when the first event of these types was received."""
    return store.first_received(types)


def counted(window: Window) -> dict[str, int]:
    """Return how many events of each type were received in the window, whatever they tell of."""
    rows = store.reports().execute(
        "SELECT type, count(*) FROM events_event"
        " WHERE received_at >= %s AND received_at < %s GROUP BY type ORDER BY type",
        [window.since, window.until],
    )
    return dict(rows.fetchall())


def told(streams: Collection[str], types: Sequence[str]) -> list[StoredEvent]:
    """Return the events of these types in these streams, each stream in its own order."""
    rows = store.reports().execute(
        f"SELECT {store.EVENT_COLUMNS} FROM events_event WHERE stream = ANY(%s) AND type = ANY(%s)"  # noqa: S608
        " ORDER BY stream, version",
        [list(streams), list(types)],
    )
    return [store.stored(row) for row in rows]


def told_by_stream(
    streams: Sequence[str], types: Sequence[str]
) -> Iterator[tuple[str, Iterator[StoredEvent]]]:
    """Yield each stream that has events of these types, with them in order; a few hundred are read at a time."""
    for start in range(0, len(streams), PAGE):
        yield from groupby(told(streams[start : start + PAGE], types), attrgetter("stream"))


def times(streams: Sequence[str]) -> dict[str, list[Times]]:
    """Return what happened when in each of these streams, in order."""
    return store.times(streams)


def is_behind(projection: Projection[Any]) -> bool:
    """Say whether the log holds an event of a projection's category that its rows lack."""
    return store.has_unread(projection.category, projection.name)
