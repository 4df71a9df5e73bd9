"""What an incident's events say in order: its spans, timeline, services, causes and actions.

`basis` tells what a machine measured from what a person stated.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from continuity.domain.incident_events import (
    ActionRecorded,
    BulletinIssued,
    CauseFound,
    IncidentClosed,
    IncidentEvent,
    IncidentNoted,
    IncidentOpened,
    IncidentReopened,
    RetexGenerated,
    RetexPublished,
    ServiceCameUp,
    ServiceRestored,
    ServiceVerified,
    ServiceWentDown,
)
from continuity.domain.ladder import Span
from events.days import PARIS

Json = dict[str, Any]

MEASURED, STATED = "measured", "stated"
REPORTS = (RetexGenerated, RetexPublished)
"""What is said of reports is no part of any: the same outage gives the same report."""
RESTART_RANK: Mapping[str, int] = {
    "database": 1,
    "recording": 1,
    "intake": 2,
    "portal": 2,
    "worker": 3,
    "mail": 4,
}
"""The planned order: what proves integrity, intake, worklists, outbox."""

TARGET_MINUTES: Mapping[str, int] = {
    "database": 60,
    "recording": 60,
    "intake": 60,
    "portal": 60,
    "worker": 240,
    "mail": 1440,
}
"""Proposed recovery times: intake 1 h, decisions 4 h, all functions 24 h."""


def instant(at: datetime) -> str:
    """Return an instant in Paris with its offset, to the second."""
    return at.astimezone(PARIS).replace(microsecond=0).isoformat()


def minutes(lasting: timedelta) -> int:
    """Return whole minutes, rounded."""
    return round(lasting / timedelta(minutes=1))


def in_order(events: Iterable[IncidentEvent]) -> list[IncidentEvent]:
    """Return events by their own time; of one instant, as the log has them."""
    return sorted(events, key=lambda one: one.occurred_at)


def spans(events: Sequence[IncidentEvent]) -> tuple[Span, ...]:
    """Return each time without service: from an opening or reopening to the end that was told."""
    found: list[Span] = []
    for event in in_order(events):
        is_open = bool(found) and found[-1].until is None
        match event:
            case IncidentOpened() if not found:
                found.append(Span(since=event.since))
            case IncidentOpened() if is_open:
                found[-1] = replace(found[-1], since=min(found[-1].since, event.since))
            case IncidentReopened() if not is_open:
                found.append(Span(since=_failed_since(events, event.occurred_at)))
            case ServiceRestored() | IncidentClosed() if is_open:
                found[-1] = replace(found[-1], until=event.occurred_at)
            case _:
                continue
    return tuple(found)


def _failed_since(events: Iterable[IncidentEvent], at: datetime) -> datetime:
    """Return the first failure of what made an incident reopen at an instant."""
    failed = [one for one in events if isinstance(one, ServiceWentDown) and one.occurred_at == at]
    return min([one.since for one in failed], default=at)


def closed_at(events: Iterable[IncidentEvent]) -> str | None:
    """Return when it was closed, None while it is open."""
    at: datetime | None = None
    for event in in_order(events):
        if isinstance(event, IncidentClosed):
            at = event.occurred_at
        elif isinstance(event, IncidentReopened):
            at = None
    return instant(at) if at else None


def bulletins(events: Iterable[IncidentEvent]) -> list[tuple[datetime, datetime]]:
    """Return when each bulletin was issued and what it promised."""
    told = [one for one in in_order(events) if isinstance(one, BulletinIssued)]
    return [(one.occurred_at, one.next_update) for one in told]


def rows(events: Iterable[IncidentEvent], *, public: bool) -> list[Json]:
    """Return the timeline; the public one has no notes, no names, and no words but bulletins."""
    return [
        _row(event, public=public)
        for event in in_order(events)
        if not isinstance(event, REPORTS) and not (public and isinstance(event, IncidentNoted))
    ]


def without_names(events: Iterable[IncidentEvent]) -> list[IncidentEvent]:
    """Return what who runs the service may read: no notes, no accounts, no owners."""
    return [_nameless(event) for event in events if not isinstance(event, IncidentNoted)]


def _nameless(event: IncidentEvent) -> IncidentEvent:
    hidden: dict[str, Any] = {name: None for name in ("by", "owner") if hasattr(event, name)}
    return replace(event, **hidden)


def _row(event: IncidentEvent, *, public: bool) -> Json:
    by = getattr(event, "by", None)
    row: Json = {
        "at": instant(event.occurred_at),
        "what": event.TYPE.partition(".")[2],
        "node": getattr(event, "node", ""),
        "basis": STATED if by or isinstance(event, ActionRecorded | CauseFound) else MEASURED,
        "service": getattr(event, "service", ""),
        "text": getattr(event, "text", "") or getattr(event, "title", ""),
    }
    if isinstance(event, ActionRecorded):
        row["text"] = f"{event.action} : {event.text or event.proof or ''}".strip()
    if public:
        # What people wrote may name somebody; a bulletin was for everybody from the first.
        return row if isinstance(event, BulletinIssued) else row | {"text": ""}
    return row | {"by": by or "", "why": getattr(event, "why", "")}


@dataclass(slots=True, kw_only=True)
class _Down:
    """One service of one node in the incident."""

    went_down: datetime
    minutes: timedelta = timedelta(0)
    since: datetime | None = None
    came_up: datetime | None = None
    verified: datetime | None = None
    relapses: int = 0


def services(
    events: Iterable[IncidentEvent], outages: Sequence[Span], until: datetime
) -> list[Json]:
    """Return a row for each service that was down: when, for how long, in which order it came back."""
    found: dict[tuple[str, str], _Down] = {}
    for event in in_order(events):
        if isinstance(event, ServiceWentDown | ServiceCameUp | ServiceVerified):
            _follow(found, event)
    for down in found.values():
        if down.since is not None:
            end = (outages[-1].until if outages else None) or until
            down.minutes += max(end - down.since, timedelta(0))
    back = sorted(
        (down.verified or down.came_up, key)
        for key, down in found.items()
        if down.verified or down.came_up
    )
    ranks = {key: place for place, (_, key) in enumerate(back, 1)}
    return [_service(key, found[key], ranks.get(key)) for key in sorted(found)]


def _follow(
    found: dict[tuple[str, str], _Down], event: ServiceWentDown | ServiceCameUp | ServiceVerified
) -> None:
    key = (event.service, event.node)
    if isinstance(event, ServiceWentDown):
        down = found.setdefault(key, _Down(went_down=event.since))
        if down.since is None and down.came_up is not None:
            # A beacon that was started again says once more what is still down: no relapse.
            down.relapses += 1
        down.since = down.since or event.since
        down.came_up = down.verified = None
        return
    down_now = found.get(key)
    if down_now is None:
        return
    if isinstance(event, ServiceVerified):
        down_now.verified = event.occurred_at
    else:
        down_now.came_up = event.occurred_at
        if down_now.since is not None:
            down_now.minutes += event.occurred_at - down_now.since
            down_now.since = None


def _service(key: tuple[str, str], down: _Down, rank: int | None) -> Json:
    name, node = key
    target = TARGET_MINUTES.get(name)
    lasted = minutes(down.minutes)
    return {
        "service": name,
        "node": node,
        "went_down": instant(down.went_down),
        "came_up": instant(down.came_up) if down.came_up else None,
        "verified": instant(down.verified) if down.verified else None,
        "minutes": lasted,
        "target_minutes": target,
        "target_met": None if target is None else lasted <= target,
        "planned_rank": RESTART_RANK.get(name),
        "real_rank": rank,
        "failed_restarts": down.relapses,
    }


def causes(events: Iterable[IncidentEvent], *, public: bool) -> list[Json]:
    """Return what people said it came from; the public form tells its nature alone."""
    return [
        {"at": instant(one.occurred_at), "nature": one.nature.value}
        | ({} if public else {"text": one.text, "by": one.by or ""})
        for one in in_order(events)
        if isinstance(one, CauseFound)
    ]


def actions(events: Iterable[IncidentEvent], *, public: bool) -> list[Json]:
    """Return each action as last said, field by field; the public form tells when and whether."""
    found: dict[str, Json] = {}
    for one in in_order(events):
        if isinstance(one, ActionRecorded):
            known = found.setdefault(one.action, dict.fromkeys(("text", "owner", "due", "proof")))
            known.update(_said(one))
    if public:
        return [
            {"action": f"A{place}", "due": told["due"], "done": told["proof"] is not None}
            for place, told in enumerate(found.values(), 1)
        ]
    return [{"action": name} | told for name, told in found.items()]


def _said(one: ActionRecorded) -> Iterator[tuple[str, str]]:
    due = one.due.isoformat() if one.due else None
    told = {"text": one.text, "owner": one.owner, "due": due, "proof": one.proof}
    yield from ((name, value) for name, value in told.items() if value)
