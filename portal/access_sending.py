"""What a hospital sends of compassionate access through an outage too: no query lies on these ways.

A page that is opened while the log answers knows the référentiel; one that is opened without it asks
for what the offline kit says.
"""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from uuid_utils.compat import uuid7

from accounts import access, compassionate as may
from accounts.credentials import actor_of
from compassionate import queries, sending
from compassionate.api.serializers import (
    Answer,
    AnswerSerializer,
    Dose,
    DoseSerializer,
    WholeRequest,
    WholeRequestSerializer,
)
from compassionate.domain.vocabulary import Channel
from events import intake
from events.errors import EventError
from portal import access_fields as fields, access_view
from portal.access_draft import OFF_LIST, take_sheet
from portal.access_form import CRITERIA, AccessForm, Button, FormPage, form_for, refuse
from portal.addresses import identifier
from portal.forms import form_key
from portal.kept import Sender, keeps_text
from portal.outage import database_answers
from portal.received import told
from portal.shape_form import Group

SEND = Button(verb="send", label=gettext_lazy("Envoyer à l’agence"))
DECLARE = Button(verb="send", label=gettext_lazy("Déclarer la dose"))
REPLY = Button(verb="send", label=gettext_lazy("Répondre"))
ADD = "add"


def _complete_page(form: AccessForm) -> FormPage:
    met, codes = (fields.CRITERIA_MET,), (fields.CODES,)
    listed = bool(form.sheet)
    return FormPage(
        title=gettext_lazy("Demande complète, les deux volets"),
        lead=gettext_lazy(
            "Pour le pharmacien qui tient les deux volets. Reçue même si la base est arrêtée : "
            "un reçu signé en donne la date."
        ),
        action=reverse("portal:access_complete"),
        buttons=(SEND,),
        back=reverse("portal:access_inbox"),
        groups=(fields.KIND, *fields.INITIAL, *(() if listed else codes)),
        after=(
            *met,
            fields.JUSTIFICATION,
            fields.UNDERTAKINGS,
            fields.closed(fields.READ_ANEW),
            fields.PRESCRIBER,
            fields.PHARMACY,
            fields.GIVEN_ALREADY,
        ),
        hidden=fields.HIDDEN_OF_SHEET if listed else (),
        free=not form.sheet,
    )


def _returned_complete(request: HttpRequest, notice: str = "") -> HttpResponse:
    """Give the form back with what was posted, without acting on it."""
    form = form_for(shape=WholeRequest).take_post(request.POST)
    return _complete_page(form).show(request, form, notice=notice)


@keeps_text(_returned_complete, alone=True, sender=Sender.SIGNED)
@require_http_methods(["GET", "HEAD", "POST"])
def complete(request: HttpRequest) -> HttpResponse:
    """Give both parts of a request at once, as the pharmacist."""
    actor = actor_of(request)
    if not may.may_submit(actor):
        raise PermissionDenied
    if request.method == "POST":
        return _completed(request)
    if (choose := _choose(request, "portal:access_complete")) is not None:
        return choose
    form = form_for(shape=WholeRequest)
    form.fill({"kind": "initial", "prescription": {"patient_age_unit": "year"}})
    form.fill(_pharmacist(request), "pharmacy.")
    _take_chosen(request, form)
    if not database_answers():
        form.add_row(CRITERIA)
        form.focus = ""
    return _complete_page(form).show(request, form, key=uuid7())


def _completed(request: HttpRequest) -> HttpResponse:
    form = form_for(shape=WholeRequest).take_post(request.POST)
    page, actor = _complete_page(form), actor_of(request)
    if request.POST.get("do") == ADD:
        form.add_row(CRITERIA)
        return page.show(request, form)
    try:
        whole = form.read(WholeRequestSerializer, intake.arrived_at())
        done = sending.submit_request(
            actor,
            whole.kind,
            whole.prescription,
            whole.pharmacy,
            renews=whole.renews,
            sheet_number=whole.sheet_number,
            channel=Channel.PORTAL,
            idempotency_key=str(form_key(request)),
        )
    except EventError as error:
        return page.show(request, form, status=refuse(form, error))
    return told(request, actor, done, "portal:access")


def _choose(request: HttpRequest, name: str) -> HttpResponse | None:
    """Return the page on which a product is chosen first; None where one is, or none can be."""
    may_choose = "fiche" not in request.GET and access.may_read(actor_of(request))
    # Who is signed in is asked of the database: only where it answers.
    if not (may_choose and database_answers() and request.user.is_authenticated):
        return None
    context = {
        "sheets": queries.criteria_sheets(request.user),
        "off_list": OFF_LIST,
        "name": name,
    }
    return render(request, "portal/access/choose.html", context)


def _take_chosen(request: HttpRequest, form: AccessForm) -> None:
    chosen = request.GET.get("fiche", OFF_LIST)
    if chosen != OFF_LIST and database_answers():
        take_sheet(request, form, chosen)


