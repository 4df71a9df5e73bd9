"""The report of an incident, gathered from the log: the same events give the same bytes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid5

from django.utils import timezone

from continuity import retex_desk
from continuity.domain.incident import INCIDENT, KeepReport, Publish, refuse_unless_closed
from continuity.domain.incident_events import (
    INCIDENTS,
    Form,
    IncidentEvent,
    ObservationBegan,
    incident_stream,
    watch_stream,
)
from continuity.domain.retex import Material, content, outage_of
from continuity.domain.retex_beside import concurrent, reopened_since_published
from continuity.domain.retex_sheets import Desk
from continuity.domain.retex_timeline import REPORTS, without_names
from continuity.incident_models import IncidentRow
from events import reading, registry, runner, touched
from events.event import Actor
from events.handle import Envelope, handle, history
from events.touched import Window

NEAR = timedelta(days=1)
"""Where incidents are looked for that may have begun together; `concurrent` tells which did."""


def report(number: str, form: Form) -> dict[str, Any]:
    """Return the report of an incident: its content, the hash of it, and its version.

    The version is that of the last report that was kept with these data, else the next one. The
    public one is what was published, or what would be.
    Raises ValueError: the log knows no such incident; Refused: a public one, before the closing.
    """
    events = _events(number)
    if form is Form.PUBLIC:
        return _published(events) or _public(number, events)
    told = content(_material(number, events, whole=True), form)
    digest = _digest(told)
    known = INCIDENT.fold(events).version_of(form, digest)
    return {"version": known, "data_sha256": digest, **told}


def published(number: str) -> dict[str, Any] | None:
    """Return the public report of an incident as it was published, None where it was not yet."""
    return _published(_events(number))


def reopened_since(number: str) -> datetime | None:
    """Return when an incident was reopened of which the public report was published before."""
    return reopened_since_published(_events(number))


def about(number: str, *, names: bool) -> dict[str, Any]:
    """Return what the streams of an incident and of its nodes say of it, and which began beside it.

    Unless `names`, without notes and accounts. Raises ValueError: the log knows no such incident.
    """
    events = _events(number)
    told = events if names else without_names(events)
    made = content(_material(number, told, whole=False), Form.INTERNAL)
    return {"version": 0, "data_sha256": _digest(made), **made}


def keep(made: Mapping[str, Any], *, by: str, now: datetime | None = None) -> bool:
    """Remember in the log that a report was made; return whether its data were new.

    A public one is published by it, once. Raises Refused: not closed, or already_published otherwise.
    """
    number, form, digest = made["incident"], Form(made["form"]), made["data_sha256"]
    incident = INCIDENT.fold(_events(number))
    kept = incident.reports.get(form, ())
    at = now or timezone.now()
    command: KeepReport | Publish
    if form is Form.PUBLIC:
        if incident.published is not None and incident.published.digest == digest:
            return False
        told = {name: made[name] for name in made if name not in {"version", "data_sha256"}}
        text = json.dumps(told, ensure_ascii=False, sort_keys=True)
        command = Publish(incident=number, digest=digest, content=text, at=at, by=by)
        name = f"{number}/published/{digest}"
    else:
        if kept and kept[-1] == digest:
            return False
        command = KeepReport(incident=number, form=form, digest=digest, at=at, by=by)
        name = f"{number}/{form.value}/{len(kept) + 1}/{digest}"
    actor = Actor(id="retex", role="system")
    envelope = Envelope.of(uuid5(INCIDENTS, name), [name], actor)
    return not handle(INCIDENT, incident_stream(number), command, envelope).again


def _published(events: Sequence[IncidentEvent]) -> dict[str, Any] | None:
    found = INCIDENT.fold(events).published
    if found is None:
        return None
    return {"version": 1, "data_sha256": found.digest, **json.loads(found.content)}


def _public(number: str, events: Sequence[IncidentEvent]) -> dict[str, Any]:
    material = _material(number, events, whole=True)
    refuse_unless_closed(INCIDENT.fold(events))
    told = content(material, Form.PUBLIC)
    return {"version": 1, "data_sha256": _digest(told), **told}


def _digest(told: Mapping[str, Any]) -> str:
    return hashlib.sha256(as_bytes(told)).hexdigest()


def as_bytes(made: Mapping[str, Any]) -> bytes:
    """Return a report as JSON, byte for byte the same for the same report."""
    return json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def catch_up() -> None:
    """Bring every list up to the log: what the report counts is then what the log holds."""
    for projection in registry.projections():
        runner.catch_up(projection)


def _events(number: str) -> list[IncidentEvent]:
    return [one.event for one in history(incident_stream(number))]  # type: ignore[misc]


def _material(number: str, events: Sequence[IncidentEvent], *, whole: bool) -> Material:
    told = [one for one in events if not isinstance(one, REPORTS)]
    outage = outage_of(told)
    if outage is None:
        raise ValueError(f"{number}: the log knows no opening of this incident")
    nodes = sorted({one.node for one in told})
    return Material(
        number=number,
        events=told,
        gaps=_gaps(told, nodes, outage.window),
        touched=touched.touched(outage.window) if whole else {},
        desk=retex_desk.desk(outage) if whole else Desk(),
        counted=_counted(outage.window) if whole else None,
        reopened_since=reopened_since_published(events),
        concurrent=concurrent(told, _others(number, outage.window)),
    )


def _counted(window: Window) -> dict[str, int]:
    reports = {one.TYPE for one in REPORTS}
    return {name: n for name, n in reading.counted(window).items() if name not in reports}


def _gaps(
    events: Sequence[Any], nodes: Sequence[str], window: Window
) -> list[tuple[str, datetime | None, datetime]]:
    """Return when the beacons of these nodes did not look, as far as it touches the window."""
    outside = [one.event for node in nodes for one in history(watch_stream(node))]
    began = [one for one in (*events, *outside) if isinstance(one, ObservationBegan)]
    return [
        (one.node, one.unobserved_since, one.occurred_at)
        for one in began
        if one.occurred_at >= window.since
        and (one.unobserved_since is None or one.unobserved_since <= window.until)
    ]


def _others(number: str, window: Window) -> Mapping[str, Sequence[IncidentEvent]]:
    """Return the events of the other incidents that began within a day of this one."""
    near = (window.since - NEAR, window.since + NEAR)
    rows = IncidentRow.objects.filter(since__range=near).exclude(number=number)
    return {row.number: _events(row.number) for row in rows.order_by("number")}
