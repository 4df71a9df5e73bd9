"""What people do with numbered sheets: one verb per command.

Each verb authorises, gives the time, and hands the command to the log. A page over all contexts
finds the declaration that a sheet stands for; nothing here knows one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeAlias
from uuid import UUID, uuid5

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone

from accounts import access
from accounts.access import Someone
from continuity.domain.sheet import SHEET
from continuity.domain.sheet_block import SITE, Block, IssueBlock, ReturnBlock, SiteBlocks
from continuity.domain.sheet_commands import (
    CancelSheet,
    ConfirmLost,
    ExplainNumber,
    MarkDuplicate,
    MatchSheet,
    Original,
    ProposeLost,
    RecordSheet,
    SettleDifference,
    SheetCommand,
)
from continuity.domain.sheet_content import SheetContent
from continuity.domain.sheet_events import BLOCK_CATEGORY, CATEGORY
from continuity.domain.sheet_facts import SheetFacts
from continuity.domain.sheet_number import (
    NotASheetNumber,
    SheetNumber,
    as_written,
    parse,
    sheet_id,
    site_id,
)
from continuity.domain.sheet_words import Between, NumberDoubt, Ruling, SheetChannel, SheetKind
from continuity.sheet_queries import facts_of, holder_of
from events.days import day_of
from events.errors import EventError, Problem, Refused
from events.event import Actor, stream_name
from events.handle import Envelope, folded, handle, history, recorded_commands

Before: TypeAlias = Callable[[SheetFacts, SheetFacts], None]
"""What goes before a command, given the sheet as it is and as the command will leave it."""
COMMANDS = UUID("a1d8f0c2-6a51-5f0e-8c53-0f6a5b1de4c7")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was typed of a sheet; `received_at` is when the agency or the centre had it.

    `written` says that a number which is none stands so on the paper.
    """

    number: str
    kind: SheetKind
    channel: SheetChannel
    content: SheetContent
    occurred_at: datetime
    received_at: datetime
    written: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The declaration or file that a sheet stands for, and what differs between them."""

    recording: int
    reference: str
    stream: str | None = None
    stream_version: int | None = None
    differing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What the log holds now of a sheet; `again` says that it knew the command already."""

    id: UUID
    facts: SheetFacts
    version: int
    again: bool


def _nothing(_before: SheetFacts, _after: SheetFacts) -> None:
    """Do nothing before a command."""


def issue_block(  # noqa: PLR0913  a block has four properties
    user: Someone,
    *,
    site: str,
    count: int,
    holder: str,
    valid_until: date,
    idempotency_key: str,
    now: datetime | None = None,
) -> Block:
    """Issue the next numbers of a site to a holder. Raises PermissionDenied, Refused."""
    actor = _actor(user, may=access.may_issue_sheets(user))
    command = IssueBlock(
        site=site.strip().upper(),
        count=count,
        holder=holder,
        valid_until=valid_until,
        at=now or timezone.now(),
    )
    return issue_as(actor, command, idempotency_key)


def issue_as(actor: Actor, command: IssueBlock, idempotency_key: str) -> Block:
    """Issue a block in the name of an actor who was authorised before. Raises Refused."""
    content = [command.site, command.count, command.holder, command.valid_until.isoformat()]
    name = f"{actor.id}/issue//{idempotency_key}"
    envelope = Envelope.of(uuid5(COMMANDS, name), content, actor)
    stream = stream_name(BLOCK_CATEGORY, site_id(command.site))
    return handle(SITE, stream, command, envelope).state.blocks[-1]


def return_block(
    user: Someone,
    site: str,
    first: int,
    last_used: int | None,
    idempotency_key: str,
    *,
    now: datetime | None = None,
) -> Block:
    """Note how far a block was used. Raises PermissionDenied, Refused."""
    actor = _actor(user, may=access.may_issue_sheets(user) or access.may_handle_sheets(user))
    command = ReturnBlock(first=first, last_used=last_used, by=actor.id, at=now or timezone.now())
    return return_as(actor, site, command, idempotency_key)


def return_as(actor: Actor, site: str, command: ReturnBlock, idempotency_key: str) -> Block:
    """Note how far a block was used, for an actor who was authorised before. Raises Refused."""
    name = f"{actor.id}/return/{site}/{idempotency_key}"
    envelope = Envelope.of(uuid5(COMMANDS, name), [command.first, command.last_used], actor)
    handled = handle(SITE, stream_name(BLOCK_CATEGORY, site_id(site)), command, envelope)
    return next(one for one in handled.state.blocks if one.first == command.first)


