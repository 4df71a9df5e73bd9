"""What people do with declarations: one verb per command.

Each verb authorises, gives identifier and time, and hands the command to the log. This is the only
place with a clock, and `_record` the only door to the log.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts import access
from accounts.access import Holder, Someone
from accounts.models import User
from events import seal
from events.errors import Refused
from events.event import identifier_of, stream_name
from events.handle import Envelope, Handled, handle, history, open_stream
from events.keys import keyring
from pharmacovigilance.domain.commands import (
    AddFollowUp,
    AnswerInformation,
    AskInformation,
    DeclarationCommand,
    DeclareAdverseEvent,
    WithdrawDeclaration,
)
from pharmacovigilance.domain.dates import PARIS, earliest, is_possible
from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.events import CATEGORY
from pharmacovigilance.domain.facts import CaseFacts
from pharmacovigilance.domain.number import BITS, identifier_from, number_of
from pharmacovigilance.domain.places import department_of
from pharmacovigilance.domain.receipt import receipt_problems
from pharmacovigilance.domain.report import Information, Patient, Report
from pharmacovigilance.domain.validity import TRANSCRIBED
from pharmacovigilance.domain.vocabulary import Channel, Party

COMMANDS = UUID("6f1f3f2e-8a0e-5b52-9a39-3c0f6a3d7d11")
WHOLE_DATE = len("2021-05-12")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """What the log holds now, and a signed receipt for it: no patient, no medicine.

    The same command given twice is acknowledged in the same words; `again` says it was known.
    """

    id: UUID
    number: str
    version: int
    received_at: datetime
    status: str
    receipt: str
    again: bool


def receipt_time() -> datetime:
    """Return the instant of now, at which something is received."""
    return timezone.now()


def declare_adverse_event(  # noqa: PLR0913  what is transcribed was received at another time
    user: Someone,
    report: Report,
    *,
    idempotency_key: str,
    channel: Channel,
    occurred_at: datetime | None = None,
    received_at: datetime | None = None,
    now: datetime | None = None,
) -> Acknowledged:
    """Declare a suspected adverse reaction.

    `received_at` is when a regional centre received what it transcribes, by a channel of paper or
    telephone; everything else is received now. Raises PermissionDenied, Refused, CommandReused.
    """
    person = _allowed(user, access.may_declare(user))
    arrived = now or receipt_time()
    if received_at is not None or channel in TRANSCRIBED:
        _allowed(user, access.may_transcribe(user))
    if received_at is not None and (reasons := receipt_problems(received_at, channel, arrived)):
        raise Refused(*reasons)
    received = received_at or arrived
    command = DeclareAdverseEvent(
        declaration_id=identifier_from(secrets.randbits(BITS)),
        occurred_at=occurred_at or _onset(report, received),
        received_at=received,
        report=_routed(report, person),
        channel=channel,
        declarant=str(person.public_id),
        institution=person.institution_finess,
        patient_pseudonym=_pseudonym(report.patient),
    )
    content = [report, channel] if received_at is None else [report, channel, received_at]
    envelope = _envelope(person, "declare", None, idempotency_key, content)
    return _record(open_stream, command, envelope)


def add_follow_up(
    user: Someone,
    declaration_id: UUID,
    information: Information,
    *,
    idempotency_key: str,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Acknowledged:
    """Add what became known later.

    Raises Http404, PermissionDenied, Refused, CommandReused, VersionConflict.
    """

    def command(holder: Holder, received_at: datetime) -> AddFollowUp:
        return AddFollowUp(
            declaration_id=declaration_id,
            occurred_at=received_at,
            received_at=received_at,
            information=information,
            by=_party(user, holder),
            patient_pseudonym=_pseudonym(information.patient),
        )

    given = Given(verb="follow-up", content=information, key=idempotency_key, now=now)
    return _later(user, declaration_id, access.may_add_follow_up, command, given, expected_version)


def withdraw_declaration(
    user: Someone,
    declaration_id: UUID,
    reason: str,
    *,
    idempotency_key: str,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Acknowledged:
    """Take a declaration back.

    Raises Http404, PermissionDenied, Refused, CommandReused, VersionConflict.
    """

    def command(_holder: Holder, received_at: datetime) -> WithdrawDeclaration:
        return WithdrawDeclaration(
            declaration_id=declaration_id,
            occurred_at=received_at,
            received_at=received_at,
            reason=reason,
            by=Party.DECLARANT,
        )

    given = Given(verb="withdraw", content=reason, key=idempotency_key, now=now)
    return _later(user, declaration_id, access.may_withdraw, command, given, expected_version)


def ask_information(
    user: Someone,
    declaration_id: UUID,
    text: str,
    *,
    idempotency_key: str,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Acknowledged:
    """Ask the declarant a question.

    Raises Http404, PermissionDenied, Refused, CommandReused, VersionConflict.
    """

    def command(_holder: Holder, received_at: datetime) -> AskInformation:
        return AskInformation(
            declaration_id=declaration_id,
            occurred_at=received_at,
            received_at=received_at,
            question_id=uuid7(),
            text=text,
            by=Party.REVIEWER,
        )

    given = Given(verb="ask", content=text, key=idempotency_key, now=now)
    return _later(user, declaration_id, access.may_ask, command, given, expected_version)


def answer_information(  # noqa: PLR0913  a question is one thing more to name
    user: Someone,
    declaration_id: UUID,
    question_id: UUID,
    text: str,
    *,
    idempotency_key: str,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Acknowledged:
    """Answer a question.

    Raises Http404, PermissionDenied, Refused, CommandReused, VersionConflict.
    """

    def command(holder: Holder, received_at: datetime) -> AnswerInformation:
        return AnswerInformation(
            declaration_id=declaration_id,
            occurred_at=received_at,
            received_at=received_at,
            question_id=question_id,
            text=text,
            by=_party(user, holder),
        )

    content = [str(question_id), text]
    given = Given(verb="answer", content=content, key=idempotency_key, now=now)
    return _later(user, declaration_id, access.may_answer, command, given, expected_version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was given: a verb, its content, the sender's key for it, and when it arrived."""

    verb: str
    content: Any
    key: str
    now: datetime | None


