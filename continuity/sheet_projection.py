"""The desk of numbered sheets and the blocks issued, folded from their streams."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from typing_extensions import override

from continuity.domain.sheet_events import (
    BLOCK_CATEGORY,
    CATEGORY,
    DifferenceFound,
    DifferenceSettled,
    SheetBlockIssued,
    SheetBlockReturned,
    SheetCancelled,
    SheetDuplicate,
    SheetLostConfirmed,
    SheetLostProposed,
    SheetMatched,
    SheetNumberExplained,
    SheetRecorded,
    SheetRecordedAgain,
)
from continuity.domain.sheet_facts import SheetFacts, after
from continuity.domain.sheet_number import NotASheetNumber, parse
from continuity.domain.sheet_urgency import urgency
from continuity.domain.sheet_words import UNREADABLE
from events.projection import Projection, Row, Seen, Table, View

ONLY = ""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class ContentView(View, frozen=True, gc=False):
    """What is read of a sheet's content: nothing by which anybody could be recognised."""

    department_code: str | None = None
    drug_name: str | None = None
    reaction_term: str | None = None
    seriousness: tuple[str, ...] = ()


class RecordedView(View, frozen=True, gc=False):
    """What is read of a first recording."""

    number: str
    kind: str
    channel: str
    content: ContentView
    recorder: str
    institution: str | None = None
    doubt: str | None = None


class RecordedAgainView(View, frozen=True, gc=False):
    """What is read of a further recording."""

    kind: str
    channel: str
    content: ContentView
    recorder: str
    institution: str | None = None
    differing: tuple[str, ...] = ()


class MatchedView(View, frozen=True, gc=False):
    """What is read of a match."""

    recording: int
    reference: str
    stream: str | None = None


class DifferingView(View, frozen=True, gc=False):
    """What is read of a difference."""

    recording: int
    differing: tuple[str, ...] = ()


class SettledView(View, frozen=True, gc=False):
    """What is read of a ruling; the reason stays sealed."""

    between: str
    ruling: str
    recording: int


class EndedView(View, frozen=True, gc=False):
    """What is read of an end, or of a loss that is proposed."""

    number: str = ""
    by: str = ""
    of: str = ""


class BlockView(View, frozen=True, gc=False):
    """What is read of a block."""

    site: str
    first: int
    last: int
    holder: str
    valid_until: date


class ReturnView(View, frozen=True, gc=False):
    """What is read of what was told of a block."""

    first: int
    last_used: int | None = None


SHEETS = Table(
    "sheets",
    (
        "number", "site", "rank", "open", "state", "kind", "channel", "urgency", "occurred_at",
        "received_at", "recorded_at", "department", "institution", "recorder", "drug", "reaction",
        "questions", "differing", "matched_to", "versions", "lost_proposed_by",
    ),
)  # fmt: skip
BLOCKS = Table(
    "sheet_blocks",
    (
        "site", "first", "last", "holder", "valid_until", "issued_at", "last_used", "returned_at",
    ),
)  # fmt: skip
BLANK: Mapping[str, Any] = dict.fromkeys(SHEETS.columns, "") | {
    "rank": 0,
    "open": True,
    "urgency": 0,
    "occurred_at": None,
    "received_at": LONG_AGO,
    "recorded_at": None,
    "versions": 0,
}


class Shown(NamedTuple):
    """What the desk folds: the facts, and when the sheet was first typed."""

    facts: SheetFacts
    recorded_at: datetime | None


