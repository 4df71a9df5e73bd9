"""A declaration that was received on a numbered sheet before it was sent: day 0 is the sheet's."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone

from accounts import access
from accounts.access import Someone
from events.errors import SubjectErased
from events.event import Actor, stream_name
from events.handle import Envelope, folded, handle, history
from pharmacovigilance.domain.commands import DeclarationCommand, DisjoinReceipt, JoinReceipt
from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.events import CATEGORY
from pharmacovigilance.domain.facts import CaseFacts
from pharmacovigilance.domain.received import SHEET_NODE, before_sheets, joined_as
from pharmacovigilance.submissions import holder_of

COMMANDS = UUID("0b9d4a52-7c1e-5f6b-9d38-2e4f8a6c1b70")
DECLARED = 1
"""The version of the event that a sheet is another receipt of: the declaration itself."""


def join_sheet(
    user: Someone, declaration_id: UUID, *, receipt_id: str, received_at: datetime
) -> None:
    """Keep the receipt of a sheet beside that of its declaration; the clocks count from the earlier.

    `receipt_id` is what the sheet is known by; given again, it changes nothing, nor does one that
    came after the declaration. Raises PermissionDenied, Http404 where she may not see the
    declaration, Refused.
    """
    actor = _actor(user)
    facts = _facts(declaration_id)
    _checked(user, facts)
    if not _would_count(facts, receipt_id, received_at):
        return
    command = JoinReceipt(
        declaration_id=declaration_id,
        occurred_at=received_at,
        received_at=received_at,
        receipt_id=receipt_id,
        node=SHEET_NODE,
        of_version=DECLARED,
    )
    content = [receipt_id, received_at.isoformat()]
    _give(user, actor, command, _command_id(facts, "join", declaration_id, receipt_id), content)


def would_count(declaration_id: UUID, receipt_id: str, received_at: datetime) -> bool:
    """Say whether joining the receipt of a sheet would change anything, whoever may see the declaration."""
    return _would_count(_facts(declaration_id), receipt_id, received_at)


def disjoin_sheet(user: Someone, declaration_id: UUID, *, receipt_id: str, reason: str) -> None:
    """Take the receipt of a sheet back from a declaration that is another case, for a reason.

    One that is not joined, or not any more, changes nothing. The reason is left out where the
    patient was erased. Raises PermissionDenied, Http404
    where she may not see the declaration, Refused.
    """
    actor = _actor(user)
    facts = _facts(declaration_id)
    if joined_as(facts.joined, receipt_id) is None:
        return
    now = timezone.now()
    command = DisjoinReceipt(
        declaration_id=declaration_id,
        occurred_at=now,
        received_at=now,
        receipt_id=receipt_id,
        reason=reason,
    )
    identifier = _command_id(facts, "disjoin", declaration_id, receipt_id)
    try:
        _give(user, actor, command, identifier, [receipt_id, reason])
    except SubjectErased:
        # Else the sheet stood for ever with the wrong case, and the right one without its day 0.
        _give(user, actor, replace(command, reason=None), identifier, [receipt_id])


def _would_count(facts: CaseFacts, receipt_id: str, received_at: datetime) -> bool:
    if joined_as(facts.joined, receipt_id) is not None:
        return False
    # Not the earliest of all: another sheet's may be disjoined one day.
    return received_at < before_sheets(facts.received, facts.joined, DECLARED)


def _give(
    user: Someone,
    actor: Actor,
    command: JoinReceipt | DisjoinReceipt,
    identifier: UUID,
    said: list[str],
) -> None:
    def allowed(command: DeclarationCommand, facts: CaseFacts) -> DeclarationCommand:
        _checked(user, facts)
        return command

    stream = stream_name(CATEGORY, command.declaration_id)
    handle(DECLARATION, stream, command, Envelope.of(identifier, said, actor), allowed)


def _command_id(facts: CaseFacts, verb: str, declaration_id: UUID, receipt_id: str) -> UUID:
    """Return by what a command is known when it is tried again.

    Each disjoining opens another generation: what is joined again then is another command.
    """
    generation = facts.disjoined.count(receipt_id)
    first = uuid5(COMMANDS, f"{declaration_id}/{receipt_id}")
    if verb == "join" and not generation:
        return first
    return uuid5(first, f"{verb}/{generation}")


def _facts(declaration_id: UUID) -> CaseFacts:
    past = history(stream_name(CATEGORY, declaration_id))
    return folded(DECLARATION, past)


def _actor(user: Someone) -> Actor:
    if not access.may_handle_sheets(user) or isinstance(user, AnonymousUser):
        raise PermissionDenied
    return user.actor()


def _checked(user: Someone, facts: CaseFacts) -> None:
    if not facts.declared or not access.may_see_declaration(user, holder_of(facts)):
        raise Http404
