"""The page on which the next version of a sheet's criteria is written, row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import compassionate as may
from backoffice.access_form import Field, Kind, told, values
from compassionate import acting, queries
from compassionate.domain.criteria import Criterion
from compassionate.domain.criteria_sheet import PrepareCriteria, SheetFacts
from events.errors import EventError
from portal.forms import NOT_REFUSED, Refusal, form_key, typed
from portal.kept import keeps_text

MAX_DAYS = Field(name="max_days", label="Durée maximale", kind=Kind.WHOLE, needed=False)
VERY_EARLY = Field(name="very_early", label="Accès très précoce", kind=Kind.FLAG)
EMPTY_ROWS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One criterion as it is typed."""

    code: str = ""
    text: str = ""
    excluded: bool = False
    may_not_apply: bool = False


def _shown(
    request: HttpRequest,
    notice: str = "",
    *,
    identifier: UUID,
    refused: Refusal = NOT_REFUSED,
) -> HttpResponse:
    """Show the rows: those that were typed, else those of what is prepared or in force."""
    if not may.may_prepare_criteria(request.user):
        raise PermissionDenied
    facts = queries.criteria_sheet(request.user, identifier)
    posted = request.method == "POST"
    rows = _typed(request) if posted else _known(facts)
    newest = _newest(facts)
    max_days = typed(request, "max_days") if posted else (newest and newest.max_days) or ""
    very_early = bool(request.POST.get("very_early")) if posted else newest and newest.very_early
    context = {
        "sheet": facts.opened,
        "identifier": identifier,
        "rows": [*rows, *[Row()] * EMPTY_ROWS],
        "max_days": max_days,
        "very_early": very_early,
        "key": form_key(request),
        "notice": notice,
        "errors": refused.sentences,
    }
    return render(request, "backoffice/access_criteria.html", context, status=refused.status)


@keeps_text(_shown)
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def criteria(request: HttpRequest, identifier: UUID) -> HttpResponse:
    """Show the rows, add empty ones, or prepare what they say."""
    if request.method != "POST" or request.POST.get("do") == "add":
        return _shown(request, identifier=identifier)
    opened = queries.criteria_sheet(request.user, identifier).opened
    try:
        said = values(request, (MAX_DAYS, VERY_EARLY))
        acting.act_on_sheet(
            request.user,
            opened.product if opened else "",
            opened.indication if opened else "",
            PrepareCriteria,
            {"criteria": tuple([_criterion(row) for row in _typed(request)]), **said},
            idempotency_key=str(form_key(request)),
        )
    except EventError as error:
        return _shown(request, identifier=identifier, refused=told(error))
    return redirect("backoffice:access_sheet", identifier=identifier)


def _typed(request: HttpRequest) -> list[Row]:
    """Return the rows in which something was typed, in their order."""
    found = []
    for place in count():
        if f"code.{place}" not in request.POST:
            return found
        row = Row(
            code=typed(request, f"code.{place}"),
            text=typed(request, f"text.{place}"),
            excluded=bool(request.POST.get(f"excluded.{place}")),
            may_not_apply=bool(request.POST.get(f"may_not_apply.{place}")),
        )
        if row.code or row.text:
            found.append(row)
    raise AssertionError


def _criterion(row: Row) -> Criterion:
    return Criterion(
        code=row.code,
        text=row.text,
        required=not row.excluded,
        may_not_apply=row.may_not_apply,
    )


def _known(facts: SheetFacts) -> Sequence[Row]:
    newest = _newest(facts)
    return [
        Row(
            code=one.code,
            text=one.text,
            excluded=not one.required,
            may_not_apply=one.may_not_apply,
        )
        for one in (newest.criteria if newest else ())
    ]