class Sheets(Projection[Shown]):
    """One row for each sheet of which anything is known."""

    name = "sheets"
    category = CATEGORY
    tables = (SHEETS,)
    views = {
        SheetRecorded.TYPE: RecordedView,
        SheetRecordedAgain.TYPE: RecordedAgainView,
        SheetNumberExplained.TYPE: EndedView,
        SheetMatched.TYPE: MatchedView,
        DifferenceFound.TYPE: DifferingView,
        DifferenceSettled.TYPE: SettledView,
        SheetDuplicate.TYPE: EndedView,
        SheetCancelled.TYPE: EndedView,
        SheetLostProposed.TYPE: EndedView,
        SheetLostConfirmed.TYPE: EndedView,
    }

    @override
    def initial(self) -> Shown:
        """Return nothing known."""
        return Shown(SheetFacts(), None)

    @override
    def evolve(self, state: Shown, seen: Seen) -> Shown:
        """Return what is known after one event, by the domain's own rules."""
        facts = after(state.facts, seen.type, seen.data, seen.occurred_at, seen.received_at)
        first = state.recorded_at
        if first is None and facts.recordings:
            first = seen.recorded_at
        return Shown(facts, first)

    @override
    def rows(self, stream: str, state: Shown) -> Sequence[Sequence[Row]]:
        """Return the sheet's row."""
        return ((_row(_fields(state)),),)

    @override
    def placeholder(self, stream: str) -> Sequence[Sequence[Row]]:
        """Return an open row at the top of the desk that says the stream cannot be read."""
        return ((_row({**BLANK, "state": UNREADABLE}),),)


class SheetBlocks(Projection[tuple[Row, ...]]):
    """One row for each block of numbers issued."""

    name = "sheet_blocks"
    category = BLOCK_CATEGORY
    tables = (BLOCKS,)
    views = {SheetBlockIssued.TYPE: BlockView, SheetBlockReturned.TYPE: ReturnView}

    @override
    def initial(self) -> tuple[Row, ...]:
        """Return no block."""
        return ()

    @override
    def evolve(self, state: tuple[Row, ...], seen: Seen) -> tuple[Row, ...]:
        """Return the rows after one more block, or after what was told of one."""
        said = seen.data
        key = f"{said.first:05}"
        if seen.type == SheetBlockReturned.TYPE:
            told = (said.last_used, seen.received_at)
            return tuple((*row[:-2], *told) if row[0] == key else row for row in state)
        row = (key, said.site, said.first, said.last, said.holder, said.valid_until)
        return (*state, (*row, seen.recorded_at, None, None))

    @override
    def rows(self, stream: str, state: tuple[Row, ...]) -> Sequence[Sequence[Row]]:
        """Return the rows of the site's blocks."""
        return (state,)


PROJECTIONS: tuple[Projection[Any], ...] = (Sheets(), SheetBlocks())


def _fields(state: Shown) -> Mapping[str, Any]:
    facts = state.facts
    known: Mapping[str, Any] = {
        **BLANK,
        **_place(facts.number),
        "number": facts.number,
        "open": facts.is_open,
        "state": facts.state.value,
        "recorded_at": state.recorded_at,
        "questions": " ".join(facts.questions),
        "differing": " ".join(dict.fromkeys(_differing(facts))),
        "matched_to": " ".join(match.reference for match in facts.matches),
        "versions": len(facts.recordings),
        "lost_proposed_by": facts.lost_proposed_by or "",
        "received_at": None,
    }
    if not facts.recordings:
        return known
    first = facts.recordings[0]
    return {
        **known,
        "kind": first.kind,
        "channel": first.channel,
        "urgency": min(urgency(one.kind, one.content.seriousness) for one in facts.recordings),
        "occurred_at": first.occurred_at,
        "received_at": min(one.received_at for one in facts.recordings),
        "department": first.content.department_code or "",
        "institution": first.institution or "",
        "recorder": first.recorder,
        "drug": first.content.drug_name or "",
        "reaction": first.content.reaction_term or "",
    }


def _place(number: str) -> Mapping[str, Any]:
    try:
        read = parse(number)
    except NotASheetNumber:
        return {"site": "", "rank": 0}
    return {"site": read.site, "rank": read.rank}


def _differing(facts: SheetFacts) -> Sequence[str]:
    waiting = [name for one in facts.pending for name in one.differing]
    return waiting + [name for match in facts.matches for name in match.differing]


def _row(known: Mapping[str, Any]) -> Row:
    return (ONLY, *(known[name] for name in SHEETS.columns))
