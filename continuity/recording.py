"""The journal of this node's beacon, brought into the log afterwards, each line once.

What the log lacks is found by asking it, never by a mark: a log that was restored to an earlier
point gets back what it lost. Two runners may do it at the same time.
"""

import logging
from uuid import UUID, uuid5

from django.conf import settings

from continuity.beacon.journal import lines
from continuity.domain.incident import INCIDENT, WATCH, Close, Report, refused_closing
from continuity.domain.incident_events import (
    IncidentClosed,
    Observed,
    incident_stream,
    watch_stream,
)
from continuity.domain.incident_reading import Item, items
from continuity.queries import open_sheets, sheets_are_behind
from events.errors import Refused, VersionConflict
from events.event import Actor
from events.handle import Envelope, handle, recorded_commands

log = logging.getLogger(__name__)

LINES = UUID("6e3f2c0a-6f1d-5d8e-9a51-0b6f5d2c7a03")
TRIES = 8


def record_journal() -> int:
    """Record what the log lacks of this node's journal; return how many entries it brought.

    A journal that ends in a damaged line is read as far as it can be; a closing, and what follows
    it, waits until the list of sheets holds what the log does. Raises what the log raises where it is
    away, and OSError; all may be done again.
    """
    path = settings.DATA_DIR / "beacon" / "journal.jsonl"
    if not path.exists():
        return 0
    node = settings.NODE_NAME
    found = {_command_id(node, item): item for item in items(list(lines(path)), node)}
    known = recorded_commands(list(found))
    brought = 0
    for one, item in found.items():
        if one in known:
            continue
        if isinstance(item.event, IncidentClosed) and sheets_are_behind():
            # Decided against a list that lacks sheets, a closing would hold over open ones.
            log.info("journal: a closing waits for the list of sheets")
            break
        brought += _record(item, one)
    if brought:
        log.info("journal: %s entries recorded", brought)
    return brought


def _command_id(node: str, item: Item) -> UUID:
    return uuid5(LINES, f"{node}/{item.name}")


def _record(item: Item, command_id: UUID) -> bool:
    """Record one entry; return False where another runner was quicker."""
    event = item.event
    actor = Actor(id=f"beacon-{event.node}", role="system")
    # What is decided of a closing is no part of the identity: another runner may decide otherwise.
    envelope = Envelope.of(command_id, [event.node, item.name], actor)
    for tries_left in reversed(range(TRIES)):
        try:
            return _attempt(event, envelope)
        except VersionConflict:
            if not tries_left:
                raise
    return False


def _attempt(event: Observed, envelope: Envelope) -> bool:
    if event.incident is None:
        stream = watch_stream(event.node)
        return not handle(WATCH, stream, Report(what=event), envelope).again
    stream = incident_stream(event.incident)
    if not isinstance(event, IncidentClosed):
        return not handle(INCIDENT, stream, Report(what=event), envelope).again
    closing = Close(what=event, open_sheets=open_sheets(event.incident))
    try:
        return not handle(INCIDENT, stream, closing, envelope).again
    except Refused as refusal:
        log.warning("%s: closing refused: %s", event.incident, refusal)
        report = refused_closing(closing, refusal)
        return not handle(INCIDENT, stream, report, envelope).again
