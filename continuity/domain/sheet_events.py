"""What happened to numbered sheets; types and fields are catalogued in docs/events.md."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, TypeAlias

from continuity.domain.sheet_content import PatientText, SheetContent
from continuity.domain.sheet_words import (
    Between,
    NumberDoubt,
    Ruling,
    SheetChannel,
    SheetKind,
)
from events.described import given, said
from events.event import DomainEvent

CATEGORY = "sheet"
BLOCK_CATEGORY = "sheet_block"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetBlockIssued(DomainEvent):
    """A block of numbers of one site was issued to a holder."""

    TYPE: ClassVar[str] = "continuity.sheet_block_issued"

    site: str = given("FINESS number or agency code")
    first: int = given("Rank of the first sheet")
    last: int = given("Rank of the last sheet")
    holder: str = given("Institution or on-call function that holds it", 100)
    valid_until: date = given("Last day on which its sheets may be used")


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetBlockReturned(DomainEvent):
    """A holder told how far the sheets of a block were used."""

    TYPE: ClassVar[str] = "continuity.sheet_block_returned"

    first: int = given("Rank of the first sheet of the block")
    last_used: int | None = said("Rank of the last sheet used; none where none was")
    by: str = given("Account of who noted it")


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRecorded(DomainEvent):
    """What was taken by telephone or on paper was typed."""

    TYPE: ClassVar[str] = "continuity.sheet_recorded"

    number: str = given("Number of the sheet, as printed, or as written where it is none")
    kind: SheetKind = given("What was taken")
    channel: SheetChannel = given("The way it came")
    content: SheetContent = given("What stands on it")
    recorder: str = given("Account of who typed it")
    institution: str | None = said("FINESS number of the recorder's institution")
    doubt: NumberDoubt | None = said("Why the number is a question to a person")


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRecordedAgain(DomainEvent):
    """The same number was typed again, with another content; both versions stay."""

    TYPE: ClassVar[str] = "continuity.sheet_recorded_again"

    kind: SheetKind = given("What was taken")
    channel: SheetChannel = given("The way it came")
    content: SheetContent = given("What stands on it")
    recorder: str = given("Account of who typed it")
    institution: str | None = said("FINESS number of the recorder's institution")
    differing: tuple[str, ...] = said(
        "Names of the fields that differ from the version that held", default=()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetNumberExplained(DomainEvent):
    """A person explained a number that was doubted."""

    TYPE: ClassVar[str] = "continuity.sheet_number_explained"

    reason: PatientText = given("The explanation", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetMatched(DomainEvent):
    """A person found what a sheet stands for among what arrived electronically."""

    TYPE: ClassVar[str] = "continuity.sheet_matched"

    recording: int = given("Which version of the sheet, from 1")
    reference: str = given("Number of the declaration or file, as people read it", 60)
    stream: str | None = said("Its stream, where this log holds it")
    stream_version: int | None = said("Its version when it was compared")
    reason: PatientText = said("Why, where no number said so", "", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceFound(DomainEvent):
    """A sheet and what it was matched to differ; a person decides, nothing is overwritten."""

    TYPE: ClassVar[str] = "continuity.difference_found"

    recording: int = given("Which version of the sheet, from 1")
    differing: tuple[str, ...] = given("Names of the fields that differ; never their values")


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceSettled(DomainEvent):
    """A person decided what holds where two versions differ."""

    TYPE: ClassVar[str] = "continuity.difference_settled"

    between: Between = given("Which two versions")
    ruling: Ruling = given("What holds")
    recording: int = given("The version of the sheet that held until then, from 1")
    reason: PatientText = given("Why", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetDuplicate(DomainEvent):
    """A sheet says what another sheet or declaration says."""

    TYPE: ClassVar[str] = "continuity.sheet_duplicate"

    of: str = given("Number of the other", 60)
    reason: PatientText = given("Why", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetCancelled(DomainEvent):
    """A sheet was spoiled or never used."""

    TYPE: ClassVar[str] = "continuity.sheet_cancelled"

    number: str = given("Number of the sheet")
    reason: PatientText = given("Why", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLostProposed(DomainEvent):
    """A first person says that a sheet can't be found."""

    TYPE: ClassVar[str] = "continuity.sheet_lost_proposed"

    number: str = given("Number of the sheet")
    by: str = given("Account of the first person")
    reason: PatientText = given("What was tried", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLostConfirmed(DomainEvent):
    """A second person confirmed that a sheet is lost."""

    TYPE: ClassVar[str] = "continuity.sheet_lost_confirmed"

    by: str = given("Account of the second person")
    reason: PatientText = given("What was checked", 2_000)


SheetEvent: TypeAlias = (
    SheetRecorded
    | SheetRecordedAgain
    | SheetNumberExplained
    | SheetMatched
    | DifferenceFound
    | DifferenceSettled
    | SheetDuplicate
    | SheetCancelled
    | SheetLostProposed
    | SheetLostConfirmed
)

EVENTS: tuple[type[DomainEvent], ...] = (
    SheetBlockIssued,
    SheetBlockReturned,
    SheetRecorded,
    SheetRecordedAgain,
    SheetNumberExplained,
    SheetMatched,
    DifferenceFound,
    DifferenceSettled,
    SheetDuplicate,
    SheetCancelled,
    SheetLostProposed,
    SheetLostConfirmed,
)
