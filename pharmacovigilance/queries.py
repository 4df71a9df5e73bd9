"""What a page or the API may read, narrowed to who asks. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Now, TruncDate
from django.http import Http404

from accounts import access, readings
from accounts.access import Holder, Scope, ScopeKind, Someone
from accounts.domain.reading_words import Opened, Place
from accounts.readings import Opening
from events import alarms
from events.days import PARIS
from events.errors import EventError
from events.event import Recorded, identifier_of, stream_name
from events.handle import folded, history, opened
from events.number import number_of
from events.paging import Page, after, keys_in, page
from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.events import CATEGORY
from pharmacovigilance.domain.facts import CaseFacts
from pharmacovigilance.domain.flags import SENTENCES, Flag, flags
from pharmacovigilance.domain.history import Question, Step, questions, steps
from pharmacovigilance.domain.known import report_after
from pharmacovigilance.domain.labels import labels
from pharmacovigilance.domain.pseudonymised import pseudonymised
from pharmacovigilance.domain.report import Report
from pharmacovigilance.domain.vocabulary import UNREADABLE, Status
from pharmacovigilance.models import DeadlineRow, OwnDeclarationRow, WorklistRow
from pharmacovigilance.submissions import holder_of

R = TypeVar("R", bound=Model)

STATUSES = (*(str(status) for status in Status), UNREADABLE)
"""What `Wanted.status` may be."""
LISTS = "declarations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a reviewer wants to see of the worklist; None is no matter."""

    serious: bool | None = None
    valid: bool | None = None
    overdue: bool | None = None
    status: str | None = None
    department: str | None = None
    centre: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationShown:
    """One declaration as known at a time, narrowed to what its reader may see."""

    id: UUID
    number: str
    version: int
    facts: CaseFacts
    report: Report
    flags: tuple[Flag, ...]
    questions: tuple[Question, ...]
    history: tuple[Step, ...]
    identity_shown: bool
    verbs: frozenset[str]
    as_of: datetime | None


def declarations(
    user: Someone,
    *,
    mine: bool = False,
    as_of: datetime | None = None,
    cursor: str | None = None,
    size: int = 25,
) -> Page[OwnDeclarationRow]:
    """Return the declarations that somebody may see, the newest first; only her own if `mine`.

    `as_of` shows each as recorded at an instant, folded from its stream; a page may then be short.
    """
    scope = access.own_scope(user) if mine else access.declaration_scope(user)
    rows = _within(OwnDeclarationRow.objects.all(), scope)
    rows = rows.order_by("-received_at", "-stream")
    if cursor is not None:
        received, stream = keys_in(cursor, "declarations")
        last = datetime.fromisoformat(received)
        rows = rows.filter(
            Q(received_at__lte=last), Q(received_at__lt=last) | Q(stream__lt=stream)
        )
    if as_of is not None:
        rows = rows.filter(received_at__lte=as_of)
    found = page(rows, size, "declarations", lambda row: [row.received_at.isoformat(), row.stream])
    _name_patients(user, found.rows)
    if as_of is None:
        return found
    return replace(found, rows=[row for row in found.rows if _put_back(row, as_of)])


def worklist(
    user: Someone, wanted: Wanted | None = None, *, cursor: str | None = None, size: int = 50
) -> Page[WorklistRow]:
    """Return the reviewers' list, the most urgent clock first. Raises PermissionDenied."""
    rows = _within(WorklistRow.objects.all(), _reviewed(user))
    rows = _narrowed(rows, wanted or Wanted()).order_by("urgency", "stream")
    if cursor is not None:
        urgency, stream = keys_in(cursor, "worklist")
        last = date.fromisoformat(urgency)
        rows = rows.filter(after(("urgency", "stream"), (last, stream)))
    return page(rows, size, "worklist", lambda row: [row.urgency.isoformat(), row.stream])


def unreadable(user: Someone) -> tuple[str, ...]:
    """Return the numbers of declarations whose last events this software cannot read.

    The lists show them as they were when they last could be read. Raises PermissionDenied.
    """
    rows = _within(WorklistRow.objects.all(), _reviewed(user))
    streams = rows.filter(stream__in=alarms.unreadable(LISTS)).values_list("stream", flat=True)
    return tuple(number_of(identifier_of(stream)) for stream in streams)


def deadlines(
    user: Someone,
    *,
    overdue: bool | None = None,
    department: str | None = None,
    cursor: str | None = None,
    size: int = 50,
) -> Page[DeadlineRow]:
    """Return the legal clocks that run, the earliest due first. Raises PermissionDenied."""
    rows = _within(DeadlineRow.objects.all(), _reviewed(user))
    if department is not None:
        rows = rows.filter(department=department)
    if overdue is not None:
        rows = rows.filter(_overdue("due", overdue=overdue))
    rows = rows.order_by("due", "stream", "row_key")
    if cursor is not None:
        due, stream, key = keys_in(cursor, "deadlines")
        last = date.fromisoformat(due)
        rows = rows.filter(after(("due", "stream", "row_key"), (last, stream, key)))
    found = page(
        rows, size, "deadlines", lambda row: [row.due.isoformat(), row.stream, row.row_key]
    )
    cases = {
        case.stream: case
        for case in WorklistRow.objects.filter(stream__in={row.stream for row in found.rows})
    }
    for row in found.rows:
        row.case = cases.get(row.stream)
    return found


