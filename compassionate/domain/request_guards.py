"""Why a command of the establishment is refused in a state that is its own; see decision_guards.py.

Every reason at once. Who may give a command at all is accounts/compassionate.py's to say; that two
persons differ is a rule of this domain (§5.3 1 and 2).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from compassionate.domain.authorisation_number import as_printed
from compassionate.domain.beforehand import doses_told_at
from compassionate.domain.completeness import (
    pharmacy_problems,
    prescription_problems,
    product_problems,
    said_problems,
    text_problems,
    written_problems,
)
from compassionate.domain.decision_guards import DECISION_GUARDS, problem
from compassionate.domain.document_file import (
    MOST_OF_REQUEST,
    file_problems,
    name_problems,
    problem as of_file,
)
from compassionate.domain.prescription import Dispensing, PharmacyPart, Prescription
from compassionate.domain.request_commands import (
    AnswerInformation,
    AttachDocument,
    ChangePrescription,
    Command,
    CorrectDispensing,
    DeclareDispensing,
    DraftRequest,
    JoinReceipt,
    RecordOralAgreement,
    RecordOralRefusal,
    ReportWithdrawal,
    ReturnToPrescriber,
    SendToAgency,
    SendToPharmacy,
    SubmitRequest,
    WithdrawRequest,
)
from compassionate.domain.request_documents import document_in
from compassionate.domain.request_facts import RequestFacts, regularising
from compassionate.domain.vocabulary import ABOUT_ONE, RequestKind, RequestState
from events.days import day_of
from events.errors import Problem

TOLERANCE = timedelta(minutes=5)
LONGEST_REASON, LONGEST_NAME = 2_000, 120
"""Symbols of why a request is taken back, and of the name of who has no account, as their events say."""


def refusals(facts: RequestFacts, command: Command) -> list[Problem]:
    """Return every reason why a command is refused."""
    found = list(_GUARDS[type(command)](facts, command))
    # Clocks of two machines differ a little; what is told of the future cannot be.
    if command.occurred_at > command.received_at + TOLERANCE:
        found.append(problem("occurred_in_future", "/occurred_at"))
    return found


def _draft(_facts: RequestFacts, command: DraftRequest) -> Iterator[Problem]:
    yield from _kind(command.kind, command.renews)
    yield from written_problems(command.prescription, "/prescription")


def _kind(kind: RequestKind, renews: str | None) -> Iterator[Problem]:
    if kind is RequestKind.REGULARISATION:
        yield problem("regularisation_begins_with_a_dose", "/kind")
    if kind in ABOUT_ONE and not (renews or "").strip():
        yield problem("authorisation_needed", "/renews")
    elif kind in ABOUT_ONE and renews != as_printed(renews or ""):
        yield problem("not_an_authorisation", "/renews")
    if kind not in ABOUT_ONE and renews is not None:
        yield problem("renews_nothing", "/renews")


def _change(facts: RequestFacts, command: ChangePrescription) -> Iterator[Problem]:
    yield from _author(facts, command)
    yield from written_problems(command.prescription, "/prescription")


def _author(facts: RequestFacts, command: Command) -> Iterator[Problem]:
    known = {facts.author, facts.prescriber} - {None}
    if known and command.by not in known:
        yield problem("not_the_author")


def _send_to_pharmacy(facts: RequestFacts, command: SendToPharmacy) -> Iterator[Problem]:
    yield from _author(facts, command)
    returned = facts.state is RequestState.RETURNED
    if returned and not facts.changed_since_return and not (command.answer or "").strip():
        yield problem("nothing_changed", "/answer")
    yield from prescription_problems(
        facts.prescription or Prescription(),
        facts.kind or RequestKind.INITIAL,
        command.sheet,
        day_of(command.received_at),
    )


def _return(facts: RequestFacts, command: ReturnToPrescriber) -> Iterator[Problem]:
    yield from _pharmacist(facts, command.by, command.institution)
    if not command.reason.strip():
        yield problem("reason_needed", "/reason")


def _two_persons(
    prescriber: str | None, part: Prescription | None, pharmacy: PharmacyPart
) -> Iterator[Problem]:
    """The same person under two accounts is one person; without an account the RPPS number tells."""
    rpps = part.prescriber_rpps if part else None
    if prescriber is None and not rpps:
        yield problem("prescriber_rpps_needed", "/prescription/prescriber_rpps")
    if rpps and rpps == pharmacy.pharmacist_rpps:
        yield problem("prescriber_is_pharmacist", "/pharmacy/pharmacist_rpps")


def _pharmacist(facts: RequestFacts, by: str, institution: str) -> Iterator[Problem]:
    """The pharmacist of the same establishment, who is not the prescriber (§5.3 1 and 2)."""
    if by in {facts.prescriber, facts.author}:
        yield problem("prescriber_is_pharmacist")
    if facts.institution != institution:
        yield problem("other_institution")


def _send_to_agency(facts: RequestFacts, command: SendToAgency) -> Iterator[Problem]:
    yield from _pharmacist(facts, command.by, command.institution)
    if facts.state is RequestState.TO_REGULARISE:
        yield from prescription_problems(
            facts.prescription or Prescription(),
            regularising(facts),
            command.sheet,
            day_of(command.received_at),
        )
    else:
        yield from product_problems(facts.kind or RequestKind.INITIAL, command.sheet)
    yield from _two_persons(facts.prescriber, facts.prescription, command.pharmacy)
    yield from _dose(command.pharmacy.dispensing, command, "/pharmacy/dispensing/at")
    yield from pharmacy_problems(command.pharmacy)


def _submit(_facts: RequestFacts, command: SubmitRequest) -> Iterator[Problem]:
    if command.by == command.prescriber:
        yield problem("prescriber_is_pharmacist")
    today = day_of(command.received_at)
    yield from prescription_problems(command.prescription, command.kind, command.sheet, today)
    yield from whatever_the_sheet(command)


def whatever_the_sheet(command: SubmitRequest) -> Iterator[Problem]:
    """Yield why a whole request is refused whatever its criteria sheet says, but for the form itself."""
    yield from _kind(command.kind, command.renews)
    yield from _two_persons(command.prescriber, command.prescription, command.pharmacy)
    yield from _dose(command.pharmacy.dispensing, command, "/pharmacy/dispensing/at")
    yield from pharmacy_problems(command.pharmacy)


def _dispensing(facts: RequestFacts, command: DeclareDispensing) -> Iterator[Problem]:
    """A report of fact: only what cannot be is refused."""
    yield from _of_whom(facts, command.prescription)
    yield from _dose(command.dispensing, command, "/dispensing/at")
    yield from text_problems(command.dispensing, "/dispensing")


def _dose(dispensing: Dispensing | None, command: Command, pointer: str) -> Iterator[Problem]:
    """A dose without its time would be taken for none: nobody would regularise it."""
    if dispensing is None:
        return
    if dispensing.at is None:
        yield problem("dispensing_time_needed", pointer)
    elif dispensing.at > command.received_at + TOLERANCE:
        yield problem("dispensed_in_future", pointer)


def _correction(facts: RequestFacts, command: CorrectDispensing) -> Iterator[Problem]:
    """Only what cannot be is refused: of whom nothing is known, of no dose, or of another's."""
    if facts.state is RequestState.NOT_BEGUN:
        yield problem("unknown_request")
    else:
        yield from _pharmacist(facts, command.by, command.institution)
        doses = doses_told_at(facts.beforehand, command.told_at)
        if not doses:
            yield problem("unknown_dose", "/told_at")
        elif all(one.dispensing == command.dispensing for one in doses):
            yield problem("nothing_corrected", "/dispensing")
    yield from whatever_was_told(command)


