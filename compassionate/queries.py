"""What a page or the API may read of compassionate access, narrowed to who asks. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import Http404

from accounts import access, compassionate as may, readings
from accounts.access import Scope, ScopeKind, Someone
from accounts.compassionate import RequestHolder
from accounts.domain.reading_words import Opened, Place
from accounts.models import Role
from accounts.readings import Opening
from compassionate.domain.authorisation import IN_LIFE
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.authorisation_number import as_printed
from compassionate.domain.beforehand import Beforehand
from compassionate.domain.criteria import CriteriaSheet, CriterionFinding, checked
from compassionate.domain.criteria_facts import sheet_at
from compassionate.domain.legal_case import is_legal_case
from compassionate.domain.prescription import PharmacyPart, Prescription
from compassionate.domain.renewal import renewed
from compassionate.domain.request import REQUEST
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.request_table import REPORTS, STATES
from compassionate.domain.vocabulary import (
    AFTER_DECISION,
    ENDED,
    UNREADABLE,
    AuthorisationState,
)
from compassionate.models import (
    AccessRequestRow,
    AuthorisationRow,
    CriteriaSheetRow,
    FollowUpRow,
    HolderFileRow,
)
from compassionate.streams import (
    authorisation_facts,
    follow_up_facts,
    request_facts,
    request_stream,
    sheet_facts,
    sheet_for,
)
from compassionate.submissions import holder_of
from events import intake
from events.days import day_of
from events.event import Recorded
from events.handle import folded, history, opened
from events.number import number_of
from events.paging import Page, after, keys_in, page

R = TypeVar("R", bound=Model)

QUEUE = ("received", "under_assessment", "information_asked", "to_sign", "unreadable")
INBOX = ("at_pharmacy", "to_regularise")
UNSENT = ("draft", "returned")
ALIVE = tuple(sorted(one.value for one in IN_LIFE))
NOT_ENDED = (*ALIVE, AuthorisationState.REPLACED.value)
"""Of authorisations; what is replaced is so from a day on, which may be to come."""
REACHED = Q(received_at__isnull=False) | Q(given_at__isnull=False) | Q(state=UNREADABLE)
"""What the agency was seized of; a draft of a hospital is in none of its lists."""


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
    doses: tuple[Beforehand, ...]
    sheet: CriteriaSheet
    findings: tuple[CriterionFinding, ...]
    history: tuple[Step, ...]
    events: tuple[Recorded, ...]
    as_of: datetime | None


def request(
    user: Someone,
    request_id: UUID,
    *,
    as_of: datetime | None = None,
    place: Place = Place.PAGE,
) -> RequestShown:
    """Return one request folded from its stream. Raises Http404, also where it may not be seen.

    What whoever audits reads is recorded first: raises ReasonNeeded and ReadingNotRecorded for her.
    """
    past = history(request_stream(request_id))
    now = _fold(past)
    holder = readers_of(now)
    seen = [one for one in past if as_of is None or one.recorded_at <= as_of]
    if not seen or not may.may_see_request(user, holder):
        raise Http404
    facts = now if len(seen) == len(past) else _fold(seen)
    clinical = may.may_see_clinical(user, holder)
    if clinical and may.must_log_reading(user):
        opening = Opening(opened=Opened.REQUEST, number=number_of(request_id), as_of=as_of)
        readings.record(user, request_stream(request_id), opening, place)
    received_at = facts.received_at or seen[-1].recorded_at
    sheet = sheet_for(facts.prescription, received_at)
    return RequestShown(
        id=request_id,
        number=number_of(request_id),
        version=seen[-1].version,
        facts=facts,
        prescription=facts.prescription if clinical else None,
        pharmacy=facts.pharmacy if clinical else None,
        doses=tuple(one for one in facts.beforehand if one.dispensing) if clinical else (),
        sheet=sheet,
        findings=checked(sheet, facts.prescription) if clinical and facts.prescription else (),
        history=tuple(_step(one) for one in seen),
        events=tuple(seen) if clinical else (),
        as_of=as_of,
    )


def readers_of(facts: RequestFacts) -> RequestHolder:
    """Return to whom a request belongs, and whom it concerns by a link or by the day it is read."""
    linked = facts.number is not None and bool(follow_up_facts(facts.number).linked)
    legal_case = is_legal_case(facts, day_of(intake.arrived_at()))
    return replace(holder_of(facts), linked=linked, legal_case=legal_case)


def own_requests(
    user: Someone, *, cursor: str | None = None, size: int = 25
) -> Page[AccessRequestRow]:
    """Return the requests that are somebody's to see, the last touched first. Raises PermissionDenied."""
    rows = within(AccessRequestRow.objects.all(), user)
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


