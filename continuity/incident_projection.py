"""The list of incidents, folded from their streams."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from typing_extensions import override

from continuity.beacon.watch import IncidentKind
from continuity.domain.incident_events import (
    CATEGORY,
    ActionRecorded,
    BulletinIssued,
    DegradedModeActivated,
    DegradedModeEnded,
    IncidentClosed,
    IncidentOpened,
    IncidentReopened,
    RetexGenerated,
    RetexPublished,
    ServiceRestored,
    ServiceWentDown,
)
from events.projection import Projection, Row, Seen, Table, View

ONLY = ""


class AboutView(View, frozen=True, gc=False):
    """What is read of any event of an incident: of which it is, and who saw it."""

    incident: str
    node: str = ""


class OpenedView(AboutView, frozen=True, gc=False):
    """What is read of an opening."""

    since: datetime | None = None
    kind: str = IncidentKind.AVAILABILITY.value
    title: str = ""


class DownView(AboutView, frozen=True, gc=False):
    """What is read of a service that failed."""

    service: str = ""


class BulletinView(AboutView, frozen=True, gc=False):
    """What is read of a bulletin."""

    next_update: datetime | None = None


class ActionView(AboutView, frozen=True, gc=False):
    """What is read of an action."""

    action: str = ""
    proof: str | None = None


VIEWS: Mapping[str, type[View]] = {
    IncidentOpened.TYPE: OpenedView,
    ServiceWentDown.TYPE: DownView,
    BulletinIssued.TYPE: BulletinView,
    ActionRecorded.TYPE: ActionView,
    **dict.fromkeys(
        (
            IncidentReopened.TYPE, ServiceRestored.TYPE, IncidentClosed.TYPE,
            DegradedModeActivated.TYPE, DegradedModeEnded.TYPE, RetexGenerated.TYPE,
            RetexPublished.TYPE,
        ),
        AboutView,
    ),
}  # fmt: skip
INCIDENTS = Table(
    "incident",
    (
        "number", "kind", "title", "services", "nodes", "since", "restored_at", "closed_at",
        "degraded", "bulletins", "next_update", "open_actions", "reports",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What the list shows of one incident; `actions` tells of each whether it is done."""

    number: str = ""
    kind: str = ""
    title: str = ""
    services: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    since: datetime | None = None
    restored_at: datetime | None = None
    closed_at: datetime | None = None
    degraded: bool = False
    bulletins: int = 0
    next_update: datetime | None = None
    actions: Mapping[str, bool] = field(default_factory=dict)
    reports: int = 0


class Incidents(Projection[Listed]):
    """One row for each incident."""

    name = "incidents"
    category = CATEGORY
    tables = (INCIDENTS,)
    views = VIEWS

    @override
    def initial(self) -> Listed:
        """Return nothing known."""
        return Listed()

    @override
    def evolve(self, state: Listed, seen: Seen) -> Listed:
        """Return what the list shows after one event."""
        said = seen.data
        nodes = state.nodes
        if said.node and said.node not in nodes:
            nodes = (*nodes, said.node)
        return replace(state, number=said.incident, nodes=nodes, **_changes(state, seen))

    @override
    def rows(self, stream: str, state: Listed) -> Sequence[Sequence[Row]]:
        """Return the row; none for a stream of which nothing is known."""
        if not state.number:
            return ((),)
        row = (
            ONLY, state.number, state.kind, state.title, " ".join(state.services),
            " ".join(state.nodes), state.since, state.restored_at, state.closed_at, state.degraded,
            state.bulletins, state.next_update, sum(not done for done in state.actions.values()),
            state.reports,
        )  # fmt: skip
        return ((row,),)


def _changes(state: Listed, seen: Seen) -> dict[str, Any]:
    said, at = seen.data, seen.occurred_at
    match seen.type:
        case IncidentOpened.TYPE:
            since = said.since if state.since is None else min(state.since, said.since)
            first = not state.kind
            return {"since": since} | ({"kind": said.kind, "title": said.title} if first else {})
        case IncidentReopened.TYPE:
            return {"restored_at": None, "closed_at": None}
        case ServiceRestored.TYPE:
            return {"restored_at": at}
        case IncidentClosed.TYPE:
            return {"restored_at": state.restored_at or at, "closed_at": at, "degraded": False}
        case RetexGenerated.TYPE | RetexPublished.TYPE:
            return {"reports": state.reports + 1}
        case _:
            return _smaller_changes(state, seen)


def _smaller_changes(state: Listed, seen: Seen) -> dict[str, Any]:
    said = seen.data
    match seen.type:
        case DegradedModeActivated.TYPE | DegradedModeEnded.TYPE:
            return {"degraded": seen.type == DegradedModeActivated.TYPE}
        case ServiceWentDown.TYPE:
            return {"services": tuple(dict.fromkeys((*state.services, said.service)))}
        case BulletinIssued.TYPE:
            return {"bulletins": state.bulletins + 1, "next_update": said.next_update}
        case _:
            done = bool(said.proof) or state.actions.get(said.action, False)
            return {"actions": {**state.actions, said.action: done}}


PROJECTIONS: tuple[Projection[Any], ...] = (Incidents(),)
