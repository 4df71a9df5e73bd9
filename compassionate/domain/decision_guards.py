"""Why a command of the agency is refused: who decides, on which grounds, within which limits.

A machine never decides (loi 78-17 art. 47): the guards let a person decide, and nobody else.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from compassionate.domain import completeness
from compassionate.domain.completeness import MOST_DAYS, form_problems, product_problems
from compassionate.domain.criteria import CriteriaSheet
from compassionate.domain.deadlines import ANSWER_MONTHS, first_silence, silence_due
from compassionate.domain.decision import Reasons, RefusalReasons, Signature, Terms
from compassionate.domain.lateness import delay_on
from compassionate.domain.prescription import Prescription
from compassionate.domain.request_commands import (
    AskInformation,
    CheckConformity,
    Command,
    DepositDecision,
    EstablishSilence,
    Grant,
    NoteCorrection,
    NoteDelay,
    NoteFirstReading,
    NoteInformationOverdue,
    ProposeDecision,
    Refuse,
    Regularise,
    TakeUp,
)
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import (
    AFTER_DECISION,
    OutOfHoursRoute,
    Proposal,
    RequestKind,
    RequestState,
    SilenceEffect,
)
from events.days import day_of, months_after
from events.errors import Problem

SENTENCES = {
    **completeness.SENTENCES,
    "unknown_request": "Cette demande n'existe pas.",
    "regularisation_begins_with_a_dose": (
        "Une régularisation commence par la dispensation ou l'accord oral : déclarez-les d'abord."
    ),
    "authorisation_needed": "Donnez le numéro de l'autorisation dont il s'agit.",
    "not_an_authorisation": (
        "Ce n'est le numéro d'aucune autorisation : recopiez celui de la lettre, AAC-…, sans rien omettre."
    ),
    "not_the_author": "Seul le prescripteur, ou l'interne qui agit en son nom, peut le faire.",
    "nothing_changed": "Rien n'a changé depuis le retour : complétez la demande ou répondez.",
    "reason_needed": "Donnez le motif : il reste au dossier.",
    "prescriber_is_pharmacist": "Le prescripteur et le pharmacien sont deux personnes.",
    "other_institution": "Seul un pharmacien de l'établissement de la demande peut le faire.",
    "dispensing_time_needed": "Dites quand la dose a été donnée.",
    "dispensed_in_future": "La dispensation est dans le futur : vérifiez la date et l'heure.",
    "unknown_dose": (
        "Aucune dose n'est déclarée à cette heure dans cette demande : reprenez l'heure qui a été déclarée."
    ),
    "nothing_corrected": "Rien ne change à ce qui est déclaré de cette dose.",
    "no_correction": "Aucune dose dite ou corrigée après la décision n'attend.",
    "grounds_needed": "Choisissez au moins une condition sur laquelle le refus repose (CSP R5121-74-2).",
    "outcome_needed": "Dites ce qui en découle : cela reste au dossier.",
    "number_needed": "Donnez le numéro dicté à l'appelant.",
    "nothing_said": "Dites au moins le patient (initiales, âge) et le médicament.",
    "answer_needed": "Écrivez la réponse.",
    "prescriber_withdraws": "Le prescripteur a un compte : c'est à lui de retirer la demande.",
    "prescriber_name_needed": "Nommez le prescripteur qui a demandé le retrait.",
    "written_wish_needed": "Dites par quel écrit le prescripteur a demandé le retrait.",
    "dose_to_regularise": "Une dose est donnée ou accordée : la demande va à son terme.",
    "interest_to_declare": (
        "Déclarez n'avoir aucun lien d'intérêts avec ce dossier, ou laissez-le à un autre."
    ),
    "evaluator_is_party": "Qui a demandé ou dispensé n'évalue ni ne décide.",
    "no_criteria": "Aucun critère n'était publié à la réception : rien à vérifier.",
    "criteria_of_receipt": "Les critères du jour de la réception valent, et non d'autres.",
    "other_sheet": "Cette fiche du référentiel est d'un autre produit ou d'une autre indication.",
    "not_the_evaluator": "Prenez d'abord le dossier en charge, en déclarant vos liens d'intérêts.",
    "decided_before_receipt": "La décision précède la réception de la demande.",
    "occurred_in_future": "Cette date est dans le futur : vérifiez la date et l'heure.",
    "prescriber_rpps_needed": "Donnez le numéro RPPS du prescripteur, qui n'a pas de compte ici.",
    "renews_nothing": "Une demande initiale ne porte sur aucune autorisation.",
    "items_needed": "Dites ce qui manque, point par point.",
    "limit_in_past": "La date limite doit être à venir.",
    "limit_too_far": "La date limite est dans un an au plus : vérifiez l'année.",
    "question_unknown": "Cette question n'attend pas de réponse.",
    "not_late": "Aucun délai de la maison n'est dépassé, ou il est déjà noté.",
    "limit_not_passed": "La date limite n'est pas passée.",
    "terms_needed": "Dites le début, la fin et les conditions de l'autorisation.",
    "reasons_needed": "Motivez en droit et en fait (CRPA L211-2, L211-5).",
    "appeal_needed": "Indiquez les voies et délais de recours.",
    "hearing_needed": ("Entendez d'abord le titulaire, ou dites l'urgence (CRPA L121-1, L121-2)."),
    "ends_before_it_begins": "La fin précède le début.",
    "duration_over_treatment": "La durée dépasse celle du traitement demandé (CSP R5121-74-3).",
    "beyond_cessation": "L'autorisation dépasserait la date de cessation fixée après l'AMM.",
    "begins_before_receipt": "Le début précède la réception de la demande.",
    "begins_with_the_dose": "Une régularisation commence le jour de la première dose ou de l'accord oral.",
    "undertaking_needed": (
        "Accès très précoce : l'engagement du titulaire à déposer une AAP manque "
        "(CSP L5121-12-1 II)."
    ),
    "very_early_deferrable": (
        "Accès très précoce : le traitement ne peut pas être différé, or la demande dit qu'il peut l'être "
        "(CSP L5121-12-1 II)."
    ),
    "number_of_authorisation_needed": "Donnez le numéro de l'autorisation.",
    "signatory_differs": "La décision est signée par la personne qui la donne.",
    "quality_needed": "Indiquez la qualité du signataire (CRPA L212-1).",
    "delegation_needed": "Indiquez la délégation de signature.",
    "signature_needed": "Hors du téléservice, la décision porte une signature (CRPA L212-2).",
    "proposer_signs": "La décision est signée par une autre personne que celle qui la propose.",
    "evaluator_signs": "La décision est signée par une autre personne que celle qui évalue.",
    "on_call_confirms_itself": "La dose ou l'accord oral est régularisé par une autre personne que celle qui l'a déclaré.",
    "proposal_needed": "Non conforme aux critères, ou non vérifiée : une décision se propose d'abord.",
    "regularise_instead": "Des doses sont données ou accordées : la demande se régularise.",
    "nothing_to_regularise": "Aucune dose n'est donnée ni accordée : il n'y a rien à régulariser.",
    "safety_follow_up_needed": "Des doses sont données : dites le suivi de sécurité du patient.",
    "no_silence_effect": (
        "Un juriste doit d'abord arrêter l'effet du silence, sur la page « Paramètres ». Aucun ne valait quand "
        "cette demande a été reçue : l'agence y répond par une décision expresse."
    ),
    "term_not_passed": "Le délai légal n'est pas passé.",
    "documents_needed": "Aucun document n'est déposé.",
    "already_read": "La première lecture est déjà notée.",
    "already_joined": "Cet accusé de réception est déjà joint : rien n'est perdu.",
    "unknown_version": "Cet accusé de réception n'est celui de rien dans ce dossier.",
    "not_deposited": "La décision n'est pas encore déposée.",
}


def problem(code: str, pointer: str = "") -> Problem:
    """Return a refusal under its stable code."""
    return Problem(pointer, code, SENTENCES[code])


def signature_problems(
    by: str, signature: Signature, unentitled: Sequence[Problem]
) -> Iterator[Problem]:
    """Yield what a signature lacks: name and quality of whoever decides, and her delegation (CRPA L212-1)."""
    yield from unentitled
    if signature.signatory != by:
        yield problem("signatory_differs", "/signature/signatory")
    if not signature.quality.strip():
        yield problem("quality_needed", "/signature/quality")
    if not signature.delegation.strip():
        yield problem("delegation_needed", "/signature/delegation")
    if not (signature.through_service or signature.signed):
        yield problem("signature_needed", "/signature/signed")


def against_holder(
    reasons: Reasons | None, heard_on: date | None, urgency: str | None, today: date
) -> Iterator[Problem]:
    """Yield what a decision against its holder lacks: reasons, and a hearing or its urgency."""
    yield from _reasons(reasons)
    if heard_on is None and not (urgency or "").strip():
        yield problem("hearing_needed", "/heard_on")
    elif heard_on is not None and heard_on > today:
        yield problem("day_in_future", "/heard_on")


def _take_up(facts: RequestFacts, command: TakeUp) -> Iterator[Problem]:
    yield from _party(facts, command.by)
    if not command.no_interest:
        yield problem("interest_to_declare", "/no_interest")


def _party(facts: RequestFacts, by: str) -> Iterator[Problem]:
    doses = [one for one in facts.beforehand if one.route is OutOfHoursRoute.CRITERIA_MET]
    dispensed = {one.by for one in doses} | {one.corrected_by for one in doses}
    if by in {facts.prescriber, facts.author, facts.pharmacist} | dispensed:
        yield problem("evaluator_is_party")


def _check(facts: RequestFacts, command: CheckConformity) -> Iterator[Problem]:
    if command.sheet.version is None:
        yield problem("no_criteria")
    else:
        yield from _judged_by(facts, command.sheet)


def _judged_by(facts: RequestFacts, sheet: CriteriaSheet) -> Iterator[Problem]:
    part = facts.prescription
    named = (part.product or "", part.indication or "") if part else None
    if named is not None and (sheet.product, sheet.indication) != named:
        yield problem("other_sheet")
    elif sheet.version != facts.criteria_version and not facts.criteria_moved:
        yield problem("criteria_of_receipt")


def _ask(_facts: RequestFacts, command: AskInformation) -> Iterator[Problem]:
    if not command.items or not all(one.strip() for one in command.items):
        yield problem("items_needed", "/items")
    if command.limit <= day_of(command.received_at):
        yield problem("limit_in_past", "/limit")
    elif command.limit > months_after(day_of(command.received_at), ANSWER_MONTHS):
        yield problem("limit_too_far", "/limit")


def _overdue(facts: RequestFacts, command: NoteInformationOverdue) -> Iterator[Problem]:
    if command.question_id != facts.question or facts.question_limit is None:
        yield problem("question_unknown")
    elif day_of(command.received_at) <= facts.question_limit:
        yield problem("limit_not_passed")


def _delay(facts: RequestFacts, command: NoteDelay) -> Iterator[Problem]:
    if delay_on(facts, command.back_at, command.received_at, command.allowed) is None:
        yield problem("not_late")


def _propose(facts: RequestFacts, command: ProposeDecision) -> Iterator[Problem]:
    yield from _party(facts, command.by)
    if facts.evaluator != command.by:
        yield problem("not_the_evaluator")
    if command.proposal is Proposal.REFUSE:
        yield from _refusal(command.reasons)
        return
    yield from _form(facts, command, command.sheet)
    if command.terms is None:
        yield problem("terms_needed", "/terms")
    else:
        yield from _terms(facts, command.terms, command.sheet)


def _form(facts: RequestFacts, command: Command, sheet: CriteriaSheet) -> Iterator[Problem]:
    """What was sent complete may have been changed by an answer since, which nobody refuses."""
    yield from _judged_by(facts, sheet)
    part, kind = facts.prescription or Prescription(), facts.kind or RequestKind.INITIAL
    # What is asked for may be longer than criteria of since allow: the terms are not (§5.3 3).
    unbounded = replace(sheet, max_days=None)
    yield from form_problems(part, kind, unbounded, day_of(command.received_at))
    if facts.pharmacy is not None and part.prescriber_rpps == facts.pharmacy.pharmacist_rpps:
        yield problem("prescriber_is_pharmacist", "/pharmacy/pharmacist_rpps")


def _refusal(reasons: RefusalReasons | None) -> Iterator[Problem]:
    yield from _reasons(reasons)
    if reasons is not None and not reasons.grounds:
        yield problem("grounds_needed", "/reasons/grounds")


def _reasons(reasons: Reasons | None) -> Iterator[Problem]:
    if reasons is None or not reasons.law.strip() or not (reasons.fact or "").strip():
        yield problem("reasons_needed", "/reasons")
    if reasons is not None and not reasons.appeal.strip():
        yield problem("appeal_needed", "/reasons/appeal")


def _terms(facts: RequestFacts, terms: Terms, sheet: CriteriaSheet) -> Iterator[Problem]:
    """Within a year, the sheet, the treatment and the cessation (§5.3 3)."""
    asked = facts.prescription.duration_days if facts.prescription else None
    if terms.days < 1:
        yield problem("ends_before_it_begins", "/terms/ends_on")
    if terms.days > MOST_DAYS:
        yield problem("duration_over_limit", "/terms/ends_on")
    elif sheet.max_days is not None and terms.days > sheet.max_days:
        yield problem("duration_over_criteria", "/terms/ends_on")
    elif asked is not None and terms.days > asked:
        yield problem("duration_over_treatment", "/terms/ends_on")
    if sheet.ceases_on is not None and terms.ends_on > sheet.ceases_on:
        yield problem("beyond_cessation", "/terms/ends_on")
    yield from _beginning(facts, terms)


def _beginning(facts: RequestFacts, terms: Terms) -> Iterator[Problem]:
    given = facts.first_given
    if given is not None:
        if terms.begins_on != day_of(given.at):
            yield problem("begins_with_the_dose", "/terms/begins_on")
    elif facts.received_at is not None and terms.begins_on < day_of(facts.received_at):
        yield problem("begins_before_receipt", "/terms/begins_on")


def _grant(facts: RequestFacts, command: Grant) -> Iterator[Problem]:
    if facts.beforehand:
        yield problem("regularise_instead")
    if facts.state is RequestState.UNDER_ASSESSMENT and facts.conforms is not True:
        yield problem("proposal_needed")
    yield from _granting(facts, command)


def _regularise(facts: RequestFacts, command: Regularise) -> Iterator[Problem]:
    if not facts.beforehand:
        yield problem("nothing_to_regularise")
    yield from _granting(facts, command)


def _granting(facts: RequestFacts, command: Grant) -> Iterator[Problem]:
    yield from _signing(facts, command)
    yield from _form(facts, command, command.sheet)
    yield from _terms(facts, command.terms, command.sheet)
    # A renewal goes on after a cessation was fixed, and ends with it (§5.3 10); a status stops all.
    kind = RequestKind.INITIAL if _begins(facts, command.sheet) else RequestKind.RENEWAL
    yield from product_problems(kind, command.sheet)
    if command.sheet.very_early and command.sheet.undertaking_on is None:
        yield problem("undertaking_needed")
    # What goes on is maintained on grounds of its own (décret 2023-303).
    deferrable = facts.prescription is not None and facts.prescription.deferrable
    if command.sheet.very_early and deferrable and kind is RequestKind.INITIAL:
        yield problem("very_early_deferrable", "/prescription/deferrable")
    if not command.number.strip():
        yield problem("number_of_authorisation_needed", "/number")


def _begins(facts: RequestFacts, sheet: CriteriaSheet) -> bool:
    """Say whether a treatment begins with it: also by a first dose after a cessation was fixed (§5.3 10)."""
    if facts.kind is not RequestKind.REGULARISATION:
        return facts.kind is RequestKind.INITIAL
    given, fixed_at = facts.first_given, sheet.cessation_fixed_at
    return given is not None and fixed_at is not None and given.at >= fixed_at


def _refuse(facts: RequestFacts, command: Refuse) -> Iterator[Problem]:
    yield from _signing(facts, command)
    yield from _refusal(command.reasons)
    if facts.beforehand and not (command.safety_follow_up or "").strip():
        yield problem("safety_follow_up_needed", "/safety_follow_up")


def _signing(facts: RequestFacts, command: Grant | Refuse) -> Iterator[Problem]:
    """Who decides signs, is no party, has not proposed it, nor agreed to it by telephone."""
    yield from _party(facts, command.by)
    if facts.received_at is not None and command.occurred_at < facts.received_at:
        yield problem("decided_before_receipt", "/occurred_at")
    yield from signature_problems(command.by, command.signature, command.unentitled)
    if facts.proposed is not None and facts.proposed.by == command.by:
        yield problem("proposer_signs")
    elif facts.evaluator == command.by:
        yield problem("evaluator_signs")
    if command.by in {one.by for one in facts.beforehand}:
        yield problem("on_call_confirms_itself")


def _silence(facts: RequestFacts, command: EstablishSilence) -> Iterator[Problem]:
    if command.effect is None or not (command.signed_off_by or "").strip():
        yield problem("no_silence_effect")
    due = _term(facts, command.effect)
    if due is None or day_of(command.received_at) <= due:
        yield problem("term_not_passed")


def _term(facts: RequestFacts, effect: SilenceEffect | None) -> date | None:
    """Return the last day of the term; of an effect that nobody settled, the earlier of both."""
    if facts.received_at is None:
        return None
    if effect is None:
        return first_silence(facts.received_at, facts.asked)
    return silence_due(facts.received_at, effect, facts.asked)


def _deposit(_facts: RequestFacts, command: DepositDecision) -> Iterator[Problem]:
    if not command.documents:
        yield problem("documents_needed", "/documents")


def _note_correction(facts: RequestFacts, command: NoteCorrection) -> Iterator[Problem]:
    yield from _party(facts, command.by)
    if facts.flags.isdisjoint(AFTER_DECISION):
        yield problem("no_correction")
    if not command.outcome.strip():
        yield problem("outcome_needed", "/outcome")


def _read(facts: RequestFacts, _command: NoteFirstReading) -> Iterator[Problem]:
    if facts.deposited_at is None:
        yield problem("not_deposited")
    elif facts.read_at is not None:
        yield problem("already_read")


DECISION_GUARDS: Mapping[type[Any], Callable[[RequestFacts, Any], Iterator[Problem]]] = {
    TakeUp: _take_up,
    CheckConformity: _check,
    AskInformation: _ask,
    NoteInformationOverdue: _overdue,
    NoteDelay: _delay,
    ProposeDecision: _propose,
    Grant: _grant,
    Regularise: _regularise,
    Refuse: _refuse,
    EstablishSilence: _silence,
    DepositDecision: _deposit,
    NoteFirstReading: _read,
    NoteCorrection: _note_correction,
}
