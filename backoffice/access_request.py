"""One request for compassionate access, as the agency reads it and acts on it."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.outage import expect_database
from accounts.people import names_of
from backoffice.access_history import lines_of_request
from backoffice.access_parts import facts_of_part
from backoffice.access_queue import expect_reader
from backoffice.access_request_verbs import TEXTS, OfRequest, verb_named, verbs_of
from backoffice.access_verb import Tried, attempt, given_by, offered, returned, whole_key
from compassionate import agency_queries, queries
from compassionate.beside import beside
from compassionate.domain.criteria import Criterion
from compassionate.domain.criteria_facts import SheetFacts
from compassionate.domain.holder_facts import HolderFacts
from compassionate.domain.notification import notification_of
from compassionate.domain.request_events import InformationAnswered, InformationAsked
from compassionate.domain.vocabulary import Finding, Met
from compassionate.queries import RequestShown
from compassionate.streams import authorisation_facts, product_id
from events.days import PARIS
from portal.access_documents import documents_of
from portal.access_letters import letters_of_request
from portal.addresses import identifier
from portal.kept import keeps_text
from portal.problems import in_readers_language

TALK = frozenset({InformationAsked.TYPE, InformationAnswered.TYPE})
"""What is shown once more apart: questions of the agency, and what came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One criterion, what was answered, and what the checking found of it."""

    criterion: Criterion
    answer: Met | None
    comment: str
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutProduct:
    """The criteria sheet and the rights holder's file of what is asked for, as they stand today."""

    id: UUID
    sheet: SheetFacts
    file: HolderFacts | None


@require_safe
@login_required
def one_request(request: HttpRequest, number: str) -> HttpResponse:
    """Show one request."""
    return _page(request, _open(request, number))


def _shown(request: HttpRequest, notice: str = "", *, number: str, verb: str) -> HttpResponse:
    """Show a request with a form as it was posted, without acting on it."""
    one = _open(request, number)
    chosen = verb_named(verb, one.facts)
    if chosen is None:
        raise Http404
    return _page(request, one, tried=returned(request, chosen), notice=notice)


@keeps_text(_shown, TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
def act_on_request(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Give one command about a request."""
    if request.method != "POST":
        return redirect("backoffice:access_request", number=number)
    expect_database()
    one = _open(request, number)
    chosen = verb_named(verb, one.facts)
    if chosen is None:
        raise Http404
    tried = attempt(chosen, given_by(request, chosen, one))
    if tried.done:
        return redirect("backoffice:access_request", number=one.shown.number)
    return _page(request, _open(request, number), tried=tried)


def _open(request: HttpRequest, number: str) -> OfRequest:
    """Return the request. Raises Http404, PermissionDenied."""
    expect_reader(request.user)
    shown = queries.request(request.user, identifier(number))
    renews = shown.facts.renews
    return OfRequest(shown=shown, follows=authorisation_facts(renews) if renews else None)


def _page(
    request: HttpRequest, one: OfRequest, *, tried: Tried | None = None, notice: str = ""
) -> HttpResponse:
    shown, facts = one.shown, one.facts
    may_give = queries.verbs(request.user, shown)
    verbs = verbs_of(one, may_give, str(getattr(request.user, "public_id", "")))
    if tried is not None and tried.slug not in {each.slug for each in verbs}:
        verbs = [each for each in (verb_named(tried.slug, facts),) if each] + verbs
    lines = lines_of_request(shown, tried.read_version if tried else None)
    context = {
        "shown": shown,
        "facts": facts,
        "clinical": bool(shown.events),
        "prescription": facts_of_part(shown.prescription),
        "pharmacy": facts_of_part(shown.pharmacy),
        "checked": _checked(shown),
        "about": _about(request, one),
        **_beside(one),
        "lines": lines,
        "documents": documents_of(shown),
        "letters": letters_of_request(shown),
        "talk": [line for line in reversed(lines) if line.step.type in TALK],
        "notified": notification_of(facts, timezone.localdate(timezone=PARIS)),
        "evaluator": names_of([facts.evaluator]).get(facts.evaluator) if facts.evaluator else "",
        "verbs": offered(verbs, one, request, tried, first_open=True),
        "tried": tried,
        "key": whole_key(tried),
        "here": reverse("backoffice:access_request", kwargs={"number": shown.number}),
        "notice": notice,
    }
    status = tried.status if tried else HTTPStatus.OK
    return render(request, "backoffice/access_request.html", context, status=status)


def _beside(one: OfRequest) -> dict[str, Any]:
    """Return what lies beside the request, in words: criteria since, names, requests alike, the former."""
    now = timezone.now()  # noqa: TID251  an edge of the house: as a reader sees it
    found = beside(one.shown, now, one.follows)
    named = [
        {
            "product_name": row.product_name,
            "status": row.status,
            "identifier": product_id(row.product, row.indication),
        }
        for row in found.named
    ]
    refusals = [in_readers_language(one.detail) for one in found.refusals]
    return {"beside": found, "named": named, "refusals": refusals}


def _checked(shown: RequestShown) -> list[Checked]:
    """Return each criterion of the version that judges, with what was answered; for who may read it."""
    part = shown.prescription
    if part is None:
        return []
    answers = {one.code: one for one in part.criteria}
    found = {one.code: one.finding for one in shown.findings}
    return [
        Checked(
            criterion=one,
            answer=answers[one.code].answer if one.code in answers else None,
            comment=(answers[one.code].comment or "") if one.code in answers else "",
            finding=found[one.code],
        )
        for one in shown.sheet.criteria
        if one.code in found
    ]


def _about(request: HttpRequest, one: OfRequest) -> AboutProduct | None:
    """Return the sheet and the file of what is asked for; None where it is on no list."""
    part = one.facts.prescription
    if part is None or not part.product or not part.indication:
        return None
    where = product_id(part.product, part.indication)
    try:
        sheet = agency_queries.sheet(request.user, where).facts
    except Http404:
        return None
    try:
        file = agency_queries.holder_file(request.user, where).facts
    except Http404:
        file = None
    return AboutProduct(id=where, sheet=sheet, file=file)
