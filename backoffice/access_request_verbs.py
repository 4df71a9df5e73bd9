"""What the agency does with one request for compassionate access: the verbs, their questions, their commands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from backoffice.access_form import choice, day, long, shown_day, text, tick
from backoffice.access_verb import Given, Verb
from compassionate import decisions
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.completeness import text_problems
from compassionate.domain.decision import APPEAL, Reasons, Terms
from compassionate.domain.offer import terms_to_offer
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import Proposal, RequestState, SilenceEffect
from compassionate.giving import Signed
from compassionate.queries import RequestShown
from events.days import PARIS
from portal.report_fields import Field

LONGEST_ITEM = 2_000
HELP = (
    "La vérification des critères est une aide : elle ne décide de rien, vous décidez et répondez "
    "de la décision."
)
TERMS = (
    day("begins_on", "Premier jour", required=True),
    day("ends_on", "Dernier jour, compris", required=True),
    long("dosage", "Posologie autorisée"),
    long("conditions", "Conditions"),
)
REASONS = (
    long(
        "law", "Motifs en droit", hint="Les articles, par exemple CSP L5121-12-1 II", required=True
    ),
    long("fact", "Motifs en fait", required=True),
    long("appeal", "Voies et délais de recours", required=True),
)
SIGNED = (
    text("quality", "Qualité du signataire", required=True),
    text("delegation", "Référence de la délégation de signature", required=True),
)
SAFETY = long(
    "safety_follow_up", "Suivi de sécurité du patient, des doses étant données", required=True
)
IN_SPITE_OF = long(
    "in_spite_of",
    "Motif de décider quand même",
    hint="Un envoi reçu pendant une panne attend peut-être encore pour ce dossier ; le motif reste.",
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
    if "EstablishSilence" in may_give:
        found.append(SILENCE)
    refusing = facts.proposed is not None and facts.proposed.proposal is Proposal.REFUSE
    order = ["refus"] if refusing and facts.state is RequestState.TO_SIGN else []
    return sorted(found, key=lambda verb: verb.slug not in order)


def verb_named(slug: str, facts: RequestFacts) -> Verb[OfRequest] | None:
    """Return a verb by its address, also where it may not be given now: a second click is no error."""
    every = (
        _take_up(facts), ASK, PROPOSE_GRANT, PROPOSE_REFUSAL, GRANT, REGULARISE, _refuse(facts), SILENCE,
    )  # fmt: skip
    return next((one for one in every if one.slug == slug), None)


def terms_in(given: Given[Any]) -> Terms | None:
    """Return the terms that were typed, None where a day can't be read."""
    form = given.form
    begins_on, ends_on = form.day("begins_on"), form.day("ends_on")
    if not form.sound or begins_on is None or ends_on is None:
        return None
    terms = Terms(
        begins_on=begins_on,
        ends_on=ends_on,
        dosage=form.said("dosage"),
        conditions=form.said("conditions"),
    )
    form.take_problems(text_problems(terms, "/terms"))
    return terms


def reasons_in(given: Given[Any]) -> Reasons | None:
    """Return the reasons that were typed, None where they can't be taken."""
    form = given.form
    reasons = Reasons(law=form.text("law"), fact=form.said("fact"), appeal=form.text("appeal"))
    form.take_problems(text_problems(reasons, "/reasons"))
    return reasons if form.sound else None


def signed_in(given: Given[Any]) -> Signed:
    """Return in which quality somebody signs."""
    return Signed(quality=given.form.text("quality"), delegation=given.form.text("delegation"))


def quality_of(request: HttpRequest) -> dict[str, str]:
    """Return what is known of whoever signs, and the routes of appeal that every refusal names."""
    return {"quality": getattr(request.user, "profession", ""), "appeal": APPEAL.replace("'", "’")}


def _known_terms(one: OfRequest, request: HttpRequest) -> Mapping[str, str]:
    proposed = one.facts.proposed
    terms = proposed.terms if proposed is not None else None
    if terms is None:
        today = timezone.localdate(timezone=PARIS)
        follows = one.follows.ends_on if one.follows else None
        terms = terms_to_offer(one.facts, one.shown.sheet, today, follows=follows)
    return quality_of(request) | {
        "begins_on": shown_day(terms.begins_on),
        "ends_on": shown_day(terms.ends_on),
        "dosage": terms.dosage or "",
        "conditions": terms.conditions or "",
    }


