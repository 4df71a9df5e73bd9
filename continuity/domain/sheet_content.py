"""What stands on a degraded-mode sheet: the least an on-call agent writes down.

Every field may be left unsaid. Dates are ISO 8601 in reduced precision, as in a declaration. The
French labels are those of the printed sheet, of the form and of the comparison.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any

from continuity.domain.sheet_words import (
    OralAnswer,
    SheetAgeUnit,
    SheetKind,
    SheetSeriousness,
    SheetSex,
)
from events.described import said
from events.event import Personal

CallerText = Annotated[str | None, Personal("caller")]
PharmacistText = Annotated[str | None, Personal("pharmacist")]
PatientText = Annotated[str | None, Personal("patient")]
AgentText = Annotated[str | None, Personal("agent")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetContent:
    """The fields of a sheet, whatever its kind."""

    taken_by: AgentText = said("Who took the call or the paper", "Pris par", 60)
    second_agent: AgentText = said("Second agent consulted", "Deuxième agent consulté", 60)
    call_minutes: int | None = said("Length of the call, minutes", "Durée de l'appel (minutes)")
    caller_name: CallerText = said("Name of the caller", "Nom de l'appelant", 60)
    caller_rpps: CallerText = said("RPPS number of the caller", "Numéro RPPS", 11)
    caller_function: CallerText = said("Function of the caller", "Fonction", 60)
    caller_phone: CallerText = said("Telephone of the caller", "Téléphone", 33)
    called_back: bool = said(
        "The caller was called back at the number of the directory",
        "Rappelé au numéro de l'annuaire",
        default=False,
    )
    institution_name: CallerText = said("Hospital or practice", "Établissement ou cabinet", 60)
    institution_finess: str | None = said("FINESS number of it", "Numéro FINESS", 9)
    department_code: str | None = said("Département of it", "Département", 3)
    pharmacist_name: PharmacistText = said("Hospital pharmacist", "Pharmacien de la PUI", 60)
    patient_name_letters: PatientText = said(
        "First letters of the patient's family name", "Premières lettres du nom", 3
    )
    patient_first_name_initial: PatientText = said(
        "First letter of the patient's given name", "Première lettre du prénom", 1
    )
    patient_birth_date: PatientText = said("Date of birth", "Date de naissance", 10)
    patient_age_value: float | None = said("Age", "Âge")
    patient_age_unit: SheetAgeUnit | None = said("Unit of the age", "Unité de l'âge")
    patient_sex: SheetSex | None = said("Sex", "Sexe")
    patient_weight_kg: float | None = said("Body weight, kilograms", "Poids (kg)")
    drug_name: str | None = said("Medicine", "Médicament, forme et dosage", 250)
    drug_batch_number: str | None = said("Batch number", "Numéro de lot", 35)
    drug_dosage: str | None = said("Dosage and duration", "Posologie et durée", 2_000)
    drug_indication: str | None = said("Indication", "Indication", 250)
    reaction_term: str | None = said("What the patient suffered", "Effet indésirable", 250)
    reaction_onset: str | None = said("Start of the reaction", "Début de l'effet", 10)
    seriousness: tuple[SheetSeriousness, ...] = said("Seriousness criteria", "Gravité", default=())
    narrative: PatientText = said("What happened, in words", "Que s'est-il passé ?", 20_000)
    why_not_deferrable: PatientText = said(
        "Why it is vital or can't be deferred", "Pourquoi vital ou non différable", 5_000
    )
    trial_and_alternatives: PatientText = said(
        "Trial and alternatives considered", "Essai possible, alternatives", 5_000
    )
    trial_number: str | None = said("Number of the trial", "Numéro de l'essai", 60)
    criteria_version: str | None = said(
        "Version of the criteria sheet used", "Version de la fiche de critères", 60
    )
    answer: OralAnswer | None = said("The on-call agent's answer", "Réponse donnée")
    conditions: PatientText = said("Conditions of the answer", "Conditions", 5_000)
    valid_days: int | None = said("Days for which the answer holds", "Valable (jours)")
    number_read_back: bool = said(
        "The caller read the number back", "Numéro relu par l'appelant", default=False
    )
    confirmation_channel: str | None = said(
        "How a signed confirmation follows", "Confirmation signée envoyée par", 100
    )
    dispensed_on: str | None = said("Day of the dispensing", "Dispensé le", 10)
    dispensed_quantity: str | None = said("Quantity dispensed", "Quantité dispensée", 100)
    both_attest: bool = said(
        "Prescriber and pharmacist both attest that the criteria are met",
        "Prescripteur et pharmacien attestent la conformité aux critères",
        default=False,
    )


DATES = frozenset({"patient_birth_date", "reaction_onset", "dispensed_on"})
"""Fields that hold a partial date."""

CALL = ("taken_by", "second_agent", "call_minutes")
CALLER = (
    "caller_name", "caller_rpps", "caller_function", "caller_phone", "institution_name",
    "institution_finess", "department_code", "pharmacist_name", "called_back",
)  # fmt: skip
PATIENT = (
    "patient_name_letters", "patient_first_name_initial", "patient_birth_date",
    "patient_weight_kg", "patient_age_value", "patient_age_unit", "patient_sex",
)  # fmt: skip
PRODUCT = ("drug_name", "drug_batch_number", "drug_dosage", "drug_indication")
EFFECT = ("reaction_term", "reaction_onset", "seriousness", "trial_number", "narrative")
AGREEMENT = (
    "why_not_deferrable", "trial_and_alternatives", "criteria_version", "answer", "conditions",
    "valid_days", "number_read_back", "confirmation_channel",
)  # fmt: skip
DISPENSING = ("dispensed_on", "dispensed_quantity", "both_attest")

SECTIONS: tuple[tuple[str, tuple[str, ...], frozenset[SheetKind]], ...] = (
    ("L'appel ou le papier", CALL, frozenset(SheetKind)),
    ("L'appelant", CALLER, frozenset(SheetKind)),
    ("Le patient", PATIENT, frozenset(SheetKind)),
    ("Le produit", PRODUCT, frozenset(SheetKind)),
    (
        "L'effet ou le décès",
        EFFECT,
        frozenset({SheetKind.ADVERSE_EVENT, SheetKind.DEATH_IN_TRIAL, SheetKind.OTHER}),
    ),
    ("La réponse orale", AGREEMENT, frozenset({SheetKind.COMPASSIONATE_ORAL_AGREEMENT})),
    ("La dispensation", DISPENSING, frozenset({SheetKind.OUT_OF_HOURS_DISPENSING})),
)
"""Title, fields, and the kinds of sheet that ask them, in the order of the printed sheet."""


def label(name: str) -> str:
    """Return the French label of a field."""
    return _LABELS[name]


def personal(name: str) -> bool:
    """Say whether a field is personal data."""
    return name in _PERSONAL


def values_said(content: SheetContent) -> Mapping[str, Any]:
    """Return the fields that say something, in order."""
    return {
        item.name: value
        for item in fields(content)
        if (value := getattr(content, item.name)) != item.default
    }


_LABELS = {item.name: str(item.metadata["label"]) for item in fields(SheetContent)}
_PERSONAL = frozenset(
    name
    for name, hint in SheetContent.__annotations__.items()
    if any(isinstance(mark, Personal) for mark in getattr(hint, "__metadata__", ()))
)
