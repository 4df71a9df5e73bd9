"""The pages of incidents: the list, what happened in one, and the report of it."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from continuity import incident_queries, retex
from continuity.domain.incident_events import Form
from continuity.retex_document import ABOUT_THE_INCIDENT, document


@require_safe
@login_required
def incidents(request: HttpRequest) -> HttpResponse:
    """List the incidents, the latest first."""
    rows = incident_queries.incidents(request.user)
    return render(request, "backoffice/incidents.html", {"rows": rows})


@require_safe
@login_required
def incident(request: HttpRequest, number: str) -> HttpResponse:
    """Show what happened in one incident, from its own stream alone."""
    row = incident_queries.incident(request.user, number)
    names = incident_queries.form_for(request.user) is Form.INTERNAL
    try:
        told = document(retex.about(row.number, names=names))
    except ValueError:
        raise Http404 from None
    sections = [one for place, one in enumerate(told.sections, 1) if place in ABOUT_THE_INCIDENT]
    context = {"row": row, "told": told, "sections": sections, "title": _("Incident")}
    return render(request, "backoffice/incident.html", context)


@require_safe
@login_required
def report(request: HttpRequest, number: str) -> HttpResponse:
    """Show the report: the agency what the log holds now, others what was published."""
    row = incident_queries.incident(request.user, number)
    try:
        is_full = incident_queries.form_for(request.user) is Form.INTERNAL
        made = retex.report(row.number, Form.INTERNAL) if is_full else retex.published(row.number)
        reopened_since = None if is_full else retex.reopened_since(row.number)
    except ValueError:
        raise Http404 from None
    told = document(made) if made else None
    context = {
        "row": row,
        "told": told,
        "sections": told.sections if told else (),
        "whole": True,
        "reopened_since": reopened_since,
        "title": _("Retour d’expérience"),
    }
    return render(request, "backoffice/incident.html", context)
