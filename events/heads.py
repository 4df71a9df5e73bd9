"""How many receipts a node gave out, kept with other machines; so a lost node's can be counted.

Each minute every beacon asks each node for the last receipt of its segments. Where the segments are
gone and their receipts are not in the log, so many people hold a receipt for what nobody has.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from events import segment_heads, segments, spool_reports
from events.notes import nobodys
from events.receipts import parse_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """So many receipts of a node are accounted for nowhere, as of the last look at it."""

    node: str
    receipts: int
    at: str


def told() -> dict[str, Any]:
    """Return what this node tells the others of its spool: numbers and hashes, nothing of anybody.

    `held` of a segment is how many of its receipts somebody holds.
    """
    node = settings.NODE_NAME
    heads = segment_heads.heads(settings.SPOOL_DIRS, node)
    nobodys = _nobodys(node, {head.segment: head.seq for head in heads})
    return {
        "node": node,
        "heads": [
            {
                "segment": head.segment,
                "seq": head.seq,
                "held": head.seq - nobodys[head.segment],
                "hash": head.hash,
            }
            for head in heads
        ],
    }


def _nobodys(node: str, last: Mapping[int, int]) -> Counter[int]:
    """Return by segment how many receipts up to its `last` nobody holds.

    An attempt that was given up may lie behind it: its row never reached the disk, and is not in
    the count from which this is taken.
    """
    noted = nobodys(
        segments.settled(segment) for segment in segments.found(settings.SPOOL_DIRS, node)
    )
    places = [parse_id(receipt)[1:3] for receipt in noted]
    return Counter(segment for segment, seq in places if seq <= last.get(segment, 0))


def lost(folder: Path) -> list[Lost]:
    """Compare what the beacon kept in `folder` with the log and the spools that can be read here.

    A copy that another node keeps counts as lost until it is drained. Raises psycopg.Error.
    """
    here = {(one.node, one.number) for one in segments.found(settings.SPOOL_DIRS)}
    held = {
        (kept["node"], head["segment"]): head["held"]
        for kept in _kept(folder)
        for head in kept["heads"]
    }
    gone = held.keys() - here
    if not gone:
        return []
    known = spool_reports.accounted_for()
    missing: Counter[str] = Counter()
    for place in gone:
        missing[place[0]] += max(held[place] - known.get(place, 0), 0)
    return [
        Lost(node=kept["node"], receipts=missing[kept["node"]], at=kept["at"])
        for kept in _kept(folder)
        if missing[kept["node"]]
    ]


def _kept(folder: Path) -> Iterable[Mapping[str, Any]]:
    """Yield what was last heard of each node; a file that cannot be read tells nothing."""
    for path in sorted(folder.glob("*.json")):
        try:
            read = json.loads(path.read_text())
        except (OSError, ValueError):
            continue
        if isinstance(read, dict) and {"node", "at", "heads"} <= read.keys():
            yield read
