"""What was observed, as entries of a journal, and the picture that they make. Pure: no clock.

An outage opens at the third failure of a service in a row and ends when everything has answered
for five minutes; a failure within half an hour after that belongs to the same one. Incidents of
another kind are opened and ended by people, beside it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

FAILURES = 3
STARTING = timedelta(minutes=1)
VERIFIED = timedelta(minutes=5)
JOINS = timedelta(minutes=30)
FIRST_BULLETIN = timedelta(minutes=15)
# Three looks, each with its rest: who has not looked for longer knows nothing of now.
SILENT = timedelta(seconds=45)


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
    VERIFIED = "service_verified"
    DEGRADED = "degraded_mode_activated"
    NORMAL = "degraded_mode_ended"
    FINDING = "finding"
    ACTION = "action"


class IncidentKind(StrEnum):
    """What was lost: each kind has its own duties, so that one incident is of one kind."""

    AVAILABILITY = "availability"
    INTEGRITY = "integrity"
    CONFIDENTIALITY = "confidentiality"


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
    """One service as it was last observed; `verified` once it has answered for long enough."""

    name: str
    state: State
    since: datetime
    why: str = ""
    verified: bool = False


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
    reopened_at: datetime | None = None
    kind: IncidentKind = IncidentKind.AVAILABILITY
    title: str = ""
    services: tuple[str, ...] = ()
    restored_at: datetime | None = None
    closed_at: datetime | None = None
    bulletins: tuple[Bulletin, ...] = ()
    degraded: bool = False
    actions: tuple[str, ...] = ()

    @property
    def is_outage(self) -> bool:
        """Say whether services are missing: what the beacon sees is of no other kind."""
        return self.kind is IncidentKind.AVAILABILITY

    @property
    def next_update(self) -> datetime:
        """Return when people are told more; the first time is due a quarter of an hour after.

        What was promised before it began again counts no more: people think that all is well.
        """
        began = self.reopened_at or self.opened_at
        last = self.bulletins[-1] if self.bulletins else None
        if last is None or (self.reopened_at is not None and last.at < self.reopened_at):
            return began + FIRST_BULLETIN
        return last.next_update


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything that the journal says; incidents and gaps are in the order in which they began."""

    services: Mapping[str, Service] = field(default_factory=dict)
    incidents: tuple[Incident, ...] = ()
    gaps: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def open(self) -> list[Incident]:
        """Return the incidents that are not over: the outage first, then the latest first."""
        going = [one for one in reversed(self.incidents) if one.restored_at is None]
        return sorted(going, key=lambda one: not one.is_outage)

    @property
    def current(self) -> Incident | None:
        """Return the incident that is not over; the outage, where there are several."""
        return next(iter(self.open), None)

    @property
    def outage(self) -> Incident | None:
        """Return the outage that is not over, whatever else is open beside it."""
        return self.current if self.current and self.current.is_outage else None

    @property
    def last_outage(self) -> Incident | None:
        """Return the outage that began last, over or not."""
        return next((one for one in reversed(self.incidents) if one.is_outage), None)

    @property
    def down(self) -> list[Service]:
        """Return the services that do not work."""
        return [one for one in self.services.values() if one.state is State.DOWN]


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
        case Kind.VERIFIED:
            return _verified(before, entry.data["service"])
        case Kind.NOTE | Kind.FINDING:
            return before
        case _:
            return _told(before, entry)


def _incident(before: Picture, data: Mapping[str, Any]) -> Incident:
    begun = Incident(
        number=data["incident"],
        opened_at=_when(data["since"]),
        kind=IncidentKind(data.get("kind", IncidentKind.AVAILABILITY)),
        title=data["title"],
    )
    return replace(begun, services=_missing(before, begun))


def _missing(before: Picture, about: Incident) -> tuple[str, ...]:
    """Return the services that an incident is about, with those that are down now."""
    names = (*about.services, *(one.name for one in before.down if about.is_outage))
    return tuple(dict.fromkeys(names))


def _told(before: Picture, entry: Entry) -> Picture:
    """Return the picture after an entry about an incident: the one it names, else the last."""
    number = entry.data.get("incident")
    about = next((one for one in before.incidents if one.number == number), None)
    if about is None and before.incidents:
        about = before.incidents[-1]
    if about is None:
        return before
    if entry.kind is Kind.REOPENED:
        return _changed(before, about, **_begun_again(before, about, entry.at))
    return _changed(before, about, **_changes(about, entry))


def _begun_again(before: Picture, about: Incident, at: datetime) -> dict[str, Any]:
    """Return what a new failure changes: it may be of a service that had not failed before."""
    return {
        "reopened_at": min((one.since for one in before.down), default=at),
        "services": _missing(before, about),
        "restored_at": None,
        "closed_at": None,
    }


