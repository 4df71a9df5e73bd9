"""What people do with declarations: one verb per command.

Each verb authorises, gives identifier and time, and hands the command to the intake. This is the only
place with a clock, and `_received` the only door.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from uuid_utils.compat import uuid7

from accounts import access
from accounts.access import Person, Someone
from accounts.models import Role
from accounts.sender import claims_of, told_as_her_right
from events import intake
from events.acknowledged import Acknowledged, acknowledged
from events.days import PARIS
from events.errors import Refused
from events.event import stream_name
from events.handle import Envelope
from events.keys import keyring
from events.number import BITS, bits_of, identifier_from
from events.submission import Kind, Submission
from pharmacovigilance.domain.checks import refusals
from pharmacovigilance.domain.commands import (
    AddFollowUp,
    AnswerInformation,
    AskInformation,
    DeclarationCommand,
    DeclareAdverseEvent,
    DisjoinReceipt,
    JoinReceipt,
    WithdrawDeclaration,
)
from pharmacovigilance.domain.dates import earliest, is_possible
from pharmacovigilance.domain.events import CATEGORY
from pharmacovigilance.domain.intake import Priority, priority
from pharmacovigilance.domain.places import department_of
from pharmacovigilance.domain.receipt import receipt_problems
from pharmacovigilance.domain.report import Information, Patient, Report
from pharmacovigilance.domain.validity import TRANSCRIBED
from pharmacovigilance.domain.vocabulary import Channel, Party
from pharmacovigilance.submissions import ANSWER, ASK, DECLARE, FOLLOW_UP, WITHDRAW

COMMANDS = UUID("6f1f3f2e-8a0e-5b52-9a39-3c0f6a3d7d11")
WHOLE_DATE = len("2021-05-12")


def receipt_time() -> datetime:
    """Return the instant at which what is being read was received: when it had arrived whole."""
    return intake.arrived_at()


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

    `received_at` is when a regional centre or the agency received what is transcribed, by a channel
    of paper or telephone; everything else is received now. Raises PermissionDenied, Refused, CommandReused.
    """
    person = _allowed(user, access.may_declare(user))
    arrived = now or receipt_time()
    if received_at is not None or channel in TRANSCRIBED:
        _allowed(user, access.may_transcribe(user))
    if received_at is not None and (reasons := receipt_problems(received_at, channel, arrived)):
        raise Refused(*reasons)
    received = received_at or arrived
    content = [report, channel] if received_at is None else [report, channel, received_at]
    envelope = _envelope(person, "declare", None, idempotency_key, content)
    command = DeclareAdverseEvent(
        declaration_id=_declaration_id(envelope.command_id),
        occurred_at=occurred_at or _onset(report, received),
        received_at=received,
        report=_routed(report, person),
        channel=channel,
        declarant=None if person.unverified else str(person.public_id),
        institution=person.institution_finess,
        patient_pseudonym=_pseudonym(report.patient),
        unverified=person.unverified,
        received_in=_received_in(person),
    )
    return _received(DECLARE, command, envelope, person, arrived)


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

    def command(received_at: datetime) -> AddFollowUp:
        return AddFollowUp(
            declaration_id=declaration_id,
            occurred_at=received_at,
            received_at=received_at,
            information=information,
            patient_pseudonym=_pseudonym(information.patient),
        )

    given = Given(
        verb="follow-up",
        content=information,
        key=idempotency_key,
        now=now,
        version=expected_version,
    )
    return _later(FOLLOW_UP, user, declaration_id, command, given)


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

    def command(received_at: datetime) -> WithdrawDeclaration:
        return WithdrawDeclaration(
            declaration_id=declaration_id,
            occurred_at=received_at,
            received_at=received_at,
            reason=reason,
            by=Party.DECLARANT,
        )

    given = Given(
        verb="withdraw", content=reason, key=idempotency_key, now=now, version=expected_version
    )
    return _later(WITHDRAW, user, declaration_id, command, given)


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

    def command(received_at: datetime) -> AskInformation:
        return AskInformation(
            declaration_id=declaration_id,
            occurred_at=received_at,
            received_at=received_at,
            question_id=uuid7(),
            text=text,
            by=Party.REVIEWER,
        )

    given = Given(verb="ask", content=text, key=idempotency_key, now=now, version=expected_version)
    return _later(ASK, user, declaration_id, command, given)


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

    def command(received_at: datetime) -> AnswerInformation:
        return AnswerInformation(
            declaration_id=declaration_id,
            occurred_at=received_at,
            received_at=received_at,
            question_id=question_id,
            text=text,
        )

    content = [str(question_id), text]
    given = Given(
        verb="answer", content=content, key=idempotency_key, now=now, version=expected_version
    )
    return _later(ANSWER, user, declaration_id, command, given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was given: a verb, its content, the sender's key for it, and when it arrived."""

    verb: str
    content: Any
    key: str
    now: datetime | None
    version: int | None = None


def _later(
    kind: Kind,
    user: Someone,
    declaration_id: UUID,
    command: Callable[[datetime], DeclarationCommand],
    given: Given,
) -> Acknowledged:
    """Receive a command on a declaration; the right to that one is looked at where the log is."""
    person = _allowed(user, access.is_verified(user))
    stamped_at = given.now or receipt_time()
    envelope = _envelope(person, given.verb, declaration_id, given.key, given.content)
    return _received(
        kind,
        command(stamped_at),
        replace(envelope, expected_version=given.version),
        person,
        stamped_at,
    )


def _received(
    kind: Kind,
    command: DeclarationCommand,
    envelope: Envelope,
    person: Person,
    stamped_at: datetime,
) -> Acknowledged:
    """Give a command to the intake and say what its sender is told.

    What is impossible is refused before it is kept: its sender is told every reason while she is there.
    """
    if reasons := refusals(command):
        raise Refused(*reasons)
    submission = Submission(
        kind=kind,
        stream=stream_name(CATEGORY, command.declaration_id),
        command=command,
        envelope=envelope,
        sender=claims_of(person),
        priority=_urgency(command),
        number=bits_of(command.declaration_id),
        stamped_at=stamped_at,
    )
    take = intake.record if kind is ASK else intake.receive
    with told_as_her_right():
        return acknowledged(submission, take(submission))


def _urgency(command: DeclarationCommand) -> Priority:
    """Return how urgent a command is; what nobody spools needs no rank."""
    if isinstance(command, AskInformation | JoinReceipt | DisjoinReceipt):
        return Priority.OTHER
    return priority(command)


def _envelope(person: Person, verb: str, target: UUID | None, key: str, content: Any) -> Envelope:
    """Return who, and by which identifier the same command is known again."""
    name = f"{person.public_id}/{verb}/{target or ''}/{key}"
    return Envelope.of(uuid5(COMMANDS, name), content, person.actor())


def _declaration_id(command_id: UUID) -> UUID:
    """Return the identifier of what a command declares: the same at every try, on every node.

    Keyed, so that nobody can tell one declaration's number from another's.
    """
    keyed = keyring().command_digest(b"declaration " + command_id.bytes)
    return identifier_from(int.from_bytes(keyed[:8]) >> (64 - BITS))


def _allowed(user: Someone, may: bool) -> Person:  # noqa: FBT001  the answer to "may they?"
    if not may or isinstance(user, AnonymousUser):
        raise PermissionDenied
    return user


def _routed(report: Report, person: Person) -> Report:
    """Return the report with the declarant's own département where it names no French place.

    Not the agency's: what its people write down comes from anywhere in France.
    """
    reporter = report.reporter
    if reporter.department_code or department_of(reporter.postcode):
        return report
    if access.role_of(person) in access.AGENCY:
        return report
    place = person.department or person.institution_department
    if not place or reporter.country not in {None, "FR"}:
        return report
    return replace(report, reporter=replace(reporter, department_code=place))


def _received_in(person: Person) -> str | None:
    """Return the département of the centre that received it: it keeps what was told from abroad."""
    if access.role_of(person) != Role.REGIONAL_CENTRE:
        return None
    return person.institution_department or person.department or None


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
