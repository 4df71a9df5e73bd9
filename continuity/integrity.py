"""An incident in the beacon's journal of this node for what a verification finds: somebody is told."""

import getpass
import logging
from datetime import datetime

from django.conf import settings

from continuity.beacon.clock import now
from continuity.beacon.journal import Journal
from continuity.beacon.watch import Entry, Incident, IncidentKind, Kind, opened, picture
from continuity.domain.incident_events import LONGEST_TEXT
from events.quarantine import Findings

log = logging.getLogger(__name__)

# On the page for everybody; what was found is for people on call, in notes.
TITLE = "Intégrité du registre"


def tell(findings: Findings) -> None:
    """Open an incident of integrity, or add to the one that is open; each finding is told once.

    A journal that takes nothing stops no recovery.
    """
    try:
        _told(findings, Journal(settings.DATA_DIR / "beacon"))
    except OSError:
        log.exception("no incident tells of a log that does not hold")


def _told(findings: Findings, journal: Journal) -> None:
    known = list(journal.entries())
    told = {entry.data.get("finding") for entry in known if entry.kind is Kind.NOTE}
    news = {name: why for name, why in findings.items() if name not in told}
    if not news:
        return
    at, seen = now(), picture(known)
    begun = next((one for one in reversed(seen.incidents) if _goes_on(one)), None)
    made = []
    if begun is None:
        made = [_opened(at, seen.incidents)]
    number = begun.number if begun else made[0].data["incident"]
    notes = [_note(at, number, name, why) for name, why in news.items()]
    journal.add([*made, *notes])


def _goes_on(one: Incident) -> bool:
    return one.kind is IncidentKind.INTEGRITY and one.restored_at is None


def _opened(at: datetime, beside: tuple[Incident, ...]) -> Entry:
    kind = IncidentKind.INTEGRITY.value
    return opened(at, at, TITLE, beside=beside, by=getpass.getuser(), kind=kind)


def _note(at: datetime, number: str, name: str, why: str) -> Entry:
    data = {"incident": number, "by": getpass.getuser(), "text": why[:LONGEST_TEXT]}
    return Entry(kind=Kind.NOTE, at=at, data=data | {"finding": name})
