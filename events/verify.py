"""Check the log against its own blocks, and against a checkpoint from outside."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID

from events import epochs, quarantine, store
from events.errors import LogHalted
from events.quarantine import BadBlock
from events.seal import Checkpoint

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
    """What a verification found; `first_bad` says where and what, None when all holds.

    `bad` are the blocks that do not hold; those in `accepted` were taken as they are by a person
    and count as held. `last` is the position up to which was verified; `beyond` is what does not
    hold and no bad block explains.
    """

    ok: bool
    events: int
    blocks: int
    first_bad: str | None
    last: int
    bad: tuple[BadBlock, ...] = ()
    accepted: tuple[int, ...] = ()
    beyond: tuple[str, ...] = ()

    @property
    def findings(self) -> dict[str, str]:
        """Return what does not hold and no person took; another change of a block is another one."""
        if self.ok:
            return {}
        found = {
            f"block {one.number} {one.content.hex()}": f"block {one.number}: {one.why}"
            for one in self.bad
            if one.number not in self.accepted
        }
        found |= {why: why for why in self.beyond}
        return found or {str(self.first_bad): str(self.first_bad)}


class Broken(Exception):
    """The log is not what its blocks say."""


def verify_log(
    *,
    first: int = 1,
    checkpoint: Checkpoint | None = None,
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> Verdict:
    """Recompute every leaf, root and hash from position `first` on; check density and the links.

    `report(events, total)` is called after each block. Reads only, after numbering what waits; a
    halted log is verified as far as it is numbered.
    """
    with suppress(LogHalted):
        epochs.sequence()
    total = store.head("projector").position
    whole: list[str] = []
    bad: list[BadBlock] = []
    events = blocks = 0
    for check in (lambda: _dense(first, total), _all_numbered):
        whole += _finding(check)
    for block, finding in _walk(first, total):
        bad += [finding] if finding else []
        if block is not None:
            blocks += 1
            events += block["last_position"] - block["first_position"] + 1
            report(events, total)
    if checkpoint is not None:
        outside = checkpoint
        whole += _finding(lambda: check_against(outside))
    return _verdict(whole, bad, events=events, blocks=blocks, last=total)


def _finding(check: Callable[[], None]) -> list[str]:
    try:
        check()
    except Broken as finding:
        return [str(finding)]
    return []


def _verdict(
    whole: list[str], bad: list[BadBlock], *, events: int, blocks: int, last: int
) -> Verdict:
    taken = quarantine.accepted(bad)
    open_findings = [block.why for block in bad if block.number not in taken]
    # What was deleted leaves a hole in the whole too: accepted with its block.
    if taken and not open_findings:
        whole = [finding for finding in whole if "hole" not in finding]
    findings = whole + open_findings
    return Verdict(
        ok=not findings,
        events=events,
        blocks=blocks,
        first_bad=findings[0] if findings else None,
        last=last,
        bad=tuple(bad),
        accepted=tuple(sorted(taken)),
        # What was deleted is a hole in the whole, and a bad block.
        beyond=tuple(one for one in whole if not (open_findings and "hole" in one)),
    )


def _dense(first: int, total: int) -> None:
    # What was accepted before `first` is the affair of whoever verifies from there.
    row = (
        store.session("projector")
        .execute(
            "SELECT count(*), (SELECT coalesce(max(last_position), 0) FROM events_block"
            "  WHERE last_position <= %s) FROM events_position WHERE position BETWEEN %s AND %s",
            [total, first, total],
        )
        .fetchone()
    )
    count, sealed = row or (0, 0)
    if count != (expected := max(total - first + 1, 0)):
        raise Broken(f"positions have a hole: {count} of {expected}")
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


def _walk(first: int, total: int) -> Iterator[tuple[Block | None, BadBlock | None]]:
    """Yield each block from position `first` on with what is wrong with it; None for one missing."""
    before: Block | None = None
    for block in _blocks(first, total):
        if before is None:
            before = _block_before(block)
        if block["number"] > before["number"] + 1:
            yield None, _missing(before, block["first_position"] - 1)
            # What it should be linked to is gone.
            before = {
                "number": block["number"] - 1,
                "last_position": block["first_position"] - 1,
                "hash": bytes(block["previous_hash"]),
            }
        why = _finding(partial(check_block, block, before))
        yield block, _bad(block, why[0]) if why else None
        before = block
    end = before or GENESIS
    if first <= end["last_position"] + 1 <= total:
        yield None, _missing(end, total)


def _missing(before: Block, last: int) -> BadBlock:
    number = before["number"] + 1
    gone = {"number": number, "first_position": before["last_position"] + 1, "last_position": last}
    return _bad(gone, f"block {number} is missing")


def _bad(block: Block, why: str) -> BadBlock:
    first, last = block["first_position"], block["last_position"]
    found = sha256(why.encode())
    for column in ("previous_hash", "root", "hash"):
        found.update(bytes(block.get(column, b"")))
    with suppress(Broken):
        for one in _leaves(first, last):
            found.update(one)
    return BadBlock(
        number=block["number"], first=first, last=last, why=why, content=found.digest()
    )


def _block_before(block: Block) -> Block:
    """Return the last block before one; where there is none, the start of the log."""
    return next(
        _select("WHERE number < %s ORDER BY number DESC LIMIT 1", [block["number"]]), GENESIS
    )


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
