"""The clinician's declarations: the list, one of them, and what can be added to it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import access
from accounts.credentials import actor_of
from events.errors import EventError
from pharmacovigilance import actions, queries
from portal.addresses import identifier, readable_cursor
from portal.forms import NOT_REFUSED, Refusal, form_key, refusal, text_form, typed
from portal.kept import Sender, keeps_text, refused_again
from portal.links import links_of
from portal.outage import expect_database, reads
from portal.readings import case_page
from portal.received import told

ANSWER = gettext_lazy("Votre réponse")
REASON = gettext_lazy("Raison du retrait")


@require_safe
@reads
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """List what the reader declared; a pharmacist and a centre may widen the list."""
    user = request.user
    if not access.may_declare(user):
        raise PermissionDenied
    may_widen = access.may_widen_list(user)
    wide = may_widen and request.GET.get("voir") == "toutes"
    with readable_cursor():
        page = queries.declarations(user, mine=not wide, cursor=request.GET.get("suite") or None)
    context = {"page": page, "may_widen": may_widen, "wide": wide}
    return render(request, "portal/declarations.html", context)


@require_safe
@reads
@login_required
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """Show the number and what happens next; folded from the log, so it is there at once."""
    shown = queries.declaration(request.user, identifier(number))
    context = {"case": shown} | links_of(request, shown)
    return render(request, "portal/receipt.html", context)


@require_safe
@reads
@login_required
def shown(request: HttpRequest, number: str) -> HttpResponse:
    """Show one declaration and its history, as known now or at an earlier instant."""
    template, name = "portal/declaration.html", "portal:declaration"
    return case_page(request, number, template=template, name=name)


def _withdrawal(
    request: HttpRequest, notice: str = "", *, number: str, refused: Refusal = NOT_REFUSED
) -> HttpResponse:
    """Show the form of a withdrawal."""
    expect_database()
    case = queries.declaration(request.user, identifier(number))
    context = text_form(request, case, "withdraw", "reason", refused, notice)
    return render(request, "portal/withdraw.html", context, status=refused.status)


@keeps_text(_withdrawal, {"reason": REASON})
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take a declaration back, with a reason."""
    if request.method != "POST":
        return _withdrawal(request, number=number)
    key, reason = str(form_key(request)), typed(request, "reason")
    sender = actor_of(request)
    try:
        done = actions.withdraw_declaration(
            sender, identifier(number), reason, idempotency_key=key
        )
    except EventError as error:
        refused = refusal(error)
        return refused_again(
            request,
            {"reason": REASON},
            refused,
            lambda: _withdrawal(request, number=number, refused=refused),
        )
    return told(request, sender, done, "portal:declaration")


def _question(
    request: HttpRequest,
    notice: str = "",
    *,
    number: str,
    question: UUID,
    refused: Refusal = NOT_REFUSED,
) -> HttpResponse:
    """Show a declaration with what was typed in answer to one of its questions."""
    expect_database()
    case = queries.declaration(request.user, identifier(number))
    context = text_form(request, case, "answer", "text", refused, notice)
    context |= links_of(request, case) | {"answered": question}
    return render(request, "portal/declaration.html", context, status=refused.status)


@keeps_text(_question, {"text": ANSWER}, sender=Sender.TELLER)
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, number: str, question: UUID) -> HttpResponse:
    """Answer a question that was asked about a declaration."""
    if request.method != "POST":
        return redirect("portal:declaration", number=number)
    key, text = str(form_key(request)), typed(request, "text")
    sender = actor_of(request)
    try:
        done = actions.answer_information(
            sender, identifier(number), question, text, idempotency_key=key
        )
    except EventError as error:
        refused = refusal(error)
        return refused_again(
            request,
            {"text": ANSWER},
            refused,
            lambda: _question(request, number=number, question=question, refused=refused),
        )
    return told(request, sender, done, "portal:declaration")
