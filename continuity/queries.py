"""What pages may read of incidents; from the beacon's file, so that no service is needed."""

from django.conf import settings

from continuity.beacon.journal import Journal
from continuity.beacon.watch import Incident, picture


def current_incident() -> Incident | None:
    """Return the incident that is not over on this node, None also where there is no beacon."""
    try:
        return picture(Journal(settings.DATA_DIR / "beacon").entries()).current
    except OSError:
        return None