def _known_reasons(one: OfRequest, request: HttpRequest) -> Mapping[str, str]:
    proposed = one.facts.proposed
    reasons = proposed.reasons if proposed is not None else None
    known = quality_of(request)
    if reasons is None:
        return known
    said = {"law": reasons.law, "fact": reasons.fact or "", "appeal": reasons.appeal}
    return known | said


def _take_up(facts: RequestFacts) -> Verb[OfRequest]:
    again = facts.evaluator is not None
    return Verb(
        slug="prise-en-charge",
        title="Reprendre le dossier d’un autre évaluateur" if again else "Prendre en charge",
        button="Reprendre" if again else "Prendre en charge",
        fields=(tick("no_interest", "Liens d’intérêts", NO_INTEREST),),
        give=_give_take_up,
        note="Le logiciel vérifie ensuite chaque critère. " + HELP,
    )


NO_INTEREST = "Je déclare n’avoir aucun lien d’intérêts avec ce dossier"


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
        given.form.refuse("items", "Un point a 2000 caractères au plus : coupez-le en plusieurs.")
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
    reasons = reasons_in(given) if proposal is Proposal.REFUSE else None
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
    reasons = reasons_in(given)
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
    effect = given.form.one("effect", SilenceEffect)
    if not given.form.sound or effect is None:
        return False
    decisions.establish_silence(
        given.user,
        given.subject.shown.id,
        effect,
        given.form.text("signed_off_by"),
        idempotency_key=given.key,
    )
    return True


def _signing(slug: str, title: str, note: str) -> Verb[OfRequest]:
    return Verb(
        slug=slug,
        title=title,
        button=f"Signer : {title.lower()}",
        fields=(*TERMS, *SIGNED),
        give=_give_grant,
        known=_known_terms,
        note=note,
    )


def _refuse(facts: RequestFacts) -> Verb[OfRequest]:
    safety: tuple[Field, ...] = (SAFETY,) if facts.beforehand else ()
    return Verb(
        slug="refus",
        title="Refuser",
        button="Signer : refuser",
        fields=(*REASONS, *safety, *SIGNED),
        give=_give_refusal,
        known=_known_reasons,
    )


ASK: Verb[OfRequest] = Verb(
    slug="question",
    title="Demander des informations",
    button="Envoyer la demande",
    fields=(
        long("items", "Ce qui manque", hint="Un point par ligne", required=True),
        day("limit", "Dernier jour pour répondre", required=True),
    ),
    give=_give_question,
    note="La date limite passée, rien n’est refusé d’office : une personne décide.",
)
PROPOSE_GRANT: Verb[OfRequest] = Verb(
    slug="proposer-accord",
    title="Proposer d’accorder",
    button="Proposer l’accord",
    fields=TERMS,
    give=lambda given: _give_proposal(given, Proposal.GRANT),
    known=_known_terms,
    note="Repris de la demande, dans les limites d’un an, de la fiche et du traitement. " + HELP,
)
PROPOSE_REFUSAL: Verb[OfRequest] = Verb(
    slug="proposer-refus",
    title="Proposer de refuser",
    button="Proposer le refus",
    fields=REASONS,
    give=lambda given: _give_proposal(given, Proposal.REFUSE),
    known=_known_reasons,
)
GRANT = _signing("accord", "Accorder", HELP)
REGULARISE = _signing(
    "regularisation",
    "Régulariser",
    "Des doses sont données ou accordées : l’autorisation commence le jour de la première. "
    + HELP,
)
SILENCE: Verb[OfRequest] = Verb(
    slug="silence",
    title="Constater la décision implicite",
    button="Constater",
    fields=(
        choice("effect", "Effet du silence", SilenceEffect, required=True),
        text("signed_off_by", "Effet validé par (nom et fonction)", required=True),
    ),
    give=_give_silence,
    note="Constaté seulement le délai légal passé (CRPA L231-1, L231-4 à L231-6).",
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
    )
    for name, label in (
        ("items", "Ce qui manque"),
        ("dosage", "Posologie autorisée"),
        ("conditions", "Conditions"),
        ("law", "Motifs en droit"),
        ("fact", "Motifs en fait"),
        ("appeal", "Voies et délais de recours"),
        ("safety_follow_up", "Suivi de sécurité"),
        ("in_spite_of", "Motif de décider quand même"),
    )
}
"""What is shown of a form on a page of its own, where its request cannot be read."""
