"""What becomes of one kept command when it reaches the log: recorded, joined or set aside."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID, uuid5

import psycopg
from django.utils import timezone

from events import spool_reports, store
from events.entry import Entry
from events.errors import (
    CommandReused,
    EventError,
    LogAway,
    LogHalted,
    NotAllowed,
    Refused,
    StreamParked,
    SubjectErased,
    UnknownCommand,
    UnknownEventType,
    UnknownTarget,
    UnreadableCommand,
    UnreadableEvent,
    VersionConflict,
)
from events.event import Actor
from events.handle import Envelope, handle
from events.keys import keyring
from events.receipts import parse_id
from events.sealing import unseal
from events.segments import QUIET_SECONDS
from events.submission import Joined, Submission, kind_of, read_back

log = logging.getLogger(__name__)

JOINED = UUID("0c7a4f52-1d0b-5b0e-9f6e-2f1f5b1c8a01")
SET_ASIDE = UUID("0c7a4f52-1d0b-5b0e-9f6e-2f1f5b1c8a02")
DRAIN = Actor(id="drain", role="system")
# A defect may be mended by the next try, or by a release: a person is asked after the third.
TRIES = 3
# A file that was hurt is known for hurt once it has been quiet for a while: what was received together
# with this, and may lie there, is counted by then.
SETTLING = timedelta(seconds=QUIET_SECONDS + 5)
# What fails for every command alike; a page that cannot be read fails for one stream.
_NOT_ITS_FAULT = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,
    LogAway,
    LogHalted,
)


# Software that is there before the schema of its release.
_NOT_YET = (
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.UndefinedTable,
)


class Outcome(StrEnum):
    """What became of it.

    `left` waits for a later round; `failed` does too, and for no good reason; `awaits_target` until
    what it is about has come, maybe from another node.
    """

    RECORDED = "recorded"
    JOINED = "joined"
    SET_ASIDE = "set_aside"
    LEFT = "left"
    FAILED = "failed"
    AWAITS_TARGET = "awaits_target"


class Reason(StrEnum):
    """Why a command is put before a person."""

    REFUSED = "refused"
    NOT_ALLOWED = "not_allowed"
    UNKNOWN_TARGET = "unknown_target"
    CONFLICTING_CONTENT = "conflicting_content"
    UNREADABLE = "unreadable"
    NUMBER_TAKEN = "number_taken"
    POISON = "poison"


_REASONS: tuple[tuple[type[EventError], Reason], ...] = (
    (NotAllowed, Reason.NOT_ALLOWED),
    (UnknownTarget, Reason.UNKNOWN_TARGET),
    # What is to begin has begun with something else.
    (VersionConflict, Reason.NUMBER_TAKEN),
    (EventError, Reason.REFUSED),
)


class Asider(Protocol):
    """Puts a command before a person, as an event under `command_id`: twice is once."""

    def __call__(
        self,
        entry: Entry,
        reason: str,
        *,
        command_id: UUID,
        codes: Sequence[str],
        actor: Actor | None,
    ) -> None: ...


_asider: Asider | None = None


def set_aside_with(asider: Asider) -> None:
    """Say who puts commands before a person; done once, when Django starts."""
    global _asider  # noqa: PLW0603
    _asider = asider


def commands_of(entry: Entry) -> tuple[UUID, UUID, UUID]:
    """Return the commands by which the log may know a row: its own, the join, the setting aside."""
    return commands_about(entry.header.command_id, entry.receipt_id)


def commands_about(command_id: UUID, receipt_id: str) -> tuple[UUID, UUID, UUID]:
    """Return the same of a command and one of the receipts that were given for it."""
    return command_id, uuid5(JOINED, receipt_id), uuid5(SET_ASIDE, receipt_id)


def offer(entry: Entry, *, tried: int) -> Outcome:
    """Give one kept command to the log; `tried` says how often that failed for no good reason.

    Raises psycopg's errors where the log is away.
    """
    try:
        submission = _opened(entry)
    except (UnreadableEvent, UnreadableCommand, UnknownCommand) as error:
        log.error("a kept command can't be read: %s", error.code)  # noqa: TRY400
        return _failed(entry, None, Reason.UNREADABLE, tried)
    if submission is None:
        return Outcome.LEFT
    actor = submission.envelope.actor
    return _guarded(entry, actor, tried, lambda: _offered(entry, submission))


def join(entry: Entry, *, tried: int) -> Outcome:
    """Put this receipt beside the one under which the log holds the same command."""
    return _guarded(entry, None, tried, lambda: _joined(entry))


def conflict(entry: Entry, *, tried: int) -> Outcome:
    """Put before a person what bears the identifier of a command with another content."""
    return _guarded(entry, None, tried, lambda: _conflicting(entry))


def _guarded(
    entry: Entry, actor: Actor | None, tried: int, work: Callable[[], Outcome]
) -> Outcome:
    """Do one thing with one command: what is wrong with it stops none of the others."""
    try:
        return work()
    except (StreamParked, UnknownEventType, UnreadableEvent, UnknownCommand, *_NOT_YET):
        return Outcome.LEFT
    except _NOT_ITS_FAULT:
        raise
    except Exception as failure:  # noqa: BLE001  a defect in one command must not stop the others
        log.error("a kept command failed: %s", type(failure).__name__)  # noqa: TRY400
        return _failed(entry, actor, Reason.POISON, tried)


def _offered(entry: Entry, submission: Submission) -> Outcome:
    try:
        handled = submission.offer()
    except CommandReused:
        return _conflicting(entry)
    except (Refused, SubjectErased, NotAllowed, UnknownTarget, VersionConflict) as refusal:
        return _refused(entry, submission, refusal)
    return Outcome.RECORDED if handled.receipt == entry.receipt else _joined(entry)


def _refused(entry: Entry, submission: Submission, refusal: EventError) -> Outcome:
    """Put before a person what the log will never take; leave what it may take later."""
    # What writes to several streams has read its own: a conflict is another's haste.
    alone = submission.kind.opens and submission.kind.together is None
    if isinstance(refusal, VersionConflict) and not alone:
        return Outcome.LEFT
    # Both wait as long: else their sender could tell a declaration that exists from none.
    if isinstance(refusal, NotAllowed | UnknownTarget) and _target_may_come(entry):
        return Outcome.AWAITS_TARGET
    reason = next(why for kind, why in _REASONS if isinstance(refusal, kind))
    refused = refusal.problems if isinstance(refusal, Refused) else ()
    codes = [problem.code for problem in refused] or [refusal.code]
    return _aside(entry, reason, submission.envelope.actor, codes)


def _joined(entry: Entry) -> Outcome:
    command_id, join_id, _ = commands_of(entry)
    versions = store.known([command_id])[command_id].versions
    # Its own stream, where it wrote to several.
    stream = entry.header.stream if entry.header.stream in versions else next(iter(versions))
    kind = kind_of(entry.header.kind)
    command = kind.join(
        Joined(
            stream=stream,
            of_version=versions[stream],
            receipt_id=entry.receipt_id,
            node=_issuer(entry),
            received_at=entry.header.received_at,
        )
    )
    about = entry.receipt_id
    handle(kind.decider, stream, command, Envelope.of(join_id, about, DRAIN, receipt_id=about))
    return Outcome.JOINED


def _conflicting(entry: Entry) -> Outcome:
    try:
        submission = _opened(entry)
    except (UnreadableEvent, UnreadableCommand, UnknownCommand):
        submission = None
    actor = submission.envelope.actor if submission else None
    return _aside(entry, Reason.CONFLICTING_CONTENT, actor)


def _opened(entry: Entry) -> Submission | None:
    """Return what was sealed, None on a machine that has no key to it.

    Raises UnreadableEvent, UnreadableCommand, UnknownCommand.
    """
    private = keyring().spool_private
    if private is None:
        return None
    body = unseal(entry.header_bytes, entry.sealed, private)
    return read_back(entry.header, body).under(entry.receipt, entry.receipt_id)


def _failed(entry: Entry, actor: Actor | None, reason: Reason, tried: int) -> Outcome:
    if tried + 1 < TRIES:
        return Outcome.FAILED
    return _aside(entry, reason, actor)


def _aside(
    entry: Entry, reason: Reason, actor: Actor | None, codes: Sequence[str] = ()
) -> Outcome:
    if _asider is None:
        return Outcome.LEFT
    _, _, command_id = commands_of(entry)
    _asider(entry, reason.value, command_id=command_id, codes=codes, actor=actor)
    return Outcome.SET_ASIDE


def _issuer(entry: Entry) -> str:
    return parse_id(entry.receipt_id)[0]


def _target_may_come(entry: Entry) -> bool:
    """Say whether a spool may still hold what this command is about: another node's, or unreadable rows."""
    age = timezone.now() - entry.header.received_at  # noqa: TID251  how long it has waited
    if timedelta(0) <= age < SETTLING:
        return True
    if age > spool_reports.MAY_COME:
        return False
    return any(
        spool.damaged
        or (
            spool.node != _issuer(entry)
            and (spool.opening or spool.reported_at < entry.header.received_at)
        )
        for spool in spool_reports.lately()
    )
