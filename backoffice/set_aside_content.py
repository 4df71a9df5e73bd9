"""What somebody sent and the log refused, in words, narrowed to who may read names in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts import compassionate as may
from accounts.access import Someone
from compassionate.domain import intake as access_intake
from compassionate.domain.request_commands import (
    AnswerInformation as AnswerAgency,
    DeclareDispensing,
    RecordOralAgreement,
    RecordOralRefusal,
    SubmitRequest,
    WithdrawRequest,
)
from continuity.set_aside_queries import Shown
from events.errors import UnknownCommand, UnreadableCommand
from pharmacovigilance.domain.commands import (
    AddFollowUp,
    AnswerInformation,
    DeclareAdverseEvent,
    WithdrawDeclaration,
)
from pharmacovigilance.domain.intake import from_bytes
from pharmacovigilance.domain.pseudonymised import pseudonymised
from portal.access_view import prescribed
from portal.report_view import Section, sections

NOT_FOR_YOU = "not_for_you"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The titled facts of a submission, its one text, or why neither is shown."""

    sections: Sequence[Section] = ()
    text: str = ""
    sealed_because: str = ""


def content(found: Shown, reader: Someone) -> Content:
    """Return what can be shown of a submission to its reader."""
    if found.command is None:
        return Content(sealed_because=found.sealed_because)
    of_access = found.what.kind in access_intake.KINDS
    if of_access and not (may.may_take_up(reader) or may.may_decide(reader)):
        # A regional centre follows declarations, and no request for compassionate access (§5.5).
        return Content(sealed_because=NOT_FOR_YOU)
    read = access_intake.from_bytes if of_access else from_bytes
    try:
        command: Any = read(found.what.kind, found.what.command_schema, found.command)
    except (UnknownCommand, UnreadableCommand):
        return Content(sealed_because="does_not_open")
    return _of_access(command) if of_access else _of_declaration(command, found)


def _of_declaration(command: Any, found: Shown) -> Content:
    match command:
        case DeclareAdverseEvent(report=report):
            return Content(sections=sections(report if found.named else pseudonymised(report)))
        case AddFollowUp(information=news):
            return Content(sections=sections(news if found.named else pseudonymised(news)))
        case AnswerInformation(text=text) | WithdrawDeclaration(reason=text):
            return Content(text=text)
        case _:
            return Content(sealed_because="does_not_open")


def _of_access(command: access_intake.IntakeCommand) -> Content:
    match command:
        case SubmitRequest(prescription=part):
            return Content(sections=prescribed(part))
        case DeclareDispensing(prescription=part):
            return Content(sections=prescribed(part))
        case RecordOralAgreement(prescription=part, vital_reason=reason):
            return Content(sections=prescribed(part), text=reason or "")
        case RecordOralRefusal(prescription=part, reason=reason):
            return Content(sections=prescribed(part), text=reason)
        case AnswerAgency(text=text) | WithdrawRequest(reason=text):
            return Content(text=text)
