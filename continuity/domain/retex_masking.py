"""Tables of the public report: no count from 1 to 4 can be read or computed (`events.small_cells`).

A table that stands alone gives the bounds of its total where a cell is small (`masked`); one beside
others of the same total is shown as it is or not at all (`whole`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from events.small_cells import Cell, has_small, masked as masked_count, masked_total

WITHHELD = "masqué"


class Masked(NamedTuple):
    """A table as it may be published."""

    cells: Mapping[str, Cell]
    total: Cell


def masked(cells: Mapping[str, int]) -> Masked:
    """Return a table whose total is published nowhere else, and that total, as they may be."""
    shown = {name: masked_count(count) for name, count in cells.items()}
    return Masked(shown, masked_total(cells.values()))


def whole(cells: Mapping[str, int]) -> Mapping[str, int] | None:
    """Return a table whose total may be known from elsewhere; None: withheld, with its names.

    A name tells that somebody is counted under it: five names of a total of five are one each.
    """
    return None if has_small(cells.values()) else cells


def standing(
    units: Sequence[Mapping[str, str]], tables: Sequence[str], beside: Sequence[str] = ()
) -> dict[str, Mapping[str, int] | None]:
    """Return each table of one set of units that may stand beside those before it; None: withheld.

    Whoever has two tables of the same units may subtract: a table is shown if no unit is one of a
    few that share their cell in it and in every table shown before it, or told elsewhere (`beside`).
    """
    shown = list(beside)
    found: dict[str, Mapping[str, int] | None] = {}
    for name in tables:
        parts = Counter(tuple(unit[one] for one in (*shown, name)) for unit in units)
        if has_small(parts.values()):
            found[name] = None
            continue
        shown.append(name)
        found[name] = dict(sorted(Counter(unit[name] for unit in units).items()))
    return found