def inbox(user: Someone, *, cursor: str | None = None, size: int = 50) -> Page[AccessRequestRow]:
    """Return what waits for a hospital's pharmacist: what cannot be deferred first, then what is wanted soonest."""
    rows = within(AccessRequestRow.objects.all(), user).filter(state__in=INBOX)
    rows = rows.order_by("rank", Coalesce("wanted_on", Value(date.max)), "stream")
    if cursor is not None:
        rank, wanted, stream = keys_in(cursor, "inbox")
        columns = ("rank", f"coalesce(wanted_on, DATE '{date.max}')", "stream")
        rows = rows.filter(after(columns, (int(rank), date.fromisoformat(wanted), stream)))

    def key(row: AccessRequestRow) -> list[str]:
        return [str(row.rank), str(row.wanted_on or date.max), row.stream]

    found = page(rows, size, "inbox", key)
    name_patients(user, found.rows)
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
    return queued(user, rows, "queue", cursor, size)


def queued(
    user: Someone, rows: QuerySet[AccessRequestRow], name: str, cursor: str | None, size: int
) -> Page[AccessRequestRow]:
    """Return requests in the order of the agency's queue, their patients named to who may read them."""
    rows = rows.order_by("rank", "goal", "stream")
    if cursor is not None:
        rank, goal, stream = keys_in(cursor, name)
        last = (int(rank), datetime.fromisoformat(goal), stream)
        rows = rows.filter(after(("rank", "goal", "stream"), last))
    found = page(rows, size, name, lambda row: [str(row.rank), _iso(row.goal), row.stream])
    name_patients(user, found.rows)
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
    """Return the authorisations that are somebody's to see, the first to end first.

    Raises PermissionDenied.
    """
    if not may.may_see_authorisations(user):
        raise PermissionDenied
    rows = within(AuthorisationRow.objects.all(), user)
    rows = rows.order_by("ends_on", "stream")
    if cursor is not None:
        ends_on, stream = keys_in(cursor, "authorisations")
        rows = rows.filter(after(("ends_on", "stream"), (date.fromisoformat(ends_on), stream)))
    return page(rows, size, "authorisations", lambda row: [_iso(row.ends_on), row.stream])


def renewal_of(user: Someone, number: str) -> Prescription:
    """Return what a renewal of an authorisation begins with. Raises Http404, PermissionDenied.

    Nothing of it is for whoever audits: she reads the request itself, where that is recorded.
    """
    if may.must_log_reading(user):
        raise PermissionDenied
    printed = as_printed(number)
    row = AuthorisationRow.objects.filter(number=printed).first() if printed else None
    if row is None or row.request_id is None:
        raise Http404
    facts = request_facts(row.request_id)
    if not may.may_see_clinical(user, holder_of(facts)) or facts.prescription is None:
        raise Http404
    return renewed(facts.prescription)


