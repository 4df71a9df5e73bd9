"""What somebody sent and the log refused, in words, narrowed to who may read names in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import compassionate as may
from accounts.access import Someone
from backoffice.access_parts import LABELS
from backoffice.templatetags.agency_access import access_value
from compassionate.attachments import OpenedDocument
from compassionate.domain import intake as access_intake
from compassionate.domain.document_file import media_type_of, name_to_save
from compassionate.domain.request_commands import (
    AttachDocument,
    CorrectDispensing,
    DeclareDispensing,
    RecordOralAgreement,
    ReportWithdrawal,
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
from portal import access_fields as fields
from portal.access_view import prepared, prescribed
from portal.report_view import Fact, Section, sections

NOT_FOR_YOU = "not_for_you"
DOSE = ("at", "quantity", "batch")
ATTESTED = ("prescriber_attests", "pharmacist_attests", "sheet_number")
TEXTS = ("text", "reason", "vital_reason")
"""The one text of a command, under whichever of these names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The titled facts of a submission, its one text, its one file, or why none is shown.

    `pseudonymised`: what names the patient and the reporter of a declaration is left out.
    """

    sections: Sequence[Section] = ()
    text: str = ""
    document: OpenedDocument | None = None
    sealed_because: str = ""
    pseudonymised: bool = False


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
    unnamed = not found.named
    match command:
        case DeclareAdverseEvent(report=told) | AddFollowUp(information=told):
            shown = sections(pseudonymised(told) if unnamed else told)
            return Content(sections=shown, pseudonymised=unnamed)
        case AnswerInformation(text=text) | WithdrawDeclaration(reason=text):
            return Content(text=text)
        case _:
            return Content(sealed_because="does_not_open")


def _of_access(command: access_intake.IntakeCommand) -> Content:
    if isinstance(command, AttachDocument):
        return _of_document(command)
    parts = [
        *prescribed(getattr(command, "prescription", None)),
        *prepared(getattr(command, "pharmacy", None)),
    ]
    said = (getattr(command, name, None) for name in TEXTS)
    return Content(sections=[*_told(command), *parts], text=next(filter(None, said), ""))


def _told(command: access_intake.IntakeCommand) -> list[Section]:
    """Return what a command tells besides its parts and its text."""
    match command:
        case DeclareDispensing(dispensing=given):
            return [
                _section(fields.DOSE.title, given, *DOSE),
                _section(fields.ATTESTED.title, command, *ATTESTED),
            ]
        case CorrectDispensing(dispensing=given):
            return [
                _section(fields.WRONG_DOSE.title, command, "told_at"),
                _section(fields.RIGHT_DOSE.title, given, *DOSE),
            ]
        case RecordOralAgreement():
            return [_section(_("Accord oral"), command, "number", "conditions", "sheet_number")]
        case ReportWithdrawal():
            return [_section(fields.PRESCRIBER.title, command, "prescriber_name", "written")]
        case _:
            return []


def _section(title: str | Promise, said: Any, *names: str) -> Section:
    """Return some of what was said, what is unsaid too: a dash tells that it is."""
    told = [
        Fact(label=str(LABELS[name]), value=access_value(getattr(said, name))) for name in names
    ]
    return Section(title=str(title), facts=told)


def _of_document(command: AttachDocument) -> Content:
    kind = media_type_of(command.content)
    if kind is None:
        return Content(sealed_because="does_not_open")
    name = name_to_save(command.file_name, kind)
    return Content(document=OpenedDocument(name=name, media_type=kind, content=command.content))