def record(
    user: Someone, taken: Taken, *, idempotency_key: str, now: datetime | None = None
) -> Filed:
    """Record what was taken, under whatever number. Raises PermissionDenied, Refused."""
    actor = _actor(user, may=access.may_record_sheets(user))
    number, doubt = _number(taken)
    command = RecordSheet(
        number=number,
        kind=taken.kind,
        channel=taken.channel,
        content=taken.content,
        recorder=actor.id,
        institution=actor.institution,
        occurred_at=taken.occurred_at,
        received_at=taken.received_at,
        told_at=now or timezone.now(),
        doubt=doubt,
    )
    sheet = sheet_id(number)
    return _given(sheet, command, _envelope(actor, sheet, ("record", idempotency_key, taken)))


def match(
    user: Someone, sheet: UUID, named: Named, reason: str, key: str, *, first: Before = _nothing
) -> Filed:
    """Say what a sheet stands for. Raises Http404, PermissionDenied, Refused.

    `first` is done before it is recorded and only where it will be accepted; again with the form,
    until that is recorded. Raises VersionConflict where the sheet moved meanwhile.
    """

    def command(at: datetime) -> MatchSheet:
        return MatchSheet(
            at=at,
            reason=reason,
            recording=named.recording,
            reference=named.reference,
            stream=named.stream,
            stream_version=named.stream_version,
            differing=named.differing,
        )

    # What the other side said at that moment is no part of what was asked.
    content = [named.recording, named.reference, reason]
    return _later(user, sheet, command, ("match", key, content), first=first)


def settle(  # noqa: PLR0913  who, what, and what holds
    user: Someone,
    sheet: UUID,
    between: Between,
    ruling: Ruling,
    recording: int,
    *,
    reason: str,
    key: str,
    first: Before = _nothing,
) -> Filed:
    """Say what holds where two versions differ. Raises Http404, PermissionDenied, Refused.

    `first` as in `match`.
    """

    def command(at: datetime) -> SettleDifference:
        return SettleDifference(
            at=at, between=between, ruling=ruling, recording=recording, reason=reason
        )

    content = [between, ruling, recording, reason]
    return _later(user, sheet, command, ("settle", key, content), first=first)


def explain_number(user: Someone, sheet: UUID, reason: str, key: str) -> Filed:
    """Explain a number that is doubted. Raises Http404, PermissionDenied, Refused."""

    def command(at: datetime) -> ExplainNumber:
        return ExplainNumber(at=at, reason=reason)

    return _later(user, sheet, command, ("explain", key, reason))


def mark_duplicate(  # noqa: PLR0913  who, what, of what, and why
    user: Someone,
    sheet: UUID,
    of: str,
    reason: str,
    key: str,
    *,
    declared: bool = False,
    first: Before = _nothing,
) -> Filed:
    """Say that a sheet doubles another. Raises Http404, PermissionDenied, Refused.

    `declared`: the number is that of a declaration that the person may see; `first` as in `match`.
    """

    def command(at: datetime) -> MarkDuplicate:
        number = _same_number(of)
        other = Original.HOLDS if declared else _original(user, number)
        return MarkDuplicate(at=at, of=number, other=other, reason=reason)

    return _later(user, sheet, command, ("duplicate", key, [of, reason]), first=first)


def cancel(user: Someone, number: str, reason: str, key: str) -> Filed:
    """Say that a sheet was spoiled or never used. Raises Http404, PermissionDenied, Refused."""

    def command(at: datetime) -> CancelSheet:
        return CancelSheet(at=at, number=number, issued=is_issued(number), reason=reason)

    return _later(user, sheet_id(number), command, ("cancel", key, reason), blank=number)


def propose_lost(user: Someone, number: str, reason: str, key: str) -> Filed:
    """Say that a sheet can't be found. Raises Http404, PermissionDenied, Refused."""
    by = _actor(user, may=access.may_handle_sheets(user)).id

    def command(at: datetime) -> ProposeLost:
        return ProposeLost(at=at, number=number, issued=is_issued(number), by=by, reason=reason)

    return _later(user, sheet_id(number), command, ("lose", key, reason), blank=number)


def confirm_lost(user: Someone, number: str, reason: str, key: str) -> Filed:
    """Agree, as a second person, that a sheet is lost. Raises Http404, PermissionDenied, Refused."""
    may = access.may_see_sheets(user)
    by = _actor(user, may=may).id

    def command(at: datetime) -> ConfirmLost:
        return ConfirmLost(at=at, by=by, reason=reason)

    given = ("confirm", key, reason)
    return _later(user, sheet_id(number), command, given, blank=number, may=may)