def whatever_was_told(command: CorrectDispensing) -> Iterator[Problem]:
    """Yield why a correction is refused whatever had been told of the dose."""
    yield from _dose(command.dispensing, command, "/dispensing/at")
    yield from text_problems(command.dispensing, "/dispensing")
    if not command.reason.strip():
        yield problem("reason_needed", "/reason")


def _agreement(facts: RequestFacts, command: RecordOralAgreement) -> Iterator[Problem]:
    yield from _of_whom(facts, command.prescription)
    if not command.number.strip():
        yield problem("number_needed", "/number")


def _refusal(facts: RequestFacts, command: RecordOralRefusal) -> Iterator[Problem]:
    yield from _of_whom(facts, command.prescription)
    if not command.reason.strip():
        yield problem("reason_needed", "/reason")


def _of_whom(facts: RequestFacts, part: Prescription | None) -> Iterator[Problem]:
    """Something has to say of which patient and which treatment, or nobody finds it again."""
    if part is None:
        if facts.prescription is None:
            yield problem("nothing_said", "/prescription")
        return
    yield from written_problems(part, "/prescription")


def _answer(facts: RequestFacts, command: AnswerInformation) -> Iterator[Problem]:
    if facts.state is RequestState.NOT_BEGUN:
        yield problem("unknown_request")
    if not command.text.strip():
        yield problem("answer_needed", "/text")
    if command.prescription is not None:
        yield from written_problems(command.prescription, "/prescription")


