"""What happened in the follow-up of an authorisation under its PUT-SP (suivi)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, TypeAlias
from uuid import UUID

from compassionate.domain.prescription import PatientText
from compassionate.domain.vocabulary import DeclareTo, PatientOutcome
from events.described import given, said
from events.event import DomainEvent

CATEGORY = "follow_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpEvent(DomainEvent):
    """Every event of a follow-up names who did it."""

    by: str = given("Account of who did it")


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpBegun(FollowUpEvent):
    """The follow-up of an authorisation began, by the protocol that was published then (R5121-74-5)."""

    TYPE: ClassVar[str] = "compassionate.follow_up_begun"

    number: str = given("Number of the authorisation")
    begins_on: date = given("First day of the authorisation")
    ends_on: date = given("Last day of the authorisation")
    protocol_version: int | None = said("Version of the PUT-SP; none was published yet")
    every_days: tuple[int, ...] = said(
        "Days after the beginning on which data are due", default=()
    )
    declare_to: DeclareTo = said(
        "Who receives adverse-event declarations (R5121-172)",
        default=DeclareTo.REGIONAL_CENTRE,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpDataReceived(FollowUpEvent):
    """Follow-up data came in, for one of the days on which they are due, or beside them."""

    TYPE: ClassVar[str] = "compassionate.follow_up_data_received"

    due_on: date | None = said("The day that they are for")
    seen_on: date = given("Day on which the patient was seen")
    outcome: PatientOutcome = given("What became of the patient")
    efficacy: PatientText = said("Efficacy", "Efficacité", 8_000)
    safety: PatientText = said("Safety", "Tolérance", 8_000)
    dosage: PatientText = said("Dosage given", "Posologie", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpReminded(FollowUpEvent):
    """The prescriber was reminded of data that had come due (rappel de suivi)."""

    TYPE: ClassVar[str] = "compassionate.follow_up_reminded"

    due_on: date = given("The day that they are for")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventLinked(FollowUpEvent):
    """A declaration of an adverse reaction turned out to be of this authorisation's patient."""

    TYPE: ClassVar[str] = "compassionate.adverse_event_linked"

    declaration_id: UUID = given("The declaration")
    declaration_number: str = given("Its number, as people read it", 40)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventUnlinked(FollowUpEvent):
    """A declaration turned out not to be of this patient."""

    TYPE: ClassVar[str] = "compassionate.adverse_event_unlinked"

    declaration_id: UUID = given("The declaration")
    reason: PatientText = given("Why", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpEnded(FollowUpEvent):
    """Nothing more is due: the treatment ended, or the patient died or was lost to follow-up."""

    TYPE: ClassVar[str] = "compassionate.follow_up_ended"

    ended_on: date = given("Last day of the treatment")
    reason: PatientText = given("Why", 2_000)


AccessFollowUpEvent: TypeAlias = (
    FollowUpBegun
    | FollowUpDataReceived
    | AdverseEventLinked
    | AdverseEventUnlinked
    | FollowUpReminded
    | FollowUpEnded
)

EVENTS: tuple[type[DomainEvent], ...] = (
    FollowUpBegun,
    FollowUpDataReceived,
    AdverseEventLinked,
    AdverseEventUnlinked,
    FollowUpReminded,
    FollowUpEnded,
)
