"""What happened to a rights-holder file (dossier du titulaire): a product in an indication."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, TypeAlias
from uuid import UUID

from compassionate.domain.decision import Signature
from compassionate.domain.vocabulary import Addressee, AskedOfHolder, DatedMeans
from events.described import given, said
from events.event import DomainEvent

CATEGORY = "holder_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderEvent(DomainEvent):
    """Every event of a file names who did it."""

    by: str = given("Account of who did it")


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderFileOpened(HolderEvent):
    """The first request for a product in an indication opened the file (R5121-74-1 II)."""

    TYPE: ClassVar[str] = "compassionate.holder_file_opened"

    product: str = given("Identifier of the product", 80)
    indication: str = given("Code of the indication", 80)
    holder: str = given("Rights holder (titulaire)", 250)
    request_id: UUID = given("The request that was the first")
    rare: bool = said("The disease is rare (D5121-74-1-1)", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderInformationReminded(HolderEvent):
    """The agency was reminded that the holder is still to be informed (R5121-74-1 II)."""

    TYPE: ClassVar[str] = "compassionate.holder_information_reminded"

    days: int = given(
        "Working days after the first request, of those on which a reminder is given"
    )
    due: date = given("Day by which the house means to inform it")


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderInformed(HolderEvent):
    """The holder was informed and asked, by means that give a date certain (R5121-74-1 II)."""

    TYPE: ClassVar[str] = "compassionate.holder_informed"

    asked: tuple[AskedOfHolder, ...] = given("What was asked for")
    certain_on: date = given("The date certain")
    document: str = given("SHA-256 of the letter", 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderAnswered(HolderEvent):
    """The holder sent what was asked for, or a part of it."""

    TYPE: ClassVar[str] = "compassionate.holder_answered"

    answered: tuple[AskedOfHolder, ...] = given("What was sent")


@dataclass(frozen=True, slots=True, kw_only=True)
class UndertakingAsked(HolderEvent):
    """A commercial trial was found: the undertaking to file was asked for (R5121-74-9 II)."""

    TYPE: ClassVar[str] = "compassionate.undertaking_asked"

    certain_on: date = given("The date certain of the request")
    trial: str = given("References of the trial", 500)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndertakingReceived(HolderEvent):
    """The holder undertook to file for early access (engagement AAP, L5121-12-1 II)."""

    TYPE: ClassVar[str] = "compassionate.undertaking_received"

    signed_on: date = given("Day of the undertaking")


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstGranted(HolderEvent):
    """The first authorisation was granted; a period to file counts from here (D5121-74-1-1 I).

    It runs where an undertaking to file was asked for or received, and nowhere else.
    """

    TYPE: ClassVar[str] = "compassionate.first_granted"

    granted_on: date = given("Day of the grant")
    number: str = given("Number of the authorisation")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingExtended(HolderEvent):
    """The period to file was extended, six months at most each time (D5121-74-1-1 II)."""

    TYPE: ClassVar[str] = "compassionate.filing_extended"

    months: int = given("By how many months")
    reason: str = given("Why, as the holder asked", 4_000)
    signature: Signature | None = said("Who decided, and by which delegation (CRPA L212-1)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionTold(HolderEvent):
    """The holder or the ministers were told of an extension (D5121-74-1-1 II, CRPA L221-8)."""

    TYPE: ClassVar[str] = "compassionate.extension_told"

    decision: int = given("Which of the extensions, from 1")
    to: Addressee = given("Who was told")
    means: DatedMeans = given("By which means")
    certain_on: date = given("The date certain")
    document: str = given("SHA-256 of the letter", 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyAccessFiled(HolderEvent):
    """The holder filed for early access (AAP) with the HAS."""

    TYPE: ClassVar[str] = "compassionate.early_access_filed"

    filed_on: date = given("Day of the filing")


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyAccessDecided(HolderEvent):
    """The HAS decided on early access."""

    TYPE: ClassVar[str] = "compassionate.early_access_decided"

    granted: bool = given("It was granted")
    decided_on: date = given("Day of the decision")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingMissed(HolderEvent):
    """The period to file ended without a filing (D5121-74-1-1 III)."""

    TYPE: ClassVar[str] = "compassionate.filing_missed"

    due: date = given("Last day of the period")


HolderFileEvent: TypeAlias = (
    HolderFileOpened
    | HolderInformationReminded
    | HolderInformed
    | HolderAnswered
    | UndertakingAsked
    | UndertakingReceived
    | FirstGranted
    | FilingExtended
    | ExtensionTold
    | EarlyAccessFiled
    | EarlyAccessDecided
    | FilingMissed
)

EVENTS: tuple[type[DomainEvent], ...] = (
    HolderFileOpened,
    HolderInformationReminded,
    HolderInformed,
    HolderAnswered,
    UndertakingAsked,
    UndertakingReceived,
    FirstGranted,
    FilingExtended,
    ExtensionTold,
    EarlyAccessFiled,
    EarlyAccessDecided,
    FilingMissed,
)
