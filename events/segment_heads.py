"""The last receipt that a node gave out in each of its segments."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from events import receipts, segments
from events.entry import Entry
from events.segments import Row, Segment


@dataclass(frozen=True, slots=True)
class Head:
    """The last receipt that a node issued in one segment: its place and its link (hex)."""

    node: str
    segment: int
    seq: int
    hash: str


def heads(dirs: Iterable[Path], node: str | None = None) -> list[Head]:
    """Return the last receipt of each segment; published, they let a lost node be counted."""
    return [head for segment in segments.found(dirs, node) if (head := _head(segment))]


def _head(segment: Segment) -> Head | None:
    try:
        with segments.opened(segment) as connection:
            last = connection.execute(
                "SELECT max(n) FROM contents WHERE seq IS NOT NULL"
            ).fetchone()[0]
        entry = segments.entry_at(segment, last) if last else None
    except segments.UNREADABLE:
        issued = (row.entry for row in segments.read(segment) if isinstance(row, Row))
        entry = max(filter(segment.issued, issued), key=_seq, default=None)
    if entry is None:
        return None
    return Head(segment.node, segment.number, _seq(entry), receipts.link(entry.receipt).hex())


def _seq(entry: Entry) -> int:
    return receipts.decode(entry.receipt).seq
