"""What the sheets of an outage tell: by kind and state, and how soon each was acknowledged.

Of typed sheets the first version counts; the number of what was never typed stands elsewhere.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from continuity.domain.retex_masking import WITHHELD, masked, whole
from continuity.domain.sheet_deadline import Lateness, lateness
from continuity.domain.sheet_words import SheetKind, SheetState

ORAL = (SheetKind.COMPASSIONATE_ORAL_AGREEMENT, SheetKind.OUT_OF_HOURS_DISPENSING)
TOLD_APART = (SheetKind.ADVERSE_EVENT, *ORAL)
NOTHING_SAID = (SheetState.DUPLICATE, SheetState.CANCELLED)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedSheet:
    """One sheet of the outage: `received` the day of the call or writing, `typed` of its recording."""

    kind: str
    state: str
    received: date
    typed: date
    doubted: bool = False
    differing: bool = False
    matched_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the desk tells of an outage; None where nothing of the kind is recorded.

    `sheets` counts them by state and `blocks` by `block_state`; `settled` what was found and settled
    of these sheets; `set_aside` the submissions by reason, `taken_up` those done with by what was
    done, `access_set_aside` those for compassionate access by kind; `at_start` what waited when the
    outage began.
    """

    sheets: Mapping[str, int] | None = None
    typed: Sequence[TypedSheet] = ()
    settled: Mapping[str, int] | None = None
    blocks: Mapping[str, int] | None = None
    set_aside: Mapping[str, int] | None = None
    taken_up: Mapping[str, int] = field(default_factory=dict)
    access_set_aside: Mapping[str, int] = field(default_factory=dict)
    at_start: Mapping[str, int] = field(default_factory=dict)


def block_state(*, is_used: bool, is_returned: bool) -> str:
    """Return where a block stands: used in the outage or not, told of since or not."""
    return f"{'used' if is_used else 'unused'}.{'returned' if is_returned else 'not_returned'}"


def declared_by_sheet(sheets: Sequence[TypedSheet]) -> list[TypedSheet]:
    """Return what came of adverse reactions by telephone or on paper: they were not kept silent."""
    return [
        one
        for one in sheets
        if one.kind == SheetKind.ADVERSE_EVENT and one.state not in NOTHING_SAID
    ]


def received_too(sheets: Sequence[TypedSheet], numbers: Iterable[str]) -> int:
    """Return how many of these sheets were matched to a declaration of these numbers."""
    known = set(map(_bare, numbers))
    return sum(any(_bare(one) in known for one in sheet.matched_to) for sheet in sheets)


def _bare(number: str) -> str:
    # A person types a number with its hyphens or without.
    return number.replace("-", "").upper()


def about_sheets(sheets: Sequence[TypedSheet], *, public: bool) -> Json:
    """Return the oral answers by kind and state, and the acknowledgements (CRPA R112-11-2)."""
    oral = Counter(f"{one.kind}.{one.state}" for one in sheets if one.kind in ORAL)
    late = sum(not _is_in_time(one) for one in sheets)
    acknowledged = {"in_time": len(sheets) - late, "late": late}
    questions = {
        "doubted": sum(one.doubted for one in sheets),
        "differing": sum(one.differing for one in sheets),
    }
    without = {f"not_{name}": len(sheets) - count for name, count in questions.items()}
    shown = not public or are_publishable(sheets)
    asked = shown and (not public or whole(questions | without) is not None)
    return {
        "oral_agreements": dict(sorted(oral.items())) if shown else WITHHELD,
        "legal": {
            "acknowledged": acknowledged if shown else WITHHELD,
            # Whoever has a table and both its margins works out what the three mask.
            "acknowledged_by": WITHHELD if public else _acknowledged_by(sheets),
            "questions": dict(sorted(questions.items())) if asked else WITHHELD,
        },
    }


def are_publishable(sheets: Sequence[TypedSheet]) -> bool:
    """Say whether every part of these sheets that tables give together is none, or not a small one.

    The tables count one set of sheets by state, by kind and by acknowledgement: what one shows less
    what another does is a part of them.
    """
    parts = Counter(
        f"{one.kind if one.kind in TOLD_APART else ''}.{one.state}.{_is_in_time(one)}"
        for one in sheets
    )
    return whole(parts) is not None


def _is_in_time(one: TypedSheet) -> bool:
    return lateness(one.received, one.typed) is Lateness.IN_TIME


def _acknowledged_by(sheets: Sequence[TypedSheet]) -> list[Json]:
    """Return a row for each kind and state: how many were typed in time, and late."""
    found: dict[tuple[str, str], Counter[bool]] = {}
    for one in sheets:
        found.setdefault((one.kind, one.state), Counter())[_is_in_time(one)] += 1
    return [
        {"kind": kind, "state": state, "in_time": counted[True], "late": counted[False]}
        for (kind, state), counted in sorted(found.items())
    ]


def table(cells: Mapping[str, int], *, public: bool) -> Json:
    """Return a table of counts whose total is told nowhere else."""
    ordered = dict(sorted(cells.items()))
    if public:
        shown = masked(ordered)
        return {"total": shown.total, "cells": dict(shown.cells)}
    return {"total": sum(ordered.values()), "cells": ordered}
