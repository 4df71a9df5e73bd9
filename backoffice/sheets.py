"""The desk of numbered sheets: what waits, one sheet, and what a person does with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from uuid_utils.compat import uuid7

from accounts import access
from backoffice.sheet_blocks import issued
from backoffice.sheet_form import SheetForm
from backoffice.sheet_joins import declared_under, move_receipts
from continuity import sheet_queries, sheets
from continuity.domain.sheet_number import NotASheetNumber, as_written, parse, sheet_id
from continuity.domain.sheet_words import Between, Ruling
from continuity.sheet_queries import SheetShown
from events.errors import CommandReused, EventError, Problem, Refused
from portal.forms import NOT_REFUSED, Refusal, form_key, refusal, typed
from portal.kept import keeps_text


@require_safe
@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """List what waits, the most urgent first, or with `?closes=oui` what ended."""
    ended = request.GET.get("closes") == "oui"
    blocks = issued(request.user)
    context = {
        "rows": sheet_queries.sheets(request.user, ended=ended),
        "blocks": [one for one in blocks if one.lacking],
        "out": [one for one in blocks if one.out],
        "ended": ended,
        "may_handle": access.may_handle_sheets(request.user),
        "longest": sheet_queries.LONGEST_LIST,
    }
    return render(request, "backoffice/sheets_desk.html", context)


@require_POST
@login_required
def find(request: HttpRequest) -> HttpResponse:
    """Go to the sheet of a number; posted, because anything may be typed into a search."""
    number = _number(typed(request, "numero"))
    if not access.may_see_sheets(request.user):
        raise PermissionDenied
    if number is None:
        raise Http404
    try:
        found = sheet_queries.sheet(request.user, sheet_id(number))
    except Http404:
        if not sheets.is_issued(number):
            raise
        return redirect("backoffice:sheet_lacking", number=number)
    return redirect("backoffice:sheet", identifier=found.id)


def _recording(request: HttpRequest, notice: str = "") -> HttpResponse:
    """Give the form back with what was typed, without acting on it."""
    return _form(request, SheetForm.from_post(request.POST), notice=notice)


@keeps_text(_recording, alone=True)
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest) -> HttpResponse:
    """Show the form of a sheet, or record one."""
    if not access.may_record_sheets(request.user):
        raise PermissionDenied
    if request.method != "POST":
        number = _number(request.GET.get("numero", ""))
        return _form(request, SheetForm(typed={"number": [number]} if number else {}))
    form = SheetForm.from_post(request.POST)
    taken = form.taken()
    if taken is None:
        return _form(request, form, status=422)
    try:
        filed = sheets.record(request.user, taken, idempotency_key=str(form_key(request)))
    except Refused as refused:
        form.take_problems(refused.problems)
    except CommandReused:
        form.general_errors.append(
            _("Ce formulaire a déjà été envoyé, avec d’autres réponses. Rechargez la page.")
        )
    else:
        return _recorded(request, filed)
    return _form(request, form, status=422)


def _recorded(request: HttpRequest, filed: sheets.Filed) -> HttpResponse:
    """Show the sheet; on call she does not see one that somebody else took first under its number."""
    if access.may_see_sheet(request.user, sheet_queries.holder_of(filed.facts)):
        return redirect("backoffice:sheet", identifier=filed.id)
    return _form(request, SheetForm(typed={}), filed=filed.facts.number)


def _form(
    request: HttpRequest, form: SheetForm, *, notice: str = "", filed: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "key": uuid7() if filed else form_key(request),
        "notice": notice,
        "filed": filed,
        "may_see": access.may_see_sheets(request.user),
    }
    return render(request, "backoffice/sheets_record.html", context, status=status)


@require_safe
@login_required
def sheet(request: HttpRequest, identifier: UUID) -> HttpResponse:
    """Show one sheet, every version of it, and what is left to do."""
    return _shown(request, identifier=identifier)


def _shown(
    request: HttpRequest,
    notice: str = "",
    *,
    identifier: UUID,
    verb: str = "",
    refused: Refusal = NOT_REFUSED,
) -> HttpResponse:
    found = sheet_queries.sheet(request.user, identifier)
    context = {
        "found": found,
        "facts": found.facts,
        "may_transcribe": access.may_transcribe(request.user),
        "may_confirm": access.may_see_sheets(request.user),
        "me": str(getattr(request.user, "public_id", "")),
        "rulings": list(Ruling),
        "key": form_key(request),
        "verb": verb,
        "reason": typed(request, "reason"),
        "other": typed(request, "other"),
        "ruling": request.POST.get("ruling", ""),
        "judged": (request.POST.get("between", ""), _place(request)),
        "errors": refused.sentences,
        "notice": notice,
    }
    return render(request, "backoffice/sheets_sheet.html", context, status=refused.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was posted about a sheet: why, which other one, and under which key."""

    request: HttpRequest
    found: SheetShown
    reason: str
    key: str


