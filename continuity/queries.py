"""What pages may read of an incident: that it lasts, from the beacon's file; its sheets, from the log."""

from datetime import UTC, datetime

from django.conf import settings

from continuity import sheet_queries
from continuity.beacon.journal import Journal
from continuity.beacon.watch import Incident, picture
from continuity.domain.incident_events import incident_stream
from continuity.domain.retex import outage_of
from continuity.sheet_projection import PROJECTIONS
from events import reading
from events.copies import copy_of
from events.handle import history
from events.receipt_state import Told, state_of
from events.spool import spool


def current_incident() -> Incident | None:
    """Return the incident that is not over on this node: the outage, where there are several.

    None also where there is no beacon.
    """
    try:
        return picture(Journal(settings.DATA_DIR / "beacon").entries()).current
    except OSError:
        return None


def intake_works() -> bool:
    """Say whether a disk of this node keeps what is sent, whatever else is away."""
    return spool().writes()


def receipt_state(identifier: str) -> Told:
    """Return where what a receipt was given for is now. Raises ValueError: not the id of a receipt."""
    return state_of(identifier)


def kept_copy(receipt_id: str) -> dict[str, str] | None:
    """Return a sealed copy of what this node's spool holds under a receipt."""
    entry = spool().find_receipt(receipt_id)
    return copy_of(entry) if entry else None


def open_sheets(incident: str) -> int:
    """Return how many degraded-mode sheets of an incident's time wait: it is not closed over them."""
    return sheet_queries.open_sheets(*_window(incident))


def sheets_are_behind() -> bool:
    """Say whether the log holds sheets, or blocks of numbers, that the lists of them lack."""
    return any(reading.is_behind(projection) for projection in PROJECTIONS)


def _window(number: str) -> tuple[datetime, datetime | None]:
    """Return when an incident began and when service was back, as the log has it from every node.

    Where the log knows no opening of it yet, its number tells when it began.
    """
    outage = outage_of([one.event for one in history(incident_stream(number))])  # type: ignore[misc]
    if outage is None:
        return datetime.strptime(number, "INC-%Y%m%d-%H%M%S").replace(tzinfo=UTC), None
    return outage.window.since, outage.until if outage.is_over else None
