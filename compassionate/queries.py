"""What a page or the API may read of compassionate access, narrowed to who asks. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404

from accounts import access, compassionate as may
from accounts.access import Scope, ScopeKind, Someone
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.criteria import CriteriaSheet, CriterionFinding, checked
from compassionate.domain.prescription import PharmacyPart, Prescription
from compassionate.domain.renewal import renewed
from compassionate.domain.request import REQUEST
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.request_table import REPORTS, STATES
from compassionate.domain.vocabulary import AuthorisationState, RequestState
from compassionate.models import (
    AccessRequestRow,
    AuthorisationRow,
    CriteriaSheetRow,
    FollowUpRow,
    HolderFileRow,
)
from compassionate.streams import (
    authorisation_facts,
    request_facts,
    request_stream,
    sheet_for,
)
from compassionate.submissions import holder_of
from events.event import Recorded
from events.handle import folded, history, opened
from events.number import number_of
from events.paging import Page, after, keys_in, page

R = TypeVar("R", bound=Model)

QUEUE = ("received", "under_assessment", "information_asked", "to_sign", "unreadable")
INBOX = ("at_pharmacy", "to_regularise")
UNSENT = ("draft", "returned")
EXPIRING_DAYS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event of a request: what, when, and in which role."""

    version: int
    type: str
    occurred_at: datetime
    received_at: datetime
    recorded_at: datetime
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestShown:
    """One request as known at a time; the clinical parts are None for who may not read them."""

    id: UUID
    number: str
    version: int
    facts: RequestFacts
    prescription: Prescription | None
    pharmacy: PharmacyPart | None
    sheet: CriteriaSheet
    findings: tuple[CriterionFinding, ...]
    history: tuple[Step, ...]
    events: tuple[Recorded, ...]
    as_of: datetime | None


def request(user: Someone, request_id: UUID, *, as_of: datetime | None = None) -> RequestShown:
    """Return one request folded from its stream. Raises Http404, also where it may not be seen."""
    past = history(request_stream(request_id))
    now = _fold(past)
    holder = holder_of(now)
    seen = [one for one in past if as_of is None or one.recorded_at <= as_of]
    if not seen or not may.may_see_request(user, holder):
        raise Http404
    facts = now if len(seen) == len(past) else _fold(seen)
    clinical = may.may_see_clinical(user, holder)
    received_at = facts.received_at or seen[-1].recorded_at
    sheet = sheet_for(facts.prescription, received_at)
    return RequestShown(
        id=request_id,
        number=number_of(request_id),
        version=seen[-1].version,
        facts=facts,
        prescription=facts.prescription if clinical else None,
        pharmacy=facts.pharmacy if clinical else None,
        sheet=sheet,
        findings=checked(sheet, facts.prescription) if facts.prescription else (),
        history=tuple(_step(one) for one in seen),
        events=tuple(seen) if clinical else (),
        as_of=as_of,
    )


def own_requests(
    user: Someone, *, cursor: str | None = None, size: int = 25
) -> Page[AccessRequestRow]:
    """Return the requests that are somebody's to see, the last touched first."""
    rows = _within(AccessRequestRow.objects.all(), may.request_scope(user))
    rows = rows.order_by("-last_event_at", "-stream")
    if cursor is not None:
        last_event_at, stream = keys_in(cursor, "requests")
        last = datetime.fromisoformat(last_event_at)
        rows = rows.filter(
            Q(last_event_at__lte=last), Q(last_event_at__lt=last) | Q(stream__lt=stream)
        )
    found = page(rows, size, "requests", lambda row: [_iso(row.last_event_at), row.stream])
    name_patients(user, found.rows)
    return found


def inbox(user: Someone, *, size: int = 100) -> Sequence[AccessRequestRow]:
    """Return what waits for a hospital's pharmacist: what cannot be deferred first."""
    rows = _within(AccessRequestRow.objects.all(), may.request_scope(user))
    found = list(rows.filter(state__in=INBOX).order_by("rank", "stream")[:size])
    name_patients(user, found)
    return found


