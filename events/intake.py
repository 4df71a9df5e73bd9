"""How a command is received, whether or not the log can be reached.

One path for every one: it is sealed and written to this node's spool, then offered to the log until
the deadline. What the log has taken is `recorded`; what it could not be offered is `spooled`, and the
drain brings it there. A receipt promises "received, at this instant", never "accepted".
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.conf import settings
from django.utils import timezone

from events import clock, peers, receipts, spool_reports
from events.entry import Entry, Header
from events.errors import (
    CommandReused,
    EventError,
    LogAway,
    LogHalted,
    NotAllowed,
    Refused,
    SpoolFull,
    StreamParked,
    SubjectErased,
    UnknownEventType,
    UnknownTarget,
    UnreadableEvent,
    VersionConflict,
)
from events.handle import Handled
from events.keys import keyring
from events.line import line
from events.notes import HELD
from events.receipts import Receipt
from events.spool import spool
from events.spool_reports import REPORT_IS_OLD
from events.submission import Submission, opening

RECORDED, SPOOLED = "recorded", "spooled"
SPOOLED_ONCE, SPOOLED_TWICE = "spooled1", "spooled2"
REFUSED, ANSWERED_BEFORE = "refused", "answered_before"
NO_SEGMENT = 0
# A disk that hangs costs a sender so much, once; the other directory is asked next.
SPOOL_SECONDS = 0.4
# A receipt is due within a second. What is asked once the command is kept (was it here before? does
# another node keep it too?) ends in time for that: it costs a second receipt, or a copy not told of.
ANSWER_SECONDS, LEAST_SECONDS = 0.7, 0.05
# Where no disk took it the log is all that is left: a late receipt is worth more than a refusal.
LAST_SECONDS = 3.0
# Of an act of the agency, which nothing else keeps: nobody's thread hangs on a frozen server.
RECORD_SECONDS = 5.0
# A later look may find the log there, the stream released, or software that can read it.
CANNOT_NOW = (
    LogAway,
    LogHalted,
    StreamParked,
    UnknownEventType,
    UnreadableEvent,
    # The intake is there before the schema of its release is.
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.UndefinedTable,
)
REFUSALS = (Refused, CommandReused, SubjectErased, NotAllowed, UnknownTarget)

_arrived: ContextVar[float | None] = ContextVar("arrived", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What the sender is told; `handled` where the log has taken it, `again` where it was known.

    `level`: `recorded`, or `spooled2` where another node's disk keeps it too, else `spooled1`.
    """

    status: str
    level: str
    receipt: str
    receipt_id: str
    received_at: datetime
    handled: Handled[Any] | None
    again: bool


@contextmanager
def arriving(at: float) -> Iterator[None]:
    """Count the deadline of whatever is received inside from `at` (time.monotonic())."""
    token = _arrived.set(at)
    try:
        yield
    finally:
        _arrived.reset(token)


def arrived_at() -> datetime:
    """Return the instant at which the request was whole, whatever it waited for since.

    Day 0 counts from there: who came before midnight has come before midnight.
    """
    now = time.monotonic()
    waited = timedelta(seconds=now - (_arrived.get() or now))
    return timezone.now() - waited  # noqa: TID251  an edge of the house: the instant of receipt


def deadline() -> float:
    """Return until when the log may be waited for (time.monotonic())."""
    return (_arrived.get() or time.monotonic()) + settings.INTAKE_DEADLINE


def _left() -> float:
    """Return how long the answer may still take, in seconds."""
    now = time.monotonic()
    return max((_arrived.get() or now) + ANSWER_SECONDS - now, 0.0)


def _patience() -> float:
    """Return how long a directory is waited for once the command is kept, in seconds."""
    return min(SPOOL_SECONDS, max(_left() - peers.SECONDS, LEAST_SECONDS))


def receive(submission: Submission) -> Received:
    """Take a command in, for good.

    Raises Refused, CommandReused, SubjectErased, NotAllowed, UnknownTarget, and VersionConflict where
    the sender named a version: nothing is kept then. Raises SpoolFull where neither a spool nor the
    log takes it.
    """
    until = deadline()
    entry = _kept(submission)
    if not entry.sealed:
        # The disks may have taken all the time there was: the log is what is left.
        until = max(until, time.monotonic() + LAST_SECONDS)
    try:
        with line().borrowed(until):
            handled = submission.under(entry.receipt, entry.receipt_id).offer()
    except CANNOT_NOW:
        return _waiting(entry)
    except REFUSALS as refusal:
        if _may_come(refusal, submission.stream, until):
            return _waiting(entry)
        _settle(entry, REFUSED)
        raise
    except VersionConflict:
        if submission.envelope.expected_version is None:
            return _waiting(entry)
        _settle(entry, REFUSED)
        raise
    return _recorded(entry, handled)


