"""The figures of compassionate access, with their instant."""

from datetime import datetime, time, timedelta

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts import compassionate as may
from compassionate import statistics
from compassionate.statistics import Lane
from events.days import PARIS
from events.small_cells import SMALLEST

PERIODS = {"30": 30, "90": 90, "365": 365}
LANES = {
    "not_deferrable": _("Non différable (objectif : 4 heures)"),
    "given": _("Dose déjà donnée"),
    "conforming": _("Conforme aux critères (1 jour ouvré)"),
    "other": _("Autre (3 jours ouvrés)"),
}


@require_safe
@login_required
def figures(request: HttpRequest) -> HttpResponse:
    """Show the figures of what was received in the last days."""
    if not may.may_see_queue(request.user):
        raise PermissionDenied
    chosen = request.GET.get("jours", "")
    days = PERIODS.get(chosen, PERIODS["365"])
    now = timezone.now()  # noqa: TID251  an edge of the house: the instant that the figures are of
    today = timezone.localdate(now, PARIS)
    since = datetime.combine(today - timedelta(days=days - 1), time.min, PARIS)
    until = datetime.combine(today + timedelta(days=1), time.min, PARIS)
    told = statistics.figures(request.user, since, until, now, today)
    outcomes, following = told.outcomes, told.following
    decided = outcomes.granted + outcomes.refused
    context = {
        "told": told,
        "days": days,
        "periods": PERIODS.values(),
        "lanes": [(LANES[one.lane], one, within_goal(one)) for one in told.lanes],
        "asked": share(outcomes.asked, outcomes.received),
        "refused": share(outcomes.refused, decided),
        "false_conformity": share(outcomes.false_conformity, outcomes.declared_out_of_hours),
        "complete": share(following.up_to_date, following.follow_ups),
        "smallest": SMALLEST,
    }
    return render(request, "backoffice/access_statistics.html", context)


def within_goal(lane: Lane) -> str:
    """Return the share of a lane's decisions that came within the goal."""
    return share(lane.within_goal, lane.decided)


def share(part: int, whole: int) -> str:
    """Return a part of a whole in percent, with both counts; a dash where there is no whole."""
    if not whole:
        return "–"
    told = {"percent": round(100 * part / whole), "part": part, "whole": whole}
    return gettext("%(percent)d %% (%(part)d sur %(whole)d)") % told
