"""A follow-up in words, for whom the case cannot be shown now: nobody signed in, or no database."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from accounts import access
from accounts.credentials import actor_of
from events.errors import EventError
from events.number import number_of
from pharmacovigilance import actions
from pharmacovigilance.api.serializers import InformationSerializer
from portal.addresses import identifier
from portal.forms import NOT_REFUSED, Refusal, form_key, refusal, typed
from portal.outage import database_answers
from portal.received import told

FIELD = "narrative"
NEWS = gettext_lazy("Ce qui est nouveau")
MARK = "sans_relecture"
"""Posted with a form whose page showed nothing of the case."""


def is_asked(request: HttpRequest) -> bool:
    """Say whether this request is to be answered without reading the case."""
    if request.method == "POST":
        return MARK in request.POST
    return not access.may_read(actor_of(request)) or not database_answers()


def follow_up(request: HttpRequest, number: str) -> HttpResponse:
    """Show the form, or send it. Raises Http404, also for a declaration that is not hers."""
    which = identifier(number)
    if request.method != "POST":
        return _page(request, number_of(which))
    now = actions.receipt_time()
    said = {FIELD: typed(request, FIELD)}
    sender = actor_of(request)
    try:
        information = InformationSerializer(said, received_at=now).get()
        done = actions.add_follow_up(
            sender, which, information, idempotency_key=str(form_key(request)), now=now
        )
    except EventError as error:
        return _page(request, number_of(which), refusal(error))
    return told(request, sender, done, "portal:declaration")


def _page(request: HttpRequest, number: str, refused: Refusal = NOT_REFUSED) -> HttpResponse:
    context = {
        "number": number,
        "key": form_key(request),
        "mark": MARK,
        "label": NEWS,
        "text": typed(request, FIELD),
        "errors": refused.sentences,
        "may_sign_in": database_answers(),
    }
    return render(request, "portal/blind.html", context, status=refused.status)
