"""What the agency's own pages read of compassionate access, one thing at a time. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404

from accounts import access, compassionate as may, readings
from accounts.access import Someone
from accounts.domain.reading_words import Opened
from accounts.readings import Opening
from compassionate.domain.authorisation import AUTHORISATION
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.beforehand import Beforehand
from compassionate.domain.criteria_facts import SheetFacts
from compassionate.domain.criteria_sheet import CRITERIA
from compassionate.domain.holder_facts import HolderFacts
from compassionate.domain.holder_file import HOLDER_FILE
from compassionate.domain.vocabulary import (
    AFTER_DECISION,
    AT_AGENCY,
    RequestState,
)
from compassionate.models import (
    AccessRequestRow,
    AuthorisationRow,
    CriteriaSheetRow,
    HolderFileRow,
    OralCallRow,
)
from compassionate.queries import NOT_ENDED, QUEUE, name_patients, queued
from compassionate.streams import authorisation_id, request_facts, request_stream
from events.decider import Decider
from events.errors import UnknownEventType, UnreadableEvent
from events.event import Recorded, stream_name
from events.handle import folded, history
from events.paging import Page, after, keys_in, page

F = TypeVar("F")

LOOKED_BACK = timedelta(days=7)
MOST_CALLS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded(Generic[F]):
    """One sheet, file or authorisation: what is known of it, and what happened to it."""

    id: UUID
    version: int
    facts: F
    events: tuple[Recorded, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRegularise:
    """One request with a dose or an oral agreement, and every such thing that its stream tells of.

    `clinical`: its reader reads what is said of the patient.
    `beforehand` is empty where its newest events cannot be read here, and says nothing of the doses to
    whoever may not read them in a list.
    """

    row: AccessRequestRow
    clinical: bool
    beforehand: tuple[Beforehand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToTell:
    """What is still to be told: of first requests, of extensions, of cessations."""

    first_requests: Sequence[HolderFileRow]
    extensions: Sequence[HolderFileRow]
    cessations: Sequence[CriteriaSheetRow]

    @property
    def count(self) -> int:
        """Return how many files and sheets wait."""
        return len(self.first_requests) + len(self.extensions) + len(self.cessations)


def mine(user: Someone, *, cursor: str | None = None, size: int = 50) -> Page[AccessRequestRow]:
    """Return what somebody took up and is not decided, in the queue's order. Raises PermissionDenied."""
    if not may.may_see_queue(user) or isinstance(user, AnonymousUser):
        raise PermissionDenied
    rows = AccessRequestRow.objects.filter(state__in=QUEUE, evaluator=str(user.public_id))
    return queued(user, rows, "mine", cursor, size)


def to_regularise(user: Someone, *, size: int = 100) -> Sequence[ToRegularise]:
    """Return what no request has followed yet, with the numbers that were given, the oldest first.

    Raises PermissionDenied.
    """
    if not may.may_see_queue(user):
        raise PermissionDenied
    rows = AccessRequestRow.objects.filter(state=RequestState.TO_REGULARISE.value)
    found = list(rows.order_by("given_at", "stream")[:size])
    name_patients(user, found)
    return [_told_before(user, row) for row in found]


def corrected_since(user: Someone, *, size: int = 100) -> Sequence[ToRegularise]:
    """Return decided requests of which a dose was told or corrected since, nobody having said what follows.

    The earliest decision first. Raises PermissionDenied.
    """
    if not may.may_see_queue(user):
        raise PermissionDenied
    said = reduce(or_, [Q(flags__contains=flag.value) for flag in AFTER_DECISION])
    rows = AccessRequestRow.objects.filter(said)
    found = list(rows.order_by("decided_at", "stream")[:size])
    name_patients(user, found)
    return [_told_before(user, row) for row in found]


def _told_before(user: Someone, row: AccessRequestRow) -> ToRegularise:
    reads = may.may_list_clinical(user, row.holder)
    known = _beforehand(row) if reads else [one.outline for one in _beforehand(row)]
    return ToRegularise(row=row, clinical=reads, beforehand=tuple(known))


def _beforehand(row: AccessRequestRow) -> tuple[Beforehand, ...]:
    try:
        return request_facts(row.request_id).beforehand
    except (UnknownEventType, UnreadableEvent):
        return ()