def _may_come(refusal: EventError, stream: str, until: float) -> bool:
    """Say whether what a command is about may be received already, and not be in the log yet.

    A sender whose declaration waits for the drain must not be told that it does not exist; and where
    that waits, so does what is there and not for her to see: else she could tell it from none.
    """
    hidden = isinstance(refusal, NotAllowed) and not refusal.details.get("visible")
    if not hidden and not isinstance(refusal, UnknownTarget):
        return False
    try:
        with line().borrowed(until):
            reports = spool_reports.lately()
    except LogAway:
        return True
    if any(one.opening or one.damaged or one.age > REPORT_IS_OLD for one in reports):
        return True
    # What was kept since a node's last report is not in it.
    return not hidden and spool().took_lately(stream, opening(), deadline=_patience())


def _settle(entry: Entry, outcome: str) -> bool:
    return spool().settle(entry.receipt_id, outcome, deadline=_patience())


def record(submission: Submission) -> Received:
    """Give an act of the agency to the log, and to nothing else: a decision waits for the log.

    Raises what `receive` raises, but for SpoolFull; LogAway where the log is away.
    """
    entry = _unkept(_header(submission))
    with line().borrowed(time.monotonic() + RECORD_SECONDS):
        return _recorded(entry, submission.under(entry.receipt, entry.receipt_id).offer())


def _kept(submission: Submission) -> Entry:
    """Write it to the spool; where no disk writes, a receipt alone stands for the log's own."""
    header = _header(submission)
    try:
        return spool().put(header, submission.body(), deadline=SPOOL_SECONDS)
    except SpoolFull:
        return _unkept(header)


def _unkept(header: Header) -> Entry:
    """Return a receipt for what only the log will hold: of no segment, and chained to nothing."""
    receipt = Receipt(
        node=settings.NODE_NAME,
        segment=NO_SEGMENT,
        seq=0,
        previous=receipts.NONE_BEFORE,
        command_id=header.command_id,
        digest=header.digest,
        received_at=header.received_at,
        clock_ms=header.clock_ms,
        number=header.number,
    )
    ring = keyring()
    return Entry(
        header=header,
        header_bytes=b"",
        sealed=b"",
        receipt=receipts.encode(receipt, ring.log_key_id, ring.log.sign),
        receipt_id=receipt.id,
    )


def _header(submission: Submission) -> Header:
    return Header(
        command_id=submission.envelope.command_id,
        stream=submission.stream,
        kind=submission.kind.name,
        schema=submission.kind.schema,
        priority=submission.priority,
        digest=submission.envelope.digest,
        received_at=submission.stamped_at,
        clock_ms=clock.quality(),
        number=submission.number,
    )


def _recorded(entry: Entry, handled: Handled[Any]) -> Received:
    receipt, receipt_id = handled.receipt or entry.receipt, entry.receipt_id
    if receipt != entry.receipt:
        known = receipts.decode(receipt)
        receipt_id = known.id
        if entry.sealed and known.received_at <= entry.header.received_at:
            # Known already, under a receipt that its sender holds: ours is given to nobody. An
            # earlier one stays, for the drain to join: day 0 is the earliest.
            _settle(entry, ANSWERED_BEFORE)
    return Received(
        status=RECORDED,
        level=RECORDED,
        receipt=receipt,
        receipt_id=receipt_id,
        received_at=entry.header.received_at,
        handled=handled,
        again=handled.again,
    )


def _waiting(entry: Entry) -> Received:
    """Answer what waits in the spool; the same command sent before gets the same receipt."""
    if not entry.sealed:
        raise SpoolFull
    first = next(iter(spool().find(entry.header.command_id, deadline=_patience())), entry)
    if first.header.digest != entry.header.digest:
        _settle(entry, REFUSED)
        raise CommandReused
    if first.receipt_id != entry.receipt_id:
        # Its own request may be under way still, and be told something else: ours holds it now.
        if _settle(first, HELD):
            _settle(entry, ANSWERED_BEFORE)
        else:
            first = entry
    return Received(
        status=SPOOLED,
        level=SPOOLED_TWICE if peers.second_copy(first, _left()) else SPOOLED_ONCE,
        receipt=first.receipt,
        receipt_id=first.receipt_id,
        received_at=first.header.received_at,
        handled=None,
        again=first.receipt_id != entry.receipt_id,
    )
