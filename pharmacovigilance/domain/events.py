"""What happened to a declaration; types and fields are catalogued in docs/events.md."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeAlias
from uuid import UUID

from events.event import DomainEvent, Personal
from pharmacovigilance.domain.described import given, said
from pharmacovigilance.domain.report import Information, Report
from pharmacovigilance.domain.vocabulary import Channel, Party

CATEGORY = "declaration"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventDeclared(DomainEvent):
    """A suspected adverse reaction was declared."""

    TYPE: ClassVar[str] = "pharmacovigilance.adverse_event_declared"

    report: Report = given("What was reported")
    channel: Channel = given("The way it came in")
    declarant: str | None = said("Account of the declarant")
    institution: str | None = said("FINESS number of the declarant's institution")
    patient_pseudonym: str | None = said("Keyed pseudonym of the patient, for matching")
    unverified: bool = said("Nobody has proved who declares", default=False)
    received_in: str | None = said(
        "Département of the regional centre that received it: it follows what names no French place"
    )
    filled: tuple[str, ...] = said(
        "Pointers of the personal fields that were filled: they outlive an erasure", default=()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpReceived(DomainEvent):
    """Further information on a declaration was received."""

    TYPE: ClassVar[str] = "pharmacovigilance.follow_up_received"

    information: Information = given("What became known")
    by: Party = given("The side that gave it")
    patient_pseudonym: str | None = said("Keyed pseudonym of the patient, where it became known")
    filled: tuple[str, ...] = said(
        "Pointers of the personal fields that were filled: they outlive an erasure", default=()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationWithdrawn(DomainEvent):
    """The declarant took the declaration back."""

    TYPE: ClassVar[str] = "pharmacovigilance.declaration_withdrawn"

    reason: Annotated[str | None, Personal("patient")] = given("Why", "C.1.11.2", 2_000)
    by: Party = given("The side that withdrew it")


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationRequested(DomainEvent):
    """A reviewer asked the declarant a question."""

    TYPE: ClassVar[str] = "pharmacovigilance.information_requested"

    question_id: UUID = given("The question")
    text: Annotated[str | None, Personal("patient")] = given("Its text", None, 10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationProvided(DomainEvent):
    """A question was answered."""

    TYPE: ClassVar[str] = "pharmacovigilance.information_provided"

    question_id: UUID = given("The question that is answered")
    text: Annotated[str | None, Personal("patient")] = given("The answer", "H.1", 20_000)
    by: Party = given("The side that answered")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptJoined(DomainEvent):
    """A command recorded already turned out to have been received elsewhere too.

    Both times are those of the joined receipt.
    """

    TYPE: ClassVar[str] = "pharmacovigilance.receipt_joined"

    receipt_id: str = given("The receipt that its sender holds")
    node: str = given("The node that gave it")
    of_version: int = given("Version, in this stream, of the event whose receipt it is")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptDisjoined(DomainEvent):
    """A sheet whose receipt had been joined turned out to be of another case.

    Both times are those of the finding; the receipt's own are in the event that joined it.
    """

    TYPE: ClassVar[str] = "pharmacovigilance.receipt_disjoined"

    receipt_id: str = given("The receipt that counts here no more")
    reason: Annotated[str | None, Personal("patient")] = given("Why", None, 2_000)


DeclarationEvent: TypeAlias = (
    AdverseEventDeclared
    | FollowUpReceived
    | DeclarationWithdrawn
    | InformationRequested
    | InformationProvided
    | ReceiptJoined
    | ReceiptDisjoined
)

EVENTS: tuple[type[DomainEvent], ...] = (
    AdverseEventDeclared,
    FollowUpReceived,
    DeclarationWithdrawn,
    InformationRequested,
    InformationProvided,
    ReceiptJoined,
    ReceiptDisjoined,
)