def _explain(said: Said) -> None:
    sheets.explain_number(said.request.user, said.found.id, said.reason, said.key)


def _settle(said: Said) -> None:
    between = said.request.POST.get("between", "")
    ruling, place = said.request.POST.get("ruling", ""), _place(said.request)
    if between not in set(Between) or ruling not in set(Ruling) or not place:
        raise Refused(Problem("/ruling", "ruling_needed", _("Choisissez ce qui fait foi.")))
    sheets.settle(
        said.request.user,
        said.found.id,
        Between(between),
        Ruling(ruling),
        place,
        reason=said.reason,
        key=said.key,
        # Before, so that no match is undone whose receipt still counts for the declaration.
        first=lambda before, after: move_receipts(said.request.user, before, after, said.reason),
    )


def _place(request: HttpRequest) -> int:
    """Return the version that held, as its form names it; 0 where it names none."""
    text = request.POST.get("recording", "")
    return int(text) if text.isdecimal() and len(text) < 4 else 0


def _duplicate(said: Said) -> None:
    user, other = said.request.user, typed(said.request, "other")
    sheets.mark_duplicate(
        user,
        said.found.id,
        other,
        said.reason,
        said.key,
        declared=declared_under(user, other) is not None,
        # Before, so that no sheet ends whose day 0 is lost with it.
        first=lambda before, after: move_receipts(user, before, after, said.reason),
    )


def _cancel(said: Said) -> None:
    sheets.cancel(said.request.user, said.found.facts.number, said.reason, said.key)


def _lose(said: Said) -> None:
    sheets.propose_lost(said.request.user, said.found.facts.number, said.reason, said.key)


def _confirm(said: Said) -> None:
    sheets.confirm_lost(said.request.user, said.found.facts.number, said.reason, said.key)


VERBS: Mapping[str, Callable[[Said], None]] = {
    "numero": _explain,
    "ecart": _settle,
    "doublon": _duplicate,
    "annulation": _cancel,
    "perte": _lose,
    "perte-confirmee": _confirm,
}


@keeps_text(_shown, {"reason": gettext_lazy("Motif")})
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, identifier: UUID, verb: str) -> HttpResponse:
    """Do one thing with a sheet, for a reason."""
    if verb not in VERBS:
        raise Http404
    if request.method != "POST":
        return redirect("backoffice:sheet", identifier=identifier)
    found = sheet_queries.sheet(request.user, identifier)
    said = Said(
        request=request,
        found=found,
        reason=typed(request, "reason"),
        key=str(form_key(request)),
    )
    try:
        VERBS[verb](said)
    except EventError as error:
        return _shown(request, identifier=identifier, verb=verb, refused=refusal(error))
    return redirect("backoffice:sheet", identifier=identifier)


def _lacking(
    request: HttpRequest, notice: str = "", *, number: str, refused: Refusal = NOT_REFUSED
) -> HttpResponse:
    """Show a number of a block of which nothing is known."""
    if not access.may_see_sheets(request.user):
        raise PermissionDenied
    read = _number(number)
    if read is None or not sheets.is_issued(read):
        raise Http404
    context = {
        "number": read,
        "may_handle": access.may_handle_sheets(request.user),
        "key": form_key(request),
        "reason": typed(request, "reason"),
        "errors": refused.sentences,
        "notice": notice,
    }
    return render(request, "backoffice/sheets_lacking.html", context, status=refused.status)


@keeps_text(_lacking, {"reason": gettext_lazy("Motif")})
@require_http_methods(["GET", "HEAD", "POST"])
def lacking(request: HttpRequest, number: str) -> HttpResponse:
    """Show a number that lacks in its block, or say what became of it."""
    read = _number(number)
    if request.method != "POST" or read is None:
        return _lacking(request, number=number)
    does = sheets.cancel if request.POST.get("do") == "cancel" else sheets.propose_lost
    try:
        filed = does(request.user, read, typed(request, "reason"), str(form_key(request)))
    except EventError as error:
        return _lacking(request, number=number, refused=refusal(error))
    return redirect("backoffice:sheet", identifier=filed.id)


def _number(text: str) -> str | None:
    """Return the number that somebody typed, as sheets are known by it; None where it can be none."""
    try:
        return str(parse(text))
    except NotASheetNumber:
        pass
    try:
        return as_written(text)
    except NotASheetNumber:
        return None
