"""The agency's lists of requests for compassionate access: the queue, what is to regularise, silences."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import compassionate as may
from accounts.access import Someone
from accounts.people import names_of
from compassionate import agency_queries, outages, queries
from compassionate.domain.deadlines import Days, regularisation_days, service_back
from compassionate.domain.legal_parameter import (
    LegalParameter,
    ParameterFacts,
    days_to_regularise,
)
from compassionate.domain.vocabulary import RequestState
from compassionate.models import AccessRequestRow
from compassionate.outages import Outages
from compassionate.streams import parameter_facts
from events.days import PARIS
from portal.addresses import readable_cursor

STATES = (
    RequestState.RECEIVED,
    RequestState.UNDER_ASSESSMENT,
    RequestState.INFORMATION_ASKED,
    RequestState.TO_SIGN,
)
SHOWN = 100
"""Doses on one page: the oldest, which are done first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRegularise:
    """One dose or oral agreement that no request has followed yet, and its clocks."""

    told: agency_queries.ToRegularise
    days: Days | None
    delayed: bool


def expect_reader(user: Someone) -> None:
    """Let in who reads the agency's lists; what is clinical, the queries give and record."""
    if not may.may_see_queue(user):
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
        "to_tell": agency_queries.to_tell(request.user).count,
        "evaluators": _evaluators(page.rows),
    }
    return render(request, "backoffice/access_queue.html", context)


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """List what the reader took up."""
    expect_reader(request.user)
    with readable_cursor():
        page = agency_queries.mine(request.user, cursor=request.GET.get("suite") or None)
    context = {
        "rows": page.rows,
        "cursor": page.next_cursor,
        "mine": True,
        "evaluators": _evaluators(page.rows),
    }
    return render(request, "backoffice/access_queue.html", context)


@require_safe
@login_required
def regularisations(request: HttpRequest) -> HttpResponse:
    """List doses and oral agreements that no request has followed yet, and doses corrected since a decision."""
    expect_reader(request.user)
    known = outages.known(timezone.now())  # noqa: TID251  an edge of the house
    settled = parameter_facts(LegalParameter.REGULARISATION_DAYS)
    # One more than is shown says that there are more.
    doses = agency_queries.to_regularise(request.user, size=SHOWN + 1)
    corrected = agency_queries.corrected_since(request.user, size=SHOWN + 1)
    context = {
        "rows": [_to_regularise(one, known, settled) for one in doses[:SHOWN]],
        "corrected": corrected[:SHOWN],
        "shown": SHOWN,
        "more_rows": len(doses) > SHOWN,
        "more_corrected": len(corrected) > SHOWN,
    }
    return render(request, "backoffice/access_regularisations.html", context)


@require_safe
@login_required
def silences(request: HttpRequest) -> HttpResponse:
    """List the requests whose statutory term has passed, for a lawyer to establish what it decided."""
    expect_reader(request.user)
    today = timezone.localdate(timezone=PARIS)
    with readable_cursor():
        cursor = request.GET.get("suite") or None
        page = agency_queries.terms_passed(request.user, today, cursor=cursor)
    context = {
        "rows": page.rows,
        "cursor": page.next_cursor,
        "may_establish": may.may_establish_silence(request.user),
    }
    return render(request, "backoffice/access_silences.html", context)


def _to_regularise(
    one: agency_queries.ToRegularise, known: Outages, settled: ParameterFacts
) -> ToRegularise:
    given_at = one.row.given_at
    back_at = service_back(given_at, known) if given_at else None
    allowed = days_to_regularise(settled, given_at)
    days = regularisation_days(given_at, back_at, allowed) if given_at else None
    return ToRegularise(told=one, days=days, delayed=back_at is not None)


def _evaluators(rows: Sequence[AccessRequestRow]) -> dict[str, str]:
    return names_of({row.evaluator for row in rows if row.evaluator})
