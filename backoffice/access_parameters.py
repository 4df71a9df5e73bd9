"""What the law leaves open: settled from a day on by the agency's lawyers, who sign it (CRPA L231-1)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import compassionate as may
from accounts.access import Someone
from accounts.outage import expect_database
from backoffice.access_form import choice, day, long, text, whole
from backoffice.access_queue import expect_reader
from backoffice.access_verb import Given, Tried, Verb, answer_verb, offered, returned, whole_key
from compassionate import settling
from compassionate.domain.legal_parameter import LegalParameter, ParameterFacts, ParameterSet
from compassionate.domain.vocabulary import SilenceEffect
from events.days import day_of
from portal.kept import keeps_text
from portal.report_fields import Field

Settled: TypeAlias = Mapping[LegalParameter, ParameterFacts]
NAMES: dict[LegalParameter, str | Promise] = {
    LegalParameter.SILENCE_EFFECT: _("Effet du silence"),
    LegalParameter.REGULARISATION_DAYS: _("Délai de régularisation"),
}
WORDS = frozenset({LegalParameter.SILENCE_EFFECT})
"""Parameters whose value is a word; that of the others is a number of working days."""
TEXTS = {
    "silence.text": _("Fondement juridique"),
    "regularisation.text": _("Fondement juridique"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One value of a parameter as the page shows it: in force now, to come, or replaced."""

    name: str | Promise
    days: int | None
    one: ParameterSet
    holds: bool
    to_come: bool


def _asked(value: Field) -> tuple[Field, ...]:
    return (
        value,
        day("in_force_from", _("En vigueur le"), required=True),
        long("text", _("Fondement juridique"), required=True),
        text("reference", _("Référence de la note qui l’arrête"), required=True),
    )


SILENCE: Verb[None] = Verb(
    slug="silence",
    title=_("Arrêter l’effet du silence"),
    button=_("Signer : effet du silence"),
    fields=_asked(choice("value", _("Effet du silence"), SilenceEffect, required=True)),
    give=lambda given: _give(given, LegalParameter.SILENCE_EFFECT),
    note=_(
        "Il vaut pour les demandes reçues à partir de ce jour : leur accusé de réception le dit (CRPA "
        "R112-11-1), et c’est lui qui se constate."
    ),
)
REGULARISATION: Verb[None] = Verb(
    slug="regularisation",
    title=_("Arrêter le délai de régularisation"),
    button=_("Signer : délai de régularisation"),
    fields=_asked(
        whole("value", _("Jours ouvrés"), hint=_("De 1 à 15 ; un seul tant que rien n’est arrêté"))
    ),
    give=lambda given: _give(given, LegalParameter.REGULARISATION_DAYS),
    note=_("Il vaut pour les doses données ou accordées à partir de ce jour."),
)


def _verbs(user: Someone) -> list[Verb[None]]:
    return [SILENCE, REGULARISATION] if may.may_set_parameter(user) else []


def _give(given: Given[None], parameter: LegalParameter) -> bool:
    form = given.form
    in_force_from = form.day("in_force_from")
    if not form.sound or in_force_from is None:
        return False
    fields = {
        "value": form.text("value"),
        "in_force_from": in_force_from,
        "text": form.text("text"),
        "reference": form.text("reference"),
    }
    settling.settle(given.user, parameter, fields, idempotency_key=given.key)
    return True


@require_safe
@login_required
def parameters(request: HttpRequest) -> HttpResponse:
    """List what was settled, and what is in force now."""
    return _page(request)


def _shown(request: HttpRequest, notice: str = "", *, verb: str) -> HttpResponse:
    chosen = _named(request, verb)
    if chosen is None:
        raise Http404
    return _page(request, tried=returned(request, chosen), notice=notice)


@keeps_text(_shown, TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
def act_on_parameters(request: HttpRequest, verb: str) -> HttpResponse:
    """Settle a parameter."""
    if request.method != "POST":
        return _page(request)
    expect_database()
    expect_reader(request.user)
    chosen, to = _named(request, verb), reverse("backoffice:access_parameters")
    return answer_verb(request, chosen, None, lambda tried: _page(request, tried=tried), to)


def _named(request: HttpRequest, slug: str) -> Verb[None] | None:
    return next((one for one in _verbs(request.user) if one.slug == slug), None)


def _rows(settled: Settled, now: datetime) -> Iterator[Row]:
    """Yield every value, the last signed of each parameter first."""
    for parameter, facts in settled.items():
        holding = facts.at(now)
        for one in reversed(facts.values):
            yield Row(
                name=NAMES[parameter],
                days=None if parameter in WORDS else int(one.value),
                one=one,
                holds=one is holding,
                to_come=one.in_force_from > day_of(now),
            )


def _page(request: HttpRequest, *, tried: Tried | None = None, notice: str = "") -> HttpResponse:
    expect_reader(request.user)
    now, settled = timezone.now(), settling.settled(request.user)  # noqa: TID251  an edge of the house
    context = {
        "rows": list(_rows(settled, now)),
        "effect_open": settled[LegalParameter.SILENCE_EFFECT].at(now) is None,
        "verbs": offered(_verbs(request.user), None, request, tried),
        "tried": tried,
        "key": whole_key(tried),
        "here": reverse("backoffice:access_parameters"),
        "notice": notice,
    }
    status = tried.status if tried else 200
    return render(request, "backoffice/access_parameters.html", context, status=status)
