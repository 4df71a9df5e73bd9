"""The agency's lists of requests for compassionate access: the queue, what is to regularise, silences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import compassionate as may
from accounts.access import Someone
from accounts.people import names_of
from compassionate import agency_queries, queries
from compassionate.domain.deadlines import Days, regularisation_days
from compassionate.domain.request_facts import Beforehand
from compassionate.domain.vocabulary import RequestState
from compassionate.models import AccessRequestRow
from continuity.incident_models import IncidentRow
from events.days import PARIS
from portal.addresses import readable_cursor

STATES = (
    RequestState.RECEIVED,
    RequestState.UNDER_ASSESSMENT,
    RequestState.INFORMATION_ASKED,
    RequestState.TO_SIGN,
)
LATEST_INCIDENTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRegularise:
    """One dose or oral agreement that no request has followed yet, and its clocks."""

    row: AccessRequestRow
    beforehand: Sequence[Beforehand]
    days: Days | None
    delayed: bool


def expect_reader(user: Someone) -> None:
    """Let in who reads the agency's lists; nobody whose readings have to be recorded, which none is."""
    if not may.may_see_queue(user) or may.must_log_reading(user):
        raise PermissionDenied


@require_safe
@login_required
def queue(request: HttpRequest) -> HttpResponse:
    """List what waits for the agency; the address keeps the state that was asked for."""
    expect_reader(request.user)
    state = request.GET.get("etat", "")
    asked = state if state in {one.value for one in STATES} else None
    with readable_cursor():
        page = queries.queue(request.user, state=asked, cursor=request.GET.get("suite") or None)
    context = {
        "rows": page.rows,
        "cursor": page.next_cursor,
        "asked": asked,
        "states": STATES,
        "evaluators": _evaluators(page.rows),
    }
    return render(request, "backoffice/access_queue.html", context)


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """List what the reader took up."""
    expect_reader(request.user)
    rows = agency_queries.mine(request.user)
    context = {"rows": rows, "mine": True, "evaluators": _evaluators(rows)}
    return render(request, "backoffice/access_queue.html", context)


@require_safe
@login_required
def regularisations(request: HttpRequest) -> HttpResponse:
    """List doses and oral agreements that no request has followed yet, with their clocks."""
    expect_reader(request.user)
    restored = list(
        IncidentRow.objects.filter(since__isnull=False, restored_at__isnull=False).order_by(
            "-restored_at"
        )[:LATEST_INCIDENTS]
    )
    rows = [_to_regularise(one, restored) for one in agency_queries.to_regularise(request.user)]
    return render(request, "backoffice/access_regularisations.html", {"rows": rows})


@require_safe
@login_required
def silences(request: HttpRequest) -> HttpResponse:
    """List the requests whose statutory term has passed, for a lawyer to establish what it decided."""
    expect_reader(request.user)
    today = timezone.localdate(timezone=PARIS)
    rows = agency_queries.terms_passed(request.user, today)
    context = {"rows": rows, "may_establish": may.may_establish_silence(request.user)}
    return render(request, "backoffice/access_silences.html", context)


def _to_regularise(
    one: agency_queries.ToRegularise, restored: Sequence[IncidentRow]
) -> ToRegularise:
    given_at = one.row.given_at
    if given_at is None:
        return ToRegularise(row=one.row, beforehand=one.beforehand, days=None, delayed=False)
    back_at = _service_back(given_at, restored)
    days = regularisation_days(given_at, back_at)
    delayed = back_at is not None
    return ToRegularise(row=one.row, beforehand=one.beforehand, days=days, delayed=delayed)


def _service_back(at: datetime, restored: Sequence[IncidentRow]) -> datetime | None:
    """Return when the outage ended in which something was given, None where there was none."""
    ends = [
        one.restored_at
        for one in restored
        if one.since is not None
        and one.restored_at is not None
        and one.since <= at < one.restored_at
    ]
    return max(ends, default=None)


def _evaluators(rows: Sequence[AccessRequestRow]) -> dict[str, str]:
    return names_of({row.evaluator for row in rows if row.evaluator})
