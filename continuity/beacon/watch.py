"""What was observed, as entries of a journal, and the picture that they make. Pure: no clock.

An incident opens at the third failure of a service in a row and ends when everything has answered
for five minutes; a failure within half an hour after that belongs to the same incident.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

FAILURES = 3
STARTING = timedelta(minutes=1)
VERIFIED = timedelta(minutes=5)
JOINS = timedelta(minutes=30)
FIRST_BULLETIN = timedelta(minutes=15)


class State(StrEnum):
    """What is known of a service; `not_observed` is never shown as working."""

    UP = "up"
    DOWN = "down"
    NOT_OBSERVED = "not_observed"


class Kind(StrEnum):
    """What an entry of the journal says."""

    STARTED = "started"
    CAME_UP = "came_up"
    WENT_DOWN = "went_down"
    OPENED = "incident_opened"
    REOPENED = "incident_reopened"
    RESTORED = "service_restored"
    BULLETIN = "bulletin"
    NOTE = "note"
    CLOSED = "incident_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the journal."""

    kind: Kind
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


class Probe(NamedTuple):
    """What one try of a service gave; `why` is a few words for people on call."""

    ok: bool
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service as it was last observed."""

    name: str
    state: State
    since: datetime
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """What was told to everybody, and when more will be."""

    at: datetime
    text: str
    next_update: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A time in which something did not work."""

    number: str
    opened_at: datetime
    title: str = ""
    services: tuple[str, ...] = ()
    restored_at: datetime | None = None
    closed_at: datetime | None = None
    bulletins: tuple[Bulletin, ...] = ()

    @property
    def next_update(self) -> datetime:
        """Return when people are told more; the first time is due a quarter of an hour after."""
        if self.bulletins:
            return self.bulletins[-1].next_update
        return self.opened_at + FIRST_BULLETIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything that the journal says; incidents and gaps are in the order in which they began."""

    services: Mapping[str, Service] = field(default_factory=dict)
    incidents: tuple[Incident, ...] = ()
    gaps: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def current(self) -> Incident | None:
        """Return the incident that is not over."""
        last = self.incidents[-1] if self.incidents else None
        return last if last and last.restored_at is None else None


def picture(entries: Iterable[Entry]) -> Picture:
    """Return what a journal says."""
    made = Picture()
    for entry in entries:
        made = evolve(made, entry)
    return made


def evolve(before: Picture, entry: Entry) -> Picture:
    """Return the picture after one more entry."""
    match entry.kind:
        case Kind.STARTED:
            return _started(before, entry)
        case Kind.CAME_UP | Kind.WENT_DOWN:
            return _seen(before, entry)
        case Kind.OPENED:
            return replace(before, incidents=(*before.incidents, _incident(before, entry.data)))
        case Kind.NOTE:
            return before
        case _:
            return _changed(before, **_changes(before, entry))


def _incident(before: Picture, data: Mapping[str, Any]) -> Incident:
    down = [one.name for one in before.services.values() if one.state is State.DOWN]
    return Incident(
        number=data["incident"],
        opened_at=_when(data["since"]),
        title=data["title"],
        services=tuple(down),
    )


def _changes(before: Picture, entry: Entry) -> dict[str, Any]:
    """Return what an entry changes of the last incident."""
    if entry.kind is Kind.REOPENED:
        return {"restored_at": None, "closed_at": None}
    if entry.kind is Kind.RESTORED:
        return {"restored_at": entry.at}
    if entry.kind is Kind.CLOSED:
        last = before.incidents[-1]
        return {"restored_at": last.restored_at or entry.at, "closed_at": entry.at}
    due = _when(entry.data["next_update"])
    told = Bulletin(at=entry.at, text=entry.data["text"], next_update=due, by=entry.data["by"])
    return {"bulletins": (*before.incidents[-1].bulletins, told)}


def _started(before: Picture, entry: Entry) -> Picture:
    services = {
        name: replace(one, state=State.NOT_OBSERVED, since=entry.at, why="")
        for name, one in before.services.items()
    }
    gone = entry.data.get("unobserved_since")
    gaps = (*before.gaps, (_when(gone), entry.at)) if gone else before.gaps
    return replace(before, services=services, gaps=gaps)


def _seen(before: Picture, entry: Entry) -> Picture:
    name = entry.data["service"]
    down = entry.kind is Kind.WENT_DOWN
    seen = Service(
        name=name,
        state=State.DOWN if down else State.UP,
        since=_when(entry.data["since"]) if down else entry.at,
        why=entry.data.get("why", ""),
    )
    after = replace(before, services={**before.services, name: seen})
    if down and after.current is not None and name not in after.current.services:
        return _changed(after, services=(*after.current.services, name))
    return after


def _changed(before: Picture, **changes: Any) -> Picture:
    *earlier, last = before.incidents
    return replace(before, incidents=(*earlier, replace(last, **changes)))


def _when(text: str) -> datetime:
    return datetime.fromisoformat(text)


class Watch:
    """Turns tries into entries; remembers only how many failures in a row there were.

    What has not answered since the beacon began may still be starting: it has a minute.
    """

    def __init__(self, *, verified: timedelta = VERIFIED, starting: timedelta = STARTING) -> None:
        self._verified = verified
        self._starting = starting
        self._failing: dict[str, tuple[int, datetime]] = {}

    def observe(self, seen: Picture, tries: Mapping[str, Probe], at: datetime) -> list[Entry]:
        """Return what one round of tries adds to the journal."""
        found: list[Entry] = []
        for name, probe in tries.items():
            known = seen.services.get(name)
            entry = self._one(name, probe, at, known.state if known else State.NOT_OBSERVED)
            if entry is not None:
                found.append(entry)
                seen = evolve(seen, entry)
        return [*found, *self._incident(seen, at)]

    def _one(self, name: str, probe: Probe, at: datetime, state: State) -> Entry | None:
        if probe.ok:
            self._failing.pop(name, None)
            if state is State.UP:
                return None
            return Entry(kind=Kind.CAME_UP, at=at, data={"service": name})
        count, since = self._failing.get(name, (0, at))
        self._failing[name] = (count + 1, since)
        if count + 1 < FAILURES or state is State.DOWN:
            return None
        if state is State.NOT_OBSERVED and at - since < self._starting:
            return None
        data = {"service": name, "since": since.isoformat(), "why": probe.why}
        return Entry(kind=Kind.WENT_DOWN, at=at, data=data)

    def _incident(self, seen: Picture, at: datetime) -> list[Entry]:
        down = [one for one in seen.services.values() if one.state is State.DOWN]
        if down and seen.current is None:
            last = seen.incidents[-1] if seen.incidents else None
            since = min(one.since for one in down)
            if last and last.restored_at and since - last.restored_at <= JOINS:
                return [Entry(kind=Kind.REOPENED, at=at, data={"incident": last.number})]
            return [opened(at, since)]
        if seen.current is not None and self._all_verified(seen, at):
            return [Entry(kind=Kind.RESTORED, at=at, data={"incident": seen.current.number})]
        return []

    def _all_verified(self, seen: Picture, at: datetime) -> bool:
        """Say whether every service has answered for long enough and none fails now."""
        services = seen.services.values()
        return not self._failing and all(
            one.state is State.UP and at - one.since >= self._verified for one in services
        )


def opened(at: datetime, since: datetime, title: str = "") -> Entry:
    """Return the entry that opens an incident; its number tells when it began."""
    number = f"INC-{since:%Y%m%d-%H%M%S}"
    data = {"incident": number, "since": since.isoformat(), "title": title}
    return Entry(kind=Kind.OPENED, at=at, data=data)


class Backlog:
    """How much waits to be caught up, and when that may be done: a range, or nothing.

    Only while it shrinks: an estimate from a backlog that grows would be a lie.
    """

    def __init__(self, keep: int = 60) -> None:
        self._keep = keep
        self._points: list[tuple[datetime, int]] = []

    def note(self, at: datetime, waiting: int) -> None:
        """Remember how many events waited at an instant."""
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
