"""What the agency's own pages read of compassionate access, one thing at a time. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404

from accounts import access, compassionate as may
from accounts.access import Someone
from compassionate import queries
from compassionate.domain.authorisation import AUTHORISATION
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.criteria_sheet import CRITERIA, SheetFacts
from compassionate.domain.holder_file import HOLDER_FILE, HolderFacts
from compassionate.domain.request_events import OralAgreementRecorded, OralRefusalRecorded
from compassionate.domain.request_facts import Beforehand
from compassionate.domain.vocabulary import AT_AGENCY, OutOfHoursRoute, RequestState
from compassionate.models import AccessRequestRow, AuthorisationRow
from compassionate.queries import QUEUE, name_patients
from compassionate.streams import authorisation_id, request_facts
from events.decider import Decider
from events.errors import UnknownEventType, UnreadableEvent
from events.event import Recorded, stream_name
from events.handle import folded, history
from events.number import number_of
from events.paging import Page, after, keys_in, page

F = TypeVar("F")

LOOKED_BACK = timedelta(days=7)
MOST_CALLS = 200
IN_LIFE = ("active", "suspended")


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

    `beforehand` is empty where its newest events cannot be read here.
    """

    row: AccessRequestRow
    beforehand: tuple[Beforehand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that somebody on call recorded; `number` is the one that the caller was given."""

    number: str
    request_id: UUID
    agreed: bool
    at: datetime
    institution: str
    product: str
    state: RequestState


def mine(user: Someone, *, size: int = 100) -> Sequence[AccessRequestRow]:
    """Return what somebody took up and is not decided, in the queue's order. Raises PermissionDenied."""
    if not may.may_see_queue(user) or isinstance(user, AnonymousUser):
        raise PermissionDenied
    rows = AccessRequestRow.objects.filter(state__in=QUEUE, evaluator=str(user.public_id))
    found = list(rows.order_by("rank", "goal", "stream")[:size])
    name_patients(user, found)
    return found


def to_regularise(user: Someone) -> Sequence[ToRegularise]:
    """Return what no request has followed yet, with the numbers that were given, the oldest first.

    Raises PermissionDenied.
    """
    rows = queries.to_regularise(user)
    return [ToRegularise(row=row, beforehand=_beforehand(row)) for row in rows]


def _beforehand(row: AccessRequestRow) -> tuple[Beforehand, ...]:
    try:
        return request_facts(row.request_id).beforehand
    except (UnknownEventType, UnreadableEvent):
        return ()


def terms_passed(user: Someone, today: date, *, size: int = 100) -> Sequence[AccessRequestRow]:
    """Return what the agency's silence may have decided, the oldest first. Raises PermissionDenied."""
    if not may.may_see_queue(user):
        raise PermissionDenied
    states = [one.value for one in AT_AGENCY]
    rows = AccessRequestRow.objects.filter(state__in=states, silence_due__lt=today)
    found = list(rows.order_by("silence_due", "stream")[:size])
    name_patients(user, found)
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
    """Return one authorisation with what happened to it. Raises Http404, PermissionDenied."""
    if not may.may_see_queue(user):
        raise PermissionDenied
    found = _folded(AUTHORISATION, authorisation_id(number))
    if found.facts.terms is None:
        raise Http404
    return found


def running(
    user: Someone, today: date, *, cursor: str | None = None, size: int = 50
) -> Page[AuthorisationRow]:
    """Return the authorisations that have not ended, the first to end first. Raises PermissionDenied."""
    if not may.may_see_queue(user):
        raise PermissionDenied
    rows = AuthorisationRow.objects.filter(state__in=IN_LIFE, ends_on__gte=today)
    rows = rows.order_by("ends_on", "stream")
    if cursor is not None:
        ends_on, stream = keys_in(cursor, "running")
        rows = rows.filter(after(("ends_on", "stream"), (date.fromisoformat(ends_on), stream)))

    def key(row: AuthorisationRow) -> list[str]:
        return [row.ends_on.isoformat() if row.ends_on else "", row.stream]

    return page(rows, size, "running", key)


def calls_of(user: Someone, now: datetime) -> Sequence[Call]:
    """Return what somebody on call recorded in the last days, the last first. Raises PermissionDenied.

    Read from the streams themselves: the lists do not say who answered the telephone.
    """
    if not may.may_record_oral(user) or not access.may_read(user):
        raise PermissionDenied
    rows = AccessRequestRow.objects.filter(
        Q(route=OutOfHoursRoute.ORAL_AGREEMENT.value) | Q(state=RequestState.DRAFT.value),
        last_event_at__gte=now - LOOKED_BACK,
    ).order_by("-last_event_at", "-stream")[:MOST_CALLS]
    found = [call for row in rows for call in _calls(row, str(getattr(user, "public_id", "")))]
    return sorted(found, key=lambda call: call.at, reverse=True)


def _calls(row: AccessRequestRow, account: str) -> list[Call]:
    return [
        Call(
            number=getattr(one.event, "number", number_of(row.request_id)),
            request_id=row.request_id,
            agreed=isinstance(one.event, OralAgreementRecorded),
            at=one.event.occurred_at,
            institution=one.event.institution,
            product=row.product_name or "",
            state=RequestState(row.state),
        )
        for one in history(row.stream)
        if isinstance(one.event, OralAgreementRecorded | OralRefusalRecorded)
        and one.event.by == account
    ]


def _folded(decider: Decider[Any, Any, Any], identifier: UUID) -> Folded[Any]:
    past = history(stream_name(decider.category, identifier))
    return Folded(
        id=identifier,
        version=past[-1].version if past else 0,
        facts=folded(decider, past),
        events=tuple(past),
    )