def declaration(
    user: Someone,
    identifier: UUID,
    *,
    as_of: datetime | None = None,
    place: Place = Place.PAGE,
) -> DeclarationShown:
    """Return one declaration folded from its stream, as known now or as recorded at `as_of`.

    What whoever audits reads is recorded first, and pseudonymised. Raises Http404, also where it may
    not be seen or was not yet known; ReasonNeeded and ReadingNotRecorded for whoever audits.
    """
    past = history(stream_name(CATEGORY, identifier))
    now = _facts(past)
    holder = holder_of(now)
    seen = [one for one in past if as_of is None or one.recorded_at <= as_of]
    audits = access.may_audit(user)
    if not seen or not (audits or access.may_see_declaration(user, holder)):
        raise Http404
    if audits:
        opening = Opening(opened=Opened.DECLARATION, number=number_of(identifier), as_of=as_of)
        readings.record(user, stream_name(CATEGORY, identifier), opening, place)
    facts = now if len(seen) == len(past) else _facts(seen)
    identity = access.may_see_identity(user, holder)
    report = report_after([one.event for one in seen]) or Report()
    received = facts.first_received_at or seen[0].event.received_at
    return DeclarationShown(
        id=identifier,
        number=number_of(identifier),
        version=seen[-1].version,
        facts=facts,
        report=report if identity else pseudonymised(report),
        flags=(
            *flags(report, received),
            *(Flag("", code, SENTENCES[code]) for code in facts.flags),
        ),
        questions=questions(seen, facts),
        history=tuple(steps(seen, identity=identity)),
        identity_shown=identity,
        verbs=_verbs(user, holder),
        as_of=as_of,
    )


def _name_patients(user: Someone, rows: Sequence[OwnDeclarationRow]) -> None:
    """Open the patients' letters for whoever may see them."""
    known = [row for row in rows if access.may_see_identity(user, row.holder)]
    sealed = [
        (row.stream, "patient", value) for row in known for value in (row.letters, row.initial)
    ]
    clear = iter(opened(sealed) if sealed else ())
    for row, letters, initial in zip(known, clear, clear, strict=True):
        row.patient = " ".join(part for part in (letters, initial) if part)


def _put_back(row: OwnDeclarationRow, as_of: datetime) -> bool:
    """Change a row to what was recorded at an instant; say whether it can be shown.

    It cannot where nothing was recorded yet or the stream cannot be read. Who the patient is does
    not go back in time.
    """
    try:
        past = history(row.stream, as_of=as_of)
    except EventError:
        return False
    if not past:
        return False
    facts = _facts(past)
    row.stream_version, row.last_event_at = past[-1].version, past[-1].recorded_at
    row.status, row.valid, row.serious = str(facts.status), facts.valid, facts.serious
    row.drugs, row.reactions = labels(facts.suspects), labels(facts.reaction_terms)
    row.open_questions, row.follow_ups = len(facts.open_questions), facts.follow_ups
    row.department = facts.department or ""
    return True


def _reviewed(user: Someone) -> Scope:
    if not access.may_see_worklist(user):
        raise PermissionDenied
    return access.declaration_scope(user)


def _within(rows: QuerySet[R], scope: Scope) -> QuerySet[R]:
    """Narrow a list to a scope."""
    match scope.kind:
        case ScopeKind.ALL:
            return rows
        case ScopeKind.OWN:
            return rows.filter(declarant=scope.declarant)
        case ScopeKind.INSTITUTION:
            return rows.filter(institution=scope.institution)
        case ScopeKind.CENTRE:
            return rows.filter(department__in=scope.departments)
        case ScopeKind.NONE:
            raise PermissionDenied


def _narrowed(rows: QuerySet[WorklistRow], wanted: Wanted) -> QuerySet[WorklistRow]:
    exact = {
        name: value
        for name in ("serious", "valid", "status", "department", "centre")
        if (value := getattr(wanted, name)) is not None
    }
    rows = rows.filter(**exact)
    if wanted.status == UNREADABLE:
        rows = rows.filter(urgency=date.min)
    if wanted.overdue is not None:
        # `urgency` is the due date wherever there is one, and the lists' indexes begin with it.
        rows = rows.filter(_overdue("urgency", overdue=wanted.overdue), due__isnull=False)
    return rows


def _overdue(column: str, *, overdue: bool) -> Q:
    """Compare with today in Paris by the database's clock."""
    today = TruncDate(Now(), tzinfo=PARIS)
    return Q(**{f"{column}__lt" if overdue else f"{column}__gte": today})


def _facts(past: Sequence[Recorded]) -> CaseFacts:
    return folded(DECLARATION, past)


def _verbs(user: Someone, holder: Holder) -> frozenset[str]:
    """Return what the reader may do with this declaration."""
    may = {
        "follow_up": access.may_add_follow_up(user, holder),
        "withdraw": access.may_withdraw(user, holder),
        "ask": access.may_ask(user, holder),
        "answer": access.may_answer(user, holder),
    }
    return frozenset(verb for verb, allowed in may.items() if allowed)
