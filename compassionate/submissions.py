"""What hospitals and the on-call send: how each command is kept, read back, authorised and given.

The criteria sheet is no part of what is kept: it is read where the log is, as it was on receipt.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from accounts import compassionate as may
from accounts.compassionate import RequestHolder
from accounts.people import account_with_rpps
from accounts.sender import Sender, sender_of
from compassionate.domain import intake
from compassionate.domain.acts import Act
from compassionate.domain.beside import renewal_problems
from compassionate.domain.document_content import CONTENT, KeepContent
from compassionate.domain.holder_facts import HolderFacts
from compassionate.domain.holder_file import HOLDER_FILE, OpenFile
from compassionate.domain.open_request import FREE, OPEN_REQUEST, Claim
from compassionate.domain.request import REQUEST
from compassionate.domain.request_commands import (
    AnswerInformation,
    AttachDocument,
    CorrectDispensing,
    DeclareDispensing,
    JoinReceipt,
    RecordOralAgreement,
    RecordOralRefusal,
    ReportWithdrawal,
    SubmitRequest,
    WithdrawRequest,
)
from compassionate.domain.request_documents import document_in
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import RequestKind, RequestState
from compassionate.streams import (
    authorisation_facts,
    claim_stream,
    content_stream,
    holder_stream,
    request_facts,
    request_id_of,
    sheet_facts,
    sheet_for,
)
from events.decider import Decider
from events.errors import NotAllowed, Refused, UnknownTarget
from events.event import identifier_of
from events.kept import to_bytes
from events.submission import Claims, Joined, Kind, Submission, Together

States = Mapping[str, Any]


TO_COMPLETE = frozenset({RequestState.TO_REGULARISE, RequestState.DRAFT})
"""Where a request that began with a dose or a call waits for a prescriber to complete its form."""


def holder_of(facts: RequestFacts) -> RequestHolder:
    """Return to whom a request belongs."""
    return RequestHolder(
        author=facts.author,
        prescriber=facts.prescriber,
        institution=facts.institution,
        evaluator=facts.evaluator,
        on_call=frozenset(one.by for one in facts.calls),
        at_agency=facts.reached_agency,
        unsigned=facts.state in TO_COMPLETE and facts.prescriber is None,
    )


def around_request(stream: str, institution: str, part: Any) -> dict[str, Decider[Any, Any, Any]]:
    """Return the streams that a request which reaches its pharmacy or the agency touches."""
    deciders: dict[str, Decider[Any, Any, Any]] = {stream: REQUEST}
    claim = claim_stream(institution, part)
    if claim is not None:
        deciders[claim] = OPEN_REQUEST
    if part.product and part.indication:
        deciders[holder_stream(part.product, part.indication)] = HOLDER_FILE
    return deciders


def expect_renewable(kind: RequestKind | None, renews: str | None) -> None:
    """Raise Refused where what is to be renewed or changed was ended by a decision."""
    previous = authorisation_facts(renews) if renews else None
    if problems := list(renewal_problems(kind, previous)):
        raise Refused(*problems)


def claims_on(states: States, request_id: UUID, act: Act) -> dict[str, Claim]:
    """Return what keeps this request the only open one; where it is already, nothing."""
    found = {}
    for stream, facts in states.items():
        if not stream.startswith(OPEN_REQUEST.category) or facts.request_id == request_id:
            continue
        former = request_facts(facts.request_id) if facts.request_id else None
        is_open = former is not None and former.state not in FREE and _claims(former, stream)
        found[stream] = Claim(by=act.by, at=act.at, request_id=request_id, former_open=is_open)
    return found


def _claims(facts: RequestFacts, stream: str) -> bool:
    """Say whether a request still is of the patient and product of a stream: both may be corrected."""
    part = facts.prescription
    return part is not None and claim_stream(facts.institution or "", part) == stream


def first_of_product(states: States, part: Any, request_id: UUID, act: Act) -> dict[str, OpenFile]:
    """Return what opens the rights holder's file on the first request (R5121-74-1 II)."""
    for stream, facts in states.items():
        if not isinstance(facts, HolderFacts) or facts.opened is not None:
            continue
        sheet = sheet_facts(part.product, part.indication).opened
        if sheet is not None:
            return {
                stream: OpenFile(
                    by=act.by,
                    at=act.at,
                    product=sheet.product,
                    indication=sheet.indication,
                    holder=sheet.holder,
                    request_id=request_id,
                    rare=sheet.rare,
                )
            }
    return {}


def _submitted(submission: Submission) -> Together:
    """Give a whole request: it opens, becomes the only open one, and opens its holder's file."""
    command: SubmitRequest = submission.command
    part = command.prescription
    request_id = identifier_of(submission.stream)

    def give(states: States) -> Mapping[str, Any]:
        expect_renewable(command.kind, command.renews)
        prescriber = command.prescriber or account_with_rpps(part.prescriber_rpps)
        whole = replace(command, prescriber=prescriber, sheet=sheet_for(part, command.received_at))
        act = Act(by=command.by, at=command.received_at)
        return {
            submission.stream: whole,
            **claims_on(states, request_id, act),
            **first_of_product(states, part, request_id, act),
        }

    deciders = around_request(submission.stream, command.institution, part)
    return Together(deciders=deciders, give=give)


