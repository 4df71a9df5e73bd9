"""The reviewers' pages: worklist, deadline board, one case."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from uuid_utils.compat import uuid7

from accounts import access
from events.errors import CommandReused, Refused
from pharmacovigilance import actions, queries
from pharmacovigilance.domain.dates import read_instant
from pharmacovigilance.domain.number import NotANumber, parse
from pharmacovigilance.domain.places import CENTRES, DEPARTMENTS
from pharmacovigilance.domain.vocabulary import Status
from pharmacovigilance.queries import Wanted

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
    with _readable_cursor():
        page = queries.worklist(request.user, wanted, cursor=asked.get("suite") or None)
    context = {
        "page": page,
        "unreadable": queries.unreadable(request.user),
        "asked": asked,
        "filtered": wanted != Wanted(),
        "statuses": [status for status in Status if status is not Status.WITHDRAWN],
        "departments": DEPARTMENTS,
        "centres": CENTRES,
    }
    return render(request, "backoffice/worklist.html", context)


@require_safe
@login_required
def deadlines(request: HttpRequest) -> HttpResponse:
    """List the legal clocks that run, the earliest due first."""
    asked = request.GET
    with _readable_cursor():
        page = queries.deadlines(
            request.user,
            overdue=TRUTH.get(asked.get("retard", "")),
            department=_known(asked.get("departement", ""), DEPARTMENTS),
            cursor=asked.get("suite") or None,
        )
    context = {"page": page, "asked": asked, "departments": DEPARTMENTS}
    return render(request, "backoffice/deadlines.html", context)


@require_safe
@login_required
def case(request: HttpRequest, number: str) -> HttpResponse:
    """Show one case to a reviewer, as known now or at an earlier instant."""
    if not access.may_see_worklist(request.user):
        raise PermissionDenied
    text = request.GET.get("as_of", "").strip()
    as_of = read_instant(text)
    shown = queries.declaration(request.user, _identifier(number), as_of=as_of)
    return _case_page(request, shown, as_of_unreadable=bool(text) and as_of is None)


@require_POST
@login_required
def ask(request: HttpRequest, number: str) -> HttpResponse:
    """Ask the declarant for information."""
    shown = queries.declaration(request.user, _identifier(number))
    if "ask" not in shown.verbs:
        raise PermissionDenied
    text = request.POST.get("text", "").replace("\r\n", "\n").strip()
    key = request.POST.get("key", "")
    try:
        actions.ask_information(request.user, shown.id, text, idempotency_key=key or str(uuid7()))
    except Refused as refusal:
        errors = [problem.detail for problem in refusal.problems]
        return _case_page(request, shown, errors=errors, text=text, key=key)
    except CommandReused:
        errors = [_("Ce formulaire a déjà été envoyé, avec un autre texte. Rechargez la page.")]
        return _case_page(request, shown, errors=errors, text=text, key=key)
    return redirect("backoffice:case", number=shown.number)


def _case_page(request: HttpRequest, shown: queries.DeclarationShown, **more: Any) -> HttpResponse:
    context = {"case": shown, "key": uuid7()} | more
    status = 422 if more.get("errors") else 200
    return render(request, "backoffice/case.html", context, status=status)


@contextmanager
def _readable_cursor() -> Iterator[None]:
    """Answer 400 where the address carries a cursor that this site did not make."""
    try:
        yield
    except Refused as refusal:
        raise BadRequest from refusal


def _identifier(number: str) -> UUID:
    try:
        return parse(number)
    except NotANumber as error:
        raise Http404 from error


def _known(code: str, codes: dict[str, Any]) -> str | None:
    return code if code in codes else None
