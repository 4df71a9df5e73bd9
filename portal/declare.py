"""The page that declares an adverse event."""

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
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
from pharmacovigilance.domain.vocabulary import Channel, ProductKind, Profession
from portal.errors import is_outage
from portal.problems import in_readers_language
from portal.report_fields import ROWS
from portal.report_form import ReportForm

PROFESSIONS = {Role.DOCTOR: Profession.PHYSICIAN, Role.HOSPITAL_PHARMACIST: Profession.PHARMACIST}


@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest) -> HttpResponse:
    """Show the form, change its rows, or send it.

    Whatever happens to the session, the database or the input, what was typed comes back.
    """
    if request.method != "POST":
        return _opened(request)
    form = ReportForm.from_post(request.POST)
    try:
        return _answered(request, form)
    except Exception as error:
        if not is_outage(error):
            raise
        request.user = AnonymousUser()
        return _shown(request, form, notice="outage", status=503)


def _answered(request: HttpRequest, form: ReportForm) -> HttpResponse:
    user = request.user
    if not isinstance(user, User):
        return _shown(request, form, notice="expired")
    if not access.may_declare(user):
        raise PermissionDenied
    verb, _colon, row = request.POST.get("do", "").partition(":")
    if verb == "send":
        return _sent(request, user, form)
    if verb == "add" and row in ROWS:
        form.add(row)
    elif verb == "remove":
        form.remove(row)
    return _shown(request, form)


def returned(request: HttpRequest) -> HttpResponse:
    """Give a form back whose protection against forgery has expired: to be looked at and resent."""
    return _shown(request, ReportForm.from_post(request.POST), notice="stale", status=403)


def _sent(request: HttpRequest, user: User, form: ReportForm) -> HttpResponse:
    key = _key(request)
    now = timezone.now()  # noqa: TID251  when the form arrived
    try:
        report = ReportSerializer(form.to_json(), received_at=now).get()
        acknowledged = actions.declare_adverse_event(
            user, report, idempotency_key=str(key), channel=Channel.PORTAL, now=now
        )
    except Refused as refusal:
        form.take_problems(
            (problem.pointer, in_readers_language(problem.detail)) for problem in refusal.problems
        )
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


def _opened(request: HttpRequest) -> HttpResponse:
    user = request.user
    if not isinstance(user, User):
        return redirect_to_login(request.get_full_path())
    if not access.may_declare(user):
        raise PermissionDenied
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
    context = {"form": form, "key": key or _key(request), "notice": notice}
    return render(request, "portal/declare.html", context, status=status)


def _key(request: HttpRequest) -> UUID:
    """Return the form's own key: sent twice, a form makes one declaration."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid7()


def _prefilled(user: User) -> dict[str, str | None]:
    place = user.institution
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
