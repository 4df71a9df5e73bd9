"""What the log refuses later goes before a person; what a person does with it.

The drain calls `set_aside`, a page `take_up`. Neither loses anything: the sealed command stands in
the log beside the reason, and the date of its receipt holds.
"""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid5

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone

from accounts import access
from accounts.access import Someone
from continuity.domain.set_aside import SUBMISSION, SetAside, TakeUp
from continuity.domain.set_aside_events import CATEGORY, Done, Reason, SubmissionSetAside
from continuity.set_aside_queries import covers
from events.errors import VersionConflict
from events.event import Actor, stream_name
from events.handle import Envelope, handle, history, open_stream

RECEIPTS = UUID("d3b0b6a4-52c8-5c1f-8f0e-0a6f0e6d7c11")
COMMANDS = UUID("d3b0b6a4-52c8-5c1f-8f0e-0a6f0e6d7c12")
DRAIN = Actor(id="drain", role="system")


class Header(Protocol):
    """What stands in clear beside a sealed command."""

    @property
    def command_id(self) -> UUID:
        """Command."""

    @property
    def stream(self) -> str:
        """Stream that it is for."""

    @property
    def kind(self) -> str:
        """Kind."""

    @property
    def schema(self) -> int:
        """Schema version."""

    @property
    def priority(self) -> int:
        """Urgency."""

    @property
    def received_at(self) -> datetime:
        """Instant of the receipt."""


class Kept(Protocol):
    """A row of a spool."""

    @property
    def header(self) -> Header:
        """Header."""

    @property
    def header_bytes(self) -> bytes:
        """The very bytes that the sealed command is bound to."""

    @property
    def sealed(self) -> bytes:
        """Sealed command."""

    @property
    def receipt(self) -> str:
        """Signed receipt."""

    @property
    def receipt_id(self) -> str:
        """Its id, which begins with the node that gave it."""


def stream_of(receipt_id: str) -> str:
    """Return the stream of what a receipt was given for, should it be set aside."""
    return stream_name(CATEGORY, uuid5(RECEIPTS, receipt_id))


def set_aside(
    entry: Kept,
    reason: str,
    *,
    command_id: UUID,
    codes: Sequence[str] = (),
    actor: Actor | None = None,
    now: datetime | None = None,
) -> None:
    """Put a row of a spool before a person; twice is once, also by two drainers at the same time.

    `command_id` follows from the receipt id; whoever comes first gives the reason. `actor` is the
    sender, None where the sealed command could not be opened. Raises what the log raises where it
    is away.
    """
    header = entry.header
    what = SubmissionSetAside(
        occurred_at=now or timezone.now(),
        received_at=header.received_at,
        receipt_id=entry.receipt_id,
        receipt=entry.receipt,
        node=entry.receipt_id.partition("-")[0],
        command_id=header.command_id,
        kind=header.kind,
        command_schema=header.schema,
        target=header.stream,
        priority=header.priority,
        reason=Reason(reason),
        problems=tuple(codes),
        sender=actor.id if actor else None,
        sender_role=actor.role if actor else None,
        sender_institution=actor.institution if actor else None,
        header=b64encode(entry.header_bytes).decode(),
        sealed=b64encode(entry.sealed).decode(),
    )
    # The reason is no part of the identity: a second drainer may find another one.
    envelope = Envelope.of(command_id, [entry.receipt_id], DRAIN, receipt_id=entry.receipt_id)
    try:
        open_stream(SUBMISSION, stream_of(entry.receipt_id), SetAside(what=what), envelope)
    except VersionConflict:
        if not is_set_aside(entry.receipt_id):
            raise


def is_set_aside(receipt_id: str) -> bool:
    """Say whether what this receipt was given for is, or was, before a person."""
    return bool(history(stream_of(receipt_id)))


def take_up(  # noqa: PLR0913  a reason and where it went are two things more to say
    user: Someone,
    identifier: UUID,
    *,
    done: Done,
    why: str,
    recorded_as: str | None = None,
    idempotency_key: str,
    now: datetime | None = None,
) -> None:
    """Say what was done with a submission that was set aside.

    Raises Http404, PermissionDenied, Refused, CommandReused.
    """
    stream = stream_name(CATEGORY, identifier)
    if not covers(user, stream):
        raise Http404
    if not access.may_take_up(user) or isinstance(user, AnonymousUser):
        raise PermissionDenied
    actor = user.actor()
    command = TakeUp(
        by=actor.id, done=done, why=why, at=now or timezone.now(), recorded_as=recorded_as
    )
    envelope = Envelope.of(
        uuid5(COMMANDS, f"{actor.id}/{stream}/{idempotency_key}"),
        [done.value, why.strip(), recorded_as],
        actor,
    )
    handle(SUBMISSION, stream, command, envelope)
