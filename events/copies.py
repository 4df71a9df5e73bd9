"""A second copy of what waits on one disk: with another node, or with the browser that sent it.

What leaves is sealed; whoever holds it can read nothing of it, and hands it back as it is.
"""

import base64
import hmac

from events import receipts
from events.entry import Entry, pack, unpack
from events.keys import keyring
from events.spool import spool

FIELDS = frozenset({"header", "sealed", "receipt", "mark"})


def copy_of(entry: Entry) -> dict[str, str]:
    """Return an entry as JSON takes it, under a keyed mark that nobody else can make."""
    return {
        "header": base64.b64encode(entry.header_bytes).decode(),
        "sealed": base64.b64encode(entry.sealed).decode(),
        "receipt": entry.receipt,
        "mark": _mark(entry.header_bytes, entry.sealed),
    }


def keep(copy: dict[str, str]) -> str:
    """Keep a copy that another node or a browser hands in; return the id of its receipt.

    Once: what this node holds already is not kept again. A receipt speaks of the header alone, and
    whoever holds one must not put another command under it: that is what the mark is for.
    Raises ValueError where no key of this installation signed the receipt, or it is another
    command's; SpoolFull.
    """
    if copy.keys() != FIELDS:
        raise ValueError("fields")
    header, sealed = (base64.b64decode(copy[name], validate=True) for name in ("header", "sealed"))
    # As bytes: text is compared in ASCII only, and anybody may hand in any other.
    if not hmac.compare_digest(_mark(header, sealed).encode(), copy["mark"].encode()):
        raise ValueError("changed")
    # The mark says nothing of the receipt: one of any length would not pack.
    receipts.decode(copy["receipt"])
    entry = unpack(pack(header, sealed, copy["receipt"]))
    spool().keep(entry)
    return entry.receipt_id


def _mark(header: bytes, sealed: bytes) -> str:
    return keyring().command_digest(b"copy " + len(header).to_bytes(4) + header + sealed).hex()
