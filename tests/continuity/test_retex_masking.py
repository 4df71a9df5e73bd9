"""What a reader of the public report can work out of what is masked: nothing under 5."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from continuity.domain.retex_masking import WITHHELD, masked, whole
from continuity.domain.retex_sheets import ORAL, TypedSheet, about_sheets
from continuity.domain.sheet_words import SheetKind, SheetState
from events.small_cells import SMALL, masked as masked_count

MOST = 14
Table = dict[str, int]


@pytest.mark.parametrize(
    ("cells", "shown", "total"),
    [
        ({}, {}, 0),
        ({"a": 0, "b": 7}, {"a": 0, "b": 7}, 7),
        ({"a": 3, "b": 0}, {"a": SMALL, "b": 0}, SMALL),
        ({"a": 3, "b": 40, "c": 9}, {"a": SMALL, "b": 40, "c": 9}, "de 50 à 53"),
        ({"a": 4, "b": 5, "c": 5}, {"a": SMALL, "b": 5, "c": 5}, "de 11 à 14"),
        ({"a": 1, "b": 1, "c": 3}, dict.fromkeys("abc", SMALL), "de 3 à 12"),
    ],
)
def test_a_small_cell_leaves_bounds_of_its_total(cells, shown, total):
    assert masked(cells) == (shown, total)


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ({}, {}),
        ({"a": 0, "b": 5}, {"a": 0, "b": 5}),
        ({"a": 4, "b": 50}, None),
        ({"a": 1, "b": 0}, None),
    ],
)
def test_a_table_of_a_known_total_is_shown_as_it_is_or_not_at_all(cells, shown):
    assert whole(cells) == shown


def tables(size: int) -> Iterator[Table]:
    """Yield every table of a size with a total of 14 at most."""
    for counts in product(range(MOST + 1), repeat=size):
        if sum(counts) <= MOST:
            yield dict(zip("abcd", counts, strict=False))


def by_what_is_published(size: int, publish: Callable[[Table], Any]) -> dict[str, list[Table]]:
    found = defaultdict(list)
    for table in tables(size):
        found[repr(publish(table))].append(table)
    return found


def small_in(tables_alike: list[Table]) -> Iterator[set[int]]:
    """Yield, per cell that is small in one of these tables, every count from 1 to 4 it may be."""
    for name in tables_alike[0]:
        possible = {table[name] for table in tables_alike} & {1, 2, 3, 4}
        if possible:
            yield possible


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_whoever_tries_every_table_learns_no_small_cell(size):
    found = by_what_is_published(size, masked)
    # Only what is published of no table beyond the 14: of others this test knows a part.
    complete = [alike for alike in found.values() if _fits(alike)]
    assert len(complete) > size
    for alike in complete:
        assert all(possible == {1, 2, 3, 4} for possible in small_in(alike))


def _fits(alike: list[Table]) -> bool:
    """Say whether every table that is published so has a total of 14 at most."""
    small = {name for table in alike for name, count in table.items() if 0 < count < 5}
    known = sum(count for name, count in alike[0].items() if name not in small)
    return known + 4 * len(small) <= MOST


@pytest.mark.parametrize("size", [2, 3, 4])
def test_a_withheld_table_beside_its_total_tells_no_small_cell(size):
    found = by_what_is_published(size, lambda one: (masked_count(sum(one.values())), whole(one)))
    withheld = [alike for alike in found.values() if whole(alike[0]) is None]
    assert len(withheld) == MOST - 3, "one per total from 5, and one for those under 5"
    for alike in withheld:
        assert list(small_in(alike)) == [{1, 2, 3, 4}] * size


DAY = date(2026, 6, 17)


def sheets_of(kind: SheetKind, state: SheetState, count: int, days: int = 0) -> list[TypedSheet]:
    one = TypedSheet(kind=kind, state=state, received=DAY, typed=DAY + timedelta(days=days))
    return [one] * count


@pytest.mark.parametrize(
    "others",
    [
        sheets_of(SheetKind.ADVERSE_EVENT, SheetState.TO_MATCH, 3),
        sheets_of(SheetKind.OTHER, SheetState.MATCHED, 1),
        sheets_of(ORAL[0], SheetState.MATCHED, 2),
        sheets_of(SheetKind.ADVERSE_EVENT, SheetState.MATCHED, 4, days=9),
    ],
)
def test_no_table_of_sheets_less_another_gives_a_few_sheets(others):
    many = sheets_of(SheetKind.ADVERSE_EVENT, SheetState.MATCHED, 40)
    assert about_sheets(many, public=True)["legal"]["acknowledged"] == {"in_time": 40, "late": 0}
    told = about_sheets(many + others, public=True)
    assert told["oral_agreements"] == told["legal"]["acknowledged"] == WITHHELD
    assert told["legal"]["questions"] == WITHHELD


def test_questions_of_all_but_a_few_sheets_are_withheld():
    of = sheets_of(SheetKind.ADVERSE_EVENT, SheetState.MATCHED, 40)
    asked = [replace(one, doubted=place < 38) for place, one in enumerate(of)]
    assert about_sheets(asked, public=True)["legal"]["questions"] == WITHHELD
    assert about_sheets(of, public=True)["legal"]["questions"] == {"differing": 0, "doubted": 0}
