"""Readings that are recorded: each opening by whoever audits is an event before anything is shown.

A reading that cannot be recorded does not happen. Its stream is that of one reader, one file and one
day in Paris, and never the file's own: an audit changes nothing of what it looks at.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from uuid import UUID, uuid5

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from uuid_utils.compat import uuid7

from accounts import access
from accounts.access import Person, Someone
from accounts.domain.reading import READINGS, GiveReason, ReadFile
from accounts.domain.reading_events import CATEGORY
from accounts.domain.reading_words import Ground, Opened, Place
from events import intake
from events.days import day_of
from events.errors import (
    EventError,
    LogAway,
    LogHalted,
    Refused,
    StreamParked,
    SubjectErased,
    VersionConflict,
)
from events.event import stream_name
from events.handle import Envelope, handle
from events.line import line

NAMES = UUID("5f6e0c0e-6f7a-5d0a-9f0b-2c9a3f7e8d01")
COMMANDS = UUID("5f6e0c0e-6f7a-5d0a-9f0b-2c9a3f7e8d02")


class ReasonNeeded(EventError):
    """Nothing of this file is shown before its reader has said today why she reads it."""

    code = "reading_reason_needed"

    def __init__(self, file: str) -> None:
        super().__init__(file=file)
        self.file = file


class ReadingNotRecorded(LogAway):
    """The reading could not be recorded, and nothing is shown."""

    code = "reading_not_recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What of a file is opened, by its number; `letter` is the version of the event it tells.

    A supporting document is named by its own identifier, beside the number of its request.
    """

    opened: Opened
    number: str
    letter: int | None = None
    as_of: datetime | None = None
    document: UUID | None = None


def record(user: Someone, file: str, opening: Opening, place: Place = Place.PAGE) -> None:
    """Record that somebody who audits opens a file now; to be called before it is shown.

    `file` is its stream. Raises PermissionDenied, ReasonNeeded, ReadingNotRecorded.
    """
    reader, at = _auditor(user), intake.arrived_at()
    by = str(reader.public_id)
    command = ReadFile(
        by=by,
        at=at,
        file=file,
        opened=opening.opened,
        number=opening.number,
        place=place,
        letter=opening.letter,
        as_of=opening.as_of,
        document=opening.document,
    )
    # Two openings are two readings: nothing makes them one command.
    envelope = Envelope.of(uuid7(), [file, opening.number], reader.actor())
    with _recorded():
        try:
            handle(READINGS, stream_of(by, file, at), command, envelope)
        except Refused as refusal:
            raise ReasonNeeded(file) from refusal


def give_reason(
    user: Someone, file: str, ground: Ground | None, reference: str, *, idempotency_key: str
) -> None:
    """Say why a file is to be read today. Raises PermissionDenied, Refused, ReadingNotRecorded."""
    reader, at = _auditor(user), intake.arrived_at()
    by = str(reader.public_id)
    command = GiveReason(by=by, at=at, file=file, ground=ground, reference=reference)
    name = uuid5(COMMANDS, f"{by}/{file}/{idempotency_key}")
    envelope = Envelope.of(name, [ground, reference.strip()], reader.actor())
    with _recorded():
        handle(READINGS, stream_of(by, file, at), command, envelope)


def stream_of(reader: str, file: str, at: datetime) -> str:
    """Return the stream of what somebody reads of a file on the day of an instant."""
    return stream_name(CATEGORY, uuid5(NAMES, f"{reader}/{file}/{day_of(at).isoformat()}"))


@contextmanager
def _recorded() -> Iterator[None]:
    """Wait for the log as an act of the agency does. Raises ReadingNotRecorded."""
    try:
        with line().borrowed(monotonic() + intake.RECORD_SECONDS):
            yield
    except (LogAway, LogHalted, StreamParked, SubjectErased, VersionConflict) as error:
        raise ReadingNotRecorded from error


def _auditor(user: Someone) -> Person:
    if not access.may_audit(user) or isinstance(user, AnonymousUser):
        raise PermissionDenied
    return user
