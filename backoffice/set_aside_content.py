"""What somebody sent and the log refused, in words, narrowed to who may read names in it."""

from collections.abc import Sequence
from dataclasses import dataclass

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
from portal.report_view import Section, sections


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The titled facts of a submission, its one text, or why neither is shown."""

    sections: Sequence[Section] = ()
    text: str = ""
    sealed_because: str = ""


def content(found: Shown) -> Content:
    """Return what can be shown of a submission to its reader."""
    if found.command is None:
        return Content(sealed_because=found.sealed_because)
    try:
        command = from_bytes(found.what.kind, found.what.command_schema, found.command)
    except (UnknownCommand, UnreadableCommand):
        return Content(sealed_because="does_not_open")
    match command:
        case DeclareAdverseEvent(report=report):
            return Content(sections=sections(report if found.named else pseudonymised(report)))
        case AddFollowUp(information=news):
            return Content(sections=sections(news if found.named else pseudonymised(news)))
        case AnswerInformation(text=text) | WithdrawDeclaration(reason=text):
            return Content(text=text)
