"""What people ask of a request; times, accounts and criteria sheets are given, never looked up.

A report of fact (dispensing, its correction, oral agreement or refusal, answer, document) is accepted in
every state and flagged where odd. Everything else is a wish, which may be refused.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from compassionate.domain.criteria import CriteriaSheet
from compassionate.domain.deadlines import REGULARISE
from compassionate.domain.decision import RefusalReasons, Signature, Terms
from compassionate.domain.prescription import Dispensing, PharmacyPart, Prescription
from compassionate.domain.vocabulary import (
    Channel,
    DocumentKind,
    Proposal,
    RequestKind,
    SilenceEffect,
    WrittenWish,
)
from events.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Who gives it (an account), and both times, timezone-aware."""

    by: str
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRequest(Command):
    """Begin a request; `senior` is the doctor in whose name an intern acts.

    `renews` is the number of the authorisation that a renewal or a change of dosage is about.
    """

    kind: RequestKind
    prescription: Prescription
    institution: str
    senior: str | None = None
    renews: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePrescription(Command):
    """Change the prescriber's part of a draft, or of what the pharmacy returned."""

    prescription: Prescription


@dataclass(frozen=True, slots=True, kw_only=True)
class SendToPharmacy(Command):
    """Send the prescriber's part to the hospital's pharmacy; `answer` to what it returned it for."""

    sheet: CriteriaSheet
    answer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnToPrescriber(Command):
    """Send it back to the prescriber, with what is wrong, as the pharmacist of the establishment."""

    reason: str
    institution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendToAgency(Command):
    """Send both parts to the agency, as the pharmacist of the same establishment (R5121-74)."""

    pharmacy: PharmacyPart
    institution: str
    sheet: CriteriaSheet
    channel: Channel = Channel.PORTAL
    sheet_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitRequest(Command):
    """Give a whole request with both parts at once: hospital software, or anybody in an outage.

    `by` is the pharmacist who sends it, `prescriber` the account of the doctor whose part it holds,
    unsaid where hospital software sends it for somebody without one.
    """

    kind: RequestKind
    prescription: Prescription
    pharmacy: PharmacyPart
    prescriber: str | None
    institution: str
    sheet: CriteriaSheet
    channel: Channel = Channel.API
    renews: str | None = None
    sheet_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareDispensing(Command):
    """Declare a dose given out of hours because the criteria are met; no call is needed.

    A report of fact, from no state too: `prescription` then says of whom. `occurred_at` is the
    dispensing. `service_open` says that the agency could be asked at that moment.
    """

    dispensing: Dispensing
    prescriber: str | None
    institution: str
    sheet: CriteriaSheet
    prescription: Prescription | None = None
    prescriber_attests: bool = False
    pharmacist_attests: bool = False
    service_open: bool = False
    sheet_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectDispensing(Command):
    """Correct what was told of a dose, as a pharmacist of the establishment; a report of fact.

    `told_at`: when it was given, as it has been told until now; `dispensing`: all that should have
    been said. `service_open` says that the agency could be asked at the moment it now names.
    """

    told_at: datetime
    dispensing: Dispensing
    reason: str
    institution: str
    service_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCorrection(Command):
    """Say what follows from a correction that came after the decision."""

    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOralAgreement(Command):
    """Record what the on-call evaluator agreed to by telephone in a vital emergency.

    A report of fact. `occurred_at` is the call; `number` was given to the caller and read back.
    """

    number: str
    institution: str
    vital_reason: str | None
    prescription: Prescription | None = None
    prescriber: str | None = None
    called_back: bool = False
    read_back: bool = False
    conditions: str | None = None
    sheet_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOralRefusal(Command):
    """Record that the on-call evaluator refused, or found a call not needed; a report of fact."""

    institution: str
    reason: str
    prescription: Prescription | None = None
    prescriber: str | None = None
    called_back: bool = False
    sheet_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeUp(Command):
    """Begin to assess, having declared to have no interest in it."""

    no_interest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckConformity(Command):
    """Let the system check each criterion of the version in force on receipt; it decides nothing."""

    sheet: CriteriaSheet


@dataclass(frozen=True, slots=True, kw_only=True)
class AskInformation(Command):
    """Ask for what is missing, item by item, with a limit (CRPA L114-5)."""

    question_id: UUID
    items: tuple[str, ...]
    limit: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerInformation(Command):
    """Answer what was asked; a report of fact, accepted in every state."""

    question_id: UUID
    text: str
    prescription: Prescription | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachDocument(Command):
    """Add a supporting document; a report of fact, accepted in every state.

    `document_id` follows from the request and the content: the same file is one document.
    """

    document_id: UUID
    document_kind: DocumentKind
    file_name: str
    content: bytes
    channel: Channel = Channel.PORTAL


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteInformationOverdue(Command):
    """Note that the limit of a question has passed: a person decides, nothing is refused by it."""

    question_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDelay(Command):
    """Note that the house is late; `back_at`: when the outage ended in which a dose was given.

    `allowed`: the working days to regularise it that were settled then.
    """

    back_at: datetime | None = None
    allowed: int = REGULARISE


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeDecision(Command):
    """Propose a decision to the signatory, with its terms or its reasons."""

    proposal: Proposal
    sheet: CriteriaSheet
    terms: Terms | None = None
    reasons: RefusalReasons | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Command):
    """Grant; `number` is the authorisation's, `current_version` that of today's criteria.

    `in_spite_of`: why it is decided though a spool may still hold something for the request.
    `unentitled`: why the signatory's delegation does not let her sign it.
    """

    number: str
    terms: Terms
    signature: Signature
    unentitled: tuple[Problem, ...] = ()
    sheet: CriteriaSheet
    current_version: int | None = None
    in_spite_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Regularise(Grant):
    """Grant what was given already, from the moment at which it was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse(Command):
    """Refuse, with reasons in law and in fact and the routes of appeal."""

    reasons: RefusalReasons
    signature: Signature
    unentitled: tuple[Problem, ...] = ()
    safety_follow_up: str | None = None
    in_spite_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawRequest(Command):
    """Take a request back before it is decided."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWithdrawal(Command):
    """Report that a prescriber for whom no account stands takes a request back, by what she wrote."""

    reason: str
    prescriber_name: str
    written: WrittenWish | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EstablishSilence(Command):
    """Establish that the statutory term passed in silence; None, where no effect was settled on receipt."""

    effect: SilenceEffect | None
    signed_off_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositDecision(Command):
    """Put the decision where its addressee reads it (CRPA R112-20)."""

    documents: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteFirstReading(Command):
    """Note that the addressee read the decision for the first time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinReceipt(Command):
    """Keep a further receipt of a command that is recorded already; a report of fact.

    `received_at` is that of the receipt, `of_version` the version of the event it led to.
    """

    receipt_id: str
    node: str
    of_version: int


RequestCommand: TypeAlias = (
    DraftRequest
    | ChangePrescription
    | SendToPharmacy
    | ReturnToPrescriber
    | SendToAgency
    | SubmitRequest
    | DeclareDispensing
    | CorrectDispensing
    | NoteCorrection
    | RecordOralAgreement
    | RecordOralRefusal
    | TakeUp
    | CheckConformity
    | AskInformation
    | AnswerInformation
    | AttachDocument
    | NoteInformationOverdue
    | NoteDelay
    | ProposeDecision
    | Grant
    | Regularise
    | Refuse
    | WithdrawRequest
    | ReportWithdrawal
    | EstablishSilence
    | DepositDecision
    | NoteFirstReading
    | JoinReceipt
)