def is_issued(number: str) -> bool:
    """Say whether a number lies in a block that was issued, whatever its validity."""
    try:
        read = parse(number)
    except NotASheetNumber:
        return False
    return any(block.covers(read) for block in blocks_of(read.site).blocks)


def blocks_of(site: str) -> SiteBlocks:
    """Return every block issued for a site, from the log itself."""
    past = history(stream_name(BLOCK_CATEGORY, site_id(site)))
    return folded(SITE, past)


def _number(taken: Taken) -> tuple[str, NumberDoubt | None]:
    """Return the number under which something is recorded, and why it is doubted.

    Raises Refused where it is no number and nobody says that it stands so on the paper.
    """
    try:
        read: SheetNumber = parse(taken.number)
    except NotASheetNumber:
        return _written(taken), NumberDoubt.NOT_A_NUMBER
    return str(read), blocks_of(read.site).doubt(read, day_of(taken.occurred_at))


def _written(taken: Taken) -> str:
    try:
        number = as_written(taken.number)
    except NotASheetNumber:
        sentence = "Un numéro compte 40 lettres, chiffres, espaces, points, / ou - au plus."
        raise Refused(Problem("/number", "number_needed", sentence)) from None
    if not taken.written:
        sentence = (
            "Ce numéro ne se lit pas : recopiez-le, ou dites qu'il est écrit ainsi sur le papier."
        )
        raise Refused(Problem("/number", "not_a_sheet_number", sentence))
    return number


def _original(user: Someone, number: str) -> Original | None:
    """Return what is known of another sheet; None where nothing is typed or she may not see it."""
    other = facts_of(sheet_id(number))
    if not other.recordings or not access.may_see_sheet(user, holder_of(other)):
        return None
    return Original.HOLDS if other.ended is None else Original.ENDED


def _same_number(text: str) -> str:
    """Return a sheet's number as it is printed, any other text as it is."""
    try:
        return str(parse(text))
    except NotASheetNumber:
        return text.strip()


def _later(  # noqa: PLR0913  what is asked, and what goes before it
    user: Someone,
    sheet: UUID,
    command: Callable[[datetime], SheetCommand],
    given: tuple[str, str, Any],
    *,
    blank: str | None = None,
    may: bool | None = None,
    first: Before = _nothing,
) -> Filed:
    """Authorise and record a command on a sheet; on the `blank` number of one not typed yet."""
    actor = _actor(user, may=access.may_handle_sheets(user) if may is None else may)
    envelope = _envelope(actor, sheet, given)
    past = history(stream_name(CATEGORY, sheet))
    facts = folded(SHEET, past)
    if not facts.recordings and blank is None:
        raise Http404
    if not access.may_see_sheet(user, holder_of(facts, blank or "")):
        raise Http404
    asked = command(timezone.now())
    # One that is known is answered as it was: what went before it may have been changed since.
    known = recorded_commands([envelope.command_id])
    after = None if known else _accepted(facts, asked)
    if after is None or first is _nothing:
        return _given(sheet, asked, envelope)
    first(facts, after)
    try:
        return _given(sheet, asked, replace(envelope, expected_version=past[-1].version))
    except EventError:
        # Somebody was quicker: what went before it goes to where the sheet stands now.
        first(after, facts_of(sheet))
        raise


def _accepted(facts: SheetFacts, command: SheetCommand) -> SheetFacts | None:
    """Return the sheet as a command will leave it; None where it will be refused."""
    try:
        return SHEET.fold(SHEET.decide(facts, command), facts)
    except Refused:
        return None


def _envelope(actor: Actor, sheet: UUID, given: tuple[str, str, Any]) -> Envelope:
    verb, key, content = given
    return Envelope.of(uuid5(COMMANDS, f"{actor.id}/{verb}/{sheet}/{key}"), content, actor)


def _given(sheet: UUID, command: SheetCommand, envelope: Envelope) -> Filed:
    handled = handle(SHEET, stream_name(CATEGORY, sheet), command, envelope)
    return Filed(id=sheet, facts=handled.state, version=handled.version, again=handled.again)


def _actor(user: Someone, *, may: bool) -> Actor:
    if not may or isinstance(user, AnonymousUser):
        raise PermissionDenied
    return user.actor()
