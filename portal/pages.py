"""Home page and the pages that every public site owes its readers."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import TemplateView

from accounts import access
from accounts.credentials import actor_of
from continuity.queries import current_incident, intake_works
from pharmacovigilance import queries
from portal.outage import RETRY_AFTER_SECONDS, database_answers, is_outage

LATEST = 5


def home(request: HttpRequest) -> HttpResponse:
    """Show each role where its work begins, and what is not possible now."""
    actor = actor_of(request)
    context = {
        "may_declare": access.may_declare(actor) and access.is_verified(actor),
        "declare_only": access.is_declare_only(actor),
        "latest": (),
        "may_see_worklist": access.may_see_worklist(actor),
        "may_operate": access.may_operate(actor),
        "signed_in": access.is_verified(actor),
        "without_role": access.role_of(actor) is None,
    }
    return render(request, "portal/home.html", context | _read(request))


def _read(request: HttpRequest) -> dict[str, Any]:
    """Return the reader's latest declarations; without a database the page does without them."""
    if not database_answers():
        return {"away": True, "takes": intake_works()}
    if not access.may_declare(actor_of(request)) or not access.may_read(actor_of(request)):
        return {}
    try:
        return {"latest": queries.declarations(request.user, mine=True, size=LATEST).rows}
    except Exception as error:
        if not is_outage(error):
            raise
        return {"away": True, "takes": intake_works()}


def status(request: HttpRequest) -> HttpResponse:
    """Say what is possible now, and answer 503 where nobody can declare; needs no database."""
    works = database_answers()
    takes = works or intake_works()
    context = {"works": works, "takes": takes, "incident": current_incident()}
    answer = render(request, "portal/status.html", context, status=200 if takes else 503)
    if not takes:
        answer["Retry-After"] = RETRY_AFTER_SECONDS
    return answer


class Accessibility(TemplateView):
    """Accessibility statement (décret 2019-768)."""

    template_name = "portal/accessibility.html"


class LegalNotice(TemplateView):
    """Who publishes and hosts the site (loi 2004-575, art. 6)."""

    template_name = "portal/legal_notice.html"


class PersonalData(TemplateView):
    """What is done with personal data (RGPD, art. 13 and 14)."""

    template_name = "portal/personal_data.html"