def queue(
    user: Someone, *, state: str | None = None, cursor: str | None = None, size: int = 50
) -> Page[AccessRequestRow]:
    """Return the agency's queue: what cannot be deferred, then doses given, each by its goal.

    Raises PermissionDenied.
    """
    if not may.may_see_queue(user):
        raise PermissionDenied
    rows = AccessRequestRow.objects.filter(state__in=[state] if state in QUEUE else QUEUE)
    rows = rows.order_by("rank", "goal", "stream")
    if cursor is not None:
        rank, goal, stream = keys_in(cursor, "queue")
        last = (int(rank), datetime.fromisoformat(goal), stream)
        rows = rows.filter(after(("rank", "goal", "stream"), last))
    found = page(rows, size, "queue", lambda row: [str(row.rank), _iso(row.goal), row.stream])
    name_patients(user, found.rows)
    return found


def to_regularise(user: Someone, *, size: int = 100) -> Sequence[AccessRequestRow]:
    """Return doses and oral agreements that no request has followed yet, the oldest first.

    Raises PermissionDenied.
    """
    if not may.may_see_queue(user):
        raise PermissionDenied
    rows = AccessRequestRow.objects.filter(state=RequestState.TO_REGULARISE.value)
    found = list(rows.order_by("given_at", "stream")[:size])
    name_patients(user, found)
    return found


def authorisation(user: Someone, number: str) -> AuthorisationFacts:
    """Return one authorisation. Raises Http404, PermissionDenied."""
    if not access.may_read(user):
        raise PermissionDenied
    facts = authorisation_facts(number)
    if facts.state is AuthorisationState.NONE:
        raise Http404
    return facts


def authorisations(
    user: Someone, *, cursor: str | None = None, size: int = 50
) -> Page[AuthorisationRow]:
    """Return the authorisations that are somebody's to see, the first to end first."""
    rows = _within(AuthorisationRow.objects.all(), may.request_scope(user))
    rows = rows.order_by("ends_on", "stream")
    if cursor is not None:
        ends_on, stream = keys_in(cursor, "authorisations")
        rows = rows.filter(after(("ends_on", "stream"), (date.fromisoformat(ends_on), stream)))
    return page(rows, size, "authorisations", lambda row: [_iso(row.ends_on), row.stream])


def expiring(user: Someone, today: date, *, size: int = 100) -> Sequence[AuthorisationRow]:
    """Return the authorisations that end within sixty days, each with what renews it.

    No text keeps one alive while its renewal waits (R5121-74-4): `waits` says so.
    """
    rows = _within(AuthorisationRow.objects.all(), may.request_scope(user))
    until = today + timedelta(days=EXPIRING_DAYS)
    rows = rows.filter(
        state__in=("active", "suspended"), ends_on__lte=until, replaced_by__isnull=True
    )
    found = list(rows.order_by("ends_on", "stream")[:size])
    rows_of = AccessRequestRow.objects.filter(renews__in=[row.number for row in found])
    begun = [one for one in rows_of if one.state in (*QUEUE, *INBOX, *UNSENT)]
    # Of several the one that went furthest: a draft left behind hides none that was sent.
    begun.sort(key=lambda one: (one.state in QUEUE, one.state not in UNSENT, one.stream))
    waiting = {one.renews: one for one in begun}
    for row in found:
        row.renewal = waiting.get(row.number or "")
    return found


def renewal_of(user: Someone, number: str) -> Prescription:
    """Return what a renewal of an authorisation begins with. Raises Http404."""
    row = AuthorisationRow.objects.filter(number=number).first()
    if row is None or row.request_id is None:
        raise Http404
    facts = request_facts(row.request_id)
    if not may.may_see_clinical(user, holder_of(facts)) or facts.prescription is None:
        raise Http404
    return renewed(facts.prescription)