def _changes(about: Incident, entry: Entry) -> dict[str, Any]:
    """Return what an entry changes of its incident."""
    match entry.kind:
        case Kind.RESTORED:
            return {"restored_at": entry.at}
        case Kind.CLOSED:
            return {"restored_at": about.restored_at or entry.at, "closed_at": entry.at}
        case Kind.DEGRADED | Kind.NORMAL:
            return {"degraded": entry.kind is Kind.DEGRADED}
        case Kind.ACTION:
            return {"actions": tuple(dict.fromkeys((*about.actions, entry.data["action"])))}
        case _:
            due, text = _when(entry.data["next_update"]), entry.data["text"]
            told = Bulletin(at=entry.at, text=text, next_update=due, by=entry.data["by"])
            return {"bulletins": (*about.bulletins, told)}


def _started(before: Picture, entry: Entry) -> Picture:
    # What this beacon tries no more would stay unobserved for ever, and every incident open with it.
    tried = entry.data.get("services", before.services)
    services = {
        name: replace(one, state=State.NOT_OBSERVED, since=entry.at, why="", verified=False)
        for name, one in before.services.items()
        if name in tried
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
    if down and after.outage is not None:
        return _changed(after, after.outage, services=_missing(after, after.outage))
    return after


def _verified(before: Picture, name: str) -> Picture:
    known = before.services.get(name)
    if known is None:
        return before
    return replace(before, services={**before.services, name: replace(known, verified=True)})


def _changed(before: Picture, about: Incident, **changes: Any) -> Picture:
    after = replace(about, **changes)
    return replace(
        before, incidents=tuple(after if one is about else one for one in before.incidents)
    )


def _when(text: str) -> datetime:
    return datetime.fromisoformat(text)


class Watch:
    """Turns tries into entries; remembers when it last looked and the failures in a row.

    What has not answered since the beacon began may still be starting: it has a minute. After a
    silence (the machine slept, a disk stood still) it begins anew: nothing is known of that time.
    """

    def __init__(
        self,
        *,
        verified: timedelta = VERIFIED,
        starting: timedelta = STARTING,
        silent: timedelta = SILENT,
    ) -> None:
        self._verified = verified
        self._starting = starting
        self.silent = silent
        self._looked: datetime | None = None
        self._failing: dict[str, tuple[int, datetime]] = {}

    def observe(self, seen: Picture, tries: Mapping[str, Probe], at: datetime) -> list[Entry]:
        """Return what one round of tries adds to the journal."""
        found = self._gap(at)
        for gap in found:
            seen = evolve(seen, gap)
        for name, probe in tries.items():
            known = seen.services.get(name)
            entry = self._one(name, probe, at, known.state if known else State.NOT_OBSERVED)
            if entry is not None:
                found.append(entry)
                seen = evolve(seen, entry)
        return [*found, *self._newly_verified(seen, at), *self._incident(seen, at)]

    def _gap(self, at: datetime) -> list[Entry]:
        before, self._looked = self._looked, at
        if before is None or at - before <= self.silent:
            return []
        self._failing.clear()
        return [Entry(kind=Kind.STARTED, at=at, data={"unobserved_since": before.isoformat()})]

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

    def _newly_verified(self, seen: Picture, at: datetime) -> list[Entry]:
        """Return an entry for each service of the outage that has answered for long enough."""
        concerned = seen.outage.services if seen.outage else ()
        return [
            Entry(kind=Kind.VERIFIED, at=at, data={"service": one.name})
            for one in seen.services.values()
            if one.name in concerned and not one.verified and self._holds(one, at)
        ]

    def _incident(self, seen: Picture, at: datetime) -> list[Entry]:
        outage, last = seen.outage, seen.last_outage
        if seen.down and outage is None:
            since = min(one.since for one in seen.down)
            if last and last.restored_at and since - last.restored_at <= JOINS:
                return [Entry(kind=Kind.REOPENED, at=at, data={"incident": last.number})]
            return [opened(at, since, beside=seen.incidents)]
        # Only people can tell that data are whole, or secret, again, and when what they opened
        # while everything answered is over.
        if outage is not None and outage.services and self._all_verified(seen, at):
            return [Entry(kind=Kind.RESTORED, at=at, data={"incident": outage.number})]
        return []

    def _all_verified(self, seen: Picture, at: datetime) -> bool:
        """Say whether every service has answered for long enough and none fails now."""
        return not self._failing and all(self._holds(one, at) for one in seen.services.values())

    def _holds(self, one: Service, at: datetime) -> bool:
        lasting = one.state is State.UP and at - one.since >= self._verified
        return lasting and one.name not in self._failing


def opened(
    at: datetime,
    since: datetime,
    title: str = "",
    *,
    beside: Collection[Incident] = (),
    **more: str,
) -> Entry:
    """Return the entry that opens an incident; its number tells when it began.

    `beside`: those that are known, none of whose numbers it takes. `more`: its kind, and by whom
    where a person opened it.
    """
    taken, named = {one.number for one in beside}, since
    # A leak that is found and a service that fails in one second are two incidents.
    while (number := f"INC-{named:%Y%m%d-%H%M%S}") in taken:
        named += timedelta(seconds=1)
    data = {"incident": number, "since": since.isoformat(), "title": title, **more}
    return Entry(kind=Kind.OPENED, at=at, data=data)
