"""The delegations of signature: who may sign what today, recorded by the agency's lawyers."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeAlias

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import compassionate as may
from accounts.access import Someone
from accounts.models import User
from accounts.outage import expect_database
from backoffice.access_form import day, long, many, text
from backoffice.access_verb import Given, Tried, Verb, answer_verb, offered, returned, whole_key
from compassionate import delegating
from compassionate.domain.vocabulary import Delegated
from events.days import PARIS
from portal.kept import keeps_text
from portal.report_fields import Field, Kind

People: TypeAlias = Sequence[delegating.Signatory]
TEXTS = {"fin.reason": _("Motif")}


def _whose(people: People) -> Field:
    named = tuple((str(one.person.public_id), one.name) for one in people)
    return Field(
        name="signatory", label=_("Signataire"), kind=Kind.CHOICE, choices=named, required=True
    )


def _today() -> date:
    return timezone.localdate(timezone=PARIS)


def _to_give(people: People) -> People:
    return [one for one in people if one.may_be_given]


def _to_end(people: People) -> People:
    return [one for one in people if one.has_to_end(_today())]


def _record(people: People) -> Verb[People]:
    return Verb(
        slug="enregistrer",
        title=_("Enregistrer une délégation"),
        button=_("Enregistrer"),
        fields=(
            _whose(_to_give(people)),
            text("reference", _("Référence de l’acte publié"), required=True),
            text("quality", _("Qualité dans laquelle la personne signe"), required=True),
            many("acts", _("Actes délégués"), Delegated),
            day("published_on", _("Publié le"), required=True),
            day("begins_on", _("Premier jour"), required=True),
            day("ends_on", _("Dernier jour, s’il est fixé")),
        ),
        give=_give_record,
        note=_(
            "Une décision signée sans délégation en vigueur est nulle : le logiciel la refuse."
        ),
    )


def _end(people: People) -> Verb[People]:
    return Verb(
        slug="fin",
        title=_("Mettre fin à une délégation"),
        button=_("Mettre fin"),
        fields=(
            _whose(_to_end(people)),
            text("reference", _("Référence de l’acte"), required=True),
            day("last_day", _("Dernier jour"), required=True),
            long("reason", _("Motif"), required=True),
        ),
        give=_give_end,
    )


def _verbs(user: Someone, people: People) -> list[Verb[People]]:
    return [_record(people), _end(people)] if may.may_record_delegation(user) else []


def _signatory(given: Given[People], among: People) -> User | None:
    """Return who was chosen, None with an error at the field."""
    chosen = given.form.text("signatory")
    for one in among:
        if str(one.person.public_id) == chosen:
            return one.person
    given.form.refuse("signatory", _("Choisissez une personne de la liste."))
    return None


def _give_record(given: Given[People]) -> bool:
    form, signatory = given.form, _signatory(given, _to_give(given.subject))
    published_on, begins_on = form.day("published_on"), form.day("begins_on")
    ends_on = form.day("ends_on", needed=False)
    if not form.sound or signatory is None:
        return False
    fields: dict[str, Any] = {
        "reference": form.text("reference"),
        "quality": form.text("quality"),
        "acts": form.some("acts", Delegated),
        "published_on": published_on,
        "begins_on": begins_on,
        "ends_on": ends_on,
    }
    delegating.record(given.user, signatory, fields, idempotency_key=given.key)
    return True


def _give_end(given: Given[People]) -> bool:
    form, signatory = given.form, _signatory(given, _to_end(given.subject))
    last_day = form.day("last_day")
    if not form.sound or signatory is None or last_day is None:
        return False
    delegating.end(
        given.user,
        signatory,
        form.text("reference"),
        last_day,
        form.text("reason"),
        idempotency_key=given.key,
    )
    return True


@require_safe
@login_required
def delegations(request: HttpRequest) -> HttpResponse:
    """List who may sign what."""
    return _page(request, delegating.signatories(request.user))


def _shown(request: HttpRequest, notice: str = "", *, verb: str) -> HttpResponse:
    people = delegating.signatories(request.user)
    chosen = _named(request, verb, people)
    if chosen is None:
        raise Http404
    return _page(request, people, tried=returned(request, chosen), notice=notice)


@keeps_text(_shown, TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
def act_on_delegations(request: HttpRequest, verb: str) -> HttpResponse:
    """Record a delegation, or its end."""
    if request.method != "POST":
        return _page(request, delegating.signatories(request.user))
    expect_database()
    people = delegating.signatories(request.user)
    chosen, to = _named(request, verb, people), reverse("backoffice:access_delegations")
    return answer_verb(
        request, chosen, people, lambda tried: _page(request, people, tried=tried), to
    )


def _named(request: HttpRequest, slug: str, people: People) -> Verb[People] | None:
    return next((one for one in _verbs(request.user, people) if one.slug == slug), None)


def _page(
    request: HttpRequest, people: People, *, tried: Tried | None = None, notice: str = ""
) -> HttpResponse:
    today = _today()
    context = {
        "rows": [
            (one, each, each.in_force(today))
            for one in people
            for each in reversed(one.delegations)
        ],
        "without": [
            one.name
            for one in _to_give(people)
            if not any(each.in_force(today) for each in one.delegations)
        ],
        "verbs": offered(_verbs(request.user, people), people, request, tried),
        "tried": tried,
        "key": whole_key(tried),
        "here": reverse("backoffice:access_delegations"),
        "notice": notice,
    }
    status = tried.status if tried else 200
    return render(request, "backoffice/access_delegations.html", context, status=status)
