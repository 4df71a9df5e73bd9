"""The clinician's declarations: the list, one of them, and what can be added to it."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from uuid_utils.compat import uuid7

from accounts import access
from accounts.models import Role
from events.errors import CommandReused, Refused
from pharmacovigilance import actions, queries
from pharmacovigilance.domain.dates import read_instant
from pharmacovigilance.domain.number import NotANumber, parse
from portal.problems import in_readers_language

WIDER = {Role.HOSPITAL_PHARMACIST, Role.REGIONAL_CENTRE}


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """List what the reader declared; a pharmacist and a centre may widen the list."""
    user = request.user
    if not access.may_declare(user):
        raise PermissionDenied
    may_widen = access.role_of(user) in WIDER
    wide = may_widen and request.GET.get("voir") == "toutes"
    try:
        page = queries.declarations(user, mine=not wide, cursor=request.GET.get("suite") or None)
    except Refused as refusal:
        raise BadRequest from refusal
    context = {"page": page, "may_widen": may_widen, "wide": wide}
    return render(request, "portal/declarations.html", context)


@require_safe
@login_required
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """Show the number and what happens next; folded from the log, so it is there at once."""
    shown = queries.declaration(request.user, identifier(number))
    return render(request, "portal/receipt.html", {"case": shown})


@require_safe
@login_required
def shown(request: HttpRequest, number: str) -> HttpResponse:
    """Show one declaration and its history, as known now or at an earlier instant."""
    text = request.GET.get("as_of", "").strip()
    as_of = read_instant(text)
    case = queries.declaration(request.user, identifier(number), as_of=as_of)
    context = {"case": case, "as_of_unreadable": bool(text) and as_of is None, "key": uuid7()}
    return render(request, "portal/declaration.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take a declaration back, with a reason."""
    case = queries.declaration(request.user, identifier(number))
    if "withdraw" not in case.verbs:
        raise PermissionDenied
    context: dict[str, Any] = {"case": case, "key": form_key(request)}
    if request.method == "POST":
        text = typed(request, "reason")
        context |= {"text": text}
        try:
            actions.withdraw_declaration(
                request.user, case.id, text, idempotency_key=str(context["key"])
            )
        except (Refused, CommandReused) as error:
            context["errors"] = sentences(error)
            return render(request, "portal/withdraw.html", context, status=422)
        return redirect("portal:declaration", number=case.number)
    return render(request, "portal/withdraw.html", context)


@require_http_methods(["POST"])
@login_required
def answer(request: HttpRequest, number: str, question: UUID) -> HttpResponse:
    """Answer a question that was asked about a declaration."""
    case = queries.declaration(request.user, identifier(number))
    if "answer" not in case.verbs:
        raise PermissionDenied
    key, text = form_key(request), typed(request, "text")
    try:
        actions.answer_information(request.user, case.id, question, text, idempotency_key=str(key))
    except (Refused, CommandReused) as error:
        context = {
            "case": case,
            "key": key,
            "text": text,
            "answered": question,
            "errors": sentences(error),
        }
        return render(request, "portal/declaration.html", context, status=422)
    return redirect("portal:declaration", number=case.number)


def identifier(number: str) -> UUID:
    """Return the identifier that a number in an address names. Raises Http404."""
    try:
        return parse(number)
    except NotANumber as error:
        raise Http404 from error


def form_key(request: HttpRequest) -> UUID:
    """Return the form's own key: sent twice, it acts once."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid7()


def typed(request: HttpRequest, name: str) -> str:
    """Return a posted text with the line ends of a text file."""
    return request.POST.get(name, "").replace("\r\n", "\n").strip()


def sentences(error: Refused | CommandReused) -> list[str]:
    """Return what was wrong, in the reader's language."""
    if isinstance(error, Refused):
        return [in_readers_language(problem.detail) for problem in error.problems]
    return [_("Ce formulaire a déjà été envoyé, avec un autre texte. Rechargez la page.")]
