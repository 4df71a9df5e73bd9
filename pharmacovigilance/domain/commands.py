"""What people ask of a declaration; times and identifiers are given, never made here."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from pharmacovigilance.domain.report import Information, Report
from pharmacovigilance.domain.vocabulary import Channel, Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Every command names its declaration and both times, timezone-aware."""

    declaration_id: UUID
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareAdverseEvent(Command):
    """Declare a suspected adverse reaction.

    `declarant` is the account id, `institution` its FINESS number, `patient_pseudonym` a keyed
    HMAC made outside; `unverified` says that nobody has proved who declares; `received_in` is the
    département of the regional centre that received it, where one did.
    """

    report: Report
    channel: Channel
    declarant: str | None = None
    institution: str | None = None
    patient_pseudonym: str | None = None
    unverified: bool = False
    received_in: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFollowUp(Command):
    """Add what became known later; a report of fact, accepted in every state."""

    information: Information
    by: Party = Party.DECLARANT
    patient_pseudonym: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawDeclaration(Command):
    """Take a declaration back, with a reason; a wish, which may be refused."""

    reason: str
    by: Party = Party.DECLARANT


@dataclass(frozen=True, slots=True, kw_only=True)
class AskInformation(Command):
    """Ask the declarant a question; only reviewers ask."""

    question_id: UUID
    text: str
    by: Party = Party.REVIEWER


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerInformation(Command):
    """Answer a question; a report of fact, accepted in every state."""

    question_id: UUID
    text: str
    by: Party = Party.DECLARANT


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinReceipt(Command):
    """Keep a further receipt of a command that is recorded already.

    A report of fact, accepted in every state. `received_at` is that of the receipt, `of_version`
    the version of the event that the command led to.
    """

    receipt_id: str
    node: str
    of_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DisjoinReceipt(Command):
    """Take back the receipt of a sheet that is of another case, in every state.

    Only a sheet's: what a node received is the very command that is recorded here. The reason is
    None where the patient was erased, of whom nothing more is written down.
    """

    receipt_id: str
    reason: str | None


DeclarationCommand: TypeAlias = (
    DeclareAdverseEvent
    | AddFollowUp
    | WithdrawDeclaration
    | AskInformation
    | AnswerInformation
    | JoinReceipt
    | DisjoinReceipt
)
