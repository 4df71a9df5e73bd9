"""Streams whose history was changed: nothing is decided on them until a person accepts it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from events import store

# A stream with a gap, or shorter than what a command that was recorded says of it.
TORN = """
    SELECT stream FROM events_event GROUP BY stream HAVING max(version) <> count(*)
    UNION
    SELECT told.key FROM events_command, json_each_text(result) AS told
    WHERE NOT EXISTS (SELECT FROM events_event AS event
        WHERE event.stream = told.key AND event.version = told.value::integer)
"""
WITHIN = """
    SELECT DISTINCT event.stream FROM events_position AS numbered
    JOIN events_event AS event ON event.id = numbered.event_id
    WHERE numbered.position BETWEEN %s AND %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadBlock:
    """A block that does not hold what was sealed; `content` is the hash of what was found there."""

    number: int
    first: int
    last: int
    why: str
    content: bytes


Findings = Mapping[str, str]
"""What does not hold: which finding it is, the same each time, and what to say of it."""

_teller: Callable[[Findings], None] | None = None


def tell_with(teller: Callable[[Findings], None]) -> None:
    """Say who tells people of what does not hold; done once, when Django starts."""
    global _teller  # noqa: PLW0603
    _teller = teller


def tell(findings: Findings) -> None:
    """Have people told of what does not hold, of each finding once."""
    if findings and _teller is not None:
        _teller(findings)


def streams_of(bad: Sequence[BadBlock]) -> dict[int, list[str]]:
    """Return, by block number, the streams that its findings may concern.

    An event that was deleted names no stream any more: wherever a block is bad, streams that have a
    gap or an end missing are its.
    """
    if not bad:
        return {}
    connection = store.session("projector")
    torn = {stream for (stream,) in connection.execute(TORN)}
    return {
        block.number: sorted(
            torn | {row[0] for row in connection.execute(WITHIN, [block.first, block.last])}
        )
        for block in bad
    }


def park(bad: Sequence[BadBlock]) -> int:
    """Switch decisions off on the streams of bad blocks; return how many are new to that."""
    connection = store.session("projector")
    parked = 0
    for block in bad:
        streams = streams_of([block])[block.number]
        row = connection.execute(
            "SELECT events_park(%s, %s, %s, %s)",
            [block.number, block.content, block.why, streams],
        ).fetchone()
        parked += row[0] if row else 0
    return parked


def accept(block: BadBlock, who: str) -> bool:
    """Let a person take a block as it is now; return whether it was waiting for that.

    Another change of the same block is another finding.
    """
    row = (
        store.session("projector")
        .execute("SELECT events_accept(%s, %s, %s)", [block.number, block.content, who])
        .fetchone()
    )
    return bool(row and row[0])


def accepted(bad: Sequence[BadBlock]) -> set[int]:
    """Return the numbers of the blocks that a person has accepted as they are."""
    rows = store.session("projector").execute(
        "SELECT number, content FROM events_bad_block WHERE accepted_at IS NOT NULL"
    )
    known: set[Any] = {(number, bytes(content)) for number, content in rows}
    return {block.number for block in bad if (block.number, block.content) in known}


def parked(alias: str = "default", limit: int = 1000) -> list[str]:
    """Return the streams on which nothing is decided, at most `limit`."""
    rows = store.session(alias).execute(
        "SELECT DISTINCT parked.stream FROM events_bad_stream AS parked"
        " JOIN events_bad_block AS block ON block.id = parked.bad"
        " WHERE block.accepted_at IS NULL ORDER BY 1 LIMIT %s",
        [limit],
    )
    return [stream for (stream,) in rows]
