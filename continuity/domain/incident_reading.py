"""What the lines of a node's journal mean as events: of which incident, and which event. Pure.

A service that fails belongs to the outage that its failure opens, which the journal says in a
line of the same instant; never to an incident of another kind, which may be open beside it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

from continuity.beacon.journal import FIRST, Line
from continuity.beacon.watch import Entry, IncidentKind, Kind
from continuity.domain.incident_events import (
    ActionRecorded,
    BulletinIssued,
    CauseFound,
    CauseNature,
    DegradedModeActivated,
    DegradedModeEnded,
    IncidentClosed,
    IncidentNoted,
    IncidentOpened,
    IncidentReopened,
    JournalLineUnreadable,
    ObservationBegan,
    Observed,
    ServiceCameUp,
    ServiceRestored,
    ServiceVerified,
    ServiceWentDown,
)

UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
LINK = "/link"
Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One event to be recorded; `name` is the same whenever its line is read again."""

    name: str
    event: Observed


@dataclass(slots=True, kw_only=True)
class _Context:
    """What the lines read so far say: which incident is meant where a line names none."""

    node: str
    open: dict[str, None] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    last: str | None = None
    at: datetime = UNKNOWN_TIME
    down: dict[str, None] = field(default_factory=dict)

    @property
    def outage(self) -> str | None:
        """Return the outage that is not over: what is seen of services belongs to it."""
        return next((one for one in reversed(self.open) if one not in self.others), None)

    @property
    def current(self) -> str | None:
        """Return the incident that is not over; the outage, where there are several."""
        return self.outage or next(reversed(self.open), None)

    def about(self, entry: Entry) -> str | None:
        """Return the incident that an entry said by a person is about."""
        number = entry.data.get("incident")
        return str(number) if number else self.current or self.last

    def follow(self, entry: Entry) -> None:
        """Take an entry into account for those after it."""
        self.at = entry.at
        match entry.kind:
            case Kind.WENT_DOWN:
                self.down[str(entry.data["service"])] = None
            case Kind.CAME_UP:
                self.down.pop(str(entry.data["service"]), None)
            case Kind.STARTED:
                self.down.clear()
            case Kind.OPENED | Kind.REOPENED:
                self._begin(entry)
            case Kind.RESTORED | Kind.CLOSED:
                self.open.pop(self.about(entry) or "", None)
            case _:
                return

    def _begin(self, entry: Entry) -> None:
        number = str(entry.data["incident"])
        if entry.kind is Kind.OPENED and not _is_outage(entry.data):
            self.others.add(number)
        self.open[number] = None
        self.last = number


def items(lines: Sequence[Line], node: str) -> Iterator[Item]:
    """Yield what a journal's lines make, in their order.

    A line that cannot be read is told as such; one of a kind that this software does not know is
    left for a software that does. One whose successor does not hold its digest is told as altered
    and is no evidence, but an opening opens all the same: what follows needs its stream. The last
    line has no successor yet and is taken as it is.
    """
    readable = [line.entry for line in lines if line.entry is not None]
    seen = _Context(node=node, at=readable[0].at if readable else UNKNOWN_TIME)
    chain = [line for line in lines if line.previous is not None]
    altered = {one.number for one, after in pairwise(chain) if after.previous != one.digest}
    # What stood before the first line is gone; its successor vouches for that line itself.
    broken = altered | {one.number for one in chain[:1] if one.previous != FIRST}
    for place, line in enumerate(lines):
        is_evidence = line.number not in altered
        if line.previous is None:
            yield _unreadable(seen, line, readable=False)
        elif line.entry is not None and (is_evidence or line.entry.kind is Kind.OPENED):
            yield _one(seen, line, line.entry, lines[place + 1 :])
        if line.number in broken:
            yield _unreadable(seen, line, readable=True)


def _one(seen: _Context, line: Line, entry: Entry, after: Sequence[Line]) -> Item:
    try:
        if entry.kind in {Kind.WENT_DOWN, Kind.CAME_UP, Kind.VERIFIED, Kind.STARTED}:
            number = seen.outage or _opened_at(entry.at, after, seen.others)
        else:
            number = seen.about(entry)
        made = MEANINGS[entry.kind](entry.data, seen) | {
            "node": seen.node,
            "incident": number,
            "occurred_at": entry.at,
            "received_at": entry.at,
        }
        event: Observed = made.pop("event")(**made)
        seen.follow(entry)
    except (KeyError, TypeError, ValueError):
        return _unreadable(seen, line, readable=False)
    return Item(name=line.digest, event=event)


