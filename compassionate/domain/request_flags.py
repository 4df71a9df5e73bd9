"""What is odd in a report of fact or in a decision: told to whoever assesses, never refused."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from compassionate.domain.request_commands import (
    AnswerInformation,
    AttachDocument,
    CorrectDispensing,
    DeclareDispensing,
    Grant,
    RecordOralAgreement,
    RecordOralRefusal,
    Regularise,
)
from compassionate.domain.request_documents import document_in
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import AT_AGENCY, ENDED, Flag, RequestState
from events.days import day_of


def flags(facts: RequestFacts, command: Any) -> tuple[Flag, ...]:
    """Return what is odd about a command in this state, in a fixed order."""
    return tuple(_FLAGS[type(command)](facts, command))


def _dispensing(facts: RequestFacts, command: DeclareDispensing) -> Iterator[Flag]:
    if command.sheet.version is None:
        yield Flag.CRITERIA_UNKNOWN
    if command.service_open:
        yield Flag.IN_HOURS
    if command.by in {command.prescriber, facts.prescriber}:
        yield Flag.SAME_PERSON
    if not (command.prescriber_attests and command.pharmacist_attests):
        yield Flag.NOT_ATTESTED
    yield from _late(facts, command.institution)
    yield from _decided(facts)


def _correction(facts: RequestFacts, command: CorrectDispensing) -> Iterator[Flag]:
    yield Flag.DOSE_CORRECTED
    if command.service_open:
        yield Flag.IN_HOURS
    if facts.state in AT_AGENCY:
        yield Flag.ALREADY_AT_AGENCY
    elif facts.state in ENDED:
        yield Flag.CORRECTED_AFTER_DECISION


def _agreement(facts: RequestFacts, command: RecordOralAgreement) -> Iterator[Flag]:
    if not (command.vital_reason or "").strip():
        yield Flag.NOT_VITAL
    if not command.read_back:
        yield Flag.NUMBER_NOT_READ_BACK
    if not command.called_back:
        yield Flag.NOT_CALLED_BACK
    yield from _late(facts, command.institution)
    yield from _decided(facts)


def _refusal(facts: RequestFacts, command: RecordOralRefusal) -> Iterator[Flag]:
    if not command.called_back:
        yield Flag.NOT_CALLED_BACK
    yield from _late(facts, command.institution)


def _late(facts: RequestFacts, institution: str) -> Iterator[Flag]:
    if facts.institution not in {None, institution}:
        yield Flag.OTHER_INSTITUTION
    if facts.state in AT_AGENCY:
        yield Flag.ALREADY_AT_AGENCY
    elif facts.state in ENDED:
        yield Flag.ALREADY_ENDED


def _decided(facts: RequestFacts) -> Iterator[Flag]:
    """A dose or an agreement opens again what was withdrawn, and nothing that was decided."""
    if facts.state in ENDED - {RequestState.WITHDRAWN}:
        yield Flag.GIVEN_AFTER_DECISION


def _answer(facts: RequestFacts, command: AnswerInformation) -> Iterator[Flag]:
    limit = facts.question_limit
    if facts.state in ENDED:
        yield Flag.ALREADY_ENDED
    if facts.question != command.question_id:
        yield Flag.NOTHING_ASKED
    elif limit is not None and day_of(command.received_at) > limit:
        yield Flag.LATE_ANSWER


def _document(facts: RequestFacts, command: AttachDocument) -> Iterator[Flag]:
    if document_in(facts.documents, command.document_id) is not None:
        return
    if facts.state in ENDED:
        yield Flag.ALREADY_ENDED
    elif facts.state is RequestState.TO_SIGN:
        yield Flag.AFTER_PROPOSAL


def _decision(facts: RequestFacts, command: Grant) -> Iterator[Flag]:
    if command.current_version != command.sheet.version:
        yield Flag.CRITERIA_CHANGED


_FLAGS: Mapping[type[Any], Callable[[RequestFacts, Any], Iterator[Flag]]] = {
    DeclareDispensing: _dispensing,
    CorrectDispensing: _correction,
    RecordOralAgreement: _agreement,
    RecordOralRefusal: _refusal,
    AnswerInformation: _answer,
    AttachDocument: _document,
    Grant: _decision,
    Regularise: _decision,
}
