"""What hospitals and the on-call tell, through an outage too: one verb per command.

Each verb authorises by what the credential proves, gives identifier and time, and hands the command to
the intake. What is impossible is refused before it is kept: its sender is told every reason while she
is there. Everybody raises PermissionDenied, Refused, CommandReused, SpoolFull.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts import access, compassionate as may
from accounts.access import Person, Someone
from accounts.sender import claims_of
from compassionate import criteria_file
from compassionate.domain.completeness import form_problems
from compassionate.domain.criteria import CriteriaSheet
from compassionate.domain.intake import IntakeCommand, priority
from compassionate.domain.opening_hours import is_open
from compassionate.domain.prescription import Dispensing, PharmacyPart, Prescription
from compassionate.domain.request import REQUEST
from compassionate.domain.request_commands import (
    AnswerInformation,
    DeclareDispensing,
    RecordOralAgreement,
    RecordOralRefusal,
    SubmitRequest,
    WithdrawRequest,
)
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.request_guards import whatever_the_sheet
from compassionate.domain.vocabulary import Channel, RequestKind, RequestState
from compassionate.giving import Keyed, allowed, envelope, times
from compassionate.streams import request_id_of, request_stream, sheet_for
from compassionate.submissions import (
    ANSWER,
    DISPENSING,
    ORAL_AGREEMENT,
    ORAL_REFUSAL,
    SUBMIT,
    WITHDRAW,
)
from events import intake
from events.acknowledged import Acknowledged, acknowledged
from events.days import day_of
from events.errors import LogAway, NotAllowed, Refused, UnknownTarget
from events.handle import Envelope, recorded_commands
from events.line import line
from events.number import bits_of, number_of
from events.submission import Kind, Submission

AGREED = "oral agreement"
UNREAD = CriteriaSheet(product="", indication="")
"""Stands for the criteria sheet until it is read where the log is."""
SOME = RequestFacts(state=RequestState.RECEIVED, prescription=Prescription())
"""What may be known of a request that is named: its state is looked at where the log is."""


def submit_request(  # noqa: PLR0913  both parts, and what they are about
    user: Someone,
    kind: RequestKind,
    prescription: Prescription,
    pharmacy: PharmacyPart,
    *,
    idempotency_key: str,
    renews: str | None = None,
    channel: Channel = Channel.API,
    sheet_number: str | None = None,
    now: datetime | None = None,
) -> Acknowledged:
    """Give a whole request with both parts at once, as the pharmacist."""
    person = allowed(user, may.may_submit(user))
    at = now or intake.arrived_at()
    command = SubmitRequest(
        **times(person, at),
        kind=kind,
        prescription=prescription,
        pharmacy=pharmacy,
        prescriber=None,
        institution=person.institution_finess or "",
        sheet=UNREAD,
        channel=channel,
        renews=renews,
        sheet_number=sheet_number,
    )
    content = [kind, prescription, pharmacy, renews, channel, sheet_number]
    keyed = Keyed(verb="submit", content=content, key=idempotency_key)
    return _received(SUBMIT, command, person, None, keyed)


def declare_dispensing(  # noqa: PLR0913  a dose, of whom, by which right
    user: Someone,
    dispensing: Dispensing,
    *,
    idempotency_key: str,
    request_id: UUID | None = None,
    prescription: Prescription | None = None,
    prescriber_attests: bool = False,
    pharmacist_attests: bool = False,
    sheet_number: str | None = None,
    now: datetime | None = None,
) -> Acknowledged:
    """Declare a dose given out of hours because the criteria are met; a report of fact."""
    person = allowed(user, may.may_declare_dispensing(user))
    at = now or intake.arrived_at()
    given_at = dispensing.at or at
    command = DeclareDispensing(
        by=str(person.public_id),
        # What is told of the future is refused by the dose's own time.
        occurred_at=min(given_at, at),
        received_at=at,
        dispensing=dispensing,
        prescriber=None,
        institution=person.institution_finess or "",
        sheet=UNREAD,
        prescription=prescription,
        prescriber_attests=prescriber_attests,
        pharmacist_attests=pharmacist_attests,
        service_open=is_open(given_at),
        sheet_number=sheet_number,
    )
    content = [dispensing, prescription, prescriber_attests, pharmacist_attests, sheet_number]
    keyed = Keyed(verb="dispensing", content=content, key=idempotency_key)
    return _received(DISPENSING, command, person, request_id, keyed)


def number_to_dictate(user: Someone, idempotency_key: str) -> str:
    """Return the number that an oral agreement will have under this key, for the call that goes on.

    Raises PermissionDenied.
    """
    person = allowed(user, may.may_record_oral(user))
    return number_of(_begun_by(person, Keyed(verb=AGREED, content=None, key=idempotency_key)))


def record_oral_agreement(  # noqa: PLR0913  what is said in one call
    user: Someone,
    *,
    idempotency_key: str,
    institution: str,
    called_at: datetime,
    vital_reason: str | None,
    number: str | None = None,
    request_id: UUID | None = None,
    prescription: Prescription | None = None,
    called_back: bool = False,
    read_back: bool = False,
    conditions: str | None = None,
    sheet_number: str | None = None,
    now: datetime | None = None,
) -> Acknowledged:
    """Record what the on-call agreed to by telephone in a vital emergency; a report of fact.

    `number` was given to the caller; unsaid, it is that of the sheet, or of the request itself.
    """
    person = allowed(user, may.may_record_oral(user))
    at = now or intake.arrived_at()
    content = [
        institution, called_at, vital_reason, number, prescription, called_back, read_back,
        conditions, sheet_number,
    ]  # fmt: skip
    keyed = Keyed(verb=AGREED, content=content, key=idempotency_key)
    begun = request_id or _begun_by(person, keyed)
    command = RecordOralAgreement(
        by=str(person.public_id),
        occurred_at=called_at,
        received_at=at,
        number=number or sheet_number or number_of(begun),
        institution=institution,
        vital_reason=vital_reason,
        prescription=prescription,
        called_back=called_back,
        read_back=read_back,
        conditions=conditions,
        sheet_number=sheet_number,
    )
    return _received(ORAL_AGREEMENT, command, person, request_id, keyed)


def record_oral_refusal(  # noqa: PLR0913  what is said in one call
    user: Someone,
    *,
    idempotency_key: str,
    institution: str,
    called_at: datetime,
    reason: str,
    request_id: UUID | None = None,
    prescription: Prescription | None = None,
    called_back: bool = False,
    sheet_number: str | None = None,
    now: datetime | None = None,
) -> Acknowledged:
    """Record that the on-call refused, or found a call not needed; a report of fact."""
    person = allowed(user, may.may_record_oral(user))
    at = now or intake.arrived_at()
    content = [institution, called_at, reason, prescription, called_back, sheet_number]
    keyed = Keyed(verb="oral refusal", content=content, key=idempotency_key)
    command = RecordOralRefusal(
        by=str(person.public_id),
        occurred_at=called_at,
        received_at=at,
        institution=institution,
        reason=reason,
        prescription=prescription,
        called_back=called_back,
        sheet_number=sheet_number,
    )
    return _received(ORAL_REFUSAL, command, person, request_id, keyed)


def answer_information(  # noqa: PLR0913  a question is one thing more to name
    user: Someone,
    request_id: UUID,
    question_id: UUID,
    text: str,
    *,
    idempotency_key: str,
    prescription: Prescription | None = None,
    now: datetime | None = None,
) -> Acknowledged:
    """Answer what the agency asked; a report of fact. Raises Http404 too."""
    person = allowed(user, access.is_verified(user))
    at = now or intake.arrived_at()
    command = AnswerInformation(
        **times(person, at),
        question_id=question_id,
        text=text,
        prescription=prescription,
    )
    content = [str(question_id), text, prescription]
    keyed = Keyed(verb="answer", content=content, key=idempotency_key)
    return _received(ANSWER, command, person, request_id, keyed)


def withdraw_request(
    user: Someone,
    request_id: UUID,
    reason: str,
    *,
    idempotency_key: str,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Acknowledged:
    """Take a request back before it is decided. Raises Http404, VersionConflict too."""
    person = allowed(user, access.is_verified(user))
    at = now or intake.arrived_at()
    command = WithdrawRequest(**times(person, at), reason=reason)
    keyed = Keyed(verb="withdraw", content=reason, key=idempotency_key, version=expected_version)
    return _received(WITHDRAW, command, person, request_id, keyed)


def _begun_by(person: Person, keyed: Keyed) -> UUID:
    """Return the identifier of the request that this command begins."""
    return request_id_of(envelope(person, "", keyed).command_id)


def _received(
    kind: Kind, command: IntakeCommand, person: Person, request_id: UUID | None, keyed: Keyed
) -> Acknowledged:
    """Give a command to the intake and say what its sender is told."""
    sent: Envelope = envelope(person, request_id or "", keyed)
    target = request_id or request_id_of(sent.command_id)
    try:
        _refuse_the_impossible(command, RequestFacts() if request_id is None else SOME)
    except Refused:
        # What was taken once is answered as then, whatever the criteria say since.
        if not _is_known(sent):
            raise
    submission = Submission(
        kind=kind,
        stream=request_stream(target),
        command=command,
        envelope=sent,
        sender=claims_of(person),
        priority=priority(command),
        number=bits_of(target),
        stamped_at=command.received_at,
    )
    try:
        return acknowledged(submission, intake.receive(submission))
    except UnknownTarget:
        raise Http404 from None
    except NotAllowed as refusal:
        if refusal.details["visible"]:
            raise PermissionDenied from None
        raise Http404 from None


def _is_known(sent: Envelope) -> bool:
    try:
        with line().borrowed(intake.deadline()):
            return sent.command_id in recorded_commands([sent.command_id])
    except LogAway:
        return False


def _refuse_the_impossible(command: IntakeCommand, facts: RequestFacts) -> None:
    """Raise Refused with every reason that is one whatever the log holds."""
    if not isinstance(command, SubmitRequest | DeclareDispensing):
        REQUEST.decide(facts, command)
        return
    sheet = _sheet_now(command)
    if sheet is not None:
        REQUEST.decide(facts, replace(command, sheet=sheet))
    elif isinstance(command, SubmitRequest):
        today = day_of(command.received_at)
        found = [
            *form_problems(command.prescription, command.kind, UNREAD, today),
            *whatever_the_sheet(command),
        ]
        if found:
            raise Refused(*found)
    else:
        # What refuses the report of a dose is in no sheet; that only flags it.
        REQUEST.decide(facts, command)


def _sheet_now(command: Any) -> CriteriaSheet | None:
    """Return the criteria sheet in force: the log's, or while that is away this node's file's.

    None where nobody can say.
    """
    part: Prescription | None = command.prescription
    try:
        with line().borrowed(intake.deadline()):
            return sheet_for(part, command.received_at)
    except LogAway:
        if part is None:
            return None
        return criteria_file.sheet_of(part.product, part.indication, command.received_at)
