"""Check the log against its own blocks, and against a checkpoint from outside."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from events import seal, store
from events.seal import Checkpoint

log = logging.getLogger(__name__)

POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LEAVES = """
    COPY (
        SELECT numbered.position, event.stream, event.type, event.version, event.schema_version,
               event.command_id, event.command_index, event.occurred_at, event.received_at,
               event.recorded_at, event.payload::text, event.metadata::text
        FROM events_position AS numbered
        LEFT JOIN events_event AS event ON event.id = numbered.event_id
        WHERE numbered.position BETWEEN {first} AND {last} ORDER BY numbered.position
    ) TO STDOUT (FORMAT BINARY)
"""
LEAF_TYPES = [
    "int8", "text", "text", "int4", "int4", "uuid", "int4",
    "timestamptz", "timestamptz", "timestamptz", "text", "text",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a verification found; `first_bad` says where and what, None when all holds."""

    ok: bool
    events: int
    blocks: int
    first_bad: str | None


class Broken(Exception):
    """The log is not what its blocks say."""


def verify_log(
    *,
    first: int = 1,
    checkpoint: Checkpoint | None = None,
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> Verdict:
    """Recompute every leaf, root and hash from position `first` on; check density and the links.

    `report(events, total)` is called after each block. Reads only.
    """
    store.sequence()
    total = store.head("projector").position
    events = blocks = 0
    try:
        _dense(total)
        _all_numbered()
        for block, before in _linked(first, total):
            check_block(block, before)
            blocks += 1
            events += block["last_position"] - block["first_position"] + 1
            report(events, total)
        if checkpoint is not None:
            check_against(checkpoint)
    except Broken as finding:
        return Verdict(ok=False, events=events, blocks=blocks, first_bad=str(finding))
    return Verdict(ok=True, events=events, blocks=blocks, first_bad=None)


def _dense(total: int) -> None:
    row = (
        store.session("projector")
        .execute(
            "SELECT count(*), coalesce(min(position), 1), coalesce(max(position), 0),"
            " (SELECT coalesce(max(last_position), 0) FROM events_block"
            "  WHERE last_position <= %s) FROM events_position WHERE position <= %s",
            [total, total],
        )
        .fetchone()
    )
    count, lowest, highest, sealed = row or (0, 1, 0, 0)
    if not count == highest == total or lowest != 1:
        raise Broken(f"positions have a hole: {count} of {highest}")
    if sealed != total:
        raise Broken(f"positions end at {total} and blocks at {sealed}: one of them has a hole")


def _all_numbered() -> None:
    """An event with neither a position nor a place in the queue would never be seen."""
    row = (
        store.session("projector")
        .execute(
            "SELECT id FROM events_event AS event"
            " WHERE NOT EXISTS (SELECT FROM events_position WHERE event_id = event.id)"
            " AND NOT EXISTS (SELECT FROM events_pending WHERE event_id = event.id)"
            " ORDER BY id LIMIT 1"
        )
        .fetchone()
    )
    if row is not None:
        raise Broken(f"event {row[0]} has no position and waits for none")


Block = dict[str, Any]
GENESIS: Block = {"number": 0, "last_position": 0, "hash": b""}


def _linked(first: int, total: int) -> Iterator[tuple[Block, Block]]:
    """Yield each block from position `first` on, with the one before it. Raises Broken."""
    before: Block | None = None
    for block in _blocks(first, total):
        if before is None:
            before = _block_before(block)
        yield block, before
        before = block


def _block_before(block: Block) -> Block:
    if block["number"] == 1 or block["first_position"] == 1:
        return GENESIS
    found = next(_select("WHERE number = %s", [block["number"] - 1]), None)
    if found is None:
        raise Broken(f"block {block['number'] - 1} is missing")
    return found


def _blocks(first: int, total: int) -> Iterator[Block]:
    number = 0
    while True:
        rows = list(
            _select(
                "WHERE last_position >= %s AND last_position <= %s AND number > %s"
                " ORDER BY number LIMIT 256",
                [first, total, number],
            )
        )
        if not rows:
            return
        yield from rows
        number = rows[-1]["number"]


def _select(condition: str, parameters: Sequence[int]) -> Iterator[Block]:
    columns = (
        "number",
        "epoch",
        "first_position",
        "last_position",
        "previous_hash",
        "root",
        "hash",
    )
    rows = store.session("projector").execute(
        f"SELECT {', '.join(columns)} FROM events_block {condition}",  # noqa: S608
        parameters,
    )
    for row in rows.fetchall():
        yield dict(zip(columns, row, strict=True))


def check_block(block: Block, before: Block) -> None:
    """Check a block's place after the one before, its link, its root and itself. Raises Broken."""
    number, link = block["number"], bytes(block["previous_hash"])
    follows = number == before["number"] + 1 and (
        block["first_position"] == before["last_position"] + 1
    )
    if not follows or link != bytes(before["hash"]):
        raise Broken(f"block {number} does not follow the block before it")
    root = merkle_root(list(_leaves(block["first_position"], block["last_position"])))
    if root != bytes(block["root"]):
        raise Broken(f"block {number}: events differ from what was sealed")
    body = (
        link
        + number.to_bytes(8, "big")
        + block["epoch"].to_bytes(4, "big")
        + block["first_position"].to_bytes(8, "big")
        + block["last_position"].to_bytes(8, "big")
        + root
    )
    if sha256(body).digest() != bytes(block["hash"]):
        raise Broken(f"block {number}: its hash does not match its content")


def _leaves(first: int, last: int) -> Iterator[bytes]:
    statement = LEAVES.format(first=int(first), last=int(last))
    position = first
    with store.session("projector").cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(LEAF_TYPES)
        for row in copy.rows():
            if row[0] != position or row[1] is None:
                raise Broken(f"position {position} has no event")
            position += 1
            yield leaf(row[1:])
    if position != last + 1:
        raise Broken(f"position {position} is missing")


def leaf(row: Sequence[Any]) -> bytes:
    """Return the RFC 6962 leaf hash of one stored event (the columns of LEAVES, in order)."""
    stream, kind, version, schema, command, index, occurred, received, recorded, payload, meta = (
        row
    )
    return sha256(
        b"\x00"
        + stream.encode()
        + b"\x00"
        + kind.encode()
        + b"\x00"
        + version.to_bytes(4, "big")
        + schema.to_bytes(4, "big")
        + UUID(str(command)).bytes
        + index.to_bytes(4, "big")
        + b"".join(_instant(moment) for moment in (occurred, received, recorded))
        + sha256(payload.encode()).digest()
        + sha256(meta.encode()).digest()
    ).digest()


def _instant(moment: datetime) -> bytes:
    return ((moment - POSTGRES_EPOCH) // MICROSECOND).to_bytes(8, "big", signed=True)


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes; an odd node rises unchanged (RFC 6962)."""
    nodes = list(leaves)
    while len(nodes) > 1:
        pairs = range(0, len(nodes) - 1, 2)
        odd = nodes[len(nodes) & ~1 :]
        nodes = [sha256(b"\x01" + nodes[i] + nodes[i + 1]).digest() for i in pairs] + odd
    return nodes[0]


def check_against(checkpoint: Checkpoint) -> None:
    """Check that the log still holds what an outside checkpoint remembers. Raises Broken."""
    row = (
        store.session("projector")
        .execute(
            "SELECT epoch, last_position, encode(hash, 'hex') FROM events_block WHERE number = %s",
            [checkpoint.block],
        )
        .fetchone()
    )
    if row is None:
        raise Broken(f"the log ends before block {checkpoint.block} of the checkpoint: restored?")
    if row != (checkpoint.epoch, checkpoint.position, checkpoint.hash):
        raise Broken(f"block {checkpoint.block} is not the one of the checkpoint: restored?")


def keep_checkpoint() -> bool:
    """Sign the log's end and keep it outside the database; False when the log has forked.

    A log that no longer holds what the last checkpoint remembers was restored or changed: that
    checkpoint is the proof and is not overwritten; the diverging one is kept beside it.
    """
    checkpoint = seal.current()
    if checkpoint is None:
        return not seal.diverged()
    try:
        kept = seal.latest()
        if kept is not None:
            check_against(kept)
    except (Broken, ValueError) as finding:
        seal.write(checkpoint, f"diverged-{checkpoint.epoch}-{checkpoint.block}.json")
        log.error("the log differs from its last checkpoint: %s", finding)  # noqa: TRY400
        return False
    seal.write(checkpoint)
    return True