def criteria_sheets(user: Someone) -> Sequence[CriteriaSheetRow]:
    """Return the référentiel, which is public to whoever signs in (R5121-74-10)."""
    if not access.may_read(user):
        raise PermissionDenied
    return list(CriteriaSheetRow.objects.order_by("product_name", "indication"))


def holder_files(user: Someone) -> Sequence[HolderFileRow]:
    """Return the rights holders' files, what is due first. Raises PermissionDenied."""
    if not may.may_see_queue(user):
        raise PermissionDenied
    return list(HolderFileRow.objects.order_by("undertaking_due", "filing_due", "stream"))


def follow_ups(numbers: Sequence[str]) -> dict[str, FollowUpRow]:
    """Return what follows these authorisations, by number."""
    return {one.number: one for one in FollowUpRow.objects.filter(number__in=numbers)}


def verbs(user: Someone, shown: RequestShown) -> frozenset[str]:
    """Return the commands, by class name, that this person may give in this state."""
    holder, facts = holder_of(shown.facts), shown.facts
    allowed = {
        "ChangePrescription": may.may_change(user, holder),
        "SendToPharmacy": may.may_send_to_pharmacy(user, holder),
        "ReturnToPrescriber": may.may_return(user, holder),
        "SendToAgency": may.may_send_to_agency(user, holder),
        "DeclareDispensing": may.may_send_to_agency(user, holder),
        "AnswerInformation": may.may_answer(user, holder) and facts.question is not None,
        "WithdrawRequest": may.may_withdraw_request(user, holder) and not facts.beforehand,
        "TakeUp": may.may_take_up(user),
        "AskInformation": may.may_assess(user, holder),
        "ProposeDecision": may.may_propose(user, holder),
        "Grant": may.may_decide(user) and not facts.beforehand,
        "Regularise": may.may_decide(user) and bool(facts.beforehand),
        "Refuse": may.may_decide(user),
        "EstablishSilence": may.may_establish_silence(user),
    }
    known = {command.__name__: states for command, states in STATES.items()}
    reports = {command.__name__ for command in REPORTS}
    return frozenset(
        name
        for name, yes in allowed.items()
        if yes and (name in reports or facts.state in known[name])
    )


def name_patients(user: Someone, rows: Sequence[AccessRequestRow]) -> None:
    """Open the patients' initials for whoever may read them."""
    known = [row for row in rows if may.may_see_clinical(user, row.holder)]
    sealed = [
        (row.stream, "patient", value or "")
        for row in known
        for value in (row.initials, row.file_number)
    ]
    clear = iter(opened(sealed) if sealed else ())
    for row, initials, file_number in zip(known, clear, clear, strict=True):
        row.patient = " · ".join(part for part in (initials, file_number) if part)


def _within(rows: QuerySet[R], scope: Scope) -> QuerySet[R]:
    match scope.kind:
        case ScopeKind.ALL:
            return rows
        case ScopeKind.OWN if rows.model is AccessRequestRow:
            return rows.filter(Q(author=scope.declarant) | Q(prescriber=scope.declarant))
        case ScopeKind.OWN:
            return rows.filter(prescriber=scope.declarant)
        case ScopeKind.INSTITUTION:
            return rows.filter(institution=scope.institution)
        case _:
            raise PermissionDenied


def _fold(past: Sequence[Recorded]) -> RequestFacts:
    return folded(REQUEST, past)


def _step(one: Recorded) -> Step:
    return Step(
        version=one.version,
        type=one.event.TYPE,
        occurred_at=one.event.occurred_at,
        received_at=one.event.received_at,
        recorded_at=one.recorded_at,
        role=str(one.metadata.get("actor", {}).get("role", "")),
    )


def _iso(value: date | None) -> str:
    return value.isoformat() if value else ""
