"""Authorisations as their hospital reads them: how long each holds, its follow-up, its renewal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from uuid_utils.compat import uuid7

from accounts import compassionate as may
from accounts.access import Someone
from accounts.compassionate import RequestHolder
from accounts.credentials import actor_of
from accounts.models import Role
from compassionate import acting, expiring, hospital, queries
from compassionate.domain.authorisation_facts import AuthorisationFacts, may_be_renewed
from compassionate.domain.follow_up import FollowUpFacts, LinkAdverseEvent, RecordData
from compassionate.domain.vocabulary import RequestKind
from compassionate.models import AccessRequestRow, AuthorisationRow
from compassionate.streams import authorisation_stream
from events import intake
from events.days import day_of
from events.errors import EventError, Refused
from events.handle import history
from events.number import NotANumber, number_of, parse
from events.paging import Page
from events.shape import to_json
from pharmacovigilance import queries as declarations
from portal import access_fields as fields
from portal.access_draft import (
    access_role,
    answer_criteria,
    ask_senior,
    begun,
    name_sheet,
    part_page,
    posted,
)
from portal.access_form import AccessForm, Button, FormPage, form_for, refuse
from portal.access_letters import letters_of_authorisation, sent
from portal.access_outage import away, needs_log
from portal.access_shapes import Draft, Linked, LinkedSerializer, Seen, SeenSerializer
from portal.addresses import readable_cursor
from portal.forms import form_key
from portal.kept import Sender, keeps_text
from portal.links import ASKED, AT_ONCE
from portal.outage import database_answers
from portal.shape_form import Group

RECORD = Button(verb="send", label=gettext_lazy("Transmettre les données"))
LINK = Button(verb="send", label=gettext_lazy("Lier la déclaration"))
DOSAGE = "posologie"


ALL = "toutes"
LISTS: Mapping[str, Callable[[Someone, date, str | None], Page[AuthorisationRow]]] = {
    "finies": lambda user, day, cursor: expiring.lapsed(user, day, cursor=cursor),
    "bientot": lambda user, day, cursor: expiring.expiring(user, day, cursor=cursor),
    ALL: lambda user, _day, cursor: queries.authorisations(user, cursor=cursor),
}
"""The lists of authorisations by their names in an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One authorisation of a list: its state today, the mark it has passed, what renews it."""

    row: AuthorisationRow
    product: str
    state: str
    mark: int | None
    days: int
    renewal: AccessRequestRow | None
    renewable: bool


def today() -> date:
    """Return the day in Paris on which a page is looked at."""
    return day_of(timezone.now())  # noqa: TID251  an edge of the house: the day asked about


@require_safe
@needs_log
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """List what has ended unrenewed, what soon will, and all of them; `?echeance=` asks for one list."""
    user, day = request.user, today()
    if not (may.may_draft(user) or may.may_submit(user)):
        raise PermissionDenied
    asked, cursor = request.GET.get("echeance", ""), request.GET.get("suite") or None
    if asked not in LISTS:
        asked = ALL if cursor else ""
    with readable_cursor():
        pages = {
            name: look(user, day, cursor) for name, look in LISTS.items() if asked in ("", name)
        }
    if ALL in pages:
        expiring.name_renewals(user, pages[ALL].rows)
    names = _product_names(request)
    lists = [(name, page, _listed(page.rows, day, names)) for name, page in pages.items()]
    context = {"lists": lists, "alone": bool(asked), "may_draft": may.may_draft(user)}
    return render(request, "portal/access/authorisations.html", context)


def _product_names(request: HttpRequest) -> dict[str, str]:
    """Return the names of products by their identifiers, as the référentiel has them."""
    return {row.product: row.product_name for row in queries.criteria_sheets(request.user)}


def _listed(rows: Sequence[AuthorisationRow], day: date, names: Mapping[str, str]) -> list[Listed]:
    return [
        Listed(
            row=row,
            product=names.get(row.product or "", row.product or ""),
            state=hospital.state_on(row, day),
            mark=hospital.reminder(row.ends_on, day),
            days=(row.ends_on - day).days if row.ends_on else 0,
            renewal=row.renewal,
            renewable=may_be_renewed(row.state, row.replaced_by),
        )
        for row in rows
    ]


def _mine(request: HttpRequest, number: str) -> tuple[AuthorisationFacts, RequestHolder]:
    facts = queries.authorisation(request.user, number)
    return facts, acting.authorisation_holder(facts)


@require_safe
@needs_log
@login_required
def one(request: HttpRequest, number: str) -> HttpResponse:
    """Say whether a dose may be given under a number today; to its hospital, what follows it too."""
    facts, holder = _mine(request, number)
    return render(request, "portal/access/authorisation.html", _context(request, facts, holder))


def _context(
    request: HttpRequest, facts: AuthorisationFacts, holder: RequestHolder
) -> dict[str, Any]:
    day, user = today(), request.user
    number = facts.number or ""
    context: dict[str, Any] = {
        "facts": facts,
        "product": _product_names(request).get(facts.product or "", facts.product),
        "number": number,
        "day": day,
        "state": facts.state_on(day),
        "in_force": facts.in_force(day),
        "mark": hospital.reminder(facts.ends_on, day),
        "days": (facts.ends_on - day).days if facts.ends_on else None,
        "may_link": may.may_link_adverse_event(user, holder),
    }
    # Whoever audits reads the rest where her readings are recorded.
    if not may.may_see_clinical(user, holder) or may.must_log_reading(user):
        return context
    follow_up = hospital.follow_up(facts)
    return context | {
        "own": True,
        "letters": sent(letters_of_authorisation(number, history(authorisation_stream(number)))),
        "request_number": number_of(facts.request_id) if facts.request_id else "",
        "may_renew": may.may_draft(user) and facts.is_renewable,
        "may_change": may.may_draft(user) and facts.is_changeable(day),
        "may_give": may.may_give_follow_up(user, holder),
        "follow_up": follow_up,
        "lacking": follow_up.lacking(day),
        "linked": [number_of(one) for one in sorted(follow_up.linked)],
        "declare": _declare_address(request, facts),
    }


def _declare_address(request: HttpRequest, facts: AuthorisationFacts) -> str:
    """Return the address of a declaration's form with product, first day and number: nothing of the patient."""
    part = None
    if facts.request_id is not None:
        part = queries.request(request.user, facts.request_id).prescription
    told = {
        "nom": (part.product_name if part else None) or facts.product or "",
        "debut": facts.terms.begins_on.isoformat() if facts.terms else "",
        "cadre": "compassionate_access",
        ASKED: facts.number or "",
    }
    known = {name: value for name, value in told.items() if value}
    return f"{reverse('portal:declare')}?{urlencode(known)}"


