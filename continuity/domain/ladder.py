"""When people must have been told: the ladder of bulletins in an outage.

The first within 15 minutes of the first failure; then every 2 hours while the outage is younger
than 4 hours, every 3 hours up to 24 hours, every 5 hours after (FDA, ESG outage notification and
disruption policy: every 2, every 2–3, every 3–5 hours; the longest of each span is owed).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST = timedelta(minutes=15)
STEPS = (
    (timedelta(hours=4), timedelta(hours=2)),
    (timedelta(hours=24), timedelta(hours=3)),
)
THEREAFTER = timedelta(hours=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One time without service; `until` is None while it lasts."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One bulletin that was issued, and when the next was promised."""

    at: datetime
    promised: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One bulletin against the ladder; `at` is None where none came before the outage ended.

    `due` is None for what was told when nothing was owed any more; `promised` is what the bulletin
    before had promised. Lateness is zero or more.
    """

    due: datetime | None
    promised: datetime | None
    at: datetime | None
    late: timedelta
    late_on_promise: timedelta


def due_after(span: Span, told: datetime | None) -> datetime:
    """Return by when the next bulletin is owed, the last having been given at `told`."""
    if told is None:
        return span.since + FIRST
    age = told - span.since
    return told + next((step for limit, step in STEPS if age < limit), THEREAFTER)


def rungs(spans: Sequence[Span], bulletins: Iterable[Told], until: datetime) -> list[Rung]:
    """Return each bulletin against what was owed, and what was owed and never came by `until`.

    Each span without service begins the ladder anew: people who were told that all is well again
    learn within 15 minutes that it is not.
    """
    issued = sorted(bulletins, key=lambda one: one.at)
    found: list[Rung] = []
    for place, span in enumerate(spans):
        following = spans[place + 1].since if place + 1 < len(spans) else None
        mine = [t for t in issued if _belongs(t, span, following, first=place == 0)]
        found += _one_span(span, mine, until)
    return found


def _belongs(told: Told, span: Span, following: datetime | None, *, first: bool) -> bool:
    return (first or told.at >= span.since) and (following is None or told.at < following)


def _one_span(span: Span, issued: Sequence[Told], until: datetime) -> list[Rung]:
    found: list[Rung] = []
    last: Told | None = None
    end = span.until or until
    for one in issued:
        due = due_after(span, last.at if last else None)
        owed = due if one.at <= end or due <= end else None
        found.append(_rung(owed, last, one.at, one.at))
        last = one
    due = due_after(span, last.at if last else None)
    if due < end and (last is None or last.at < end):
        found.append(_rung(due, last, None, end))
    return found


def _rung(due: datetime | None, last: Told | None, at: datetime | None, seen: datetime) -> Rung:
    promised = last.promised if last else None
    return Rung(
        due=due,
        promised=promised,
        at=at,
        late=_late(seen, due),
        late_on_promise=_late(seen, promised) if due is not None else timedelta(0),
    )


def _late(at: datetime, due: datetime | None) -> timedelta:
    return max(at - due, timedelta(0)) if due else timedelta(0)
