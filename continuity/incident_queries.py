"""What a page may read of incidents, for the agency and whoever runs the service."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts import access
from accounts.access import Someone
from continuity.beacon.watch import IncidentKind
from continuity.domain.incident_events import Form
from continuity.incident_models import IncidentRow
from events.texts import is_readable

SHOWN = 200
LOOKED_BACK = 50
"""Outages that are remembered where a dose or a call is counted from the end of one."""


def incidents(user: Someone) -> Sequence[IncidentRow]:
    """Return the incidents, the latest first. Raises PermissionDenied."""
    _allowed(user)
    return list(IncidentRow.objects.order_by("-since", "stream")[:SHOWN])


def incident(user: Someone, number: str) -> IncidentRow:
    """Return one incident. Raises PermissionDenied, Http404."""
    _allowed(user)
    # PostgreSQL takes no text with a NUL, which no number has.
    found = IncidentRow.objects.filter(number=number).first() if is_readable(number) else None
    if found is None:
        raise Http404
    return found


def form_for(user: Someone) -> Form:
    """Return the form of the report that somebody may read: who may see no declaration, the public."""
    return Form.INTERNAL if access.may_read_full_report(user) else Form.PUBLIC


def outages(now: datetime) -> Sequence[tuple[datetime, datetime]]:
    """Return from when to when the service was away, the latest first; until `now` where it still is.

    Without mail, whoever works at a file goes on; and what was lost may be no service at all.
    """
    known = IncidentRow.objects.filter(since__lte=now, kind=IncidentKind.AVAILABILITY.value)
    latest = known.exclude(services="mail").order_by("-since", "stream")
    return [
        (since, back or now)
        for since, back in latest.values_list("since", "restored_at")[:LOOKED_BACK]
        if since is not None
    ]


def _allowed(user: Someone) -> None:
    if not access.may_see_incidents(user):
        raise PermissionDenied
