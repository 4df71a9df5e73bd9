"""What happened to an authorisation (AAC); types and fields are catalogued in docs/events.md."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, TypeAlias
from uuid import UUID

from compassionate.domain.decision import IN_SPITE_OF, Reasons, Signature, Terms
from compassionate.domain.grounds import WithdrawalGround
from compassionate.domain.prescription import PatientText
from compassionate.domain.vocabulary import RequestKind
from events.described import given, said
from events.event import DomainEvent

CATEGORY = "authorisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationIssued(DomainEvent):
    """An authorisation was issued (autorisation délivrée, R5121-74-3)."""

    TYPE: ClassVar[str] = "compassionate.authorisation_issued"

    number: str = given("Its number")
    request_id: UUID = given("The request that it answers")
    kind: RequestKind = given("What was asked for")
    terms: Terms = given("From when to when, under which conditions")
    signature: Signature = given("Who decided, and by which delegation")
    product: str | None = said("Identifier of the product on the criteria sheets")
    indication: str | None = said("Code of the indication")
    criteria_version: int | None = said("Version of the criteria it was judged by")
    institution: str | None = said("FINESS number of the establishment")
    prescriber: str | None = said("Account of the prescriber")
    replaces: str | None = said("Number of the authorisation that it goes on from")
    followed_by: str | None = said("Number of the one, granted before, that goes on from it")
    followed_on: date | None = said("First day of that one")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationSuspended(DomainEvent):
    """An authorisation was suspended, for three months at most (R5121-74-8).

    Those that follow on one another without a new fact count together.
    """

    TYPE: ClassVar[str] = "compassionate.authorisation_suspended"

    until: date = given("Last day of the suspension")
    reasons: Reasons = given("Reasons in law and in fact, routes of appeal")
    signature: Signature = given("Who decided, and by which delegation")
    heard_on: date | None = said("Day on which the holder was heard (CRPA L121-1)")
    urgency: PatientText = said("Why nobody could be heard first (CRPA L121-2)", "Urgence", 4_000)
    on_new_fact: bool = said("A new fact begins three months of its own", default=False)
    new_fact: PatientText = said("The new fact", "Fait nouveau", 4_000)
    in_spite_of: PatientText = said(IN_SPITE_OF, "Malgré des envois en attente", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionLifted(DomainEvent):
    """A suspension ended: by a decision, or because its term came (`signature` is then unsaid)."""

    TYPE: ClassVar[str] = "compassionate.suspension_lifted"

    signature: Signature | None = said("Who decided, unless its term came")
    reason: PatientText = said("Why", "Motif", 4_000)
    in_spite_of: PatientText = said(IN_SPITE_OF, "Malgré des envois en attente", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationWithdrawn(DomainEvent):
    """An authorisation was withdrawn (retrait; R5121-74-8, CRPA L242-1)."""

    TYPE: ClassVar[str] = "compassionate.authorisation_withdrawn"

    ground: WithdrawalGround = given("On which ground")
    reasons: Reasons = given("Reasons in law and in fact, routes of appeal")
    signature: Signature = given("Who decided, and by which delegation")
    heard_on: date | None = said("Day on which the holder was heard (CRPA L121-1)")
    urgency: PatientText = said("Why nobody could be heard first (CRPA L121-2)", "Urgence", 4_000)
    in_spite_of: PatientText = said(IN_SPITE_OF, "Malgré des envois en attente", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationAbrogated(DomainEvent):
    """An authorisation was abrogated, a condition being met no more (abrogation, CRPA L242-2)."""

    TYPE: ClassVar[str] = "compassionate.authorisation_abrogated"

    reasons: Reasons = given("Reasons in law and in fact, routes of appeal")
    signature: Signature = given("Who decided, and by which delegation")
    heard_on: date | None = said("Day on which the holder was heard (CRPA L121-1)")
    urgency: PatientText = said("Why nobody could be heard first (CRPA L121-2)", "Urgence", 4_000)
    in_spite_of: PatientText = said(IN_SPITE_OF, "Malgré des envois en attente", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class CessationSet(DomainEvent):
    """The day on which it stops after a marketing authorisation was fixed (R5121-74-9 I)."""

    TYPE: ClassVar[str] = "compassionate.cessation_set"

    marketing_authorised_on: date = given("Day of the marketing authorisation (AMM)")
    ceases_on: date = given("Last day")
    signature: Signature = given("Who decided, and by which delegation")
    exceptional: str | None = said("Why it is later than three months", length=4_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationCeased(DomainEvent):
    """The day fixed after a marketing authorisation passed (cessation)."""

    TYPE: ClassVar[str] = "compassionate.authorisation_ceased"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationExpired(DomainEvent):
    """Its last day passed; a renewal that waits keeps it alive by no text (autorisation expirée)."""

    TYPE: ClassVar[str] = "compassionate.authorisation_expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalReminded(DomainEvent):
    """Its prescriber was reminded that it ends, for a renewal in time (R5121-74-4)."""

    TYPE: ClassVar[str] = "compassionate.renewal_reminded"

    days: int = given("Days before its last day, of those on which a reminder is given")
    ends_on: date = given("Its last day, as it then stood")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationReplaced(DomainEvent):
    """A renewal or a change of dosage took its place (autorisation remplacée)."""

    TYPE: ClassVar[str] = "compassionate.authorisation_replaced"

    number: str = given("Number of the authorisation that goes on")
    begins_on: date = given("First day of that one")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementVoided(DomainEvent):
    """What was to take its place was stopped before it began: it goes on (remplacement sans effet)."""

    TYPE: ClassVar[str] = "compassionate.replacement_voided"

    number: str = given("Number of the authorisation that was stopped")
    followed_by: str | None = said("Number of the one that goes on from it all the same")
    followed_on: date | None = said("First day of that one")


AuthorisationEvent: TypeAlias = (
    AuthorisationIssued
    | AuthorisationSuspended
    | SuspensionLifted
    | AuthorisationWithdrawn
    | AuthorisationAbrogated
    | CessationSet
    | AuthorisationCeased
    | AuthorisationExpired
    | RenewalReminded
    | AuthorisationReplaced
    | ReplacementVoided
)

EVENTS: tuple[type[DomainEvent], ...] = (
    AuthorisationIssued,
    AuthorisationSuspended,
    SuspensionLifted,
    AuthorisationWithdrawn,
    AuthorisationAbrogated,
    CessationSet,
    AuthorisationCeased,
    AuthorisationExpired,
    RenewalReminded,
    AuthorisationReplaced,
    ReplacementVoided,
)
