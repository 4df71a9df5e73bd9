"""What happened to a criteria sheet (fiche du référentiel): a product in an indication."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, TypeAlias

from compassionate.domain.criteria import Criterion
from compassionate.domain.decision import Signature
from compassionate.domain.vocabulary import Addressee, DatedMeans, DeclareTo, ProductStatus
from events.described import given, said
from events.event import DomainEvent

CATEGORY = "criteria_sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetEvent(DomainEvent):
    """Every event of a sheet names who did it."""

    by: str = given("Account of who did it")


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaSheetOpened(SheetEvent):
    """A sheet was opened for a product in an indication."""

    TYPE: ClassVar[str] = "compassionate.criteria_sheet_opened"

    product: str = given("Identifier of the product", 80)
    product_name: str = given("Name, code name or INN", 250)
    indication: str = given("Code of the indication", 80)
    indication_text: str = given("The indication, as published", 2_000)
    holder: str = given("Rights holder (titulaire)", 250)
    status: ProductStatus = given("By which derogation it is given")
    rare: bool = said("The disease is rare (D5121-74-1-1)", default=False)
    very_early: bool = said("Very early access (L5121-12-1 II al. 2)", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaPrepared(SheetEvent):
    """Criteria were prepared, for somebody else to publish."""

    TYPE: ClassVar[str] = "compassionate.criteria_prepared"

    criteria: tuple[Criterion, ...] = given("The criteria, in order")
    max_days: int | None = said("Longest duration of one authorisation, days")
    very_early: bool = said("Very early access (L5121-12-1 II al. 2)", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaPublished(SheetEvent):
    """A version of the criteria was published (R5121-74-3 II, R5121-74-10)."""

    TYPE: ClassVar[str] = "compassionate.criteria_published"

    version: int = given("Version, from 1")
    in_force_from: datetime = given("From when on what is received is judged by it")
    criteria: tuple[Criterion, ...] = given("The criteria, in order")
    max_days: int | None = said("Longest duration of one authorisation, days")
    very_early: bool = said("Very early access (L5121-12-1 II al. 2)", default=False)
    keeps: tuple[int, ...] = said("Versions to come that it begins before, and leaves", default=())
    reason: str | None = said("Why it begins before those to come", length=2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaCancelled(SheetEvent):
    """A version that was published and not in force yet never will be."""

    TYPE: ClassVar[str] = "compassionate.criteria_cancelled"

    version: int = given("Version")
    reason: str = given("Why", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolPublished(SheetEvent):
    """A version of the PUT-SP was published (R5121-74-5)."""

    TYPE: ClassVar[str] = "compassionate.protocol_published"

    version: int = given("Version, from 1")
    document: str = given("SHA-256 of the document", 64)
    every_days: tuple[int, ...] = given("Days after the beginning on which follow-up data are due")
    declare_to: DeclareTo = given("Who receives adverse-event declarations (R5121-172)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductStatusChanged(SheetEvent):
    """The product is given by another derogation from now on."""

    TYPE: ClassVar[str] = "compassionate.product_status_changed"

    status: ProductStatus = given("By which derogation it is given")
    reason: str = given("Why", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCessationSet(SheetEvent):
    """The day on which access stops after a marketing authorisation was fixed (R5121-74-9 I)."""

    TYPE: ClassVar[str] = "compassionate.product_cessation_set"

    marketing_authorised_on: date = given("Day of the marketing authorisation (AMM)")
    ceases_on: date = given("Last day")
    exceptional: str | None = said("Why it is later than three months", length=4_000)
    signature: Signature | None = said("Who decided, and by which delegation (CRPA L212-1)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CessationTold(SheetEvent):
    """The holder of the marketing authorisation or the ministers were told of a cessation (R5121-74-9 I)."""

    TYPE: ClassVar[str] = "compassionate.cessation_told"

    decision: int = given("Which of the cessations that were fixed, from 1")
    to: Addressee = given("Who was told")
    means: DatedMeans = given("By which means")
    certain_on: date = given("The date certain")
    document: str = given("SHA-256 of the letter", 64)


CriteriaEvent: TypeAlias = (
    CriteriaSheetOpened
    | CriteriaPrepared
    | CriteriaPublished
    | CriteriaCancelled
    | ProtocolPublished
    | ProductStatusChanged
    | ProductCessationSet
    | CessationTold
)

EVENTS: tuple[type[DomainEvent], ...] = (
    CriteriaSheetOpened,
    CriteriaPrepared,
    CriteriaPublished,
    CriteriaCancelled,
    ProtocolPublished,
    ProductStatusChanged,
    ProductCessationSet,
    CessationTold,
)
