"""The correction of what was told of a dose; received through an outage, as the dose itself is."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from uuid_utils.compat import uuid7

from accounts import access, compassionate as may
from accounts.credentials import actor_of
from compassionate import queries, sending
from compassionate.api.serializers import CorrectedDose, CorrectedDoseSerializer
from events import intake
from events.errors import EventError
from events.shape import to_json
from portal import access_fields as fields
from portal.access_form import AccessForm, Button, FormPage, form_for, refuse
from portal.addresses import identifier
from portal.forms import form_key
from portal.kept import Sender, keeps_text
from portal.outage import database_answers
from portal.received import told

CORRECT = Button(verb="send", label=gettext_lazy("Corriger la déclaration"))


def _page(number: str) -> FormPage:
    return FormPage(
        title=gettext_lazy("Corriger la déclaration d’une dose"),
        lead=gettext_lazy(
            "Ce qui a été déclaré reste lisible ; la correction s’y ajoute, avec son motif. Reçue "
            "même si la base est arrêtée."
        ),
        action=reverse("portal:access_correction", args=[number]),
        buttons=(CORRECT,),
        back=reverse("portal:access", args=[number]),
        groups=(fields.WRONG_DOSE, fields.RIGHT_DOSE, fields.WHY),
        number=number,
    )


def _returned(request: HttpRequest, notice: str = "", *, number: str) -> HttpResponse:
    """Give the form back with what was posted, without acting on it."""
    form = form_for(shape=CorrectedDose).take_post(request.POST)
    return _page(number).show(request, form, notice=notice)


@keeps_text(_returned, alone=True, sender=Sender.TELLER)
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, number: str) -> HttpResponse:
    """Correct what was told of a dose, as a pharmacist of its establishment."""
    which = identifier(number)
    if not may.may_declare_dispensing(actor_of(request)):
        raise PermissionDenied
    if request.method == "POST":
        return _corrected(request, which, number)
    form = form_for(shape=CorrectedDose)
    _take_told(request, which, form)
    return _page(number).show(request, form, key=uuid7())


def _take_told(request: HttpRequest, which: UUID, form: AccessForm) -> None:
    """Begin with what was told, where it can be read now: of the dose asked for, or of the only one."""
    # Who is signed in is asked of the database: only where it answers.
    may_read = access.may_read(actor_of(request)) and database_answers()
    if not (may_read and request.user.is_authenticated):
        return
    try:
        doses = queries.request(request.user, which).doses
    except Http404:
        # It may wait in a spool: whoever told it knows what she told.
        return
    asked = request.GET.get("dose")
    chosen = doses if asked is None else [one for one in doses if str(one.version) == asked]
    if len(chosen) == 1:
        form.fill({"told_at": chosen[0].at.isoformat()})
        form.fill(to_json(chosen[0].dispensing), "dispensing.")


def _corrected(request: HttpRequest, which: UUID, number: str) -> HttpResponse:
    form = form_for(shape=CorrectedDose).take_post(request.POST)
    actor = actor_of(request)
    try:
        said = form.read(CorrectedDoseSerializer, intake.arrived_at())
        done = sending.correct_dispensing(
            actor,
            which,
            said.told_at,
            said.dispensing,
            said.reason,
            idempotency_key=str(form_key(request)),
        )
    except EventError as error:
        return _page(number).show(request, form, status=refuse(form, error))
    return told(request, actor, done, "portal:access")
