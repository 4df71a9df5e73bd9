"""The pharmacist's desk: what waits for her, the part she adds, and what she sends or returns."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from uuid_utils.compat import uuid7

from accounts import compassionate as may
from accounts.credentials import actor_of
from compassionate import actions, queries
from compassionate.queries import RequestShown
from events import intake
from events.errors import EventError, VersionConflict
from portal import access_fields as fields, access_view
from portal.access_form import (
    AccessForm,
    Button,
    FormPage,
    form_for,
    refuse,
    seen_version,
)
from portal.access_outage import away, needs_log
from portal.access_shapes import ForAgency, ForAgencySerializer, Returned, ReturnedSerializer
from portal.addresses import identifier, readable_cursor
from portal.forms import form_key
from portal.kept import Sender, keeps_text
from portal.outage import database_answers
from portal.shape_form import Group

SEND = Button(verb="send", label=gettext_lazy("Envoyer à l’agence"))
RETURN = Button(verb="return", label=gettext_lazy("Retourner au prescripteur"))
REASON = Group(title="", names=("reason",))


@require_safe
@needs_log
@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    """List what waits for the pharmacy: what cannot be deferred first."""
    if not may.may_submit(request.user):
        raise PermissionDenied
    with readable_cursor():
        page = queries.inbox(request.user, cursor=request.GET.get("suite") or None)
    return render(request, "portal/access/inbox.html", {"page": page})


def pharmacist_of(request: HttpRequest) -> dict[str, Any]:
    """Return what the account says of the pharmacist; asks the database, for her RPPS number."""
    user = request.user
    if isinstance(user, AnonymousUser):
        return {}
    name = f"{user.first_name} {user.last_name}".strip()
    return {"pharmacist_name": name, "pharmacist_rpps": getattr(user, "rpps", None)}


def _page(number: str, more: Mapping[str, Any]) -> FormPage:
    return FormPage(
        title=gettext_lazy("Compléter la demande à la pharmacie"),
        action=reverse("portal:access_pharmacy", args=[number]),
        buttons=(SEND,),
        back=reverse("portal:access", args=[number]),
        groups=(fields.PHARMACY, fields.GIVEN_ALREADY),
        number=number,
        template="portal/access/pharmacy.html",
        more=more,
    )


def _beside(one: RequestShown | None, request: HttpRequest, reason: AccessForm) -> dict[str, Any]:
    """Return what the page shows beside the form: the prescriber's part, and how it may be returned."""
    asked = reason.groups([REASON])
    if one is None:
        return {"shown": None, "may_return": True, "reason": asked}
    verbs = queries.verbs(request.user, one)
    return {
        "shown": one,
        "sections": access_view.prescribed(one.prescription),
        "criteria": access_view.criteria(one),
        "may_return": "ReturnToPrescriber" in verbs,
        "may_correct": "CorrectDispensing" in verbs,
        "reason": asked,
        "return_key": uuid7(),
    }


def _returned(request: HttpRequest, notice: str = "", *, number: str) -> HttpResponse:
    """Give the forms back with what was posted, without acting on it."""
    form, reason = _posted(request)
    return _page(number, _beside(None, request, reason)).show(request, form, notice=notice)


def _posted(request: HttpRequest) -> tuple[AccessForm, AccessForm]:
    form = form_for(shape=ForAgency).take_post(request.POST)
    return form, form_for(shape=Returned).take_post(request.POST)


@keeps_text(_returned, alone=True, sender=Sender.SIGNED)
@require_http_methods(["GET", "HEAD", "POST"])
def pharmacy(request: HttpRequest, number: str) -> HttpResponse:
    """Read the prescriber's part, add the pharmacy's, and send both to the agency or return the first."""
    which = identifier(number)
    if request.method == "POST":
        return _answered(request, which, number)
    if not database_answers():
        return away(request)
    one = queries.request(request.user, which)
    if "SendToAgency" not in queries.verbs(request.user, one):
        raise PermissionDenied
    form = form_for(shape=ForAgency)
    form.fill(pharmacist_of(request), "pharmacy.")
    more = _beside(one, request, form_for(shape=Returned))
    return _page(one.number, more).show(request, form, key=uuid7(), version=one.version)


def _answered(request: HttpRequest, which: UUID, number: str) -> HttpResponse:
    form, reason = _posted(request)
    returns = request.POST.get("do") == RETURN.verb
    try:
        if returns:
            _return(request, which, reason)
        else:
            _send(request, which, form)
    except EventError as error:
        wrong = reason if returns else form
        status = refuse(wrong, error)
        one = queries.request(request.user, which)
        if returns:
            form.fill(pharmacist_of(request), "pharmacy.")
            form.general_errors += [
                said for all_said in reason.errors.values() for said in all_said
            ]
        page = _page(number, _beside(one, request, reason))
        version = one.version if isinstance(error, VersionConflict) else None
        return page.show(request, form, version=version, status=status)
    return redirect("portal:access", number=number)


def _send(request: HttpRequest, which: UUID, form: AccessForm) -> None:
    asked = form.read(ForAgencySerializer, intake.arrived_at())
    actions.send_to_agency(
        actor_of(request),
        which,
        asked.pharmacy,
        sheet_number=asked.sheet_number,
        idempotency_key=str(form_key(request)),
        expected_version=seen_version(request),
    )


def _return(request: HttpRequest, which: UUID, form: AccessForm) -> None:
    asked = form.read(ReturnedSerializer, intake.arrived_at())
    actions.return_to_prescriber(
        actor_of(request), which, asked.reason, idempotency_key=str(form_key(request))
    )
