"""The référentiel: the list of criteria sheets, and one with every version of it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import compassionate as may
from accounts.outage import expect_database
from accounts.people import names_of
from backoffice.access_history import lines_of
from backoffice.access_product_letters import letters_of_sheet
from backoffice.access_sheet_verbs import OPEN, Sheet, rows_of, verb_named, verbs_of
from backoffice.access_verb import Tried, answer_verb, offered, returned, whole_key
from compassionate import agency_queries, queries
from compassionate.streams import product_id
from portal.kept import keeps_text

TEXTS = {
    "statut.reason": _("Motif"),
    "publication.reason": _("Motif de la publication"),
    "annulation.reason": _("Motif de l’annulation"),
    "cessation.exceptional": _("Motif d’une prolongation exceptionnelle"),
    "ouvrir.indication_text": _("Indication"),
}


@require_safe
@login_required
def sheets(request: HttpRequest) -> HttpResponse:
    """List the référentiel."""
    return _list(request)


def _opening(request: HttpRequest, notice: str = "") -> HttpResponse:
    return _list(request, tried=returned(request, OPEN), notice=notice)


@keeps_text(_opening, TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
def open_sheet(request: HttpRequest) -> HttpResponse:
    """Open the sheet of a product in an indication."""
    if request.method != "POST":
        return redirect("backoffice:access_sheets")
    expect_database()
    product, indication = (
        request.POST.get(f"{OPEN.slug}.{name}", "").strip() for name in ("product", "indication")
    )
    to = reverse("backoffice:access_sheet", args=[product_id(product, indication)])
    return answer_verb(request, OPEN, None, lambda tried: _list(request, tried=tried), to)


def _list(request: HttpRequest, *, tried: Tried | None = None, notice: str = "") -> HttpResponse:
    opens = [OPEN] if may.may_prepare_criteria(request.user) else []
    context = {
        "rows": queries.criteria_sheets(request.user),
        "reads_lists": may.may_see_queue(request.user),
        "verbs": offered(opens, None, request, tried),
        "tried": tried,
        "key": whole_key(tried),
        "here": reverse("backoffice:access_sheets"),
        "notice": notice,
    }
    status = tried.status if tried else 200
    return render(request, "backoffice/access_sheets.html", context, status=status)


@require_safe
@login_required
def sheet(request: HttpRequest, identifier: UUID) -> HttpResponse:
    """Show one criteria sheet."""
    return _page(request, agency_queries.sheet(request.user, identifier))


def _shown(request: HttpRequest, notice: str = "", *, identifier: UUID, verb: str) -> HttpResponse:
    one = agency_queries.sheet(request.user, identifier)
    chosen = verb_named(verb, rows_of(request, one))
    tried = returned(request, chosen) if chosen else None
    return _page(request, one, tried=tried, notice=notice)


@keeps_text(_shown, TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
def act_on_sheet(request: HttpRequest, identifier: UUID, verb: str) -> HttpResponse:
    """Do one thing with a criteria sheet."""
    to = reverse("backoffice:access_sheet", args=[identifier])
    if request.method != "POST":
        return redirect(to)
    expect_database()
    one = agency_queries.sheet(request.user, identifier)
    chosen = verb_named(verb, rows_of(request, one))
    return answer_verb(request, chosen, one, lambda tried: _page(request, one, tried=tried), to)


def _page(
    request: HttpRequest, one: Sheet, *, tried: Tried | None = None, notice: str = ""
) -> HttpResponse:
    rows = rows_of(request, one)
    verbs = verbs_of(request.user, one, rows)
    if tried is not None and tried.slug not in {each.slug for each in verbs}:
        verbs = [each for each in (verb_named(tried.slug, rows),) if each] + verbs
    prepared = one.facts.prepared
    now = timezone.now()  # noqa: TID251  an edge of the house: which version is in force
    context = {
        "one": one,
        "facts": one.facts,
        "versions": list(reversed(one.facts.published)),
        "in_force": one.facts.in_force(now),
        "to_come": one.facts.to_come(now),
        "protocols": list(reversed(one.facts.protocols)),
        "preparer": names_of([prepared.by]).get(prepared.by, "") if prepared else "",
        "reads_lists": may.may_see_queue(request.user),
        "letters": letters_of_sheet(request.user, one),
        "lines": lines_of(one.events),
        "verbs": offered(verbs, one, request, tried, first_open=True),
        "tried": tried,
        "key": whole_key(tried),
        "here": reverse("backoffice:access_sheet", args=[one.id]),
        "notice": notice,
    }
    status = tried.status if tried else 200
    return render(request, "backoffice/access_sheet.html", context, status=status)
