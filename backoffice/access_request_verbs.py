"""What the agency does with one request for compassionate access: the verbs, their questions, their commands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from backoffice.access_decision import (
    KNOWN_APPEAL,
    REFUSAL,
    SIGNED,
    TERMS,
    known_to_sign,
    refusal_in,
    signed_in,
    terms_in,
)
from backoffice.access_form import day, long, shown_day, tick
from backoffice.access_verb import Given, Verb
from compassionate import decisions
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.offer import terms_to_offer
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import Delegated, Proposal, RequestState
from compassionate.queries import RequestShown
from events.days import PARIS
from portal.report_fields import Field

LONGEST_ITEM = 2_000
HELP = _(
    "La vérification des critères est une aide : elle ne décide de rien, vous décidez et répondez "
    "de la décision."
)
SAFETY = long(
    "safety_follow_up", _("Suivi de sécurité du patient, des doses étant données"), required=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRequest:
    """One request as its page knows it; `follows` is the authorisation that it renews."""

    shown: RequestShown
    follows: AuthorisationFacts | None

    @property
    def facts(self) -> RequestFacts:
        """What is known of it."""
        return self.shown.facts


Known: TypeAlias = Callable[[OfRequest, HttpRequest], Mapping[str, Sequence[str]]]


def verbs_of(one: OfRequest, may_give: frozenset[str], account: str) -> list[Verb[OfRequest]]:
    """Return the verbs that somebody may give now, the one to give next first."""
    facts, found = one.facts, []
    if "TakeUp" in may_give and facts.evaluator != account:
        found.append(_take_up(facts))
    if "ProposeDecision" in may_give:
        found += [PROPOSE_GRANT, PROPOSE_REFUSAL]
    if "AskInformation" in may_give:
        found.append(ASK)
    if "Grant" in may_give or "Regularise" in may_give:
        found.append(REGULARISE if facts.beforehand else GRANT)
    if "Refuse" in may_give:
        found.append(_refuse(facts))
    if "NoteCorrection" in may_give:
        found.append(NOTE_CORRECTION)
    if "EstablishSilence" in may_give:
        found.append(SILENCE)
    refusing = facts.proposed is not None and facts.proposed.proposal is Proposal.REFUSE
    order = ["refus"] if refusing and facts.state is RequestState.TO_SIGN else []
    return sorted(found, key=lambda verb: verb.slug not in order)


def verb_named(slug: str, facts: RequestFacts) -> Verb[OfRequest] | None:
    """Return a verb by its address, also where it may not be given now: a second click is no error."""
    every = (
        _take_up(facts), ASK, PROPOSE_GRANT, PROPOSE_REFUSAL, GRANT, REGULARISE, _refuse(facts), SILENCE,
        NOTE_CORRECTION,
    )  # fmt: skip
    return next((one for one in every if one.slug == slug), None)


def _known_terms(one: OfRequest, _request: HttpRequest) -> Mapping[str, str]:
    proposed = one.facts.proposed
    terms = proposed.terms if proposed is not None else None
    if terms is None:
        today = timezone.localdate(timezone=PARIS)
        former = one.follows
        since = former.terms.begins_on if former and former.terms else None
        follows = former.goes_until if former else None
        terms = terms_to_offer(one.facts, one.shown.sheet, today, follows=follows, since=since)
    return {
        "begins_on": shown_day(terms.begins_on),
        "ends_on": shown_day(terms.ends_on),
        "dosage": terms.dosage or "",
        "conditions": terms.conditions or "",
    }


def _known_reasons(one: OfRequest, _request: HttpRequest) -> Mapping[str, Sequence[str]]:
    proposed = one.facts.proposed
    reasons = proposed.reasons if proposed is not None else None
    if reasons is None:
        return KNOWN_APPEAL
    return {
        "law": reasons.law,
        "fact": reasons.fact or "",
        "appeal": reasons.appeal,
        "grounds": reasons.grounds,
    }


def _signing_too(known: Known) -> Known:
    """Return what is known beforehand of a decision that is signed: by what, besides."""
    return lambda one, request: {
        **known_to_sign(request, Delegated.REQUESTS),
        **known(one, request),
    }


def _take_up(facts: RequestFacts) -> Verb[OfRequest]:
    again = facts.evaluator is not None
    return Verb(
        slug="prise-en-charge",
        title=_("Reprendre le dossier d’un autre évaluateur") if again else _("Prendre en charge"),
        button=_("Reprendre le dossier") if again else _("Prendre en charge"),
        fields=(tick("no_interest", _("Liens d’intérêts"), NO_INTEREST),),
        give=_give_take_up,
        note=format_lazy("{} {}", _("Le logiciel vérifie ensuite chaque critère."), HELP),
    )


NO_INTEREST = _("Je déclare n’avoir aucun lien d’intérêts avec ce dossier")


def _give_take_up(given: Given[OfRequest]) -> bool:
    decisions.take_up(
        given.user,
        given.subject.shown.id,
        no_interest=given.form.ticked("no_interest"),
        idempotency_key=given.key,
        expected_version=given.version,
    )
    return True


def _give_question(given: Given[OfRequest]) -> bool:
    limit = given.form.day("limit")
    if any(len(one) > LONGEST_ITEM for one in given.form.lines("items")):
        given.form.refuse(
            "items", _("Un point a 2000 caractères au plus : coupez-le en plusieurs.")
        )
    if not given.form.sound or limit is None:
        return False
    decisions.ask_information(
        given.user,
        given.subject.shown.id,
        given.form.lines("items"),
        limit,
        idempotency_key=given.key,
        expected_version=given.version,
    )
    return True


def _give_proposal(given: Given[OfRequest], proposal: Proposal) -> bool:
    terms = terms_in(given) if proposal is Proposal.GRANT else None
    reasons = refusal_in(given) if proposal is Proposal.REFUSE else None
    if given.form.refused:
        return False
    decisions.propose_decision(
        given.user,
        given.subject.shown.id,
        proposal,
        terms=terms,
        reasons=reasons,
        idempotency_key=given.key,
        expected_version=given.version,
    )
    return True


def _give_grant(given: Given[OfRequest]) -> bool:
    terms = terms_in(given)
    if terms is None or given.form.refused:
        return False
    decisions.grant(
        given.user,
        given.subject.shown.id,
        terms,
        signed_in(given),
        in_spite_of=given.form.said("in_spite_of"),
        idempotency_key=given.key,
        expected_version=given.version,
    )
    return True


def _give_refusal(given: Given[OfRequest]) -> bool:
    reasons = refusal_in(given)
    if reasons is None or given.form.refused:
        return False
    decisions.refuse(
        given.user,
        given.subject.shown.id,
        reasons,
        signed_in(given),
        safety_follow_up=given.form.said("safety_follow_up"),
        in_spite_of=given.form.said("in_spite_of"),
        idempotency_key=given.key,
        expected_version=given.version,
    )
    return True


def _give_silence(given: Given[OfRequest]) -> bool:
    decisions.establish_silence(given.user, given.subject.shown.id, idempotency_key=given.key)
    return True


def _give_note(given: Given[OfRequest]) -> bool:
    decisions.note_correction(
        given.user,
        given.subject.shown.id,
        given.form.text("outcome"),
        idempotency_key=given.key,
        expected_version=given.version,
    )
    return True


def _signing(
    slug: str, title: str | Promise, button: str | Promise, note: str | Promise
) -> Verb[OfRequest]:
    return Verb(
        slug=slug,
        title=title,
        button=button,
        fields=(*TERMS, *SIGNED),
        give=_give_grant,
        known=_signing_too(_known_terms),
        note=note,
    )


def _refuse(facts: RequestFacts) -> Verb[OfRequest]:
    safety: tuple[Field, ...] = (SAFETY,) if facts.beforehand else ()
    return Verb(
        slug="refus",
        title=_("Refuser"),
        button=_("Signer : refuser"),
        fields=(*REFUSAL, *safety, *SIGNED),
        give=_give_refusal,
        known=_signing_too(_known_reasons),
    )


ASK: Verb[OfRequest] = Verb(
    slug="question",
    title=_("Demander des informations"),
    button=_("Envoyer la demande"),
    fields=(
        long("items", _("Ce qui manque"), hint=_("Un point par ligne"), required=True),
        day("limit", _("Dernier jour pour répondre"), required=True),
    ),
    give=_give_question,
    note=_("La date limite passée, rien n’est refusé d’office : une personne décide."),
)
PROPOSE_GRANT: Verb[OfRequest] = Verb(
    slug="proposer-accord",
    title=_("Proposer d’accorder"),
    button=_("Proposer l’accord"),
    fields=TERMS,
    give=lambda given: _give_proposal(given, Proposal.GRANT),
    known=_known_terms,
    note=format_lazy(
        "{} {}",
        _("Repris de la demande, dans les limites d’un an, de la fiche et du traitement."),
        HELP,
    ),
)
PROPOSE_REFUSAL: Verb[OfRequest] = Verb(
    slug="proposer-refus",
    title=_("Proposer de refuser"),
    button=_("Proposer le refus"),
    fields=REFUSAL,
    give=lambda given: _give_proposal(given, Proposal.REFUSE),
    known=_known_reasons,
)
GRANT = _signing("accord", _("Accorder"), _("Signer : accorder"), HELP)
REGULARISE = _signing(
    "regularisation",
    _("Régulariser"),
    _("Signer : régulariser"),
    format_lazy(
        "{} {}",
        _("Des doses sont données ou accordées : l’autorisation commence le jour de la première."),
        HELP,
    ),
)
SILENCE: Verb[OfRequest] = Verb(
    slug="silence",
    title=_("Constater la décision implicite"),
    button=_("Constater"),
    fields=(),
    give=_give_silence,
    note=_(
        "Constaté seulement le délai légal passé, avec l’effet arrêté qui valait quand la demande a été reçue "
        "(CRPA L231-1, L231-4 à L231-6) : voir « Paramètres »."
    ),
)
NOTE_CORRECTION: Verb[OfRequest] = Verb(
    slug="suite-correction",
    title=_("Donner suite à une dose dite ou corrigée après la décision"),
    button=_("Consigner la suite"),
    fields=(long("outcome", _("Ce qui en découle"), required=True),),
    give=_give_note,
    note=_(
        "L’autorisation garde le jour par lequel elle commence tant qu’une décision ne la change pas."
    ),
)
TEXTS = {
    f"{slug}.{name}": label
    for slug in (
        "accord",
        "regularisation",
        "refus",
        "proposer-accord",
        "proposer-refus",
        "question",
        "suite-correction",
    )
    for name, label in (
        ("items", _("Ce qui manque")),
        ("outcome", _("Ce qui en découle")),
        ("dosage", _("Posologie autorisée")),
        ("conditions", _("Conditions")),
        ("law", _("Motifs en droit")),
        ("fact", _("Motifs en fait")),
        ("appeal", _("Voies et délais de recours")),
        ("safety_follow_up", _("Suivi de sécurité")),
        ("in_spite_of", _("Motif de décider quand même")),
    )
}
"""What is shown of a form on a page of its own, where its request cannot be read."""
