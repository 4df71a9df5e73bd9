"""The référentiel: criteria sheets, and what is done with one."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import compassionate as may
from backoffice.access_acts import Again, forms_in, offer_of, read, texts
from backoffice.access_form import told
from backoffice.access_sheet_forms import OFFERS, OPEN
from compassionate import acting, queries
from compassionate.streams import product_id
from events.errors import EventError
from portal.forms import NOT_REFUSED, Refusal, form_key
from portal.kept import keeps_text


@require_safe
@login_required
def sheets(request: HttpRequest) -> HttpResponse:
    """List the criteria sheets."""
    return _list(request)


def _list(
    request: HttpRequest, notice: str = "", *, refused: Refusal = NOT_REFUSED
) -> HttpResponse:
    """List the criteria sheets, with what was typed to open one."""
    verb = OPEN.form.verb if request.method == "POST" else ""
    again = Again(verb=verb, refused=refused, notice=notice)
    context = {
        "rows": queries.criteria_sheets(request.user),
        **forms_in(
            request, request.user, {OPEN.form.verb: OPEN}, again, ("backoffice:access_sheets", [])
        ),
    }
    return render(request, "backoffice/access_sheets.html", context, status=refused.status)


@keeps_text(_list, texts({OPEN.form.verb: OPEN}))
@require_http_methods(["GET", "HEAD", "POST"])
def open_sheet(request: HttpRequest) -> HttpResponse:
    """Open the sheet of a product in an indication."""
    if request.method != "POST":
        return redirect("backoffice:access_sheets")
    try:
        fields = read(request, OPEN).fields
        product, indication = fields.pop("product"), fields.pop("indication")
        acting.act_on_sheet(
            request.user,
            product,
            indication,
            OPEN.act,
            fields,
            idempotency_key=str(form_key(request)),
        )
    except EventError as error:
        return _list(request, refused=told(error))
    return redirect("backoffice:access_sheet", identifier=product_id(product, indication))


@require_safe
@login_required
def sheet(request: HttpRequest, identifier: UUID) -> HttpResponse:
    """Show one sheet with every version of its criteria."""
    return _shown(request, identifier=identifier)


def _shown(
    request: HttpRequest,
    notice: str = "",
    *,
    identifier: UUID,
    verb: str = "",
    refused: Refusal = NOT_REFUSED,
) -> HttpResponse:
    """Show a sheet with what was typed."""
    facts = queries.criteria_sheet(request.user, identifier)
    again = Again(verb=verb, refused=refused, notice=notice)
    context: dict[str, Any] = {
        "facts": facts,
        "sheet": facts.opened,
        "identifier": identifier,
        "may_prepare": may.may_prepare_criteria(request.user),
        **forms_in(
            request, request.user, OFFERS, again, ("backoffice:access_sheet", [identifier])
        ),
    }
    return render(request, "backoffice/access_sheet.html", context, status=refused.status)


@keeps_text(_shown, texts(OFFERS))
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, identifier: UUID, verb: str) -> HttpResponse:
    """Publish or change what a form of the page says."""
    offer = offer_of(OFFERS, verb)
    if request.method != "POST":
        return redirect("backoffice:access_sheet", identifier=identifier)
    opened = queries.criteria_sheet(request.user, identifier).opened
    try:
        acting.act_on_sheet(
            request.user,
            opened.product if opened else "",
            opened.indication if opened else "",
            offer.act,
            read(request, offer).fields,
            idempotency_key=str(form_key(request)),
        )
    except EventError as error:
        return _shown(request, identifier=identifier, verb=verb, refused=told(error))
    return redirect("backoffice:access_sheet", identifier=identifier)
