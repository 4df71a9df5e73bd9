"""What a page may read of submissions that the log refused, narrowed to who asks."""

import binascii
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any
from uuid import UUID

import msgspec
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, Q, QuerySet, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast
from django.http import Http404

from accounts import access
from accounts.access import Holder, ScopeKind, Someone
from accounts.models import Institution, User
from continuity.domain.set_aside import SUBMISSION, Desk
from continuity.domain.set_aside_events import CATEGORY, SubmissionSetAside, SubmissionTakenUp
from continuity.set_aside_models import SetAsideRow
from events.errors import Problem, Refused, UnreadableEvent
from events.event import Recorded, stream_name
from events.handle import folded, history
from events.keys import keyring

PAGE = 50
SALT = "cursor.set_aside"
Unseal = Callable[[bytes, bytes, bytes], bytes]
HasCentre = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some rows of the desk, and the cursor to what follows; None at the end."""

    rows: Sequence[SetAsideRow]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sent it, as far as the reader may know; `name` and `email` are empty otherwise."""

    role: str
    institution: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One submission for its reader.

    `command` is the clear JSON of the command, None where the reader may not open it, this machine
    has no key to it, or it does not open; `sealed_because` says which.
    """

    identifier: UUID
    what: SubmissionSetAside
    taken_up: SubmissionTakenUp | None
    set_aside_at: datetime
    sender: Sender
    named: bool
    may_take_up: bool
    command: bytes | None
    sealed_because: str


def waiting(user: Someone, *, cursor: str | None = None, size: int = PAGE) -> Page:
    """Return what waits for a person: by urgency, of one urgency the oldest first.

    Raises PermissionDenied, and Refused for a cursor that is not ours.
    """
    rows = _within(user).filter(open=True).order_by("priority", "received_at", "stream")
    if cursor is not None:
        priority, received_at, stream = _opened(cursor)
        after = (priority, datetime.fromisoformat(received_at), stream)
        rows = rows.filter(
            RawSQL("(priority, received_at, stream) > (%s, %s, %s)", after, BooleanField())
        )
    found = list(rows[: size + 1])
    shown = found[:size]
    following = None
    if len(found) > size:
        last = shown[-1]
        assert last.received_at is not None  # noqa: S101  a row that waits has been received
        key = [last.priority, last.received_at.isoformat(), last.stream]
        following = signing.dumps(key, salt=SALT)
    return Page(rows=shown, next_cursor=following)


def taken_up(user: Someone, *, size: int = PAGE) -> Sequence[SetAsideRow]:
    """Return what was taken up last, the latest first. Raises PermissionDenied."""
    return list(_within(user).filter(open=False).order_by("-taken_up_at", "stream")[:size])


def submission(user: Someone, identifier: UUID, has_centre: HasCentre) -> Shown:
    """Return one submission, opened for whoever may read it. Raises Http404, also out of sight.

    `has_centre` says of a département whether a regional centre follows what is sent from there.
    """
    past = history(stream_name(CATEGORY, identifier))
    desk = _desk(past)
    what = desk.set_aside
    if what is None or not _covers(user, desk):
        raise Http404
    sender, department = _sender(what)
    holder = Holder(department=department, has_centre=has_centre(department))
    named = access.may_name_in_set_aside(user, holder)
    command, because = _command(user, what)
    return Shown(
        identifier=identifier,
        what=what,
        taken_up=desk.taken_up,
        set_aside_at=past[0].recorded_at,
        sender=sender if named else Sender(role=sender.role, institution=sender.institution),
        named=named,
        may_take_up=access.may_take_up(user) and desk.taken_up is None,
        command=command,
        sealed_because=because,
    )


def covers(user: Someone, stream: str) -> bool:
    """Say whether there is such a submission and somebody's list shows it, from its stream."""
    return _covers(user, _desk(history(stream)))


def _desk(past: Sequence[Recorded]) -> Desk:
    return folded(SUBMISSION, past)


def _covers(user: Someone, desk: Desk) -> bool:
    if desk.set_aside is None:
        return False
    _, department = _sender(desk.set_aside)
    return access.set_aside_scope(user).covers(Holder(department=department))


def unsealer() -> tuple[Unseal, bytes] | None:
    """Return what opens a spool's commands on this machine, None where its key is not here."""
    private = getattr(keyring(), "spool_private", None)
    if private is None:
        return None
    return import_module("events.sealing").unseal, private


class _Body(msgspec.Struct, frozen=True):
    """What `events.submission` seals; only the command is read here."""

    command: msgspec.Raw


def _command(user: Someone, what: SubmissionSetAside) -> tuple[bytes | None, str]:
    """Return the clear command, or why it is not shown."""
    if not access.may_read_set_aside(user):
        return None, "not_for_you"
    if what.sealed is None:
        return None, "erased"
    opener = unsealer()
    if opener is None:
        return None, "no_key"
    unseal, private = opener
    try:
        body = unseal(b64decode(what.header), b64decode(what.sealed), private)
        return bytes(msgspec.json.decode(body, type=_Body).command), ""
    except (UnreadableEvent, msgspec.MsgspecError, binascii.Error):
        return None, "does_not_open"


def _sender(what: SubmissionSetAside) -> tuple[Sender, str]:
    """Return who sent it, and the département of her institution, else her own."""
    person = _account(what.sender)
    place = Institution.objects.filter(finess=what.sender_institution or "").first()
    sender = Sender(
        role=what.sender_role or "",
        institution=str(place) if place else what.sender_institution or "",
        name=person.get_full_name() if person else "",
        email=person.email if person else "",
    )
    if place is not None:
        return sender, place.department
    return sender, person.department if person else ""


def _within(user: Someone) -> QuerySet[SetAsideRow]:
    """Return the rows that somebody may see. Raises PermissionDenied."""
    scope = access.set_aside_scope(user)
    rows = SetAsideRow.objects.all()
    match scope.kind:
        case ScopeKind.ALL:
            return rows
        case ScopeKind.CENTRE:
            here = Q(department__in=scope.departments)
            places = Institution.objects.filter(here).values("finess")
            people = User.objects.filter(here).annotate(key=Cast("public_id", TextField()))
            alone = ~Q(institution__in=Institution.objects.values("finess"))
            return rows.filter(
                Q(institution__in=places) | (alone & Q(sender__in=people.values("key")))
            )
        case _:
            raise PermissionDenied


def _account(public_id: str | None) -> User | None:
    try:
        identifier = UUID(public_id or "")
    except ValueError:
        return None
    return User.objects.filter(public_id=identifier).first()


def _opened(cursor: str) -> list[Any]:
    try:
        keys: list[Any] = signing.loads(cursor, salt=SALT)
    except (signing.BadSignature, binascii.Error, ValueError) as error:
        sentence = "Ce curseur n'est pas valable : reprenez la liste du début."
        raise Refused(Problem("?cursor", "invalid_cursor", sentence)) from error
    return keys
