"""What happened to submissions that the log refused; catalogued in docs/events.md."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, TypeAlias
from uuid import UUID

from events.described import given, said
from events.event import DomainEvent, Personal

CATEGORY = "set_aside"
LONGEST_REASON = 2_000


class Reason(StrEnum):
    """Why the log did not take what a receipt was given for."""

    REFUSED = "refused"
    NOT_ALLOWED = "not_allowed"
    UNKNOWN_TARGET = "unknown_target"
    CONFLICTING_CONTENT = "conflicting_content"
    UNREADABLE = "unreadable"
    NUMBER_TAKEN = "number_taken"
    POISON = "poison"


class Done(StrEnum):
    """What a person did with it."""

    RECORDED_ANEW = "recorded_anew"
    SENDER_CONTACTED = "sender_contacted"
    NOTHING_NEEDED = "nothing_needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionSetAside(DomainEvent):
    """What a receipt was given for could not be recorded, and waits for a person.

    `received_at` is that of the receipt, whose date holds; `occurred_at` is when it was offered to
    the log.
    """

    TYPE: ClassVar[str] = "continuity.submission_set_aside"

    receipt_id: str = given("The receipt that its sender holds")
    receipt: str = given("That receipt, signed, as its sender holds it")
    node: str = given("The node that gave it")
    command_id: UUID = given("The command, as its sender would repeat it")
    kind: str = given("Kind of command, as the spool names it")
    command_schema: int = given("Schema version of the sealed command")
    target: str = given("The stream that it is for")
    priority: int = given("Its urgency: 0 death, 1 life-threatening, 2 other serious, 5, 7")
    reason: Reason = given("Why the log did not take it")
    problems: tuple[str, ...] = said("Codes of what was refused", default=())
    sender: str | None = said("Account of the sender")
    sender_role: str | None = said("Role in which it was sent")
    sender_institution: str | None = said("FINESS number of the sender's institution")
    header: str = given("What stands in clear beside the sealed command, base64; it binds it")
    sealed: Annotated[str | None, Personal("patient")] = given(
        "The command as the spool held it, base64: opened by the drain's key and by the escrow's"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionTakenUp(DomainEvent):
    """A person has dealt with a submission that was set aside."""

    TYPE: ClassVar[str] = "continuity.submission_taken_up"

    by: str = given("Account of whoever took it up")
    done: Done = given("What was done")
    recorded_as: str | None = said("The stream in which it was recorded anew")
    why: Annotated[str | None, Personal("patient")] = given("The reason", LONGEST_REASON)


SetAsideEvent: TypeAlias = SubmissionSetAside | SubmissionTakenUp

EVENTS: tuple[type[DomainEvent], ...] = (SubmissionSetAside, SubmissionTakenUp)


def told_to_sender(reason: Reason) -> Reason:
    """Return the reason as its sender may know it.

    Whether a declaration of somebody else exists is nobody's business: what may not be touched and
    what is not there are told in the same words.
    """
    return Reason.UNKNOWN_TARGET if reason is Reason.NOT_ALLOWED else reason
