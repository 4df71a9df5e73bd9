"""The lists of authorisations that the ministers publish, as a page and as files."""

from collections.abc import Mapping
from datetime import date, timedelta
from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts import compassionate as may
from backoffice.access_form import AccessForm, day, shown_day
from compassionate import public_lists
from compassionate.domain.authorisation_changes import Change
from compassionate.public_lists import Lists
from events.days import day_of
from events.small_cells import SMALLEST, Cell

FIELDS = (day("du", _("Du"), required=True), day("au", _("Au, compris"), required=True))
FORM = "periode"
WRONG_ORDER = _("Ce jour précède le premier.")
TITLES: dict[Change, Promise] = {
    Change.GRANTED: _("Octroyées"),
    Change.ENDED: _("Ayant pris fin"),
    Change.SUSPENDED: _("Suspendues"),
    Change.WITHDRAWN: _("Retirées"),
}
FILES = {
    "csv": ("text/csv; charset=utf-8; header=present", public_lists.as_csv),
    "json": ("application/json", public_lists.as_json),
}


@require_safe
@login_required
def lists(request: HttpRequest) -> HttpResponse:
    """Show the lists of a period, the last whole month unless one is asked for; `?fichier=csv` gives them."""
    if not may.may_count_lists(request.user):
        raise PermissionDenied
    now = timezone.now()  # noqa: TID251  an edge of the house: the instant that the lists are of
    form = _form(request, day_of(now))
    since, until = form.day("du"), form.day("au")
    if since is not None and until is not None and since > until:
        form.refuse("au", WRONG_ORDER)
    if since is None or until is None or form.refused:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return render(request, "backoffice/access_lists.html", {"form": form}, status=status)
    told = public_lists.lists(request.user, since, until, now)
    chosen = request.GET.get("fichier", "")
    if chosen in FILES:
        return _file(told, chosen)
    context = {
        "form": form,
        "told": told,
        "titles": TITLES.values(),
        "rows": [(line, _cells(line.cells)) for line in told.lines],
        "totals": _cells(told.totals),
        "smallest": SMALLEST,
        "query": f"{FORM}.du={since}&{FORM}.au={until}",
    }
    return render(request, "backoffice/access_lists.html", context)


def _cells(counted: Mapping[Change, Cell]) -> list[tuple[Promise, Cell]]:
    """Return the cells of a line, each with its title."""
    return [(title, counted[change]) for change, title in TITLES.items()]


def _form(request: HttpRequest, today: date) -> AccessForm:
    if f"{FORM}.du" in request.GET:
        return AccessForm.from_post(FORM, FIELDS, request.GET)
    last = today.replace(day=1) - timedelta(days=1)
    known = {"du": shown_day(last.replace(day=1)), "au": shown_day(last)}
    return AccessForm.known(FORM, FIELDS, known)


def _file(told: Lists, chosen: str) -> HttpResponse:
    content_type, write = FILES[chosen]
    answer = HttpResponse(write(told), content_type=content_type)
    name = f"autorisations-{told.since}-{told.until}.{chosen}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