def _pharmacist(request: HttpRequest) -> dict[str, Any]:
    """Return what the claim says of the pharmacist, and her RPPS number where the database tells it."""
    actor = actor_of(request)
    name = f"{getattr(actor, 'first_name', '')} {getattr(actor, 'last_name', '')}".strip()
    rpps = getattr(request.user, "rpps", None) if database_answers() else None
    return {"pharmacist_name": name, "pharmacist_rpps": rpps}


def dose_form() -> AccessForm:
    """Return the form of a dose: nothing of its patient must be told."""
    return form_for(shape=Dose, asked=fields.OF_DOSE)


def _dose_page(form: AccessForm, number: str = "") -> FormPage:
    listed = bool(form.sheet)
    of_whom: tuple[Group, ...] = ()
    if not number:
        codes = () if listed else (fields.CODES,)
        of_whom = (fields.PATIENT, fields.PRODUCT, fields.closed(fields.NEED), *codes)
    action = (
        reverse("portal:access_dose_of", args=[number])
        if number
        else reverse("portal:access_dose")
    )
    return FormPage(
        title=gettext_lazy("Dose donnée hors des heures d’ouverture"),
        action=action,
        buttons=(DECLARE,),
        back=reverse("portal:access", args=[number]) if number else reverse("portal:home"),
        groups=(fields.DOSE, fields.ATTESTED, *of_whom),
        after=() if number else (fields.closed(fields.PRESCRIBER), fields.PAPER),
        hidden=fields.HIDDEN_OF_SHEET if listed and not number else (),
        template="portal/access/dose.html",
        number=number,
    )


def _returned_dose(request: HttpRequest, notice: str = "", *, number: str = "") -> HttpResponse:
    """Give the form back with what was posted, without acting on it."""
    form = dose_form().take_post(request.POST)
    return _dose_page(form, number).show(request, form, notice=notice)


@keeps_text(_returned_dose, alone=True, sender=Sender.TELLER)
@require_http_methods(["GET", "HEAD", "POST"])
def dose(request: HttpRequest, number: str = "") -> HttpResponse:
    """Declare a dose given because the criteria are met: of a request, or as the beginning of one."""
    which = identifier(number) if number else None
    if not may.may_declare_dispensing(actor_of(request)):
        raise PermissionDenied
    if request.method == "POST":
        return _dosed(request, which, number)
    if not number and (choose := _choose(request, "portal:access_dose")) is not None:
        return choose
    form = dose_form()
    if not number:
        _take_chosen(request, form)
    return _dose_page(form, number).show(request, form, key=uuid7())


def _dosed(request: HttpRequest, which: UUID | None, number: str) -> HttpResponse:
    form = dose_form().take_post(request.POST)
    page, actor = _dose_page(form, number), actor_of(request)
    try:
        told_of = form.read(DoseSerializer, intake.arrived_at())
        done = sending.declare_dispensing(
            actor,
            told_of.dispensing,
            request_id=which,
            prescription=told_of.prescription,
            prescriber_attests=told_of.prescriber_attests,
            pharmacist_attests=told_of.pharmacist_attests,
            sheet_number=told_of.sheet_number,
            idempotency_key=str(form_key(request)),
        )
    except EventError as error:
        return page.show(request, form, status=refuse(form, error))
    return told(request, actor, done, "portal:access")


def _answer_page(request: HttpRequest, number: str, question: UUID) -> FormPage:
    """Return the page of an answer, with the question where it can be read now."""
    return FormPage(
        title=gettext_lazy("Répondre à l’agence"),
        action=reverse("portal:access_answer", args=[number, question]),
        buttons=(REPLY,),
        back=reverse("portal:access", args=[number]),
        groups=(Group(title="", names=("text",)),),
        template="portal/access/answer.html",
        number=number,
        more={"question": _question(request, number, question)},
    )


def _question(request: HttpRequest, number: str, question: UUID) -> access_view.Question | None:
    """Return the question that waits, None where it does not or cannot be read now."""
    if not access.may_read(actor_of(request)) or not database_answers():
        return None
    asked = access_view.question(queries.request(request.user, identifier(number)))
    return asked if asked is not None and asked.id == str(question) else None


def _returned_answer(
    request: HttpRequest, notice: str = "", *, number: str, question: UUID
) -> HttpResponse:
    """Give the form back with what was posted, without acting on it."""
    form = form_for(shape=Answer).take_post(request.POST)
    return _answer_page(request, number, question).show(request, form, notice=notice)


@keeps_text(_returned_answer, alone=True, sender=Sender.TELLER)
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, number: str, question: UUID) -> HttpResponse:
    """Answer what the agency asked; a report of fact, taken late too."""
    which = identifier(number)
    form = form_for(shape=Answer).take_post(request.POST)
    if request.method != "POST":
        return _answer_page(request, number, question).show(request, form, key=uuid7())
    form.typed["question_id"] = [str(question)]
    actor = actor_of(request)
    try:
        said = form.read(AnswerSerializer, intake.arrived_at())
        done = sending.answer_information(
            actor, which, question, said.text, idempotency_key=str(form_key(request))
        )
    except EventError as error:
        status = refuse(form, error)
        return _answer_page(request, number, question).show(request, form, status=status)
    return told(request, actor, done, "portal:access")