def _data_page(number: str, facts: FollowUpFacts | None, name: str) -> FormPage:
    data = name == "portal:access_data"
    back = reverse("portal:access_authorisation", args=[number])
    return FormPage(
        title=gettext_lazy("Données de suivi (PUT-SP)")
        if data
        else gettext_lazy("Lier une déclaration d’effet indésirable"),
        lead=gettext_lazy("Prescripteurs et pharmaciens participent au recueil (CSP R5121-74-5).")
        if data
        else gettext_lazy("Pour une déclaration déjà faite, du même patient."),
        action=reverse(name, args=[number]),
        buttons=(RECORD if data else LINK,),
        back=back,
        groups=(fields.DATA if data else Group(title="", names=("number",)),),
        number=number,
        more={"lacking": facts.lacking(today()) if facts else ()},
    )


def _returned_data(request: HttpRequest, notice: str = "", *, number: str) -> HttpResponse:
    """Give the form back with what was posted, without acting on it."""
    form = form_for(shape=Seen).take_post(request.POST)
    return _data_page(number, None, "portal:access_data").show(request, form, notice=notice)


@keeps_text(_returned_data, alone=True, sender=Sender.SIGNED)
@require_http_methods(["GET", "HEAD", "POST"])
def data(request: HttpRequest, number: str) -> HttpResponse:
    """Give follow-up data of an authorisation's patient."""
    if request.method == "POST":
        return _recorded(request, number)
    if not database_answers():
        return away(request)
    facts, holder = _mine(request, number)
    if not may.may_give_follow_up(request.user, holder):
        raise PermissionDenied
    follow_up = hospital.follow_up(facts)
    form = form_for(shape=Seen)
    due = next(iter(follow_up.lacking(today())), None)
    form.fill({"due_on": due.isoformat() if due else None})
    return _data_page(number, follow_up, "portal:access_data").show(request, form, key=uuid7())


