"""How much waits to be caught up, and by when that may be done. Pure: no clock."""

from datetime import datetime, timedelta


class Backlog:
    """How much waits to be caught up, and when that may be done: a range, or nothing.

    Only while it shrinks: an estimate from a backlog that grows would be a lie.
    """

    def __init__(self, keep: int = 60) -> None:
        self._keep = keep
        self._points: list[tuple[datetime, int]] = []

    def note(self, at: datetime, waiting: int) -> None:
        """Remember how many commands and events waited at an instant."""
        self._points = [*self._points[1 - self._keep :], (at, waiting)]

    def forget(self) -> None:
        """Start anew: what was measured before an outage says nothing about now."""
        self._points = []

    def estimate(self) -> tuple[datetime, datetime] | None:
        """Return between which two instants it may be done."""
        if len(self._points) < 3 or self._points[-1][1] == 0:
            return None
        (now, waiting), (before, more), (first, most) = (
            self._points[-1], self._points[-3], self._points[0],
        )  # fmt: skip
        rates = [
            (earlier - waiting) / (now - at).total_seconds()
            for at, earlier in ((before, more), (first, most))
            if now > at
        ]
        if not rates or min(rates) <= 0:
            return None
        soonest, latest = (timedelta(seconds=waiting / rate) for rate in (max(rates), min(rates)))
        return now + soonest, now + latest
