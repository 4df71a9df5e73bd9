"""The reviewers' pages: worklist, deadline board, one case."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import access
from accounts.outage import expect_database
from events.errors import EventError
from pharmacovigilance import actions, queries
from pharmacovigilance.domain.places import CENTRES, DEPARTMENTS
from pharmacovigilance.domain.vocabulary import Status
from pharmacovigilance.queries import Wanted
from portal.addresses import identifier, readable_cursor
from portal.forms import NOT_REFUSED, Refusal, form_key, refusal, text_form, typed
from portal.kept import keeps_text
from portal.links import links_of
from portal.readings import case_page

TRUTH = {"oui": True, "non": False}


@require_safe
@login_required
def worklist(request: HttpRequest) -> HttpResponse:
    """List the open declarations, the most urgent clock first; the address keeps the filters."""
    asked = request.GET
    wanted = Wanted(
        serious=TRUTH.get(asked.get("grave", "")),
        valid=TRUTH.get(asked.get("complet", "")),
        overdue=TRUTH.get(asked.get("retard", "")),
        status=asked["etat"] if asked.get("etat") in set(Status) else None,
        department=_known(asked.get("departement", ""), DEPARTMENTS),
        centre=_known(asked.get("centre", ""), CENTRES),
    )
    with readable_cursor():
        page = queries.worklist(request.user, wanted, cursor=asked.get("suite") or None)
    context = {
        "page": page,
        "unreadable": queries.unreadable(request.user),
        "asked": asked,
        "filtered": wanted != Wanted(),
        "statuses": list(Status),
        "departments": DEPARTMENTS,
        "centres": CENTRES,
    }
    return render(request, "backoffice/worklist.html", context)


@require_safe
@login_required
def deadlines(request: HttpRequest) -> HttpResponse:
    """List the legal clocks that run, the earliest due first."""
    asked = request.GET
    with readable_cursor():
        page = queries.deadlines(
            request.user,
            overdue=TRUTH.get(asked.get("retard", "")),
            department=_known(asked.get("departement", ""), DEPARTMENTS),
            cursor=asked.get("suite") or None,
        )
    context = {
        "page": page,
        "asked": asked,
        "filtered": any(asked.get(name) for name in ("retard", "departement")),
        "departments": DEPARTMENTS,
    }
    return render(request, "backoffice/deadlines.html", context)


@require_safe
@login_required
def case(request: HttpRequest, number: str) -> HttpResponse:
    """Show one case to a reviewer or to whoever audits, as known now or at an earlier instant."""
    if not (access.may_see_worklist(request.user) or access.may_audit(request.user)):
        raise PermissionDenied
    return case_page(request, number, template="backoffice/case.html", name="backoffice:case")


def _question(
    request: HttpRequest, notice: str = "", *, number: str, refused: Refusal = NOT_REFUSED
) -> HttpResponse:
    """Show a case with what was typed as a question to the declarant."""
    shown = queries.declaration(request.user, identifier(number))
    context = text_form(request, shown, "ask", "text", refused, notice)
    context |= links_of(request, shown)
    return render(request, "backoffice/case.html", context, status=refused.status)


@keeps_text(_question, {"text": gettext_lazy("Votre question au déclarant")})
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, number: str) -> HttpResponse:
    """Ask the declarant for information."""
    if request.method != "POST":
        return redirect("backoffice:case", number=number)
    key, text = str(form_key(request)), typed(request, "text")
    expect_database()
    try:
        done = actions.ask_information(request.user, identifier(number), text, idempotency_key=key)
    except EventError as error:
        return _question(request, number=number, refused=refusal(error))
    return redirect("backoffice:case", number=done.number)


def _known(code: str, codes: dict[str, Any]) -> str | None:
    return code if code in codes else None
