"""How lists name several products or reactions in one line."""

from collections.abc import Sequence

SEPARATOR = " · "
SHOWN = 3


def labels(names: Sequence[str]) -> str:
    """Return the first names of a list, separated, and a sign that there are more."""
    if len(names) <= SHOWN:
        return SEPARATOR.join(names)
    return SEPARATOR.join(names[:SHOWN]) + SEPARATOR + "…"
