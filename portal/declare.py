"""The pages that declare an adverse event: with a claim, and through the door without account."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from uuid_utils.compat import uuid7

from accounts import access
from accounts.access import Person, Someone
from accounts.credentials import actor_of
from accounts.door import TooManyError
from accounts.models import Role
from events.acknowledged import Acknowledged
from events.errors import CommandReused, Refused
from pharmacovigilance import actions
from pharmacovigilance.api.serializers import ReportSerializer
from pharmacovigilance.domain.vocabulary import ProductKind, Profession
from portal.answers import french_date
from portal.forms import form_key
from portal.kept import Sender, keeps_text
from portal.links import ASKED, came_from, query_of
from portal.outage import database_answers
from portal.received import count_unproven, told
from portal.report_fields import RECEIPT, ROWS
from portal.report_form import ReportForm
from portal.transcription import is_asked, receipt_of

TOLD = {"nom": "name", "debut": "start", "cadre": "authorisation"}
"""What an address may tell of the product: nothing of the patient."""
LONGEST_TOLD = 250
PROFESSIONS = {Role.DOCTOR: Profession.PHYSICIAN, Role.HOSPITAL_PHARMACIST: Profession.PHARMACIST}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page with the declaration form.

    `name` is that of its address; `sender` tells who sends a form, None after
    having put errors at the fields that should say it.
    """

    name: str
    sender: Callable[[HttpRequest, ReportForm], Person | None]
    is_door: bool = False


def _actor(request: HttpRequest, form: ReportForm) -> Person | None:
    del form
    actor = actor_of(request)
    return None if isinstance(actor, AnonymousUser) else actor


DECLARE = Page(name="portal:declare", sender=_actor)


def _returned(request: HttpRequest, notice: str = "") -> HttpResponse:
    """Give the form back with what was posted, without acting on it."""
    return shown(request, DECLARE, ReportForm.from_post(request.POST), notice=notice)


@keeps_text(_returned, alone=True, sender=Sender.DECLARANT)
@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest) -> HttpResponse:
    """Show the form, change its rows, or send it; asks no database who sends."""
    actor = actor_of(request)
    if isinstance(actor, AnonymousUser) or not access.may_declare(actor):
        raise PermissionDenied
    if request.method != "POST":
        return opened(request, DECLARE, _prefilled(actor))
    return answered(request, DECLARE)


def opened(request: HttpRequest, page: Page, prefilled: dict[str, str | None]) -> HttpResponse:
    """Show a new form."""
    form = ReportForm.blank(prefilled)
    kind = request.GET.get("produit", "")
    if kind in set(ProductKind):
        form.typed["drugs.0.kind"] = [kind]
    for asked, name in TOLD.items():
        if told := request.GET.get(asked, "").strip()[:LONGEST_TOLD]:
            form.typed[f"drugs.0.{name}"] = [french_date(told)]
    return shown(request, page, form, key=uuid7())


def answered(request: HttpRequest, page: Page) -> HttpResponse:
    """Change the rows of a posted form, or send it."""
    form = ReportForm.from_post(request.POST)
    verb, _colon, row = request.POST.get("do", "").partition(":")
    if verb == "send":
        return _sent(request, page, form)
    if verb == "add" and row in ROWS:
        form.add(row)
    elif verb == "remove":
        form.remove(row)
    return shown(request, page, form)


def shown(
    request: HttpRequest,
    page: Page,
    form: ReportForm,
    *,
    key: UUID | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show a form as it stands."""
    transcribed = not page.is_door and is_asked(actor_of(request), form)
    context = {
        "form": form,
        "key": key or form_key(request),
        "notice": notice,
        "action": reverse(page.name),
        "door": page.is_door,
        "revoked": not page.is_door and _is_unverified(actor_of(request)),
        "receipt": form.questions(RECEIPT) if transcribed else (),
        "asked": ASKED,
        "authorisation": "" if page.is_door else came_from(request),
    }
    return render(request, "portal/declare.html", context, status=status)


def _sent(request: HttpRequest, page: Page, form: ReportForm) -> HttpResponse:
    sender = page.sender(request, form)
    try:
        if (done := _declared(request, sender, form)) is not None and sender is not None:
            query = "" if page.is_door else query_of(came_from(request))
            return told(request, sender, done, "portal:receipt", query)
    except Refused as refusal:
        form.take_problems(refusal.problems)
    except TooManyError as refusal:
        return _again_later(request, page, form, refusal)
    except CommandReused:
        form.general_errors.append(
            _(
                "Ce formulaire a déjà été envoyé, avec d’autres réponses. Complétez la "
                "déclaration reçue, ou envoyez de nouveau pour en faire une autre."
            )
        )
        return shown(request, page, form, key=uuid7(), status=422)
    return shown(request, page, form, status=422)


def _declared(
    request: HttpRequest, sender: Person | None, form: ReportForm
) -> Acknowledged | None:
    """Declare what a form says; None after having put errors at its fields."""
    key = str(form_key(request))
    now = actions.receipt_time()
    receipt = receipt_of(sender or AnonymousUser(), form, now)
    report = ReportSerializer(form.to_json(), received_at=receipt.received_at or now).get()
    if sender is None or form.errors or form.general_errors:
        return None
    count_unproven(request, sender, report, key)
    return actions.declare_adverse_event(
        sender,
        report,
        idempotency_key=key,
        channel=receipt.channel,
        received_at=receipt.received_at,
        now=now,
    )


def _again_later(
    request: HttpRequest, page: Page, form: ReportForm, refusal: TooManyError
) -> HttpResponse:
    if database_answers():
        sentence = _(
            "Trop de déclarations sans compte sont venues de votre réseau. Connectez-vous, ou "
            "envoyez de nouveau plus tard : votre saisie est gardée dans cette page. Un décès "
            "est toujours reçu."
        )
    else:
        sentence = _(
            "Trop de déclarations sans compte sont venues de votre réseau. Envoyez de nouveau "
            "plus tard : votre saisie est gardée dans cette page. Un décès est toujours reçu."
        )
    form.general_errors.append(sentence)
    answer = shown(request, page, form, status=429)
    answer["Retry-After"] = str(refusal.wait)
    return answer


def _is_unverified(actor: Someone) -> bool:
    return not isinstance(actor, AnonymousUser) and actor.unverified


def _prefilled(actor: Person) -> dict[str, str | None]:
    """Return what a claim says of the reporter: nothing where she writes down for others."""
    if access.may_transcribe(actor) or actor.unverified:
        return {"patient.age_unit": "year"}
    return {
        "patient.age_unit": "year",
        "reporter.profession": PROFESSIONS.get(Role(actor.role)),
        "reporter.family_name": actor.last_name,
        "reporter.given_name": actor.first_name,
        "reporter.email": actor.email,
        "reporter.institution": actor.institution_name,
        "reporter.city": actor.institution_city,
        "reporter.department_code": actor.department or actor.institution_department,
    }