def terms_passed(
    user: Someone, today: date, *, cursor: str | None = None, size: int = 50
) -> Page[AccessRequestRow]:
    """Return what the agency's silence may have decided, the oldest first. Raises PermissionDenied."""
    if not may.may_see_queue(user):
        raise PermissionDenied
    states = [one.value for one in AT_AGENCY]
    rows = AccessRequestRow.objects.filter(state__in=states, silence_due__lt=today)
    rows = rows.order_by("silence_due", "stream")
    if cursor is not None:
        due, stream = keys_in(cursor, "silences")
        rows = rows.filter(after(("silence_due", "stream"), (date.fromisoformat(due), stream)))
    found = page(rows, size, "silences", lambda row: [str(row.silence_due), row.stream])
    name_patients(user, found.rows)
    return found


def sheet(user: Someone, identifier: UUID) -> Folded[SheetFacts]:
    """Return one criteria sheet with every version of it. Raises Http404, PermissionDenied."""
    if not access.may_read(user):
        raise PermissionDenied
    found = _folded(CRITERIA, identifier)
    if found.facts.opened is None:
        raise Http404
    return found


def holder_file(user: Someone, identifier: UUID) -> Folded[HolderFacts]:
    """Return one rights holder's file. Raises Http404, PermissionDenied."""
    if not may.may_see_queue(user):
        raise PermissionDenied
    found = _folded(HOLDER_FILE, identifier)
    if found.facts.opened is None:
        raise Http404
    return found


def authorisation(user: Someone, number: str) -> Folded[AuthorisationFacts]:
    """Return one authorisation with what happened to it. Raises Http404, PermissionDenied.

    What whoever audits reads is recorded first, in the file of its request: raises ReasonNeeded and
    ReadingNotRecorded for her.
    """
    if not may.may_see_queue(user):
        raise PermissionDenied
    found = _folded(AUTHORISATION, authorisation_id(number))
    request_id = found.facts.request_id
    if found.facts.terms is None or request_id is None:
        raise Http404
    if may.must_log_reading(user):
        opening = Opening(opened=Opened.AUTHORISATION, number=number)
        readings.record(user, request_stream(request_id), opening)
    return found


def to_tell(user: Someone) -> ToTell:
    """Return what the law has the agency tell of a product and that nobody recorded yet.

    The holder of a first request (R5121-74-1 II), holder and ministers of an extension (D5121-74-1-1 II)
    and of a cessation (R5121-74-9 I); what waits longest first. Raises PermissionDenied.
    """
    if not may.may_see_queue(user):
        raise PermissionDenied
    files = HolderFileRow.objects
    return ToTell(
        first_requests=list(files.filter(informed_on__isnull=True).order_by("opened_at")),
        extensions=list(files.filter(to_tell__gt=0).order_by("to_tell_since", "stream")),
        cessations=list(
            CriteriaSheetRow.objects.filter(to_tell__gt=0).order_by("to_tell_since", "stream")
        ),
    )


def running(
    user: Someone, today: date, *, cursor: str | None = None, size: int = 50
) -> Page[AuthorisationRow]:
    """Return the authorisations that have not ended, the first to end first. Raises PermissionDenied.

    One that a renewal will replace runs until the other begins.
    """
    if not may.may_see_queue(user):
        raise PermissionDenied
    rows = AuthorisationRow.objects.filter(
        Q(replaced_on__isnull=True) | Q(replaced_on__gt=today),
        state__in=NOT_ENDED,
        ends_on__gte=today,
    )
    rows = rows.order_by("ends_on", "stream")
    if cursor is not None:
        ends_on, stream = keys_in(cursor, "running")
        rows = rows.filter(after(("ends_on", "stream"), (date.fromisoformat(ends_on), stream)))

    def key(row: AuthorisationRow) -> list[str]:
        return [row.ends_on.isoformat() if row.ends_on else "", row.stream]

    return page(rows, size, "running", key)


def calls_of(user: Someone, now: datetime) -> Sequence[OralCallRow]:
    """Return what somebody on call recorded in the last days, the last first. Raises PermissionDenied."""
    if not may.may_record_oral(user) or not access.may_read(user):
        raise PermissionDenied
    account = str(getattr(user, "public_id", ""))
    rows = OralCallRow.objects.filter(agent=account, called_at__gte=now - LOOKED_BACK)
    return list(rows.order_by("-called_at", "-stream", "-row_key")[:MOST_CALLS])


def _folded(decider: Decider[Any, Any, Any], identifier: UUID) -> Folded[Any]:
    past = history(stream_name(decider.category, identifier))
    return Folded(
        id=identifier,
        version=past[-1].version if past else 0,
        facts=folded(decider, past),
        events=tuple(past),
    )
