"""What a page may read of incidents, for the agency and whoever runs the service."""

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts import access
from accounts.access import Someone
from continuity.domain.incident_events import Form
from continuity.incident_models import IncidentRow

SHOWN = 200


def incidents(user: Someone) -> Sequence[IncidentRow]:
    """Return the incidents, the latest first. Raises PermissionDenied."""
    _allowed(user)
    return list(IncidentRow.objects.order_by("-since", "stream")[:SHOWN])


def incident(user: Someone, number: str) -> IncidentRow:
    """Return one incident. Raises PermissionDenied, Http404."""
    _allowed(user)
    found = IncidentRow.objects.filter(number=number).first()
    if found is None:
        raise Http404
    return found


def form_for(user: Someone) -> Form:
    """Return the form of the report that somebody may read: who may see no declaration, the public."""
    return Form.INTERNAL if access.may_read_full_report(user) else Form.PUBLIC


def _allowed(user: Someone) -> None:
    if not access.may_see_incidents(user):
        raise PermissionDenied
