"""What an outage cost, computed from what was received and which clocks ran: pure arithmetic."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

from continuity.domain.ladder import Span
from continuity.domain.retex_masking import WITHHELD
from events.days import PARIS, morning_of
from events.small_cells import SMALLEST

WEEKS = 8
HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)
KEPT_WAITING = timedelta(minutes=1)
"""What was recorded later than this after its receipt has waited in a spool or on paper."""


class Hour(NamedTuple):
    """One hour of the window: which one, and which part of it lies inside (0–1)."""

    start: datetime
    share: float


class Usual(NamedTuple):
    """What the same weekdays and hours of the weeks before brought: per week, latest week first."""

    per_week: tuple[float, ...]

    @property
    def mean(self) -> float | None:
        """Return the mean, None where no week is known."""
        return sum(self.per_week) / len(self.per_week) if self.per_week else None

    @property
    def has_few(self) -> bool:
        """Say whether a week brought so few that it may not be published."""
        return any(0 < week < SMALLEST for week in self.per_week)

    def told(self) -> dict[str, Any]:
        """Return the mean and its bounds, rounded."""
        return {
            "weeks": len(self.per_week),
            "mean": None if self.mean is None else round(self.mean, 1),
            "least": round(min(self.per_week), 1) if self.per_week else None,
            "most": round(max(self.per_week), 1) if self.per_week else None,
        }

    def withheld(self) -> dict[str, Any]:
        """Return what is told in public where a week brought few: no figure of any."""
        return self.told() | dict.fromkeys(("mean", "least", "most"), WITHHELD)


def hours(span: Span, until: datetime) -> Iterator[Hour]:
    """Yield the hours that a window touches."""
    end = span.until or until
    start = span.since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while start < end:
        inside = min(start + HOUR, end) - max(start, span.since)
        yield Hour(start, inside / HOUR)
        start += HOUR


def usual(
    within: Sequence[Hour], per_hour: Mapping[int, int], recorded_since: datetime | None
) -> Usual:
    """Return what each of the eight weeks before brought in the same hours by Paris clocks.

    The weeks before the window: what the outage itself brought in its first week is not usual in
    its second. A week that began before anything was recorded says nothing and is left out.
    """
    if not within or recorded_since is None:
        return Usual(())
    begun, weeks = min(hour.start for hour in within), []
    for week in range(1, WEEKS + 1):
        before = [
            (_weeks_before(hour.start, week + _weeks_into(begun, hour.start)), hour.share)
            for hour in within
        ]
        if min(start for start, _ in before) >= recorded_since - HOUR:
            weeks.append(sum(per_hour.get(_number(start), 0) * share for start, share in before))
    return Usual(tuple(weeks))


def _weeks_into(begun: datetime, start: datetime) -> int:
    """Return how many whole weeks of a window have passed, by the clock on the wall."""
    first, now = (one.astimezone(PARIS).replace(tzinfo=None) for one in (begun, start))
    return (now - first) // WEEK


def _weeks_before(start: datetime, weeks: int) -> datetime:
    # On the wall clock: the same hour of the same weekday, whatever the season.
    wall = start.astimezone(PARIS).replace(tzinfo=None) - timedelta(weeks=weeks)
    return wall.replace(tzinfo=PARIS).astimezone(UTC)


def _number(start: datetime) -> int:
    return int(start.timestamp()) // 3600


def waits(received_and_recorded: Sequence[tuple[datetime, datetime]]) -> dict[str, Any]:
    """Return how many waited before they were recorded, and for how long (minutes)."""
    waited = sorted(
        (recorded - received) / timedelta(minutes=1)
        for received, recorded in received_and_recorded
        if recorded - received > KEPT_WAITING
    )
    return {
        "count": len(waited),
        "median_minutes": round(median(waited)) if waited else None,
        "longest_minutes": round(waited[-1]) if waited else None,
    }


class Overlap(NamedTuple):
    """How much of one clock the outage took: hours of both, and the share (0–1)."""

    clock_hours: float
    lost_hours: float

    @property
    def share(self) -> float:
        """Return the part of the clock that overlaps the outage."""
        return self.lost_hours / self.clock_hours if self.clock_hours else 0.0


def overlap(day_zero: date, due: date, spans: Sequence[Span], until: datetime) -> Overlap:
    """Return what the outage took of a clock that runs from day 0 to the end of its last day."""
    return overlap_of(morning_of(day_zero), morning_of(due + timedelta(days=1)), spans, until)


def overlap_of(
    begins: datetime, ends: datetime, spans: Sequence[Span], until: datetime
) -> Overlap:
    """Return what the outage took of the time between two instants."""
    lost = sum(
        max(min(span.until or until, ends) - max(span.since, begins), timedelta(0)) / HOUR
        for span in spans
    )
    # In UTC: the difference of two wall clocks of one zone forgets a change of season.
    return Overlap((ends.astimezone(UTC) - begins.astimezone(UTC)) / HOUR, lost)


def late_by(due: date, at: datetime | None) -> timedelta:
    """Return by how much an instant lies after the end of a day in Paris, zero where it does not."""
    end = morning_of(due + timedelta(days=1))
    return max(at - end, timedelta(0)) if at else timedelta(0)