def _opened_at(at: datetime, after: Sequence[Line], others: Collection[str]) -> str | None:
    """Return the outage that is opened by what was seen at this instant, if any is."""
    for line in after:
        entry = line.entry
        if entry is None or entry.at != at:
            return None
        if entry.kind in {Kind.OPENED, Kind.REOPENED} and _is_outage(entry.data):
            number = str(entry.data["incident"])
            return None if number in others else number
    return None


def _is_outage(data: Data) -> bool:
    return _kind(data) is IncidentKind.AVAILABILITY


def _kind(data: Data) -> IncidentKind:
    return IncidentKind(data.get("kind", IncidentKind.AVAILABILITY))


def _unreadable(seen: _Context, line: Line, *, readable: bool) -> Item:
    event = JournalLineUnreadable(
        occurred_at=seen.at,
        received_at=seen.at,
        node=seen.node,
        incident=seen.current,
        line=line.number,
        digest=line.digest,
        readable=readable,
    )
    return Item(name=line.digest + (LINK if readable else ""), event=event)


def _opened(data: Data, seen: _Context) -> dict[str, Any]:
    return {
        "event": IncidentOpened,
        "since": _instant(data["since"]),
        "kind": _kind(data),
        "title": _text(data.get("title", "")),
        "services": tuple(seen.down) if _is_outage(data) else (),
        "by": _known(data, "by"),
    }


def _down(data: Data, _: _Context) -> dict[str, Any]:
    return {
        "event": ServiceWentDown,
        "service": _text(data["service"]),
        "since": _instant(data["since"]),
        "why": _text(data.get("why", "")),
    }


def _began(data: Data, _: _Context) -> dict[str, Any]:
    gone = data.get("unobserved_since")
    return {"event": ObservationBegan, "unobserved_since": _instant(gone) if gone else None}


def _bulletin(data: Data, _: _Context) -> dict[str, Any]:
    return {
        "event": BulletinIssued,
        "text": _text(data["text"]),
        "next_update": _instant(data["next_update"]),
        "by": _known(data, "by"),
    }


def _cause(data: Data, _: _Context) -> dict[str, Any]:
    nature = CauseNature(data.get("nature", CauseNature.TECHNICAL))
    text = _text(data["text"])
    return {"event": CauseFound, "text": text, "nature": nature, "by": _known(data, "by")}


def _action(data: Data, _: _Context) -> dict[str, Any]:
    due = data.get("due")
    told = {name: _known(data, name) for name in ("text", "owner", "proof", "by")}
    return {
        "event": ActionRecorded,
        "action": _text(data["action"]),
        "due": date.fromisoformat(due) if due else None,
        **told,
    }


def _of_service(event: type) -> "Meaning":
    return lambda data, _: {"event": event, "service": _text(data["service"])}


def _of_person(event: type) -> "Meaning":
    return lambda data, _: {"event": event, "by": _known(data, "by")}


def _in_words(event: type) -> "Meaning":
    return lambda data, _: {
        "event": event,
        "text": _text(data.get("text", "")),
        "by": _known(data, "by"),
    }


Meaning = Callable[[Data, _Context], dict[str, Any]]
MEANINGS: Mapping[Kind, Meaning] = {
    Kind.STARTED: _began,
    Kind.CAME_UP: _of_service(ServiceCameUp),
    Kind.WENT_DOWN: _down,
    Kind.VERIFIED: _of_service(ServiceVerified),
    Kind.OPENED: _opened,
    Kind.REOPENED: lambda _data, _: {"event": IncidentReopened},
    Kind.RESTORED: _of_person(ServiceRestored),
    Kind.BULLETIN: _bulletin,
    Kind.NOTE: _in_words(IncidentNoted),
    Kind.CLOSED: _of_person(IncidentClosed),
    Kind.DEGRADED: _in_words(DegradedModeActivated),
    Kind.NORMAL: _in_words(DegradedModeEnded),
    Kind.FINDING: _cause,
    Kind.ACTION: _action,
}


def _known(data: Data, name: str) -> str | None:
    value = data.get(name)
    return None if value in {None, ""} else _text(value)


def _text(value: Any) -> str:
    # The database holds no NUL, and JSON can.
    return str(value).replace("\0", "\ufffd")


def _instant(value: Any) -> datetime:
    read = datetime.fromisoformat(value)
    if read.tzinfo is None:
        raise ValueError("an instant without its offset")
    return read