def criteria_sheets(user: Someone, at: datetime | None = None) -> Sequence[CriteriaSheetRow]:
    """Return the référentiel as it is in force, public to whoever signs in (R5121-74-10)."""
    if not access.may_read(user):
        raise PermissionDenied
    now = at or intake.arrived_at()
    found = list(CriteriaSheetRow.objects.order_by("product_name", "indication"))
    for row in found:
        if row.in_force_from is not None and row.in_force_from > now:
            # A row knows the version that begins last; which is in force before, its stream says.
            sheet = sheet_at(sheet_facts(row.product, row.indication), now)
            row.version, row.in_force_from = sheet.version, sheet.in_force_from
            row.max_days, row.very_early = sheet.max_days, sheet.very_early
    return found


def holder_files(user: Someone) -> Sequence[HolderFileRow]:
    """Return the rights holders' files: those to be informed, then what is due first.

    Raises PermissionDenied.
    """
    if not may.may_see_queue(user):
        raise PermissionDenied
    rows = HolderFileRow.objects.all()
    uninformed = rows.filter(informed_on__isnull=True).order_by("opened_at", "stream")
    others = rows.filter(informed_on__isnull=False)
    return [*uninformed, *others.order_by("undertaking_due", "filing_due", "stream")]


def follow_ups(numbers: Sequence[str]) -> dict[str, FollowUpRow]:
    """Return what follows these authorisations, by number."""
    return {one.number: one for one in FollowUpRow.objects.filter(number__in=numbers)}


def verbs(user: Someone, shown: RequestShown) -> frozenset[str]:
    """Return the commands, by class name, that this person may give in this state."""
    holder, facts = readers_of(shown.facts), shown.facts
    allowed = {
        "ChangePrescription": may.may_change(user, holder),
        "SendToPharmacy": may.may_send_to_pharmacy(user, holder),
        "ReturnToPrescriber": may.may_return(user, holder),
        "SendToAgency": may.may_send_to_agency(user, holder),
        "DeclareDispensing": may.may_send_to_agency(user, holder),
        "CorrectDispensing": may.may_correct_dispensing(user, holder)
        and any(one.dispensing for one in facts.beforehand),
        "NoteCorrection": may.may_assess(user, holder)
        and not facts.flags.isdisjoint(AFTER_DECISION),
        "AnswerInformation": may.may_answer(user, holder) and facts.question is not None,
        "AttachDocument": may.may_attach(user, holder) and facts.state not in ENDED,
        "WithdrawRequest": may.may_withdraw_request(user, holder) and not facts.beforehand,
        "ReportWithdrawal": may.may_report_withdrawal(user, holder) and not facts.beforehand,
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
    """Open the patients' initials for whoever may read them in a list."""
    known = [row for row in rows if may.may_list_clinical(user, row.holder)]
    sealed = [
        (row.stream, "patient", value or "")
        for row in known
        for value in (row.initials, row.file_number)
    ]
    clear = iter(opened(sealed) if sealed else ())
    for row, initials, file_number in zip(known, clear, clear, strict=True):
        row.patient = " · ".join(part for part in (initials, file_number) if part)


def within(rows: QuerySet[R], user: Someone) -> QuerySet[R]:
    """Narrow a list to what its reader's role lets her see. Raises PermissionDenied."""
    scope, of_requests = may.request_scope(user), rows.model is AccessRequestRow
    match scope.kind:
        case ScopeKind.ALL:
            return rows.filter(REACHED) if of_requests else rows
        case ScopeKind.OWN:
            own = _own(user, scope)
            if of_requests:
                return rows.filter(own)
            # Who began what, a request knows alone.
            requests = AccessRequestRow.objects.filter(own, number__isnull=False)
            return rows.filter(number__in=requests.values("number"))
        case ScopeKind.INSTITUTION:
            return rows.filter(institution=scope.institution)
        case _:
            raise PermissionDenied


def _own(user: Someone, scope: Scope) -> Q:
    """Return what somebody began or prescribed; an intern prescribes nothing, whatever she was before."""
    begun = Q(author=scope.declarant)
    if access.role_of(user) is Role.INTERN:
        return begun
    return begun | Q(prescriber=scope.declarant)


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
