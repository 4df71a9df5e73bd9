"""What the notes of a spool say together: which receipts nobody holds."""

from collections.abc import Iterable, Mapping

HELD = "held"
"""The outcome of a note: somebody was given this receipt, whatever its own request was told."""


def nobodys(notes: Iterable[Mapping[str, str]]) -> set[str]:
    """Return the receipts that nobody holds, by what `settled` says of all segments of a node.

    Two tries of one command may be under way at once: who was given the other's receipt holds it,
    whatever the other was told.
    """
    told = [(name, outcome) for one in notes for name, outcome in one.items()]
    held = {name for name, outcome in told if outcome == HELD}
    return {name for name, _ in told} - held
