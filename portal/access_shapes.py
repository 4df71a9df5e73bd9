"""What the hospital's pages of compassionate access take, beside what the API takes too."""

from dataclasses import dataclass
from datetime import date

from compassionate.api.serializers import OfShape
from compassionate.domain.prescription import PatientText, PharmacyPart, Prescription
from compassionate.domain.vocabulary import PatientOutcome, RequestKind
from events.described import given, said


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The prescriber's part of a request, as a draft or on its way to the pharmacy."""

    prescription: Prescription = given("The prescriber's part (volet prescription)")
    kind: RequestKind = said("What is asked for", "Type de demande", default=RequestKind.INITIAL)
    renews: str | None = said("Number of the authorisation", "Autorisation concernée", 80)
    senior: str | None = said("Account of the senior", "Médecin au nom duquel vous demandez", 40)
    answer: PatientText = said("Answer to the pharmacy", "Réponse à la pharmacie", 4_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForAgency:
    """The pharmacist's part, on its way to the agency."""

    pharmacy: PharmacyPart = given("The pharmacist's part (volet pharmacie)")
    sheet_number: str | None = said(
        "Number of the degraded-mode sheet", "Numéro de la fiche papier", 40
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """Why the pharmacy returns a request."""

    reason: str = given("What is wrong", 4_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Follow-up data under the PUT-SP (R5121-74-5)."""

    due_on: date | None = said("The day that they are for", "Échéance concernée")
    seen_on: date = given("Day on which the patient was seen")
    outcome: PatientOutcome = given("What became of the patient")
    efficacy: PatientText = said("Efficacy", "Efficacité", 8_000)
    safety: PatientText = said("Safety", "Tolérance", 8_000)
    dosage: PatientText = said("Dosage given", "Posologie", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Which declaration of an adverse reaction is of the authorisation's patient."""

    number: str = given("Number of the declaration", 40)


class DraftSerializer(OfShape[Draft]):
    """Reads a draft."""

    shape = Draft


class ForAgencySerializer(OfShape[ForAgency]):
    """Reads the pharmacist's part."""

    shape = ForAgency


class ReturnedSerializer(OfShape[Returned]):
    """Reads a reason."""

    shape = Returned


class SeenSerializer(OfShape[Seen]):
    """Reads follow-up data."""

    shape = Seen


class LinkedSerializer(OfShape[Linked]):
    """Reads the number of a declaration."""

    shape = Linked
