"""What a request lacks before it may leave its author: every reason at once, by field.

The list is that of CSP R5121-74 (what a request contains), R5121-74-4 (what a renewal adds) and
L5121-12-1 II (one year at most). No sentence repeats a value.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from accounts.identifiers import is_rpps
from compassionate.domain.criteria import CriteriaSheet, checked, conforms
from compassionate.domain.prescription import Justification, PharmacyPart, Prescription
from compassionate.domain.vocabulary import AgeUnit, ProductStatus, RequestKind
from events.errors import Problem
from events.texts import is_readable

MOST_DAYS = 365
"""One year at most (L5121-12-1 II, R5121-74-3 I)."""
MONTHS_OF_INFANTS = 24
OLDEST_YEARS = 130
WEIGHT_KG = (0.1, 650.0)
SURFACE_M2 = (0.05, 4.0)

NEEDED = {
    "prescriber_name": "Nommez le prescripteur.",
    "prescriber_function": "Dites la fonction du prescripteur.",
    "patient_age_unit": "Dites l'âge en années, ou en mois avant deux ans.",
    "patient_sex": "Dites le sexe du patient.",
    "product_name": "Nommez le médicament, son nom de code ou sa DCI.",
    "form": "Dites la forme pharmaceutique.",
    "strength": "Dites le dosage du médicament.",
    "indication_text": "Dites l'indication chez ce patient.",
    "dosage": "Dites la posologie envisagée.",
    "trial": "Donnez les références de l'essai en cours, ou dites qu'il n'y en a pas.",
}
JUSTIFIED = {
    "no_trial": "Hors critères : dites pourquoi le patient ne peut entrer dans un essai.",
    "no_alternative": "Hors critères : dites pourquoi aucun traitement approprié n'existe.",
    "presumed_benefit": "Hors critères : citez les données qui font présumer le bénéfice.",
}
SENTENCES = {
    "prescriber_contact_needed": "Donnez un courriel ou un téléphone du prescripteur.",
    "pharmacist_name_needed": "Nommez le pharmacien qui envoie la demande.",
    "looks_like_nir": "Un numéro local, jamais un numéro de sécurité sociale (NIR ou INS).",
    "initials_needed": "Deux initiales, celle du nom puis celle du prénom ; jamais le nom.",
    "age_needed": "Dites l'âge du patient.",
    "age_out_of_range": "L'âge est compris entre 0 et 130 ans.",
    "age_in_months": "Avant deux ans, l'âge se dit en mois.",
    "age_in_years": "À partir de deux ans, l'âge se dit en années.",
    "weight_needed": "Dites le poids du patient.",
    "weight_out_of_range": "Le poids est compris entre 0,1 et 650 kilogrammes.",
    "surface_out_of_range": "La surface corporelle est comprise entre 0,05 et 4 m².",
    "duration_needed": "Dites la durée demandée, en jours.",
    "duration_over_limit": "La durée est d'un an (365 jours) au plus (CSP L5121-12-1).",
    "duration_over_criteria": "La durée dépasse celle que fixe la fiche du référentiel.",
    "deferral_needed": "Dites si le traitement peut être différé ou non (CSP R5121-74).",
    "urgency_needed": "Dites pourquoi le traitement ne peut être différé.",
    "criteria_outdated": "Les critères ont changé depuis ce brouillon : relisez la fiche.",
    "follow_up_undertaking_needed": "Engagez-vous à transmettre les données de suivi du PUT-SP.",
    "elapsed_data_needed": "Donnez les données cliniques de la période écoulée (CSP R5121-74-4).",
    "interest_needed": "Attestez l'intérêt de poursuivre le traitement (CSP R5121-74-4).",
    "early_access_product": (
        "Ce produit est en accès précoce dans cette indication : suivez son PUT-RD, sans demande."
    ),
    "prescription_framework_product": (
        "Ce produit a un cadre de prescription compassionnelle dans cette indication : "
        "prescrivez-le selon son protocole, sans demande."
    ),
    "access_ceased": (
        "L'accès compassionnel à ce produit cesse à une date fixée après son AMM : "
        "aucune demande initiale n'est plus possible."
    ),
    "day_in_future": "Cette date est dans le futur.",
    "rpps_invalid": "Un numéro RPPS a 11 chiffres, le dernier est une clé.",
    "phone_needed": "Donnez un téléphone auquel la pharmacie répond maintenant.",
    "analysis_needed": "Donnez le résultat de l'analyse pharmaceutique.",
    "quantity_needed": "Dites la quantité et la présentation.",
    "too_long": "Ce texte est trop long.",
    "unreadable_character": "Ce texte contient un caractère illisible : retapez-le.",
}


def prescription_problems(
    part: Prescription, kind: RequestKind, sheet: CriteriaSheet, today: date
) -> list[Problem]:
    """Return why the prescriber's part may not be sent, by JSON pointer under `/prescription`."""
    found = [*_grounds(part, kind, sheet), *product_problems(kind, sheet)]
    pointed = [_under("/prescription", one) for one in found]
    return [*form_problems(part, kind, sheet, today), *pointed]


