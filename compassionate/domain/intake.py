"""What the hospital and the on-call send, as a spool keeps it: kind, class, urgency.

Only what stands by itself goes this way (engineering/traps-intake.md 20): a request with both parts, a
dose given out of hours and its correction, what was said by telephone, an answer or a document by number,
the taking back of a request.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import TypeAlias

from compassionate.domain.request_commands import (
    AnswerInformation,
    AttachDocument,
    CorrectDispensing,
    DeclareDispensing,
    RecordOralAgreement,
    RecordOralRefusal,
    ReportWithdrawal,
    SubmitRequest,
    WithdrawRequest,
)
from events.kept import Kind, Standing, Steps, read_kept

IntakeCommand: TypeAlias = (
    SubmitRequest
    | DeclareDispensing
    | CorrectDispensing
    | RecordOralAgreement
    | RecordOralRefusal
    | AnswerInformation
    | AttachDocument
    | WithdrawRequest
    | ReportWithdrawal
)
COMMAND_UPCASTERS: Steps = {}
"""By kind; everything is at schema 1: there is no step yet."""


class Priority(IntEnum):
    """Which command is offered to the log first, the smaller first; 0 is a death, declared elsewhere.

    Doses given already, then what cannot be deferred, then the rest (§6.2 6).
    """

    GIVEN = 1
    NOT_DEFERRABLE = 2
    OTHER = 5
    WITHDRAWAL = 7


INTAKE: tuple[Kind, ...] = (
    Kind(
        name="compassionate.submit_request",
        schema=1,
        standing=Standing.WISH,
        cls=SubmitRequest,
    ),
    Kind(
        name="compassionate.declare_dispensing",
        schema=1,
        standing=Standing.REPORT_OF_FACT,
        cls=DeclareDispensing,
    ),
    Kind(
        name="compassionate.correct_dispensing",
        schema=1,
        standing=Standing.REPORT_OF_FACT,
        cls=CorrectDispensing,
    ),
    Kind(
        name="compassionate.record_oral_agreement",
        schema=1,
        standing=Standing.REPORT_OF_FACT,
        cls=RecordOralAgreement,
    ),
    Kind(
        name="compassionate.record_oral_refusal",
        schema=1,
        standing=Standing.REPORT_OF_FACT,
        cls=RecordOralRefusal,
    ),
    Kind(
        name="compassionate.answer_information",
        schema=1,
        standing=Standing.REPORT_OF_FACT,
        cls=AnswerInformation,
    ),
    Kind(
        name="compassionate.attach_document",
        schema=1,
        standing=Standing.REPORT_OF_FACT,
        cls=AttachDocument,
    ),
    Kind(
        name="compassionate.withdraw_request",
        schema=1,
        standing=Standing.WISH,
        cls=WithdrawRequest,
    ),
    Kind(
        name="compassionate.report_withdrawal",
        schema=1,
        standing=Standing.WISH,
        cls=ReportWithdrawal,
    ),
)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in INTAKE}


def priority(command: IntakeCommand) -> Priority:
    """Return how urgent a command is, by what it says itself: nothing else is known of it then."""
    match command:
        case DeclareDispensing() | CorrectDispensing():
            return Priority.GIVEN
        case RecordOralAgreement() | RecordOralRefusal():
            return Priority.GIVEN
        case SubmitRequest(pharmacy=pharmacy) if pharmacy.dispensing is not None:
            return Priority.GIVEN
        case SubmitRequest(prescription=part) if part.deferrable is not True:
            return Priority.NOT_DEFERRABLE
        case WithdrawRequest() | ReportWithdrawal():
            return Priority.WITHDRAWAL
        case _:
            return Priority.OTHER


def from_bytes(name: str, schema: int, kept: bytes) -> IntakeCommand:
    """Return the command kept as a kind and schema. Raises UnknownCommand, UnreadableCommand."""
    command: IntakeCommand = read_kept(
        name, schema, kept, kinds=KINDS, upcasters=COMMAND_UPCASTERS
    )
    return command
