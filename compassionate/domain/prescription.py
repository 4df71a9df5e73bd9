"""The two parts of a request: prescription (volet prescription) and pharmacy (volet pharmacie).

The fields are those of CSP R5121-74, of R5121-74-4 for a renewal, and those that the criteria
sheets need. A patient is initials, age, sex and weight: no name, no birth date, no INS or NIR.
Every field may be left unsaid in a draft; what a complete part needs is said in completeness.py.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from compassionate.domain.vocabulary import AgeUnit, Met, Sex
from events.described import given, said
from events.event import Personal

PatientText = Annotated[str | None, Personal("patient")]
PrescriberText = Annotated[str | None, Personal("prescriber")]
PharmacistText = Annotated[str | None, Personal("pharmacist")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionAnswer:
    """What the prescriber says of one criterion of the sheet."""

    code: str = given("Code of the criterion on its sheet", 40)
    answer: Met = given("Met, not met or not applicable")
    comment: PatientText = said("Remark", "Remarque", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Justification:
    """Why a treatment off the published criteria is asked for (R5121-74, last alinéas)."""

    no_trial: PatientText = said(
        "Why the patient cannot join a trial",
        "Pourquoi le patient ne peut entrer dans un essai",
        4_000,
    )
    no_alternative: PatientText = said(
        "Why no appropriate treatment exists",
        "Pourquoi aucun traitement approprié n'existe",
        4_000,
    )
    presumed_benefit: PatientText = said(
        "Clinical data from which efficacy and safety are presumed",
        "Données cliniques qui font présumer l'efficacité et la sécurité",
        20_000,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescription:
    """The prescriber's part. Weight in kilograms, duration in days."""

    prescriber_name: PrescriberText = said("Name of the prescriber", "Nom du prescripteur", 120)
    prescriber_function: str | None = said("Function of the prescriber", "Fonction", 120)
    prescriber_rpps: PrescriberText = said("RPPS number of the prescriber", "Numéro RPPS", 11)
    prescriber_specialty: str | None = said("Specialty", "Spécialité d'exercice", 120)
    prescriber_email: PrescriberText = said("Mail of the prescriber", "Courriel", 120)
    prescriber_phone: PrescriberText = said("Telephone of the prescriber", "Téléphone", 33)
    service: str | None = said("Department of the hospital", "Service", 120)
    patient_initials: PatientText = said("Initials, surname first", "Initiales (nom, prénom)")
    patient_age: int | None = said("Age, in years, or in months under two years", "Âge")
    patient_age_unit: AgeUnit | None = said("Unit of the age", "Unité de l'âge")
    patient_sex: Sex | None = said("Sex", "Sexe")
    patient_weight_kg: float | None = said("Body weight, kilograms", "Poids (kg)")
    weight_measured_on: date | None = said("Day of that weight", "Poids mesuré le")
    body_surface_m2: float | None = said("Body surface, square metres", "Surface corporelle (m²)")
    file_number: PatientText = said(
        "Number of the hospital's file, opaque to the agency", "Numéro de dossier local", 40
    )
    product: str | None = said(
        "Identifier of the product on the criteria sheets", "Spécialité", 80
    )
    product_name: str | None = said("Name, code name or INN", "Médicament", 250)
    form: str | None = said("Pharmaceutical form", "Forme", 100)
    strength: str | None = said("Strength", "Dosage du médicament", 100)
    indication: str | None = said("Code of the indication on the criteria sheet", "Indication", 80)
    indication_text: PatientText = said(
        "Indication for this patient", "Indication chez ce patient", 4_000
    )
    dosage: PatientText = said("Intended dosage and route", "Posologie et voie", 2_000)
    duration_days: int | None = said("Duration asked for, days", "Durée demandée (jours)")
    wanted_on: date | None = said("Day on which to begin", "Début souhaité le")
    prior_treatments: PatientText = said(
        "Treatments had and why they ended", "Traitements reçus, motif d'arrêt", 8_000
    )
    trial: PatientText = said(
        "References of a trial under way, or that there is none",
        "Essai en cours (références)",
        500,
    )
    deferrable: bool | None = said(
        "The treatment can be deferred", "Le traitement peut être différé"
    )
    urgency: PatientText = said("Why it cannot", "Pourquoi il ne peut l'être", 2_000)
    criteria_version: int | None = said("Version of the criteria answered", "Version des critères")
    criteria: tuple[CriterionAnswer, ...] = said("What is said of each criterion", default=())
    justification: Justification | None = said("Grounds, off the published criteria")
    undertakes_criteria: bool = said(
        "The prescriber undertakes that the criteria are met",
        "Je m'engage : la demande répond aux critères",
        default=False,
    )
    undertakes_follow_up: bool = said(
        "The prescriber undertakes to give the follow-up data of the PUT-SP",
        "Je m'engage à transmettre les données de suivi (PUT-SP)",
        default=False,
    )
    patient_informed_on: date | None = said(
        "Day of the patient's information", "Patient informé le"
    )
    elapsed_data: PatientText = said(
        "Clinical data of the elapsed period (R5121-74-4)",
        "Données cliniques de la période écoulée",
        20_000,
    )
    attests_interest: bool = said(
        "The prescriber attests the interest in going on (R5121-74-4)",
        "J'atteste l'intérêt de poursuivre le traitement",
        default=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispensing:
    """A dose given before the agency decided."""

    at: datetime | None = said("When it was given", "Dispensé le")
    quantity: str | None = said("Quantity and presentation", "Quantité et présentation", 200)
    batch: str | None = said("Batch number", "Numéro de lot", 35)


@dataclass(frozen=True, slots=True, kw_only=True)
class PharmacyPart:
    """The pharmacist's part."""

    pharmacist_name: PharmacistText = said("Name of the pharmacist", "Nom du pharmacien", 120)
    pharmacist_rpps: PharmacistText = said("RPPS number of the pharmacist", "Numéro RPPS", 11)
    phone: str | None = said("Telephone at which the pharmacy answers now", "Téléphone", 33)
    backup: str | None = said("Further mail or fax", "Courriel ou télécopie de secours", 120)
    analysis: PatientText = said(
        "Result of the pharmaceutical analysis", "Analyse pharmaceutique", 8_000
    )
    quantity: str | None = said("Quantity and presentation", "Quantité et présentation", 200)
    in_stock: str | None = said("Stock on hand", "Stock disponible", 200)
    source: str | None = said("Holder or import", "Source (exploitant ou importation)", 200)
    comment: PatientText = said("Remark", "Remarque", 4_000)
    dispensing: Dispensing | None = said("What was given already")
