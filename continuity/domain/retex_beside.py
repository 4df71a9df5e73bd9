"""What stands beside one incident: another that began with it, and what was published of it before."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from continuity.domain.incident_events import (
    IncidentEvent,
    IncidentOpened,
    IncidentReopened,
    RetexPublished,
)

TOGETHER = timedelta(minutes=30)
"""Two nodes that each opened an incident within so long of each other saw, it may be, one outage."""


def concurrent(
    events: Iterable[IncidentEvent], others: Mapping[str, Iterable[IncidentEvent]]
) -> list[str]:
    """Return the numbers of the incidents that another node opened within half an hour of this one."""
    own = _openings(events)
    return sorted(
        number
        for number, told in others.items()
        if any(
            one.node != other.node and abs(one.since - other.since) <= TOGETHER
            for one in own
            for other in _openings(told)
        )
    )


def _openings(events: Iterable[IncidentEvent]) -> list[IncidentOpened]:
    return [one for one in events if isinstance(one, IncidentOpened)]


def reopened_since_published(events: Sequence[IncidentEvent]) -> datetime | None:
    """Return when it was last reopened, as far as the log learned so after the public report.

    In the order of the log: what it did not know yet stands in no report.
    """
    published = [place for place, one in enumerate(events) if isinstance(one, RetexPublished)]
    if not published:
        return None
    later = [one for one in events[published[0] :] if isinstance(one, IncidentReopened)]
    return max([one.occurred_at for one in later], default=None)
