"""Lists of compassionate access for the hospital: requests, and the référentiel."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import access, compassionate as may
from compassionate import criteria_file, criteria_kit, hospital, queries
from portal.access_outage import away, needs_log
from portal.addresses import readable_cursor
from portal.outage import database_answers
from portal.pdf import as_answer


@require_safe
@needs_log
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """List the requests of a prescriber, or of a pharmacist's hospital, the last touched first."""
    user = request.user
    if not (may.may_draft(user) or may.may_submit(user)):
        raise PermissionDenied
    with readable_cursor():
        page = queries.own_requests(user, cursor=request.GET.get("suite") or None)
    context = {
        "page": page,
        "may_draft": may.may_draft(user),
        "may_submit": may.may_submit(user),
    }
    return render(request, "portal/access/mine.html", context)


@require_safe
def referential(request: HttpRequest) -> HttpResponse:
    """List the criteria sheets; while the log is away, as this server last had them."""
    return _listed(request) if database_answers() else _kept(request)


def _kept(request: HttpRequest) -> HttpResponse:
    """Show the sheets and their criteria from the signed file of this node: they are public (R5121-74-10)."""
    kept = criteria_file.kept()
    now = timezone.now()  # noqa: TID251  an edge of the house: which criteria are shown
    if kept is None:
        return away(request)
    sheets = [one for one in kept.sheets if one.since is None or one.since <= now]
    newest = {(one.sheet.product, one.sheet.indication): one for one in sheets}
    context = {"kept": kept, "sheets": newest.values()}
    return render(request, "portal/access/referential_kept.html", context)


@login_required
def _listed(request: HttpRequest) -> HttpResponse:
    context = {"rows": queries.criteria_sheets(request.user)}
    return render(request, "portal/access/referential.html", context)


@require_safe
@never_cache
def offline(request: HttpRequest) -> HttpResponse:
    """Give the référentiel to keep for an outage, to whoever reads its page; made without the log.

    Raises Http404: this server has no signed file yet.
    """
    return _offline(request) if database_answers() else _document(request)


@login_required
def _offline(request: HttpRequest) -> HttpResponse:
    if not access.may_read(request.user):
        raise PermissionDenied
    return _document(request)


def _document(request: HttpRequest) -> HttpResponse:
    file = criteria_file.signed()
    if file is None:
        if not database_answers():
            return away(request)
        raise Http404
    name = f"referentiel-{file.kept.made_at:%Y-%m-%d}-{criteria_kit.version_of(file)}"
    return as_answer(criteria_kit.printed(file), name)


@require_safe
@needs_log
@login_required
def sheet(request: HttpRequest, identifier: UUID) -> HttpResponse:
    """Show one criteria sheet: its criteria in force, and its protocol."""
    now = timezone.now()  # noqa: TID251  an edge of the house: which criteria are shown
    context = {
        "shown": hospital.criteria_sheet(request.user, identifier, now),
        "may_draft": may.may_draft(request.user),
    }
    return render(request, "portal/access/sheet.html", context)
