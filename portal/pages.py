"""Home page and the pages that every public site owes its readers."""

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import TemplateView

from accounts import access
from continuity.queries import current_incident
from pharmacovigilance import queries
from portal.outage import RETRY_AFTER_SECONDS, is_outage

LATEST = 5


def home(request: HttpRequest) -> HttpResponse:
    """Show each role where its work begins."""
    user = request.user
    may_declare = access.may_declare(user)
    latest = queries.declarations(user, mine=True, size=LATEST).rows if may_declare else ()
    context = {
        "may_declare": may_declare,
        "latest": latest,
        "may_see_worklist": access.may_see_worklist(user),
        "may_operate": access.may_operate(user),
        "signed_in": not isinstance(user, AnonymousUser),
    }
    return render(request, "portal/home.html", context)


def status(request: HttpRequest) -> HttpResponse:
    """Say whether a declaration would be taken now; the page itself needs no database."""
    request.user = AnonymousUser()
    works = _database_answers()
    context = {"works": works, "incident": current_incident()}
    answer = render(request, "portal/status.html", context, status=200 if works else 503)
    if not works:
        answer["Retry-After"] = RETRY_AFTER_SECONDS
    return answer


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:
        if not is_outage(error):
            raise
        return False
    return True


class Accessibility(TemplateView):
    """Accessibility statement (décret 2019-768)."""

    template_name = "portal/accessibility.html"


class LegalNotice(TemplateView):
    """Who publishes and hosts the site (loi 2004-575, art. 6)."""

    template_name = "portal/legal_notice.html"


class PersonalData(TemplateView):
    """What is done with personal data (RGPD, art. 13 and 14)."""

    template_name = "portal/personal_data.html"
