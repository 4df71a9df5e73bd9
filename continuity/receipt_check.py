#!/usr/bin/env python3
"""Check a receipt without a network: `receipt_check.py --keys keys.json RECEIPT`.

Stands alone: Python 3.9 or newer and the package `cryptography`. keys.json is what
GET /api/v1/keys answered, kept beforehand. Exit code 0: valid; 1: not valid, and why.
"""

import argparse
import base64
import binascii
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Dict, List

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


class NotValid(Exception):
    """A receipt that proves nothing; `code` is one of WHY."""

    def __init__(self, code: str) -> None:
        super().__init__(WHY[code])
        self.code = code


def check(receipt: str, keys: List[Dict[str, Any]]) -> Dict[str, Any]:
    """Return what a receipt says. Raises NotValid."""
    body, dot, signature = receipt.strip().partition(".")
    try:
        content = json.loads(_bytes(body))
        signed = _bytes(signature)
        recorded = datetime.fromisoformat(content["recorded_at"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise NotValid("cut_short") from None
    if not dot or len(signed) != 64:
        raise NotValid("cut_short")
    key = next((one for one in keys if one["key"] == content.get("key")), None)
    if key is None:
        raise NotValid("unknown_key")
    try:
        Ed25519PublicKey.from_public_bytes(_bytes(key["public"])).verify(signed, _bytes(body))
    except InvalidSignature:
        raise NotValid("bad_signature") from None
    if not _within(recorded, key.get("from"), key.get("until")):
        raise NotValid("outside_key_life")
    return dict(content)


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
