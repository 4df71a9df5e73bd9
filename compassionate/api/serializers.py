"""What the API takes about compassionate access; every error at once. The pages go through it too."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from typing_extensions import override

from accounts.calls import Serializer
from compassionate.domain.completeness import text_problems
from compassionate.domain.document_file import LONGEST_NAME
from compassionate.domain.prescription import Dispensing, PharmacyPart, Prescription
from compassionate.domain.vocabulary import DocumentKind, RequestKind, WrittenWish
from events.described import given, said
from events.errors import Problem

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeRequest:
    """A request with both parts: what a pharmacy's software sends."""

    kind: RequestKind = given("What is asked for; a renewal names what it renews")
    prescription: Prescription = given("The prescriber's part (volet prescription)")
    pharmacy: PharmacyPart = given("The pharmacist's part (volet pharmacie)")
    renews: str | None = said(
        "Number of the authorisation that it is about, as its letter has it", length=80
    )
    sheet_number: str | None = said("Number of the degraded-mode sheet it stands for", length=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """A dose given out of hours, the criteria being met."""

    dispensing: Dispensing = given("What was given, and when")
    prescription: Prescription | None = said("The prescriber's part; needed without a request")
    prescriber_attests: bool = said(
        "The prescriber attests that the criteria are met", default=False
    )
    pharmacist_attests: bool = said(
        "The pharmacist attests that the criteria are met", default=False
    )
    sheet_number: str | None = said("Number of the degraded-mode sheet it stands for", length=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedDose:
    """What was told of a dose, corrected."""

    told_at: datetime = given("When it was given, as it has been told until now")
    dispensing: Dispensing = given("All that should have been said of it")
    reason: str = given("Why it is corrected", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to what the agency asked."""

    question_id: UUID = given("The question that is answered")
    text: str = given("The answer", 20_000)
    prescription: Prescription | None = said("The whole part, where the answer changes it")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentDocument:
    """A supporting document of a request."""

    kind: DocumentKind = given("What it is")
    name: str = given("Name of the file", LONGEST_NAME)
    content: str = given("The file (PDF, PNG, JPEG; 1 MiB at most), base64 (RFC 4648, padded)")

    def file(self) -> bytes:
        """Return the file. Raises ValueError."""
        return b64decode(self.content, validate=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """Why a request is taken back; of a prescriber without an account, what her pharmacy has of it."""

    reason: str = given("Why", 2_000)
    prescriber_name: str | None = said("Name of the prescriber without an account", length=120)
    written: WrittenWish | None = said("In which writing she told her pharmacy")

    @property
    def reported(self) -> bool:
        """Say whether a pharmacist reports it."""
        return self.prescriber_name is not None or self.written is not None


class OfShape(Serializer[T]):
    """Reads a body; what its values may mean is looked at by the action, all at once too."""

    @override
    def check(self, value: T) -> Sequence[Problem]:
        return list(text_problems(value))


class WholeRequestSerializer(OfShape[WholeRequest]):
    """The body of `POST /authorisation-requests`."""

    shape = WholeRequest


class DoseSerializer(OfShape[Dose]):
    """The body of `POST /dispensings` and of `POST /authorisation-requests/{id}/dispensings`."""

    shape = Dose


class CorrectedDoseSerializer(OfShape[CorrectedDose]):
    """The body of `POST /authorisation-requests/{id}/dispensings/correction`."""

    shape = CorrectedDose


class AnswerSerializer(OfShape[Answer]):
    """The body of `POST /authorisation-requests/{id}/answers`."""

    shape = Answer


class DocumentSerializer(Serializer[SentDocument]):
    """The body of `POST /authorisation-requests/{id}/documents`."""

    shape = SentDocument

    @override
    def check(self, value: SentDocument) -> Sequence[Problem]:
        """Say whether the file can be taken out; what it is, is looked at by the action."""
        try:
            value.file()
        except ValueError:
            sentence = "Le fichier est attendu en base64 (RFC 4648), sans saut de ligne."
            return [Problem("/content", "not_base64", sentence)]
        return []


class TakenBackSerializer(OfShape[TakenBack]):
    """The body of `POST /authorisation-requests/{id}/withdrawal`."""

    shape = TakenBack
