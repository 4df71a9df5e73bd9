"""The page that declares an adverse event."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from uuid_utils.compat import uuid7

from accounts import access
from accounts.models import Role, User
from events.errors import CommandReused, Refused
from pharmacovigilance import actions
from pharmacovigilance.api.serializers import ReportSerializer
from pharmacovigilance.domain.vocabulary import ProductKind, Profession
from portal.forms import form_key
from portal.kept import keeps_text
from portal.report_fields import RECEIPT, ROWS
from portal.report_form import ReportForm
from portal.transcription import is_asked, receipt_of

PROFESSIONS = {Role.DOCTOR: Profession.PHYSICIAN, Role.HOSPITAL_PHARMACIST: Profession.PHARMACIST}


def _returned(request: HttpRequest, notice: str = "") -> HttpResponse:
    """Give the form back with what was posted, without acting on it."""
    return _shown(request, ReportForm.from_post(request.POST), notice=notice)


@keeps_text(_returned, alone=True)
@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest) -> HttpResponse:
    """Show the form, change its rows, or send it."""
    user = request.user
    if not isinstance(user, User) or not access.may_declare(user):
        raise PermissionDenied
    if request.method != "POST":
        return _opened(request, user)
    form = ReportForm.from_post(request.POST)
    verb, _colon, row = request.POST.get("do", "").partition(":")
    if verb == "send":
        return _sent(request, user, form)
    if verb == "add" and row in ROWS:
        form.add(row)
    elif verb == "remove":
        form.remove(row)
    return _shown(request, form)


def _sent(request: HttpRequest, user: User, form: ReportForm) -> HttpResponse:
    key = form_key(request)
    now = timezone.now()  # noqa: TID251  when the form arrived
    receipt = receipt_of(user, form, now)
    try:
        report = ReportSerializer(form.to_json(), received_at=receipt.received_at or now).get()
        if form.errors or form.general_errors:
            return _shown(request, form, status=422)
        acknowledged = actions.declare_adverse_event(
            user,
            report,
            idempotency_key=str(key),
            channel=receipt.channel,
            received_at=receipt.received_at,
            now=now,
        )
    except Refused as refusal:
        form.take_problems(refusal.problems)
        return _shown(request, form, status=422)
    except CommandReused:
        form.general_errors.append(
            _(
                "Ce formulaire a déjà été envoyé, avec d’autres réponses. Complétez la "
                "déclaration reçue, ou envoyez de nouveau pour en faire une autre."
            )
        )
        return _shown(request, form, key=uuid7(), status=422)
    return redirect("portal:receipt", number=acknowledged.number)


def _opened(request: HttpRequest, user: User) -> HttpResponse:
    form = ReportForm.blank(_prefilled(user))
    kind = request.GET.get("produit", "")
    if kind in set(ProductKind):
        form.typed["drugs.0.kind"] = [kind]
    return _shown(request, form, key=uuid7())


def _shown(
    request: HttpRequest,
    form: ReportForm,
    *,
    key: UUID | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    transcribed = is_asked(request.user, form)
    context = {
        "form": form,
        "key": key or form_key(request),
        "notice": notice,
        "receipt": form.questions(RECEIPT) if transcribed else (),
    }
    return render(request, "portal/declare.html", context, status=status)


def _prefilled(user: User) -> dict[str, str | None]:
    """Return what the account says of the reporter: nothing where it writes down for others."""
    place = user.institution
    if access.may_transcribe(user):
        return {"patient.age_unit": "year"}
    return {
        "patient.age_unit": "year",
        "reporter.profession": PROFESSIONS.get(Role(user.role)),
        "reporter.family_name": user.last_name,
        "reporter.given_name": user.first_name,
        "reporter.email": user.email,
        "reporter.institution": place.name if place else None,
        "reporter.city": place.city if place else None,
        "reporter.department_code": user.department or (place.department if place else None),
    }
