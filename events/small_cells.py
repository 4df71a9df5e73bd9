"""Small cells of what is published: no count from 1 to 4 can be read or computed.

Which values are shown depends on nothing but which cells lie from 1 to 4, never on their values, so
that every "< 5" may be anything from 1 to 4 whatever the others are. Cells of zero stay: they tell
of nobody.
"""

from collections.abc import Collection
from typing import TypeAlias

SMALLEST = 5
SMALL = "< 5"
BOUNDS = "de {least} à {most}"
Cell: TypeAlias = int | str


def masked(count: int) -> Cell:
    """Return a count as it may be published."""
    return SMALL if is_small(count) else count


def masked_total(counts: Collection[int]) -> Cell:
    """Return the total of counts that are published beside it, as it may be.

    With a small cell the exact total is withheld: it would give that cell back by subtraction. Its
    bounds are those that whoever adds up the shown cells finds.
    """
    small = sum(map(is_small, counts))
    known = sum(count for count in counts if not is_small(count))
    if not small:
        return known
    least, most = known + small, known + small * (SMALLEST - 1)
    return BOUNDS.format(least=least, most=most) if most >= SMALLEST else SMALL


def has_small(counts: Collection[int]) -> bool:
    """Say whether one of the counts lies from 1 to 4."""
    return any(map(is_small, counts))


def is_small(count: int) -> bool:
    """Say whether a count lies from 1 to 4."""
    return 0 < count < SMALLEST
