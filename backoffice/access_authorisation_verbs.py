"""What is done to an authorisation: suspended, resumed, withdrawn, abrogated, ended after an AMM."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import compassionate as may
from accounts.access import Someone
from backoffice.access_decision import (
    KNOWN_APPEAL,
    REASONS,
    SIGNED,
    known_to_sign,
    reasons_in,
    signed_in,
)
from backoffice.access_form import choice, day, long
from backoffice.access_sheet_verbs import CESSATION_FIELDS, cessation_in
from backoffice.access_verb import Given, Verb
from compassionate import acting
from compassionate.agency_queries import Folded
from compassionate.domain.acts import Act
from compassionate.domain.authorisation import STATES
from compassionate.domain.authorisation_commands import (
    Abrogate,
    LiftSuspension,
    SetCessation,
    Suspend,
    Withdraw,
)
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.grounds import WithdrawalGround
from compassionate.domain.vocabulary import Delegated

Authorisation = Folded[AuthorisationFacts]

HEARD = (
    day("heard_on", _("Titulaire et établissement entendus le")),
    long("urgency", _("Ou l’urgence, qui dispense d’entendre (CRPA L121-2)")),
)


def verbs_of(user: Someone, one: Authorisation, today: date) -> list[Verb[Authorisation]]:
    """Return the verbs that somebody may give today."""
    state, found = one.facts.state_on(today), []
    if may.may_act_on_authorisation(user):
        for act, verb in (
            (LiftSuspension, LIFT),
            (Suspend, SUSPEND),
            (Abrogate, ABROGATE),
            (Withdraw, WITHDRAW),
        ):
            found += [verb] if state in STATES[act] else []
    if may.may_set_cessation(user) and state in STATES[SetCessation]:
        found.append(CESSATION)
    return found


def verb_named(slug: str) -> Verb[Authorisation] | None:
    """Return a verb by its address."""
    return next((one for one in EVERY if one.slug == slug), None)


def _act(given: Given[Authorisation], act: type[Act], fields: Mapping[str, Any]) -> bool:
    acting.act_on_authorisation(
        given.user,
        given.subject.facts.number or "",
        act,
        fields,
        signed_in(given),
        idempotency_key=given.key,
        expected_version=given.version,
    )
    return True


def _against(given: Given[Authorisation]) -> dict[str, Any]:
    """Return what every decision against its holder says; what can't be read is an error in the form."""
    return {
        "reasons": reasons_in(given),
        "heard_on": given.form.day("heard_on", needed=False),
        "urgency": given.form.said("urgency"),
        **_in_spite(given),
    }


def _in_spite(given: Given[Authorisation]) -> dict[str, Any]:
    return {"in_spite_of": given.form.said("in_spite_of")}


def _suspend(given: Given[Authorisation]) -> bool:
    said = {
        "until": given.form.day("until"),
        "new_fact": given.form.said("new_fact"),
        **_against(given),
    }
    return given.form.sound and _act(given, Suspend, said)


def _withdraw(given: Given[Authorisation]) -> bool:
    said = {"ground": given.form.one("ground", WithdrawalGround), **_against(given)}
    return given.form.sound and _act(given, Withdraw, said)


def _abrogate(given: Given[Authorisation]) -> bool:
    said = _against(given)
    return given.form.sound and _act(given, Abrogate, said)


def _lift(given: Given[Authorisation]) -> bool:
    said = {"reason": given.form.text("reason"), **_in_spite(given)}
    return given.form.sound and _act(given, LiftSuspension, said)


def _cessation(given: Given[Authorisation]) -> bool:
    said = cessation_in(given)
    return said is not None and _act(given, SetCessation, said)


def _known(_one: Authorisation, request: HttpRequest) -> Mapping[str, str]:
    return known_to_sign(request, Delegated.AUTHORISATIONS) | KNOWN_APPEAL


SUSPEND: Verb[Authorisation] = Verb(
    slug="suspension",
    title=_("Suspendre"),
    button=_("Signer : suspendre"),
    fields=(
        day("until", _("Jusqu’au, compris"), required=True),
        long(
            "new_fact",
            _("Fait nouveau, qui ouvre trois mois à lui"),
            hint=_("Vide : elle prolonge les précédentes"),
        ),
        *REASONS,
        *HEARD,
        *SIGNED,
    ),
    give=_suspend,
    known=_known,
    note=_(
        "Trois mois au plus, en comptant les suspensions qui se suivent à moins de trois mois sans fait nouveau (CSP R5121-74-8)."
    ),
)
LIFT: Verb[Authorisation] = Verb(
    slug="reprise",
    title=_("Lever la suspension"),
    button=_("Signer : lever la suspension"),
    fields=(long("reason", _("Motif"), required=True), *SIGNED),
    give=_lift,
    known=_known,
)
WITHDRAW: Verb[Authorisation] = Verb(
    slug="retrait",
    title=_("Retirer l’autorisation"),
    button=_("Signer : retirer"),
    fields=(
        choice("ground", _("Fondement"), WithdrawalGround, required=True),
        *REASONS,
        *HEARD,
        *SIGNED,
    ),
    give=_withdraw,
    known=_known,
    note=_(
        "Une décision illégale est retirée comme si elle n’avait jamais été, dans les quatre mois (CRPA L242-1)."
    ),
)
ABROGATE: Verb[Authorisation] = Verb(
    slug="abrogation",
    title=_("Abroger"),
    button=_("Signer : abroger"),
    fields=(*REASONS, *HEARD, *SIGNED),
    give=_abrogate,
    known=_known,
    note=_("Pour l’avenir seulement, une condition n’étant plus remplie (CRPA L242-2)."),
)
CESSATION: Verb[Authorisation] = Verb(
    slug="cessation",
    title=_("Fixer la cessation après l’AMM"),
    button=_("Signer : fixer la date"),
    fields=(*CESSATION_FIELDS, *SIGNED),
    give=_cessation,
    known=_known,
    note=_("Trois mois au plus après l’AMM, sauf prolongation exceptionnelle (CSP R5121-74-9 I)."),
)
EVERY = (LIFT, SUSPEND, ABROGATE, WITHDRAW, CESSATION)
TEXTS = {
    f"{verb.slug}.{name}": label
    for verb in EVERY
    for name, label in (
        ("law", _("Motifs en droit")),
        ("fact", _("Motifs en fait")),
        ("appeal", _("Voies et délais de recours")),
        ("urgency", _("Urgence")),
        ("new_fact", _("Fait nouveau")),
        ("reason", _("Motif")),
        ("in_spite_of", _("Motif de décider quand même")),
        ("exceptional", _("Motif d’une prolongation exceptionnelle")),
    )
}
"""What is shown of a form on a page of its own, where its authorisation cannot be read."""
