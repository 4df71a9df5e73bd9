"""Receipts: what a node signs once a submission is on its disk; anybody checks them offline.

Bytes: version 1, key id 8, then FIELDS, the node's name, an Ed25519 signature 64 over all before.
Text: base32 without padding, which a QR code takes alphanumerically (271 symbols for node "n1":
version 8, 49 modules). No patient and no medicine is in them.
"""

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

VERSION = 1
NODE = re.compile(r"[a-z][a-z0-9]{0,11}")
SPOOLED = 1
LEVELS = {SPOOLED: "spooled1"}
CHAINED = 16
NONE_BEFORE = bytes(CHAINED)

# segment, seq, previous, command, digest, received_at (µs), clock (ms), level, number, node length
FIELDS = struct.Struct(">II16s16s32sqIBQB")
_HEAD = 9
_SIGNATURE = 64
_UNKNOWN = 0xFFFF_FFFF
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_COMMAND = 26
_ID = re.compile(rf"([a-z][a-z0-9]{{0,11}})-(\d{{1,10}})-(\d{{1,10}})-([{_CROCKFORD}]{{26}})")


class ReceiptInvalid(ValueError):
    """A receipt that proves nothing.

    `code` is cut_short, unknown_key or bad_signature.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was received where and when; `digest` is the keyed hash of the command (32 bytes).

    `previous` chains the receipts of one segment: the start of the hash of the one before, zeros
    at the first. `received_at` is UTC to the microsecond, `clock_ms` its uncertainty as far as the
    node knew it, `level` what had been done when it was signed, `number` 60 bits.
    """

    node: str
    segment: int
    seq: int
    previous: bytes
    command_id: UUID
    digest: bytes
    received_at: datetime
    clock_ms: int | None
    level: int = SPOOLED
    number: int

    @property
    def id(self) -> str:
        """Return the receipt's name: it names its issuer and its command."""
        return f"{self.node}-{self.segment}-{self.seq}-{command_name(self.command_id)}"


def command_name(command_id: UUID) -> str:
    """Return a command's identifier as 26 symbols of Crockford's base 32, in lower case."""
    return "".join(
        _CROCKFORD[command_id.int >> (5 * place) & 31] for place in reversed(range(_COMMAND))
    )


def parse_id(text: str) -> tuple[str, int, int, UUID]:
    """Return node, segment, place in the segment and command of a receipt id. Raises ValueError."""
    found = _ID.fullmatch(text)
    if found is None:
        raise ValueError("this is not the id of a receipt")
    value = 0
    for symbol in found[4]:
        value = value << 5 | _CROCKFORD.index(symbol)
    if value >> 128:
        raise ValueError("this is not the id of a receipt")
    return found[1], int(found[2]), int(found[3]), UUID(int=value)


def encode(receipt: Receipt, key_id: str, sign: Callable[[bytes], bytes]) -> str:
    """Return a receipt's text, signed; `key_id` is 16 hexadecimal digits."""
    return as_text(signed(receipt, key_id, sign))


def signed(receipt: Receipt, key_id: str, sign: Callable[[bytes], bytes]) -> bytes:
    """Return a receipt's bytes, signed; `key_id` is 16 hexadecimal digits."""
    node = receipt.node.encode()
    fields = FIELDS.pack(
        receipt.segment,
        receipt.seq,
        receipt.previous,
        receipt.command_id.bytes,
        receipt.digest,
        (receipt.received_at - _EPOCH) // timedelta(microseconds=1),
        _UNKNOWN if receipt.clock_ms is None else min(receipt.clock_ms, _UNKNOWN - 1),
        receipt.level,
        receipt.number,
        len(node),
    )
    body = b"".join((bytes([VERSION]), bytes.fromhex(key_id), fields, node))
    return body + sign(body)


def decode(text: str) -> Receipt:
    """Return what a receipt says, its signature unchecked. Raises ReceiptInvalid (cut_short)."""
    return read(as_bytes(text))


def check_signature(data: bytes, public_keys: Iterable[Mapping[str, Any]]) -> Receipt:
    """Return what a receipt's bytes say, whenever they were signed. Raises ReceiptInvalid.

    The keys are as `events.keys.published` returns them. Whether a key was alive on the receipt's
    date is for outsiders to judge (`continuity/receipt_check.py`): a clock set wrong, or a service
    that signed with the key before, must not lose a declaration.
    """
    receipt, named = read(data), data[1:_HEAD].hex()
    key = next((one for one in public_keys if one["key"] == named), None)
    if key is None:
        raise ReceiptInvalid("unknown_key")
    try:
        public_key(key["public"]).verify(data[-_SIGNATURE:], data[:-_SIGNATURE])
    except InvalidSignature:
        raise ReceiptInvalid("bad_signature") from None
    return receipt


@lru_cache(maxsize=64)
def public_key(text: str) -> Ed25519PublicKey:
    """Return a public key from its text in `events.keys.published`. Raises ValueError."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return Ed25519PublicKey.from_public_bytes(data)


def link(receipt: str | bytes) -> bytes:
    """Return what the next receipt of the segment calls `previous` (16 bytes)."""
    data = as_bytes(receipt) if isinstance(receipt, str) else receipt
    return hashlib.sha256(data).digest()[:CHAINED]


def as_text(data: bytes) -> str:
    """Return a receipt's bytes as text: base32, no padding."""
    return base64.b32encode(data).decode().rstrip("=")


def as_bytes(text: str) -> bytes:
    """Return a receipt's bytes; case and white space are forgiven. Raises ReceiptInvalid."""
    bare = "".join(text.split()).upper()
    try:
        data = base64.b32decode(bare + "=" * (-len(bare) % 8))
    except (binascii.Error, ValueError):
        raise ReceiptInvalid("cut_short") from None
    # Spare bits of the last symbol would let one receipt have several texts.
    if as_text(data) != bare:
        raise ReceiptInvalid("cut_short")
    return data


def read(data: bytes) -> Receipt:
    """Return what a receipt's bytes say, their signature unchecked. Raises ReceiptInvalid."""
    start = _HEAD + FIELDS.size
    if len(data) < start or data[0] != VERSION:
        raise ReceiptInvalid("cut_short")
    segment, seq, previous, command, digest, at, clock, level, number, length = FIELDS.unpack(
        data[_HEAD:start]
    )
    node = data[start : start + length]
    if len(data) != start + length + _SIGNATURE or not NODE.fullmatch(node.decode("latin-1")):
        raise ReceiptInvalid("cut_short")
    try:
        received_at = _EPOCH + timedelta(microseconds=at)
    except OverflowError:
        raise ReceiptInvalid("cut_short") from None
    return Receipt(
        node=node.decode(),
        segment=segment,
        seq=seq,
        previous=previous,
        command_id=UUID(bytes=command),
        digest=digest,
        received_at=received_at,
        clock_ms=None if clock == _UNKNOWN else clock,
        level=level,
        number=number,
    )