def _later(
    user: Someone,
    declaration_id: UUID,
    may: Callable[[Someone, Holder], bool],
    command: Callable[[Holder, datetime], DeclarationCommand],
    given: Given,
    expected_version: int | None,
) -> Acknowledged:
    """Authorise and record a command on a declaration that exists."""
    holder = _holder(user, declaration_id)
    person = _allowed(user, may(user, holder))
    envelope = _envelope(person, given.verb, declaration_id, given.key, given.content)
    return _record(
        handle,
        command(holder, given.now or receipt_time()),
        replace(envelope, expected_version=expected_version),
    )


def _record(
    write: Callable[..., Handled[CaseFacts]], command: DeclarationCommand, envelope: Envelope
) -> Acknowledged:
    """Give a command to the log and acknowledge it; `write` is `open_stream` or `handle`."""
    stream = stream_name(CATEGORY, command.declaration_id)
    handled = write(DECLARATION, stream, command, envelope)
    identifier = identifier_of(handled.stream)
    number, received_at = number_of(identifier), handled.events[-1].received_at
    recorded_at = handled.recorded_at
    receipt = seal.sign(
        {
            "id": str(identifier),
            "number": number,
            "version": handled.version,
            "command": str(envelope.command_id),
            "digest": envelope.command.digest.hex(),
            "received_at": received_at.isoformat(),
            "recorded_at": recorded_at.astimezone(UTC).isoformat() if recorded_at else None,
            "level": "recorded",
        }
    )
    return Acknowledged(
        id=identifier,
        number=number,
        version=handled.version,
        received_at=received_at,
        status="recorded",
        receipt=receipt,
        again=handled.again,
    )


def _envelope(person: User, verb: str, target: UUID | None, key: str, content: Any) -> Envelope:
    """Return who, and by which identifier the same command is known again."""
    name = f"{person.public_id}/{verb}/{target or ''}/{key}"
    return Envelope(command_id=uuid5(COMMANDS, name), content=content, actor=person.actor())


def _holder(user: Someone, declaration_id: UUID) -> Holder:
    """Return to whom a declaration belongs. Raises Http404 also where it may not be seen."""
    past = history(stream_name(CATEGORY, declaration_id))
    facts = DECLARATION.fold([recorded.event for recorded in past])  # type: ignore[misc]
    holder = Holder(
        declarant=facts.declarant, institution=facts.institution, department=facts.department
    )
    if not past or not access.may_see_declaration(user, holder):
        raise Http404
    return holder


def _allowed(user: Someone, may: bool) -> User:  # noqa: FBT001  the answer to "may they?"
    if not may or not isinstance(user, User):
        raise PermissionDenied
    return user


def _party(user: Someone, holder: Holder) -> Party:
    return Party.DECLARANT if access.may_withdraw(user, holder) else Party.REVIEWER


def _routed(report: Report, person: User) -> Report:
    """Return the report with the declarant's own département where it names no French place."""
    reporter = report.reporter
    if reporter.department_code or department_of(reporter.postcode):
        return report
    place = person.department or (person.institution.department if person.institution else "")
    if not place or reporter.country not in {None, "FR"}:
        return report
    return replace(report, reporter=replace(reporter, department_code=place))


def _onset(report: Report, received_at: datetime) -> datetime:
    """Return the first day of the first reaction, where a whole date is given, else the receipt."""
    days = [
        earliest(reaction.onset)
        for reaction in report.reactions
        if reaction.onset and len(reaction.onset) == WHOLE_DATE and is_possible(reaction.onset)
    ]
    if not days:
        return received_at
    midnight = datetime.combine(min(days), datetime.min.time(), PARIS)
    return min(midnight, received_at)


def _pseudonym(patient: Patient | None) -> str | None:
    """Return the keyed pseudonym by which the same patient is found again, None if too vague."""
    if patient is None:
        return None
    letters, initial, birth = patient.name_letters, patient.first_name_initial, patient.birth_date
    if not (letters and initial and birth and patient.sex) or len(birth) < WHOLE_DATE:
        return None
    plain = "/".join((letters.strip().casefold(), initial.strip().casefold(), birth, patient.sex))
    return keyring().pseudonym_of(plain)
