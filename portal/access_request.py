"""One request: where it stands, what its parts say, its history, and what its reader may do with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from uuid_utils.compat import uuid7

from accounts import compassionate as may
from accounts.credentials import actor_of
from compassionate import queries, sending
from compassionate.domain.vocabulary import LABELS, WrittenWish
from compassionate.queries import RequestShown
from events.acknowledged import Acknowledged
from events.days import read_instant
from events.errors import EventError
from events.number import number_of
from portal import access_view
from portal.access_documents import documents_of
from portal.access_letters import letters_of_request, sent
from portal.access_outage import needs_log
from portal.addresses import identifier
from portal.forms import NOT_REFUSED, Refusal, form_key, refusal, typed
from portal.kept import keeps_text
from portal.problems import in_readers_language
from portal.received import told

WISHES = frozenset({"WithdrawRequest", "ReportWithdrawal"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is read; `too_early` is an instant at which nothing was known yet."""

    shown: RequestShown
    too_early: datetime | None = None
    unreadable: bool = False


@require_safe
@needs_log
@login_required
def shown(request: HttpRequest, number: str) -> HttpResponse:
    """Show one request as known now, or at `?as_of=`; whoever audits reads on the agency's page."""
    if may.must_log_reading(request.user):
        raise PermissionDenied
    read = _reading(request, number)
    one = read.shown
    here = reverse("portal:access", args=[one.number])
    if read.too_early:
        context = {"read": read, "shown": one, "here": here}
        return render(request, "portal/access/too_early.html", context, status=404)
    return render(request, "portal/access/request.html", _context(request, read) | {"here": here})


def _reading(request: HttpRequest, number: str) -> Reading:
    """Read a request at `?as_of=`. Raises Http404, also where it may not be seen."""
    text = request.GET.get("as_of", "").strip()
    as_of = read_instant(text)
    known = identifier(number)
    try:
        one = queries.request(request.user, known, as_of=as_of)
    except Http404:
        if as_of is None:
            raise
        return Reading(shown=queries.request(request.user, known), too_early=as_of)
    return Reading(shown=one, unreadable=bool(text) and as_of is None)


def _context(request: HttpRequest, read: Reading) -> dict[str, Any]:
    one = read.shown
    verbs = queries.verbs(request.user, one) if one.as_of is None else frozenset()
    return {
        "shown": one,
        "may_correct": "CorrectDispensing" in verbs,
        "read": read,
        "case": one,
        "standing": access_view.standing(one.facts),
        "verbs": verbs,
        "question": access_view.question(one),
        "sections": access_view.parts(one),
        "criteria": access_view.criteria(one),
        "decision": access_view.decision(one),
        "documents": documents_of(one),
        "letters": sent(letters_of_request(one)),
        "key": uuid7(),
    }


def _withdrawal(
    request: HttpRequest,
    *,
    number: str,
    reports: bool,
    prescriber_name: str | None,
    notice: str = "",
    refused: Refusal = NOT_REFUSED,
) -> HttpResponse:
    """Show the form by which a request is taken back, or `reports` that it is; it reads no request."""
    context = {
        "number": number_of(identifier(number)),
        "key": form_key(request),
        "text": typed(request, "reason"),
        "reports": reports,
        "prescriber_name": prescriber_name or "",
        "written": request.POST.get("written", ""),
        "writings": [(wish.value, in_readers_language(LABELS[wish])) for wish in WrittenWish],
        "errors": refused.sentences,
        "notice": notice,
    }
    return render(request, "portal/access/withdraw.html", context, status=refused.status)


def _returned(
    request: HttpRequest, notice: str = "", *, number: str, refused: Refusal = NOT_REFUSED
) -> HttpResponse:
    """Give the form back with what was posted, without acting on it."""
    return _withdrawal(
        request,
        number=number,
        reports="prescriber_name" in request.POST,
        prescriber_name=typed(request, "prescriber_name"),
        notice=notice,
        refused=refused,
    )


@keeps_text(_returned, alone=True)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take a request back before it is decided, with a reason; a pharmacy reports whose wish it is."""
    if request.method != "POST":
        return _asked(request, number)
    sender = actor_of(request)
    try:
        done = _taken_back(request, identifier(number))
    except EventError as error:
        return _returned(request, number=number, refused=refusal(error))
    return told(request, sender, done, "portal:access")


def _asked(request: HttpRequest, number: str) -> HttpResponse:
    """Ask whoever may take the request back, or report it. Raises Http404, PermissionDenied."""
    one = queries.request(request.user, identifier(number))
    verbs = queries.verbs(request.user, one)
    if not verbs & WISHES:
        raise PermissionDenied
    return _withdrawal(
        request,
        number=number,
        reports="ReportWithdrawal" in verbs,
        prescriber_name=one.prescription.prescriber_name if one.prescription else None,
    )


def _taken_back(request: HttpRequest, which: UUID) -> Acknowledged:
    sender, key = actor_of(request), str(form_key(request))
    reason = typed(request, "reason")
    if "prescriber_name" not in request.POST:
        return sending.withdraw_request(sender, which, reason, idempotency_key=key)
    written = request.POST.get("written", "")
    return sending.report_withdrawal(
        sender,
        which,
        reason,
        typed(request, "prescriber_name"),
        WrittenWish(written) if written in set(WrittenWish) else None,
        idempotency_key=key,
    )
