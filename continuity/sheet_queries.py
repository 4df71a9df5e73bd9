"""What pages may read of sheets and blocks, narrowed to who asks. Nothing here writes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404

from accounts import access
from accounts.access import Holder, ScopeKind, Someone
from continuity.domain.sheet import SHEET
from continuity.domain.sheet_block import Block
from continuity.domain.sheet_checks import day_began
from continuity.domain.sheet_content import SheetContent, personal, values_said
from continuity.domain.sheet_events import CATEGORY, SheetDuplicate
from continuity.domain.sheet_facts import SheetFacts, differing
from continuity.domain.sheet_number import NotASheetNumber, SheetNumber, department_of, parse
from continuity.domain.sheet_words import SheetState
from continuity.sheet_models import SheetBlockRow, SheetRow
from events import reading
from events.days import day_of
from events.event import Recorded, identifier_of, stream_name
from events.handle import folded, history

LONGEST_LIST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event of a sheet's history.

    A `reason` is empty where none was given, None where it may name somebody whom the reader may
    not know.
    """

    type: str
    recorded_at: datetime
    actor: str
    role: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A version that waits to be judged beside one that holds, by their places from 1.

    `differing` is found in the whole versions, whatever of them the reader may see; `hidden` are
    the fields that she may not.
    """

    held: int
    judged: int
    differing: frozenset[str]
    hidden: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetShown:
    """One sheet, narrowed to what its reader may see."""

    id: UUID
    facts: SheetFacts
    history: tuple[Step, ...]
    names_shown: bool
    may_handle: bool
    holder: Holder
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockShown:
    """One block: the ranks that lack up to the highest used, and how many were never used.

    A rank that lacks is a sheet that was used or spoiled and is not typed yet. `out`: how far it
    was used is not told since an incident began, or since a sheet of it was typed last.
    """

    block: Block
    used: int
    lacking: tuple[SheetNumber, ...]
    unused: int
    out: bool


def sheets(user: Someone, *, ended: bool = False) -> Sequence[SheetRow]:
    """Return the sheets that wait, the most urgent first; or those that ended, the newest first.

    At most LONGEST_LIST. Raises PermissionDenied.
    """
    rows = _visible(user).filter(open=not ended)
    order = ("-received_at", "-stream") if ended else ("urgency", "received_at", "stream")
    return list(rows.order_by(*order)[:LONGEST_LIST])


def sheet(user: Someone, identifier: UUID) -> SheetShown:
    """Return one sheet folded from its stream. Raises Http404, also where it may not be seen."""
    past = history(stream_name(CATEGORY, identifier))
    facts = _folded(past)
    holder = holder_of(facts)
    may_see = access.may_see_sheets(user)
    if not past or not (access.may_see_sheet(user, holder) if facts.recordings else may_see):
        raise Http404
    names = access.may_read_sheet_names(user, holder)
    shown = facts if names else _without_names(facts)
    return SheetShown(
        id=identifier,
        facts=shown,
        history=tuple(_step(one, names=names or not facts.recordings) for one in past),
        names_shown=names,
        may_handle=access.may_handle_sheets(user),
        holder=holder,
        pairs=tuple(_pairs(facts, names=names)),
    )


def blocks(user: Someone, since: datetime | None = None) -> Sequence[BlockShown]:
    """Return the blocks issued, the newest first, with what lacks in each.

    `since` is when the incident began that is not over, if there is one. Raises PermissionDenied.
    """
    if not (access.may_see_sheets(user) or access.may_issue_sheets(user)):
        raise PermissionDenied
    return every_block(since)


def every_block(since: datetime | None = None) -> Sequence[BlockShown]:
    """Return the blocks issued, the newest first, for an operator at the machine."""
    rows = SheetBlockRow.objects.order_by("-issued_at", "site", "-first")
    return [_shown(row.block, since) for row in rows]


def waiting() -> Sequence[SheetRow]:
    """Return every sheet that waits, the most urgent first, for an operator at the machine."""
    return list(SheetRow.objects.filter(open=True).order_by("urgency", "received_at", "stream"))


def open_sheets(since: datetime, until: datetime | None) -> int:
    """Return how many sheets of an incident wait: typed and not ended, or lacking in their block.

    A typed sheet belongs to an incident by its time of call or writing, one that lacks by the
    sheets of its block that do; one that can't be read counts always.
    """
    undated = Q(occurred_at__isnull=True)
    waiting = SheetRow.objects.filter(within(since, until) | undated, open=True).count()
    return waiting + _lacking(since, until)


def sheets_by_state(since: datetime, until: datetime | None) -> Mapping[str, int]:
    """Return how many sheets of an incident's time are in each state; `lacking` those not typed."""
    rows = SheetRow.objects.filter(within(since, until))
    counted = {
        row["state"]: row["count"] for row in rows.values("state").annotate(count=Count("stream"))
    }
    return counted | {"lacking": _lacking(since, until)}


def facts_of(identifier: UUID) -> SheetFacts:
    """Return what the log knows of a sheet."""
    return _folded(history(stream_name(CATEGORY, identifier)))


