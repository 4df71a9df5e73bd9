"""What the API takes about compassionate access; every error at once. The pages go through it too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from typing_extensions import override

from accounts.calls import Serializer
from compassionate.domain.completeness import text_problems
from compassionate.domain.prescription import Dispensing, PharmacyPart, Prescription
from compassionate.domain.vocabulary import RequestKind
from events.described import given, said
from events.errors import Problem

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeRequest:
    """A request with both parts: what a pharmacy's software sends."""

    kind: RequestKind = given("What is asked for; a renewal names what it renews")
    prescription: Prescription = given("The prescriber's part (volet prescription)")
    pharmacy: PharmacyPart = given("The pharmacist's part (volet pharmacie)")
    renews: str | None = said("Number of the authorisation that it is about", length=80)
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
class Answer:
    """An answer to what the agency asked."""

    question_id: UUID = given("The question that is answered")
    text: str = given("The answer", 20_000)
    prescription: Prescription | None = said("The whole part, where the answer changes it")


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """Why a request is taken back."""

    reason: str = given("Why", 2_000)


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


class AnswerSerializer(OfShape[Answer]):
    """The body of `POST /authorisation-requests/{id}/answers`."""

    shape = Answer


class TakenBackSerializer(OfShape[TakenBack]):
    """The body of `POST /authorisation-requests/{id}/withdrawal`."""

    shape = TakenBack
