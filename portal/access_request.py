"""One request: where it stands, what its parts say, its history, and what its reader may do with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from uuid_utils.compat import uuid7

from accounts import compassionate as may
from accounts.credentials import actor_of
from compassionate import queries, sending
from compassionate.queries import RequestShown
from events.days import read_instant
from events.errors import EventError
from portal import access_view
from portal.access_letters import letters_of_request
from portal.access_outage import needs_log
from portal.addresses import identifier
from portal.forms import NOT_REFUSED, Refusal, form_key, refusal, typed
from portal.kept import keeps_text, refused_again
from portal.outage import expect_database
from portal.received import told

REASON = gettext_lazy("Motif du retrait")
TEXTS = {"reason": REASON}


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
    """Show one request as known now, or at `?as_of=`; whoever audits reads where readings are recorded."""
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
    return {
        "shown": one,
        "read": read,
        "case": one,
        "standing": access_view.standing(one.facts),
        "verbs": queries.verbs(request.user, one) if one.as_of is None else frozenset(),
        "question": access_view.question(one),
        "sections": access_view.parts(one),
        "criteria": access_view.criteria(one),
        "decision": access_view.decision(one),
        "letters": letters_of_request(one),
        "key": uuid7(),
    }


def _withdrawal(
    request: HttpRequest, notice: str = "", *, number: str, refused: Refusal = NOT_REFUSED
) -> HttpResponse:
    """Show the form by which a request is taken back."""
    expect_database()
    one = queries.request(request.user, identifier(number))
    if "WithdrawRequest" not in queries.verbs(request.user, one) and not refused.sentences:
        raise PermissionDenied
    context = {
        "shown": one,
        "key": form_key(request),
        "text": typed(request, "reason"),
        "errors": refused.sentences,
        "notice": notice,
    }
    return render(request, "portal/access/withdraw.html", context, status=refused.status)


@keeps_text(_withdrawal, TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take a request back before it is decided, with a reason."""
    if request.method != "POST":
        return _withdrawal(request, number=number)
    sender = actor_of(request)
    try:
        done = sending.withdraw_request(
            sender,
            identifier(number),
            typed(request, "reason"),
            idempotency_key=str(form_key(request)),
        )
    except EventError as error:
        refused = refusal(error)
        return refused_again(
            request, TEXTS, refused, lambda: _withdrawal(request, number=number, refused=refused)
        )
    return told(request, sender, done, "portal:access")
