#!/usr/bin/env python3
"""Check a receipt without a network: `receipt_check.py --keys keys.json RECEIPT`.

Stands alone: Python 3.9 or newer and the package `cryptography`. keys.json is what
GET /api/v1/keys answered, kept beforehand. RECEIPT is a receipt as it was printed or scanned
(base32; case, spaces and line breaks do not matter), or a later statement about one
(`<content>.<signature>`, base64url, dated by its `stated_at` or `recorded_at`). Exit code 0: valid; 1: not valid, and why.
"""

import argparse
import base64
import binascii
import json
import re
import struct
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Dict, List, Tuple
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WHY = {
    "cut_short": "Le reçu est incomplet ou abîmé. / The receipt is incomplete or damaged.",
    "unknown_key": "Aucune des clés données n’a signé ce reçu. / None of the given keys signed it.",
    "bad_signature": "Le reçu a été modifié. / The receipt was changed.",
    "outside_key_life": (
        "Le reçu est daté hors de la période de sa clé."
        " / The receipt is dated outside the life of its key."
    ),
}
LEVELS = {1: "spooled1"}

# Version, key id, then segment, seq, previous, command, digest, received_at (µs), clock (ms),
# level, number, length of the node's name; the name; Ed25519 over all before.
FIELDS = struct.Struct(">B8sII16s16s32sqIBQB")
SIGNATURE = 64
CLOCK_UNKNOWN = 0xFFFF_FFFF
NODE = re.compile(rb"[a-z][a-z0-9]{0,11}")
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class NotValid(Exception):
    """A receipt that proves nothing; `code` is one of WHY."""

    def __init__(self, code: str) -> None:
        super().__init__(WHY[code])
        self.code = code


def check(text: str, keys: List[Dict[str, Any]]) -> Dict[str, Any]:
    """Return what a receipt, or a statement about one, says. Raises NotValid."""
    if "." in text:
        named, signed, signature, content, at = _statement(text)
    else:
        named, signed, signature, content, at = _receipt(text)
    key = next((one for one in keys if one["key"] == named), None)
    if key is None:
        raise NotValid("unknown_key")
    try:
        Ed25519PublicKey.from_public_bytes(_bytes(key["public"])).verify(signature, signed)
    except InvalidSignature:
        raise NotValid("bad_signature") from None
    if not _within(at, key.get("from"), key.get("until")):
        raise NotValid("outside_key_life")
    return {**content, "key": named}


Read = Tuple[Any, bytes, bytes, Dict[str, Any], datetime]


def _receipt(text: str) -> Read:
    bare = "".join(text.split()).upper()
    try:
        data = base64.b32decode(bare + "=" * (-len(bare) % 8))
    except (binascii.Error, ValueError):
        raise NotValid("cut_short") from None
    # Spare bits of the last symbol would let one receipt have several texts.
    if base64.b32encode(data).decode().rstrip("=") != bare or len(data) < FIELDS.size:
        raise NotValid("cut_short")
    version, key, segment, seq, previous, command, digest, at, clock, level, number, length = (
        FIELDS.unpack(data[: FIELDS.size])
    )
    node = data[FIELDS.size : FIELDS.size + length]
    whole = FIELDS.size + length + SIGNATURE
    if version != 1 or len(data) != whole or not NODE.fullmatch(node):
        raise NotValid("cut_short")
    try:
        received = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=at)
    except OverflowError:
        raise NotValid("cut_short") from None
    command_name = _symbols(int.from_bytes(command, "big"), 26).lower()
    content = {
        "receipt": "-".join((node.decode(), str(segment), str(seq), command_name)),
        "number": _number(number),
        "received_at": received.isoformat(),
        "clock_ms": None if clock == CLOCK_UNKNOWN else clock,
        "level": LEVELS.get(level, level),
        "command_id": str(UUID(bytes=command)),
        "digest": digest.hex(),
        "node": node.decode(),
        "segment": segment,
        "seq": seq,
        "previous": previous.hex(),
    }
    return key.hex(), data[:-SIGNATURE], data[-SIGNATURE:], content, received


def _statement(text: str) -> Read:
    body, _, signature = text.strip().partition(".")
    try:
        content = json.loads(_bytes(body))
        signed = _bytes(signature)
        at = datetime.fromisoformat(content.get("stated_at") or content["recorded_at"])
        named = content.pop("key", None)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise NotValid("cut_short") from None
    if len(signed) != SIGNATURE or at.tzinfo is None:
        raise NotValid("cut_short")
    return named, _bytes(body), signed, content, at


def _number(bits: int) -> str:
    """Return 60 bits as people see them: 12 symbols and a check symbol over GF(2^5)."""
    symbols = _symbols(bits, 12)
    total = 0
    for symbol in symbols:
        total = (total ^ CROCKFORD.index(symbol)) << 1
        total ^= 0b100101 if total & 0b100000 else 0
    shown = symbols + CROCKFORD[total]
    return "-".join((shown[:4], shown[4:8], shown[8:]))


def _symbols(value: int, count: int) -> str:
    return "".join(CROCKFORD[value >> (5 * place) & 31] for place in reversed(range(count)))


def _within(at: datetime, first: Any, last: Any) -> bool:
    return (first is None or datetime.fromisoformat(first) <= at) and (
        last is None or at <= datetime.fromisoformat(last)
    )


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def main() -> int:
    """Print what a receipt says, or why it is not valid."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--keys", type=Path, required=True, help="the answer of /api/v1/keys")
    parser.add_argument("receipt", help="the receipt's text, or - to read it from standard input")
    asked = parser.parse_args()
    text = sys.stdin.read() if asked.receipt == "-" else asked.receipt
    try:
        told = {"valid": True, **check(text, json.loads(asked.keys.read_text())["keys"])}
    except NotValid as failure:
        told = {"valid": False, "code": failure.code, "reason": str(failure)}
    sys.stdout.write(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    return 0 if told["valid"] else 1


if __name__ == "__main__":
    sys.exit(main())
