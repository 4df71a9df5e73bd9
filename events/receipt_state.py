"""Where what a receipt was given for is now, as far as anybody can tell at this moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.conf import settings

from events import outcomes, store
from events.entry import Entry
from events.intake import CANNOT_NOW, deadline
from events.line import line
from events.receipts import parse_id
from events.replicated import is_replicated
from events.spool import spool


class State(StrEnum):
    """What is told of a receipt.

    `issued_elsewhere` names a node that alone can tell; `unknown` is said only by the node that the
    receipt names, where the log was asked and each of its disks answered, and none holds such a thing.
    """

    SPOOLED = "spooled"
    RECORDED = "recorded"
    REPLICATED = "replicated"
    JOINED = "joined"
    SET_ASIDE = "set_aside"
    ISSUED_ELSEWHERE = "issued_elsewhere"
    UNKNOWN = "unknown"
    CANNOT_TELL = "cannot_tell"
    """Never signed: what is not here may be in a log, or on a disk, that does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A receipt's state; `log_asked` is False where only this node's spool could be looked at."""

    id: str
    state: State
    node: str
    log_asked: bool
    stream: str | None = None
    receipt: str | None = None
    received_at: datetime | None = None
    number: int | None = None
    kind: str | None = None
    """Of which command it is, where this node keeps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What the id of a receipt says by itself."""

    id: str
    node: str
    command_id: UUID


def state_of(receipt_id: str) -> Told:
    """Return where it is; asks the log until the deadline, then this node's spool.

    Raises ValueError: this is not the id of a receipt.
    """
    node, *_, command_id = parse_id(receipt_id)
    parsed = Parsed(id=receipt_id, node=node, command_id=command_id)
    entry = spool().find_receipt(receipt_id)
    try:
        with line().borrowed(deadline()):
            known = _in_log(parsed)
    except CANNOT_NOW:
        return _told(parsed, entry, _of_spool(parsed, entry, log_asked=False), log_asked=False)
    state, stream = known
    state = state or _of_spool(parsed, entry, log_asked=True)
    return _told(parsed, entry, state, log_asked=True, stream=stream)


def _in_log(parsed: Parsed) -> tuple[State | None, str | None]:
    """Return what the log knows of it, and the stream that took the command."""
    command, joined, aside = outcomes.commands_about(parsed.command_id, parsed.id)
    known: Mapping[UUID, store.Known] = store.known([command, joined, aside])
    stream = next(iter(known[command].versions), None) if command in known else None
    if command in known and known[command].receipt == parsed.id:
        replicated = is_replicated([parsed.command_id])
        return State.REPLICATED if replicated else State.RECORDED, stream
    if joined in known:
        return State.JOINED, stream
    if aside in known:
        return State.SET_ASIDE, None
    return None, None


def _of_spool(parsed: Parsed, entry: Entry | None, *, log_asked: bool) -> State:
    if entry is not None:
        return State.SPOOLED
    if parsed.node != settings.NODE_NAME:
        return State.ISSUED_ELSEWHERE
    # A receipt of the log alone was in no spool, and one whose segment was retired is there no more.
    return State.UNKNOWN if log_asked and spool().knows(parsed.id) else State.CANNOT_TELL


def _told(
    parsed: Parsed,
    entry: Entry | None,
    state: State,
    *,
    log_asked: bool,
    stream: str | None = None,
) -> Told:
    return Told(
        id=parsed.id,
        state=state,
        node=parsed.node,
        log_asked=log_asked,
        stream=stream,
        receipt=entry.receipt if entry else None,
        received_at=entry.header.received_at if entry else None,
        number=entry.header.number if entry else None,
        kind=entry.header.kind if entry else None,
    )
