"""What a report of fact tells of a request: taken in every state, and flagged where it is odd."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeAlias

from compassionate.domain.beforehand import doses_told_at
from compassionate.domain.document_events import DocumentReceived
from compassionate.domain.document_file import media_type_of
from compassionate.domain.request_commands import (
    AnswerInformation,
    AttachDocument,
    Command,
    CorrectDispensing,
    DeclareDispensing,
    JoinReceipt,
    RecordOralAgreement,
    RecordOralRefusal,
)
from compassionate.domain.request_documents import document_in
from compassionate.domain.request_events import (
    AccessRequestEvent,
    DispensingCorrected,
    DispensingDeclared,
    InformationAnswered,
    OralAgreementRecorded,
    OralRefusalRecorded,
    RequestReceiptJoined,
)
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.request_flags import flags

Events: TypeAlias = Sequence[AccessRequestEvent]


def times_of(command: Command) -> dict[str, Any]:
    """Return who gives a command, and both its times, as an event tells them."""
    return {
        "by": command.by,
        "occurred_at": command.occurred_at,
        "received_at": command.received_at,
    }


def _declare(facts: RequestFacts, command: DeclareDispensing) -> Events:
    return [
        DispensingDeclared(
            **times_of(command),
            dispensing=command.dispensing,
            institution=command.institution,
            prescriber=command.prescriber,
            prescription=command.prescription,
            prescriber_attests=command.prescriber_attests,
            pharmacist_attests=command.pharmacist_attests,
            criteria_version=command.sheet.version,
            sheet_number=command.sheet_number,
            flags=flags(facts, command),
        )
    ]


def _correct(facts: RequestFacts, command: CorrectDispensing) -> Events:
    doses = doses_told_at(facts.beforehand, command.told_at)
    return [
        DispensingCorrected(
            **times_of(command),
            of_versions=tuple([one.version for one in doses]),
            dispensing=command.dispensing,
            reason=command.reason,
            institution=command.institution,
            flags=flags(facts, command),
        )
    ]


def _agree(facts: RequestFacts, command: RecordOralAgreement) -> Events:
    return [
        OralAgreementRecorded(
            **times_of(command),
            number=command.number,
            institution=command.institution,
            vital_reason=command.vital_reason,
            prescriber=command.prescriber,
            prescription=command.prescription,
            conditions=command.conditions,
            sheet_number=command.sheet_number,
            flags=flags(facts, command),
        )
    ]


def _refuse_by_phone(facts: RequestFacts, command: RecordOralRefusal) -> Events:
    return [
        OralRefusalRecorded(
            **times_of(command),
            institution=command.institution,
            reason=command.reason,
            prescriber=command.prescriber,
            prescription=command.prescription,
            sheet_number=command.sheet_number,
            flags=flags(facts, command),
        )
    ]


def _answer(facts: RequestFacts, command: AnswerInformation) -> Events:
    return [
        InformationAnswered(
            **times_of(command),
            question_id=command.question_id,
            text=command.text,
            prescription=command.prescription,
            flags=flags(facts, command),
        )
    ]


def _attach(facts: RequestFacts, command: AttachDocument) -> Events:
    media_type = media_type_of(command.content)
    if media_type is None:
        return []
    return [
        DocumentReceived(
            **times_of(command),
            document_id=command.document_id,
            document_kind=command.document_kind,
            media_type=media_type,
            size_bytes=len(command.content),
            channel=command.channel,
            file_name=command.file_name,
            sha256=sha256(command.content).hexdigest(),
            again=document_in(facts.documents, command.document_id) is not None,
            flags=flags(facts, command),
        )
    ]


def _join(_facts: RequestFacts, command: JoinReceipt) -> Events:
    return [
        RequestReceiptJoined(
            **times_of(command),
            receipt_id=command.receipt_id,
            node=command.node,
            of_version=command.of_version,
        )
    ]


REPORT_MAKES: Mapping[type[Any], Callable[[RequestFacts, Any], Events]] = {
    DeclareDispensing: _declare,
    CorrectDispensing: _correct,
    RecordOralAgreement: _agree,
    RecordOralRefusal: _refuse_by_phone,
    AnswerInformation: _answer,
    AttachDocument: _attach,
    JoinReceipt: _join,
}
