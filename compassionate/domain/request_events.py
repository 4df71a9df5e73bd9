"""What happened to a request; types and fields are catalogued in docs/events.md."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, TypeAlias
from uuid import UUID

from compassionate.domain.criteria import CriterionFinding
from compassionate.domain.decision import IN_SPITE_OF, AskedItem, RefusalReasons, Signature, Terms
from compassionate.domain.document_events import DocumentReceived
from compassionate.domain.prescription import (
    Dispensing,
    PatientText,
    PharmacyPart,
    PrescriberText,
    Prescription,
)
from compassionate.domain.vocabulary import (
    Channel,
    Flag,
    LateClock,
    OutOfHoursRoute,
    Proposal,
    RequestKind,
    SilenceEffect,
    WrittenWish,
)
from events.described import given, said
from events.event import DomainEvent

CATEGORY = "access_request"
FLAGS = "What is odd about it, for whoever assesses"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEvent(DomainEvent):
    """Every event of a request names who did it."""

    by: str = given("Account of who did it")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDrafted(RequestEvent):
    """A request was begun (demande créée)."""

    TYPE: ClassVar[str] = "compassionate.request_drafted"

    kind: RequestKind = given("What is asked for")
    prescription: Prescription = given("The prescriber's part")
    institution: str = given("FINESS number of the establishment")
    prescriber: str | None = said("Account of the prescriber, or of the senior in whose name")
    renews: str | None = said("Number of the authorisation that it is about")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrescriptionChanged(RequestEvent):
    """The prescriber's part was changed (volet prescription modifié)."""

    TYPE: ClassVar[str] = "compassionate.prescription_changed"

    prescription: Prescription = given("The prescriber's part")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSentToPharmacy(RequestEvent):
    """The request went to the hospital's pharmacy (transmise à la PUI)."""

    TYPE: ClassVar[str] = "compassionate.request_sent_to_pharmacy"

    answer: PatientText = said("Answer to what it was returned for", "Réponse", 4_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReturned(RequestEvent):
    """The pharmacist returned the request to the prescriber (retournée)."""

    TYPE: ClassVar[str] = "compassionate.request_returned"

    reason: PatientText = given("What is wrong", 4_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReceived(RequestEvent):
    """The agency received the request with both parts; its receipt starts the clocks (CRPA L112-13)."""

    TYPE: ClassVar[str] = "compassionate.request_received"

    kind: RequestKind = given("What is asked for")
    pharmacy: PharmacyPart = given("The pharmacist's part")
    channel: Channel = given("The way it came in")
    criteria_version: int | None = said("Version of the criteria in force on receipt")
    sheet_number: str | None = said("Number of the degraded-mode sheet that it stands for")


@dataclass(frozen=True, slots=True, kw_only=True)
class DispensingDeclared(RequestEvent):
    """A dose was given out of hours, the criteria being met (dispensation hors heures)."""

    TYPE: ClassVar[str] = "compassionate.dispensing_declared"

    dispensing: Dispensing = given("What was given, and when")
    institution: str = given("FINESS number of the pharmacist's establishment")
    prescriber: str | None = said("Account of the prescriber")
    prescription: Prescription | None = said("The prescriber's part, where none was known")
    prescriber_attests: bool = said(
        "The prescriber attests that the criteria are met", default=False
    )
    pharmacist_attests: bool = said(
        "The pharmacist attests that the criteria are met", default=False
    )
    criteria_version: int | None = said("Version of the criteria in force then")
    sheet_number: str | None = said("Number of the degraded-mode sheet")
    flags: tuple[Flag, ...] = said(FLAGS, default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class DispensingCorrected(RequestEvent):
    """The pharmacy corrected what it had told of a dose, which stays as it was told (correction)."""

    TYPE: ClassVar[str] = "compassionate.dispensing_corrected"

    of_versions: tuple[int, ...] = given("Versions, in this stream, of the events that told it")
    dispensing: Dispensing = given("What they should have said")
    reason: PatientText = given("Why", 2_000)
    institution: str = given("FINESS number of the pharmacist's establishment")
    flags: tuple[Flag, ...] = said(FLAGS, default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionNoted(RequestEvent):
    """The agency looked at a correction that came after its decision, and said what follows."""

    TYPE: ClassVar[str] = "compassionate.correction_noted"

    outcome: PatientText = given("What follows from it", 4_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class OralAgreementRecorded(RequestEvent):
    """The on-call evaluator agreed by telephone in a vital emergency (accord oral)."""

    TYPE: ClassVar[str] = "compassionate.oral_agreement_recorded"

    number: str = given("Number given to the caller")
    institution: str = given("FINESS number of the caller's establishment")
    vital_reason: PatientText = said("Why it is vital", "Urgence vitale", 4_000)
    prescriber: str | None = said("Account of the prescriber")
    prescription: Prescription | None = said("What was said of patient and treatment")
    conditions: PatientText = said("Conditions", "Conditions", 4_000)
    sheet_number: str | None = said("Number of the degraded-mode sheet")
    flags: tuple[Flag, ...] = said(FLAGS, default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class OralRefusalRecorded(RequestEvent):
    """The on-call evaluator refused by telephone (refus oral)."""

    TYPE: ClassVar[str] = "compassionate.oral_refusal_recorded"

    institution: str = given("FINESS number of the caller's establishment")
    reason: PatientText = given("Why", 4_000)
    prescriber: str | None = said("Account of the prescriber")
    prescription: Prescription | None = said("What was said of patient and treatment")
    sheet_number: str | None = said("Number of the degraded-mode sheet")
    flags: tuple[Flag, ...] = said(FLAGS, default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentBegun(RequestEvent):
    """An evaluator without interest in it took the request up (évaluation commencée)."""

    TYPE: ClassVar[str] = "compassionate.assessment_begun"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConformityChecked(RequestEvent):
    """The system checked each criterion, as help to a person (conformité constatée)."""

    TYPE: ClassVar[str] = "compassionate.conformity_checked"

    conforms: bool = given("Every criterion conforms")
    findings: tuple[CriterionFinding, ...] = given("What was found of each")
    criteria_version: int = given("Version of the criteria")
    rule_version: str = given("Version of the checking (CRPA L311-3-1)")


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationAsked(RequestEvent):
    """What is missing was asked for, with a limit (CRPA L114-5)."""

    TYPE: ClassVar[str] = "compassionate.information_asked"

    question_id: UUID = given("The question")
    items: tuple[AskedItem, ...] = given("What is missing, item by item")
    limit: date = given("Last day to answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationAnswered(RequestEvent):
    """What was asked for came in (information reçue)."""

    TYPE: ClassVar[str] = "compassionate.information_answered"

    question_id: UUID = given("The question that is answered")
    text: PatientText = given("The answer", 20_000)
    prescription: Prescription | None = said("The prescriber's part, where the answer changes it")
    flags: tuple[Flag, ...] = said(FLAGS, default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationOverdue(RequestEvent):
    """The limit of a question passed; a person decides (délai d'information échu)."""

    TYPE: ClassVar[str] = "compassionate.information_overdue"

    question_id: UUID = given("The question")


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayNoted(RequestEvent):
    """The house is late: a decision that cannot wait, or a regularisation (dépassement de délai)."""

    TYPE: ClassVar[str] = "compassionate.delay_noted"

    clock: LateClock = given("With what")
    mark: int = given(
        "Hours since receipt, or working days since the dose or the end of its outage"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionProposed(RequestEvent):
    """An evaluator proposed a decision (décision proposée)."""

    TYPE: ClassVar[str] = "compassionate.decision_proposed"

    proposal: Proposal = given("Grant or refuse")
    terms: Terms | None = said("Terms of what is to be granted")
    reasons: RefusalReasons | None = said("Reasons of what is to be refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestGranted(RequestEvent):
    """A person granted the request (demande accordée)."""

    TYPE: ClassVar[str] = "compassionate.request_granted"

    number: str = given("Number of the authorisation")
    terms: Terms = given("Its terms")
    signature: Signature = given("Who decided, and by which delegation")
    criteria_version: int | None = said("Version of the criteria it was judged by")
    route: OutOfHoursRoute | None = said("Route by which doses were given before, if any")
    in_spite_of: PatientText = said(IN_SPITE_OF, "Malgré des envois en attente", 2_000)
    flags: tuple[Flag, ...] = said(FLAGS, default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefused(RequestEvent):
    """A person refused the request (demande ou régularisation refusée)."""

    TYPE: ClassVar[str] = "compassionate.request_refused"

    reasons: RefusalReasons = given("Reasons in law and in fact, routes of appeal")
    signature: Signature = given("Who decided, and by which delegation")
    safety_follow_up: PatientText = said(
        "Follow-up of the doses that were given", "Suivi de sécurité", 4_000
    )
    in_spite_of: PatientText = said(IN_SPITE_OF, "Malgré des envois en attente", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWithdrawn(RequestEvent):
    """The prescriber took the request back (demande retirée)."""

    TYPE: ClassVar[str] = "compassionate.request_withdrawn"

    reason: PatientText = given("Why", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalReported(RequestEvent):
    """A prescriber without an account took the request back, as her pharmacy reports (désistement rapporté)."""

    TYPE: ClassVar[str] = "compassionate.withdrawal_reported"

    reason: PatientText = given("Why", 2_000)
    prescriber_name: PrescriberText = given("Name of the prescriber who wrote so", 120)
    written: WrittenWish = given("In which writing the pharmacy has it")


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceEstablished(RequestEvent):
    """The statutory term passed in silence (décision implicite constatée, CRPA L231-1)."""

    TYPE: ClassVar[str] = "compassionate.silence_established"

    effect: SilenceEffect = given("What the silence means, as signed off")
    signed_off_by: str = given("Who signed that off")
    due: date = given("Last day of the term")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionDeposited(RequestEvent):
    """The decision lies where its addressee reads it (CRPA R112-20)."""

    TYPE: ClassVar[str] = "compassionate.decision_deposited"

    documents: tuple[str, ...] = given("SHA-256 of each document")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRead(RequestEvent):
    """The addressee read the decision for the first time: it is notified (CRPA L221-8)."""

    TYPE: ClassVar[str] = "compassionate.decision_read"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReceiptJoined(RequestEvent):
    """A command recorded already turned out to have been received elsewhere too; the earliest counts.

    Both times are those of the joined receipt.
    """

    TYPE: ClassVar[str] = "compassionate.receipt_joined"

    receipt_id: str = given("The receipt that its sender holds")
    node: str = given("The node that gave it")
    of_version: int = given("Version, in this stream, of the event whose receipt it is")


AccessRequestEvent: TypeAlias = (
    RequestDrafted
    | PrescriptionChanged
    | RequestSentToPharmacy
    | RequestReturned
    | RequestReceived
    | DispensingDeclared
    | DispensingCorrected
    | CorrectionNoted
    | OralAgreementRecorded
    | OralRefusalRecorded
    | AssessmentBegun
    | ConformityChecked
    | InformationAsked
    | InformationAnswered
    | DocumentReceived
    | InformationOverdue
    | DelayNoted
    | DecisionProposed
    | RequestGranted
    | RequestRefused
    | RequestWithdrawn
    | WithdrawalReported
    | SilenceEstablished
    | DecisionDeposited
    | DecisionRead
    | RequestReceiptJoined
)

DECIDING = frozenset({RequestGranted.TYPE, RequestRefused.TYPE, SilenceEstablished.TYPE})
"""By which the agency decided, or its silence did."""
EVENTS: tuple[type[DomainEvent], ...] = (
    RequestDrafted,
    PrescriptionChanged,
    RequestSentToPharmacy,
    RequestReturned,
    RequestReceived,
    DispensingDeclared,
    DispensingCorrected,
    CorrectionNoted,
    OralAgreementRecorded,
    OralRefusalRecorded,
    AssessmentBegun,
    ConformityChecked,
    InformationAsked,
    InformationAnswered,
    DocumentReceived,
    InformationOverdue,
    DelayNoted,
    DecisionProposed,
    RequestGranted,
    RequestRefused,
    RequestWithdrawn,
    WithdrawalReported,
    SilenceEstablished,
    DecisionDeposited,
    DecisionRead,
    RequestReceiptJoined,
)