def _told(submission: Submission) -> Together:
    """Give a report of fact, about a request that exists or as the beginning of one."""
    begins = identifier_of(submission.stream) == request_id_of(submission.envelope.command_id)

    def give(states: States) -> Mapping[str, Any]:
        facts: RequestFacts = states[submission.stream]
        sender = sender_of(submission.sender)
        if not begins:
            _about_one(submission.command, sender, facts)
        command = submission.command
        part = command.prescription or facts.prescription
        if command.prescriber is None and part is not None:
            command = replace(command, prescriber=account_with_rpps(part.prescriber_rpps))
        if isinstance(command, DeclareDispensing):
            command = replace(command, sheet=sheet_for(part, command.received_at))
        return {submission.stream: command}

    return Together(deciders={submission.stream: REQUEST}, give=give)


def _attached(submission: Submission) -> Together:
    """Give a supporting document: the request tells of it, its content lies in a stream of its own.

    It goes by the request's stream all the same: behind what opens that, and before what decides on it.
    """
    command: AttachDocument = submission.command
    stream = content_stream(command.document_id)

    def give(states: States) -> Mapping[str, Any]:
        facts: RequestFacts = states[submission.stream]
        _about_one(command, sender_of(submission.sender), facts)
        if document_in(facts.documents, command.document_id) is not None:
            return {submission.stream: command}
        keep = KeepContent(
            by=command.by,
            at=command.received_at,
            request_id=identifier_of(submission.stream),
            content=b64encode(command.content).decode(),
        )
        return {submission.stream: command, stream: keep}

    return Together(deciders={submission.stream: REQUEST, stream: CONTENT}, give=give)


def _answered(submission: Submission) -> Together:
    """Give an answer; where it names another product, that may be the first request for it.

    Where it names another patient or product the request becomes the open one of those, unless another
    is: an answer is refused for none of that.
    """
    command: AnswerInformation = submission.command
    part = command.prescription
    deciders: dict[str, Decider[Any, Any, Any]] = {submission.stream: REQUEST}
    if part is not None and part.product and part.indication:
        deciders[holder_stream(part.product, part.indication)] = HOLDER_FILE
    request_id = identifier_of(submission.stream)
    claim = claim_stream(request_facts(request_id).institution or "", part) if part else None
    if claim is not None:
        deciders[claim] = OPEN_REQUEST

    def give(states: States) -> Mapping[str, Any]:
        facts: RequestFacts = states[submission.stream]
        _about_one(command, sender_of(submission.sender), facts)
        act = Act(by=command.by, at=command.received_at)
        if not facts.takes_answer(command.question_id):
            return {submission.stream: command}
        claims = claims_on(states, request_id, act)
        free = {stream: one for stream, one in claims.items() if not one.former_open}
        opened = first_of_product(states, part, request_id, act)
        return {submission.stream: command, **free, **opened}

    return Together(deciders=deciders, give=give)


_RIGHTS: Mapping[type[Any], Callable[[Sender, RequestHolder], bool]] = {
    CorrectDispensing: may.may_correct_dispensing,
    AnswerInformation: may.may_answer,
    AttachDocument: may.may_attach,
    WithdrawRequest: may.may_withdraw_request,
    ReportWithdrawal: may.may_report_withdrawal,
}


def _about_one(command: Any, sender: Sender, facts: RequestFacts) -> None:
    """Check the right to this request. Raises UnknownTarget, NotAllowed."""
    holder = holder_of(facts)
    if facts.state is RequestState.NOT_BEGUN:
        raise UnknownTarget
    if isinstance(command, DeclareDispensing):
        allowed = may.may_declare_dispensing(sender) and _same_institution(sender, facts)
    elif type(command) in _RIGHTS:
        allowed = _RIGHTS[type(command)](sender, holder)
    else:
        allowed = may.may_record_oral(sender)
    if not allowed:
        raise NotAllowed(visible=may.may_see_request(sender, holder))


def _same_institution(sender: Sender, facts: RequestFacts) -> bool:
    return facts.institution is not None and sender.institution_finess == facts.institution


def _prepared(command: Any, claims: Claims, facts: RequestFacts) -> Any:
    _about_one(command, sender_of(claims), facts)
    return command


def _join(joined: Joined) -> JoinReceipt:
    return JoinReceipt(
        by="drain",
        occurred_at=joined.received_at,
        received_at=joined.received_at,
        receipt_id=joined.receipt_id,
        node=joined.node,
        of_version=joined.of_version,
    )


def _kind(command: type[Any], together: Any = None) -> Kind:
    row = next(one for one in intake.INTAKE if one.cls is command)
    return Kind(
        name=row.name,
        schema=row.schema,
        decider=REQUEST,
        opens=command is SubmitRequest,
        write=to_bytes,
        read=partial(intake.from_bytes, row.name),
        prepare=_prepared,
        join=_join,
        together=together,
    )


SUBMIT = _kind(SubmitRequest, _submitted)
DISPENSING = _kind(DeclareDispensing, _told)
CORRECTION = _kind(CorrectDispensing)
ORAL_AGREEMENT = _kind(RecordOralAgreement, _told)
ORAL_REFUSAL = _kind(RecordOralRefusal, _told)
ANSWER = _kind(AnswerInformation, _answered)
ATTACH = _kind(AttachDocument, _attached)
WITHDRAW = _kind(WithdrawRequest)
WITHDRAWAL_REPORT = _kind(ReportWithdrawal)
KINDS = (
    SUBMIT,
    DISPENSING,
    CORRECTION,
    ORAL_AGREEMENT,
    ORAL_REFUSAL,
    ANSWER,
    ATTACH,
    WITHDRAW,
    WITHDRAWAL_REPORT,
)
