"""Small cells of the public report: no count from 1 to 4 can be read or computed.

Which values are shown depends on nothing but which cells lie from 1 to 4, never on their values, so
that every "< 5" may be anything from 1 to 4 whatever the others are. Cells of zero stay: they tell
of nobody. A table that stands alone gives the bounds of its total where a cell is small (`masked`);
one beside others of the same total is shown as it is or not at all (`whole`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

SMALLEST = 5
SMALL = "< 5"
WITHHELD = "masqué"
BOUNDS = "de {least} à {most}"
Cell: TypeAlias = int | str


class Masked(NamedTuple):
    """A table as it may be published."""

    cells: Mapping[str, Cell]
    total: Cell


def masked_count(count: int) -> Cell:
    """Return a count that stands alone as it may be published."""
    return SMALL if _is_small(count) else count


def masked(cells: Mapping[str, int]) -> Masked:
    """Return a table whose total is published nowhere else, and that total, as they may be.

    With a small cell the exact total is withheld: it would be given back by subtraction. Its bounds
    are those that whoever adds up the shown cells finds.
    """
    shown = {name: masked_count(count) for name, count in cells.items()}
    small = sum(_is_small(count) for count in cells.values())
    known = sum(count for count in cells.values() if not _is_small(count))
    least, most = known + small, known + small * (SMALLEST - 1)
    if not small:
        return Masked(shown, known)
    return Masked(shown, BOUNDS.format(least=least, most=most) if most >= SMALLEST else SMALL)


def whole(cells: Mapping[str, int]) -> Mapping[str, int] | None:
    """Return a table whose total may be known from elsewhere; None: withheld, with its names.

    A name tells that somebody is counted under it: five names of a total of five are one each.
    """
    return None if any(map(_is_small, cells.values())) else cells


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
        if any(map(_is_small, parts.values())):
            found[name] = None
            continue
        shown.append(name)
        found[name] = dict(sorted(Counter(unit[name] for unit in units).items()))
    return found


def _is_small(count: int) -> bool:
    return 0 < count < SMALLEST
