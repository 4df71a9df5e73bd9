"""The authorisations: those that run, those that end while a renewal waits, and one of them."""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import compassionate as may
from accounts.outage import expect_database
from backoffice.access_authorisation_verbs import TEXTS, Authorisation, verb_named, verbs_of
from backoffice.access_history import lines_of
from backoffice.access_queue import expect_reader
from backoffice.access_verb import Tried, answer_verb, offered, returned, whole_key
from compassionate import agency_queries, expiring, queries
from compassionate.acting import authorisation_holder
from compassionate.streams import suspended_before
from events.days import PARIS
from events.number import number_of
from portal.access_letters import letters_of_authorisation
from portal.addresses import readable_cursor
from portal.kept import keeps_text

ENDING = (
    ("finies", expiring.lapsed, True),
    ("attente", expiring.expiring, True),
    ("sans", expiring.expiring, False),
)
"""The lists of what ends: the name in an address, what reads it, whether a renewal waits."""
ONE_LIST = frozenset(name for name, _look, _waiting in ENDING)


def _today() -> date:
    return timezone.localdate(timezone=PARIS)


@require_safe
@login_required
def authorisations(request: HttpRequest) -> HttpResponse:
    """List the authorisations that have not ended, or with `?echeance=` those that soon will."""
    expect_reader(request.user)
    if asked := request.GET.get("echeance"):
        return _ending(request, asked)
    with readable_cursor():
        page = agency_queries.running(
            request.user, _today(), cursor=request.GET.get("suite") or None
        )
    context = {"rows": page.rows, "cursor": page.next_cursor}
    return render(request, "backoffice/access_authorisations.html", context)


def _ending(request: HttpRequest, asked: str) -> HttpResponse:
    """Show what ends, in three lists, or one of them where its own is asked for."""
    cursor, today = request.GET.get("suite") or None, _today()
    with readable_cursor():
        lists = [
            (name, look(request.user, today, waiting=waiting, cursor=cursor))
            for name, look, waiting in ENDING
            if asked not in ONE_LIST or asked == name
        ]
    context = {"lists": lists, "alone": asked in ONE_LIST, "days": expiring.EXPIRING_DAYS}
    return render(request, "backoffice/access_expiring.html", context)


@require_safe
@login_required
def authorisation(request: HttpRequest, number: str) -> HttpResponse:
    """Show one authorisation."""
    expect_reader(request.user)
    return _page(request, agency_queries.authorisation(request.user, number))


def _shown(request: HttpRequest, notice: str = "", *, number: str, verb: str) -> HttpResponse:
    expect_reader(request.user)
    one, chosen = agency_queries.authorisation(request.user, number), verb_named(verb)
    tried = returned(request, chosen) if chosen else None
    return _page(request, one, tried=tried, notice=notice)


@keeps_text(_shown, TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
def act_on_authorisation(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Do one thing to an authorisation."""
    to = reverse("backoffice:access_authorisation", args=[number])
    if request.method != "POST":
        return redirect(to)
    expect_database()
    expect_reader(request.user)
    one = agency_queries.authorisation(request.user, number)
    return answer_verb(
        request, verb_named(verb), one, lambda tried: _page(request, one, tried=tried), to
    )


def _page(
    request: HttpRequest, one: Authorisation, *, tried: Tried | None = None, notice: str = ""
) -> HttpResponse:
    facts, today = one.facts, _today()
    verbs = verbs_of(request.user, one, today)
    if tried is not None and tried.slug not in {each.slug for each in verbs}:
        verbs = [each for each in (verb_named(tried.slug),) if each] + verbs
    before = suspended_before(facts)
    suspended = bool(facts.suspensions or before)
    limit = facts.suspension_limit(today, before)
    clinical = may.may_see_clinical(request.user, authorisation_holder(facts))
    number = facts.number or ""
    context = {
        "facts": facts,
        "clinical": clinical,
        "letters": letters_of_authorisation(number, one.events) if clinical else (),
        "state": facts.state_on(today),
        "in_force": facts.in_force(today),
        "suspension_limit": limit if suspended and limit >= today else None,
        "suspension_spent": suspended and limit < today,
        "request_number": number_of(facts.request_id) if facts.request_id else "",
        "follow_up": queries.follow_ups([number]).get(number),
        "version": one.version,
        "lines": lines_of(one.events, told=clinical),
        "verbs": offered(verbs, one, request, tried),
        "tried": tried,
        "key": whole_key(tried),
        "here": reverse("backoffice:access_authorisation", args=[number]),
        "notice": notice,
    }
    status = tried.status if tried else 200
    return render(request, "backoffice/access_authorisation.html", context, status=status)