def doubling(number: str) -> Sequence[SheetFacts]:
    """Return the sheets that were said to be a duplicate of this one, while that stands.

    The desk's rows say which may be, the log which are: one that was lost later is one still.
    """
    ended = [SheetState.DUPLICATE, SheetState.LOST]
    rows = SheetRow.objects.filter(Q(state__in=ended) | Q(open=True))
    said = reading.told(list(rows.values_list("stream", flat=True)), [SheetDuplicate.TYPE])
    streams = {one.stream for one in said if msgspec.json.decode(one.payload)["of"] == number}
    found = [facts_of(identifier_of(stream)) for stream in sorted(streams)]
    return [facts for facts in found if facts.doubles == number]


def holder_of(facts: SheetFacts, number: str = "") -> Holder:
    """Return to whom a sheet belongs: who took it first, and the first place that was said.

    The site of its `number` where nothing is typed.
    """
    if not facts.recordings:
        return _holder_of_blank(number or facts.number)
    first = facts.recordings[0]
    places = [one.content.department_code for one in facts.recordings]
    return Holder(
        declarant=first.recorder,
        institution=first.institution,
        department=next((place for place in places if place), None),
    )


def _holder_of_blank(number: str) -> Holder:
    """Return to whom a sheet belongs of which nothing is typed: the site that holds its block."""
    try:
        site = parse(number).site
    except NotASheetNumber:
        return Holder()
    return Holder(institution=site, department=department_of(site))


def within(since: datetime, until: datetime | None) -> Q:
    """Narrow to sheets that were called in or written in a time; without an end, until now.

    One of the day on which it began, whose hour nobody wrote, counts.
    """
    began = Q(occurred_at__gte=since) | Q(occurred_at=day_began(since))
    return began & (Q(occurred_at__lte=until) if until else Q())


def _lacking(since: datetime, until: datetime | None) -> int:
    """Return how many sheets lack in the blocks that were used in a time, or told of since."""
    used = set(SheetRow.objects.filter(within(since, until)).values_list("site", "rank"))
    return sum(
        len(shown.lacking)
        for shown in every_block()
        if (shown.block.returned_at is not None and shown.block.returned_at >= since)
        or any(shown.block.covers(SheetNumber(site=site, rank=rank)) for site, rank in used)
    )


def _visible(user: Someone) -> QuerySet[SheetRow]:
    if not access.may_see_sheets(user):
        raise PermissionDenied
    scope = access.declaration_scope(user)
    if scope.kind is ScopeKind.ALL:
        return SheetRow.objects.all()
    own = getattr(user, "institution_finess", None)
    taken_here = Q(institution=own) if own else Q()
    return SheetRow.objects.filter(Q(department__in=scope.departments) | taken_here)


def _shown(block: Block, since: datetime | None) -> BlockShown:
    inside = SheetRow.objects.filter(site=block.site, rank__range=(block.first, block.last))
    typed = dict(inside.values_list("rank", "recorded_at"))
    highest = max([*typed, block.last_used or 0, block.first - 1])
    lacking = [rank for rank in range(block.first, highest + 1) if rank not in typed]
    touched = [at for at in typed.values() if at is not None]
    if since is not None and day_of(since) <= block.valid_until:
        touched.append(since)
    told = block.returned_at
    return BlockShown(
        block=block,
        used=len(typed),
        lacking=tuple(SheetNumber(site=block.site, rank=rank) for rank in lacking),
        unused=block.last - highest,
        out=any(told is None or told < at for at in touched),
    )


def _folded(past: Sequence[Recorded]) -> SheetFacts:
    return folded(SHEET, past)


def _without_names(facts: SheetFacts) -> SheetFacts:
    return replace(
        facts,
        recordings=tuple(
            replace(one, content=_bare(one.content), recorder="") for one in facts.recordings
        ),
    )


def _bare(content: SheetContent) -> SheetContent:
    """Return what stands on a sheet without names and contacts; the clinical texts stay."""
    hidden: dict[str, Any] = dict.fromkeys(NAMES)
    return replace(content, **hidden)


def _pairs(facts: SheetFacts, *, names: bool) -> Iterator[Pair]:
    """Yield the version that is judged next beside each that holds."""
    for judged in facts.pending[:1]:
        other = facts.recordings[judged.recording - 1]
        for held in facts.retained:
            first = facts.recordings[held - 1]
            said = {*values_said(first.content), *values_said(other.content)}
            yield Pair(
                held=held,
                judged=judged.recording,
                differing=frozenset(differing(first, other)),
                hidden=frozenset() if names else NAMES & said,
            )


def _step(one: Recorded, *, names: bool) -> Step:
    actor = one.metadata.get("actor", {})
    reason = getattr(one.event, "reason", None) or ""
    return Step(
        type=one.event.TYPE,
        recorded_at=one.recorded_at,
        actor=actor.get("id", "") if names else "",
        role=actor.get("role", ""),
        reason=reason if names or not reason else None,
    )


CLINICAL = frozenset({"narrative", "why_not_deferrable", "trial_and_alternatives", "conditions"})
"""Personal texts without which nobody could judge; the agency reads them, as in a declaration."""
NAMES = frozenset(
    item.name for item in fields(SheetContent) if personal(item.name) and item.name not in CLINICAL
)
"""Fields that only the structure that took a sheet, or the centre of its place, may read."""