def _document(facts: RequestFacts, command: AttachDocument) -> Iterator[Problem]:
    """A report of fact; only what nobody could read, or one too many, is refused."""
    if facts.state is RequestState.NOT_BEGUN:
        yield problem("unknown_request")
    yield from name_problems(command.file_name)
    yield from file_problems(command.content)
    known = document_in(facts.documents, command.document_id) is not None
    if not known and len(facts.documents) >= MOST_OF_REQUEST:
        yield of_file("too_many_documents", "")


def _withdraw(facts: RequestFacts, command: WithdrawRequest) -> Iterator[Problem]:
    yield from _author(facts, command)
    yield from _taken_back(facts, command.reason)


def _report_withdrawal(facts: RequestFacts, command: ReportWithdrawal) -> Iterator[Problem]:
    """Desister is the prescriber's (§5.4): who has an account says it, and nobody says it for her."""
    if facts.prescriber is not None:
        yield problem("prescriber_withdraws")
    yield from _taken_back(facts, command.reason)
    yield from said_problems(command.prescriber_name, LONGEST_NAME, "/prescriber_name")
    if not command.prescriber_name.strip():
        yield problem("prescriber_name_needed", "/prescriber_name")
    if command.written is None:
        yield problem("written_wish_needed", "/written")


def _taken_back(facts: RequestFacts, reason: str) -> Iterator[Problem]:
    if facts.beforehand:
        yield problem("dose_to_regularise")
    yield from said_problems(reason, LONGEST_REASON, "/reason")
    if not reason.strip():
        yield problem("reason_needed", "/reason")


def _join(facts: RequestFacts, command: JoinReceipt) -> Iterator[Problem]:
    if command.receipt_id in facts.joined:
        yield problem("already_joined")
    if not 0 < command.of_version <= facts.version:
        yield problem("unknown_version", "/of_version")


_GUARDS: Mapping[type[Any], Callable[[RequestFacts, Any], Iterator[Problem]]] = {
    DraftRequest: _draft,
    ChangePrescription: _change,
    SendToPharmacy: _send_to_pharmacy,
    ReturnToPrescriber: _return,
    SendToAgency: _send_to_agency,
    SubmitRequest: _submit,
    DeclareDispensing: _dispensing,
    CorrectDispensing: _correction,
    RecordOralAgreement: _agreement,
    RecordOralRefusal: _refusal,
    AnswerInformation: _answer,
    AttachDocument: _document,
    WithdrawRequest: _withdraw,
    ReportWithdrawal: _report_withdrawal,
    JoinReceipt: _join,
    **DECISION_GUARDS,
}