def form_problems(
    part: Prescription, kind: RequestKind, sheet: CriteriaSheet, today: date
) -> list[Problem]:
    """Return what the form itself lacks, whatever its grounds: looked at again before a grant."""
    found = [
        *_said(part, NEEDED),
        *_prescriber(part),
        *_patient(part, today),
        *_treatment(part, sheet),
        *_renewal(part, kind),
        *text_problems(part),
    ]
    return [_under("/prescription", one) for one in found]


def pharmacy_problems(part: PharmacyPart) -> list[Problem]:
    """Return why the pharmacist's part may not be sent, by JSON pointer under `/pharmacy`."""
    found = [*text_problems(part)]
    if _blank(part.pharmacist_name):
        found.append(problem("pharmacist_name_needed", "/pharmacist_name"))
    if not is_rpps(part.pharmacist_rpps or ""):
        found.append(problem("rpps_invalid", "/pharmacist_rpps"))
    if _blank(part.phone):
        found.append(problem("phone_needed", "/phone"))
    if _blank(part.analysis):
        found.append(problem("analysis_needed", "/analysis"))
    if _blank(part.quantity):
        found.append(problem("quantity_needed", "/quantity"))
    return [_under("/pharmacy", one) for one in found]


def written_problems(part: Prescription, pointer: str) -> Iterator[Problem]:
    """Yield what a draft, or what was said by telephone, may not hold: a name, an endless text."""
    number = "".join(symbol for symbol in part.file_number or "" if symbol.isalnum())
    if len(number) in {13, 15} and number.isdigit():
        yield problem("looks_like_nir", f"{pointer}/file_number")
    if part.patient_initials is not None and not _is_initials(part.patient_initials):
        yield problem("initials_needed", f"{pointer}/patient_initials")
    yield from text_problems(part, pointer)


def text_problems(node: Any, pointer: str = "") -> Iterator[Problem]:
    """Yield each text of a part that is too long or unreadable, whatever its state."""
    for item in fields(node):
        value, here = getattr(node, item.name), f"{pointer}/{item.name}"
        if isinstance(value, tuple):
            # What is chosen from a closed list is no text.
            for place, one in enumerate(value):
                if is_dataclass(one):
                    yield from text_problems(one, f"{here}/{place}")
        elif is_dataclass(value):
            yield from text_problems(value, here)
        elif isinstance(value, str):
            yield from said_problems(value, item.metadata["length"] or len(value), here)


def said_problems(text: str, length: int, pointer: str) -> Iterator[Problem]:
    """Yield why one text is refused: longer than so many symbols, or with a character nobody can read."""
    if len(text) > length:
        yield problem("too_long", pointer)
    if not is_readable(text):
        yield problem("unreadable_character", pointer)


def problem(code: str, pointer: str = "") -> Problem:
    """Return a refusal under its stable code."""
    return Problem(pointer, code, SENTENCES[code])


def _said(part: Prescription | Justification, needed: dict[str, str]) -> Iterator[Problem]:
    for name, sentence in needed.items():
        if _blank(getattr(part, name)):
            yield Problem(f"/{name}", f"{name}_needed", sentence)


def _blank(value: str | None) -> bool:
    return not (value or "").strip()


def _prescriber(part: Prescription) -> Iterator[Problem]:
    """Who asks, and how she is reached: the authorisation names both (R5121-74, R5121-74-3 I)."""
    if part.prescriber_rpps is not None and not is_rpps(part.prescriber_rpps):
        yield problem("rpps_invalid", "/prescriber_rpps")
    if _blank(part.prescriber_email) and _blank(part.prescriber_phone):
        yield problem("prescriber_contact_needed", "/prescriber_phone")


