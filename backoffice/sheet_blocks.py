"""Blocks of numbered sheets: who holds which numbers, a further block, its printed kit."""

from collections.abc import Sequence
from datetime import date

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access
from accounts.access import Someone
from continuity import sheet_kit, sheet_queries, sheets
from continuity.queries import current_incident
from continuity.sheet_queries import BlockShown
from events.errors import EventError, Problem, Refused
from portal.answers import iso_date
from portal.forms import NOT_REFUSED, Refusal, form_key, refusal, typed
from portal.kept import keeps_text
from portal.pdf import as_answer

FIELDS = {
    "site": gettext_lazy("Site : numéro FINESS ou code d’agence"),
    "count": gettext_lazy("Nombre de fiches"),
    "holder": gettext_lazy("Remis à : établissement ou fonction d’astreinte"),
    "valid_until": gettext_lazy("Valable jusqu’au"),
}


def issued(user: Someone) -> Sequence[BlockShown]:
    """Return the blocks, with which of them nobody has told of since the incident that is not over."""
    incident = current_incident()
    return sheet_queries.blocks(user, incident.opened_at if incident else None)


def _shown(
    request: HttpRequest, notice: str = "", *, refused: Refusal = NOT_REFUSED
) -> HttpResponse:
    context = {
        "blocks": issued(request.user),
        "may_issue": access.may_issue_sheets(request.user),
        "may_return": access.may_issue_sheets(request.user)
        or access.may_handle_sheets(request.user),
        "may_see": access.may_see_sheets(request.user),
        "fields": [(name, words, typed(request, name)) for name, words in FIELDS.items()],
        "key": form_key(request),
        "errors": refused.sentences,
        "notice": notice,
    }
    return render(request, "backoffice/sheets_blocks.html", context, status=refused.status)


@keeps_text(_shown, FIELDS)
@require_http_methods(["GET", "HEAD", "POST"])
def blocks(request: HttpRequest) -> HttpResponse:
    """Show the blocks, or issue one."""
    if request.method != "POST":
        return _shown(request)
    try:
        sheets.issue_block(
            request.user,
            site=typed(request, "site"),
            count=_count(typed(request, "count")),
            holder=typed(request, "holder"),
            valid_until=_day(typed(request, "valid_until")),
            idempotency_key=str(form_key(request)),
        )
    except EventError as error:
        return _shown(request, refused=refusal(error))
    return redirect("backoffice:sheet_blocks")


@require_POST
@login_required
def returned(request: HttpRequest, site: str, first: int) -> HttpResponse:
    """Note how far a block was used."""
    text = typed(request, "last_used")
    try:
        if not (text.isascii() and text.isdecimal() and len(text) < 6):
            sentence = _("Écrivez le rang de la dernière fiche utilisée ; 0 si aucune ne l’est.")
            raise Refused(Problem("/last_used", "rank_needed", sentence))
        sheets.return_block(request.user, site, first, int(text) or None, str(form_key(request)))
    except EventError as error:
        return _shown(request, refused=refusal(error))
    return redirect("backoffice:sheet_blocks")


@require_safe
@login_required
def kit(request: HttpRequest, site: str, first: int) -> HttpResponse:
    """Give the printed kit of one block, from the log itself: its row may not be there yet."""
    if not access.may_issue_sheets(request.user):
        raise PermissionDenied
    block = next((one for one in sheets.blocks_of(site).blocks if one.first == first), None)
    if block is None:
        raise Http404
    return as_answer(sheet_kit.printed(block), f"fiches-{block.name}", attached=True)


def _count(text: str) -> int:
    """Return a number; what is none is no block's size. Zero is refused in the domain's words."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _day(text: str) -> date:
    """Return the day that was typed. Raises Refused."""
    try:
        return date.fromisoformat(iso_date(text))
    except ValueError:
        sentence = _("Écrivez un jour entier, par exemple 14/03/2026.")
        raise Refused(Problem("/valid_until", "day_needed", sentence)) from None
