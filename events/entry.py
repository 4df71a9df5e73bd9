"""One submission as a spool keeps it: a header in clear, a sealed body, a receipt.

As bytes: RECORD, lengths of header, receipt and sealed body, the three, SHA-256 of all before.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from events import receipts
from events.receipts import ReceiptInvalid

RECORD = b"SPL1"
_LENGTHS = struct.Struct(">IHI")
_START = len(RECORD) + _LENGTHS.size
_SUM = 32
_MARK = 8
_DIGEST = 32
_NUMBER = 60


class EntryDamaged(ValueError):
    """These bytes are no entry, or not the one that its receipt speaks of; `code` says how."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in clear beside a sealed body, and is bound to it: nothing of a patient.

    `kind` and `schema` name the command and its shape, `digest` is its keyed hash (32 bytes),
    `clock_ms` the uncertainty of `received_at`, `number` 60 bits. The smaller the priority, the
    more urgent.
    """

    command_id: UUID
    stream: str
    kind: str
    schema: int
    priority: int
    digest: bytes
    received_at: datetime
    clock_ms: int | None
    number: int

    def __post_init__(self) -> None:
        """Raise ValueError on what a receipt could not say."""
        if len(self.digest) != _DIGEST:
            raise ValueError("a digest takes 32 bytes")
        if not 0 <= self.number < 1 << _NUMBER:
            raise ValueError("a number takes 60 bits")
        if self.received_at.utcoffset() is None:
            raise ValueError("an instant needs its offset")

    def encoded(self) -> bytes:
        """Return the header's bytes: what the seal is bound to."""
        return msgspec.json.encode(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A submission with its receipt; `header_bytes` are the very bytes that `sealed` is bound to."""

    header: Header
    header_bytes: bytes
    sealed: bytes
    receipt: str
    receipt_id: str


def pack(header: bytes, sealed: bytes, receipt: str | bytes) -> bytes:
    """Return an entry's bytes, for a disk, a browser or another node."""
    signed = receipts.as_bytes(receipt) if isinstance(receipt, str) else receipt
    lengths = _LENGTHS.pack(len(header), len(signed), len(sealed))
    record = b"".join((RECORD, lengths, header, signed, sealed))
    return record + sha256(record).digest()


def sum_of(record: bytes) -> bytes:
    """Return the sum that stands at the end of an entry's bytes (32 bytes); `unpack` checks it."""
    return record[-_SUM:]


def mark_of(n: int, record: bytes) -> bytes:
    """Return what binds an entry to its number in a segment (8 bytes)."""
    return sha256(n.to_bytes(8, "big") + record).digest()[:_MARK]


def unpack(record: bytes) -> Entry:
    """Return an entry from its bytes; the receipt's signature is unchecked. Raises EntryDamaged."""
    if record[: len(RECORD)] != RECORD or len(record) < _START + _SUM:
        raise EntryDamaged("no_entry")
    if sha256(record[:-_SUM]).digest() != record[-_SUM:]:
        raise EntryDamaged("changed")
    header_bytes, signed, sealed = _parts(record)
    try:
        header = msgspec.json.decode(header_bytes, type=Header)
        receipt = receipts.read(signed)
    except (msgspec.DecodeError, ReceiptInvalid) as error:
        raise EntryDamaged("no_entry") from error
    if _said(header) != _said(receipt):
        raise EntryDamaged("another_receipt")
    return Entry(
        header=header,
        header_bytes=header_bytes,
        sealed=sealed,
        receipt=receipts.as_text(signed),
        receipt_id=receipt.id,
    )


def checked(record: bytes, keys: Iterable[Mapping[str, Any]]) -> Entry:
    """Return an entry whose receipt one of `keys` signed (events.keys.published), whenever.

    Raises EntryDamaged, with the code of ReceiptInvalid where the receipt is the reason.
    """
    entry = unpack(record)
    try:
        receipts.check_signature(_parts(record)[1], keys)
    except ReceiptInvalid as error:
        raise EntryDamaged(error.code) from error
    return entry


def _parts(record: bytes) -> tuple[bytes, bytes, bytes]:
    header, receipt, sealed = _LENGTHS.unpack(record[len(RECORD) : _START])
    second = _START + header
    third = second + receipt
    if len(record) != third + sealed + _SUM:
        raise EntryDamaged("no_entry")
    return record[_START:second], record[second:third], record[third:-_SUM]


def _said(by: "Header | receipts.Receipt") -> tuple[Any, ...]:
    return by.command_id, by.digest, by.received_at, by.clock_ms, by.number