def _patient(part: Prescription, today: date) -> Iterator[Problem]:
    if not _is_initials(part.patient_initials or ""):
        yield problem("initials_needed", "/patient_initials")
    yield from _age(part)
    least, greatest = WEIGHT_KG
    if part.patient_weight_kg is None:
        yield problem("weight_needed", "/patient_weight_kg")
    elif not least <= part.patient_weight_kg <= greatest:
        yield problem("weight_out_of_range", "/patient_weight_kg")
    least, greatest = SURFACE_M2
    if part.body_surface_m2 is not None and not least <= part.body_surface_m2 <= greatest:
        yield problem("surface_out_of_range", "/body_surface_m2")
    for name in ("weight_measured_on", "patient_informed_on"):
        day = getattr(part, name)
        if day is not None and day > today:
            yield problem("day_in_future", f"/{name}")


def _is_initials(text: str) -> bool:
    return len(unicodedata.normalize("NFC", text)) == 2 and text.isprintable() and _letters(text)


def _letters(text: str) -> bool:
    return unicodedata.normalize("NFC", text).isalpha()


def _age(part: Prescription) -> Iterator[Problem]:
    age, unit = part.patient_age, part.patient_age_unit
    if age is None:
        yield problem("age_needed", "/patient_age")
    elif age < 0 or (unit is not AgeUnit.MONTH and age > OLDEST_YEARS):
        yield problem("age_out_of_range", "/patient_age")
    elif unit is AgeUnit.MONTH and age >= MONTHS_OF_INFANTS:
        yield problem("age_in_years", "/patient_age")
    elif unit is AgeUnit.YEAR and age < MONTHS_OF_INFANTS // 12:
        yield problem("age_in_months", "/patient_age")


def _treatment(part: Prescription, sheet: CriteriaSheet) -> Iterator[Problem]:
    yield from duration_problems(part.duration_days, sheet)
    if part.deferrable is None:
        yield problem("deferral_needed", "/deferrable")
    elif not part.deferrable and _blank(part.urgency):
        yield problem("urgency_needed", "/urgency")


def duration_problems(days: int | None, sheet: CriteriaSheet) -> Iterator[Problem]:
    """Yield why a duration is refused: none, over a year, or over what the criteria sheet fixes."""
    if days is None or days < 1:
        yield problem("duration_needed", "/duration_days")
    elif days > MOST_DAYS:
        yield problem("duration_over_limit", "/duration_days")
    elif sheet.max_days is not None and days > sheet.max_days:
        yield problem("duration_over_criteria", "/duration_days")


def _grounds(part: Prescription, kind: RequestKind, sheet: CriteriaSheet) -> Iterator[Problem]:
    """The undertaking that the criteria are met, or the justification (R5121-74).

    What was given under criteria that have changed since is not attested anew: a person judges it.
    """
    outdated = sheet.version is not None and part.criteria_version not in {None, sheet.version}
    if outdated and part.criteria:
        if kind is not RequestKind.REGULARISATION:
            yield problem("criteria_outdated", "/criteria_version")
    elif not (part.undertakes_criteria and conforms(checked(sheet, part))):
        for lacking in _said(part.justification or Justification(), JUSTIFIED):
            yield _under("/justification", lacking)
    if not part.undertakes_follow_up:
        yield problem("follow_up_undertaking_needed", "/undertakes_follow_up")


def _renewal(part: Prescription, kind: RequestKind) -> Iterator[Problem]:
    if kind is not RequestKind.RENEWAL:
        return
    if _blank(part.elapsed_data):
        yield problem("elapsed_data_needed", "/elapsed_data")
    if not part.attests_interest:
        yield problem("interest_needed", "/attests_interest")


def product_problems(kind: RequestKind, sheet: CriteriaSheet) -> Iterator[Problem]:
    """Yield why no named patient's request may be for it (R5121-76-1, R5121-68, R5121-74-9).

    What was given already is received all the same, for the agency to know of it, and not granted.
    """
    if kind is RequestKind.REGULARISATION:
        return
    if sheet.status is ProductStatus.EARLY_ACCESS:
        yield problem("early_access_product", "/product")
    elif sheet.status is ProductStatus.PRESCRIPTION_FRAMEWORK:
        yield problem("prescription_framework_product", "/product")
    if kind is RequestKind.INITIAL and sheet.ceases_on is not None:
        yield problem("access_ceased", "/product")


def _under(pointer: str, one: Problem) -> Problem:
    return Problem(f"{pointer}{one.pointer}", one.code, one.detail, one.element)
