"""What hospitals and the on-call tell, through an outage too: one verb per command.

Each verb authorises by what the credential proves, gives identifier and time, and hands the command to
the intake. What is impossible is refused before it is kept: its sender is told every reason while she
is there. Everybody raises PermissionDenied, Refused, CommandReused, SpoolFull.
"""

from datetime import datetime
from uuid import UUID

from django.conf import settings

from accounts import access, compassionate as may
from accounts.access import Person, Someone
from compassionate.domain.authorisation_number import as_printed
from compassionate.domain.opening_hours import is_open
from compassionate.domain.prescription import Dispensing, PharmacyPart, Prescription
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
from compassionate.domain.vocabulary import (
    Channel,
    DocumentKind,
    RequestKind,
    WrittenWish,
)
from compassionate.giving import Keyed, allowed, envelope, times
from compassionate.receiving import UNREAD, received
from compassionate.streams import document_id_of, request_id_of
from compassionate.submissions import (
    ANSWER,
    ATTACH,
    CORRECTION,
    DISPENSING,
    ORAL_AGREEMENT,
    ORAL_REFUSAL,
    SUBMIT,
    WITHDRAW,
    WITHDRAWAL_REPORT,
)
from events import disks, intake
from events.acknowledged import Acknowledged
from events.errors import NoRoomForFiles
from events.number import number_of

AGREED = "oral agreement"


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
    renews = as_printed(renews or "") or renews
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
    return received(SUBMIT, command, person, None, keyed)


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
    return received(DISPENSING, command, person, request_id, keyed)


def correct_dispensing(  # noqa: PLR0913  which dose, what it should say, and why
    user: Someone,
    request_id: UUID,
    told_at: datetime,
    dispensing: Dispensing,
    reason: str,
    *,
    idempotency_key: str,
    now: datetime | None = None,
) -> Acknowledged:
    """Correct what was told of a dose, which stays as it was told; a report of fact. Raises Http404 too."""
    person = allowed(user, access.is_verified(user))
    at = now or intake.arrived_at()
    command = CorrectDispensing(
        **times(person, at),
        told_at=told_at,
        dispensing=dispensing,
        reason=reason,
        institution=person.institution_finess or "",
        service_open=dispensing.at is not None and is_open(dispensing.at),
    )
    content = [told_at, dispensing, reason]
    keyed = Keyed(verb="correction", content=content, key=idempotency_key)
    return received(CORRECTION, command, person, request_id, keyed)


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
    return received(ORAL_AGREEMENT, command, person, request_id, keyed)


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
    return received(ORAL_REFUSAL, command, person, request_id, keyed)


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
    return received(ANSWER, command, person, request_id, keyed)


def attach_document(  # noqa: PLR0913  what comes, of which request
    user: Someone,
    request_id: UUID,
    kind: DocumentKind,
    name: str,
    content: bytes,
    *,
    idempotency_key: str,
    channel: Channel = Channel.PORTAL,
    now: datetime | None = None,
) -> Acknowledged:
    """Add a supporting document to a request; a report of fact. Raises Http404, NoRoomForFiles too."""
    person = allowed(user, access.is_verified(user))
    # Files go first, so that the last disk still takes a death.
    if not disks.has_room(settings.SPOOL_DIRS):
        raise NoRoomForFiles
    at = now or intake.arrived_at()
    document_id = document_id_of(request_id, content)
    command = AttachDocument(
        **times(person, at),
        document_id=document_id,
        document_kind=kind,
        file_name=name.strip(),
        content=content,
        channel=channel,
    )
    # The identifier stands for the content.
    said = [kind, name.strip(), str(document_id), channel]
    keyed = Keyed(verb="attach", content=said, key=idempotency_key)
    return received(ATTACH, command, person, request_id, keyed)


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
    return received(WITHDRAW, command, person, request_id, keyed)


def report_withdrawal(  # noqa: PLR0913  who took it back, why, and how that is known
    user: Someone,
    request_id: UUID,
    reason: str,
    prescriber_name: str,
    written: WrittenWish | None,
    *,
    idempotency_key: str,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Acknowledged:
    """Report, as the pharmacist, that a prescriber without an account takes a request back in writing.

    Raises Http404, VersionConflict too.
    """
    person = allowed(user, access.is_verified(user))
    at = now or intake.arrived_at()
    command = ReportWithdrawal(
        **times(person, at), reason=reason, prescriber_name=prescriber_name, written=written
    )
    content = [reason, prescriber_name, written]
    keyed = Keyed(
        verb="withdrawal report", content=content, key=idempotency_key, version=expected_version
    )
    return received(WITHDRAWAL_REPORT, command, person, request_id, keyed)


def _begun_by(person: Person, keyed: Keyed) -> UUID:
    """Return the identifier of the request that this command begins."""
    return request_id_of(envelope(person, "", keyed).command_id)