def _recorded(request: HttpRequest, number: str) -> HttpResponse:
    form = form_for(shape=Seen).take_post(request.POST)
    try:
        seen = form.read(SeenSerializer, intake.arrived_at())
        fields_of = {name: getattr(seen, name) for name in fields.DATA.names}
        acting.act_on_follow_up(
            actor_of(request),
            number,
            RecordData,
            fields_of,
            idempotency_key=str(form_key(request)),
        )
    except EventError as error:
        status = refuse(form, error)
        return _data_page(number, None, "portal:access_data").show(request, form, status=status)
    return redirect("portal:access_authorisation", number=number)


def _returned_link(request: HttpRequest, notice: str = "", *, number: str) -> HttpResponse:
    """Give the form back with what was posted, without acting on it."""
    form = form_for(shape=Linked).take_post(request.POST)
    return _data_page(number, None, "portal:access_link").show(request, form, notice=notice)


@keeps_text(_returned_link, alone=True, sender=Sender.SIGNED)
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, number: str) -> HttpResponse:
    """Say that a declaration of an adverse reaction is of an authorisation's patient."""
    form = form_for(shape=Linked).take_post(request.POST)
    page = _data_page(number, None, "portal:access_link")
    if request.method != "POST":
        if not database_answers():
            return away(request)
        _facts, holder = _mine(request, number)
        if not may.may_link_adverse_event(request.user, holder):
            raise PermissionDenied
        return page.show(request, form, key=uuid7())
    try:
        form.read(LinkedSerializer, intake.arrived_at())
        if _link(request, number, form):
            return redirect("portal:access_authorisation", number=number)
    except EventError as error:
        return page.show(request, form, status=refuse(form, error))
    return page.show(request, form, status=422)


def _link(request: HttpRequest, number: str, form: AccessForm) -> bool:
    """Link a declaration that its reader may see; False after having said that there is none."""
    try:
        which = parse(form.text("number"))
        declarations.declaration(request.user, which)
    except (NotANumber, Http404):
        form.add_error("number", _("Aucune de vos déclarations n’a ce numéro : vérifiez-le."))
        return False
    try:
        acting.act_on_follow_up(
            actor_of(request),
            number,
            LinkAdverseEvent,
            {"declaration_id": which, "declaration_number": number_of(which)},
            idempotency_key=str(form_key(request)),
        )
    except Refused as refused:
        at_once = request.POST.get("do") == AT_ONCE
        if not (at_once and {one.code for one in refused.problems} == {"already_linked"}):
            raise
    return True


def _renewal_page(form: AccessForm, number: str) -> FormPage:
    return part_page(
        form,
        action=reverse("portal:access_renew", args=[number]),
        back=reverse("portal:access_authorisation", args=[number]),
        number=number,
    )


def _returned_renewal(request: HttpRequest, notice: str = "", *, number: str) -> HttpResponse:
    """Give the form back with what was posted, without acting on it."""
    form = posted(request)
    return _renewal_page(form, number).show(request, form, notice=notice)


@keeps_text(_returned_renewal, alone=True, sender=Sender.SIGNED)
@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for a renewal, or another dosage, on one page: only what the law asks anew is open."""
    if not may.may_draft(actor_of(request)):
        raise PermissionDenied
    if request.method == "POST":
        form = posted(request)
        # Whose it is counts here too, and which: not what a form says.
        queries.renewal_of(request.user, number)
        form.typed["renews"] = [number]
        return begun(request, form, _renewal_page(form, number))
    if not database_answers():
        return away(request)
    part = queries.renewal_of(request.user, number)
    dosage = request.GET.get("type") == DOSAGE
    kind = RequestKind.DOSAGE_CHANGE if dosage else RequestKind.RENEWAL
    form = form_for(shape=Draft)
    form.fill({"kind": kind.value, "renews": number, "prescription": to_json(part)})
    if access_role(request.user) == Role.INTERN:
        ask_senior(form, request.user)
    sheet, known = hospital.sheet_now(part, timezone.now())  # noqa: TID251  which criteria are shown
    answer_criteria(form, sheet)
    name_sheet(form, known)
    page = replace(
        _renewal_page(form, number), more={"waits": expiring.renewal_of(request.user, number)}
    )
    return page.show(request, form, key=uuid7())
