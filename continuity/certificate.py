"""The certificate of a recovery: what was done, what was proved, and what was not, signed."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from continuity.recovery import Ended
from events import seal


def certificate(
    ended: Sequence[Ended], *, at: datetime, seconds: float, incident: str | None
) -> dict[str, Any]:
    """Return what is certified; `not_verified` names what nobody should take for granted."""
    found = {one.name: one for one in ended}
    drained = found["drain"].found
    taken = sum(int(drained.get(name, 0)) for name in ("drained", "joined", "set_aside"))
    return {
        "node": settings.NODE_NAME,
        "at": at.isoformat(timespec="seconds"),
        "incident": incident,
        "ok": all(one.ok for one in ended),
        "steps": [
            {"name": one.name, "seconds": one.seconds, "ok": one.ok, **one.found} for one in ended
        ],
        "spooled": taken + int(drained.get("left", 0)),
        "drained": taken,
        "verified": all(found[name].ok for name in PROOFS),
        "not_verified": [*(doubt for one in ended for doubt in one.doubts), *BEYOND],
        "seconds": round(seconds, 3),
    }


PROOFS = ("verify", "verify_rest", "compare")

BEYOND = (
    "other machines: only the spools and the journal of this one were gone through",
    "letters: what a mail server took before it failed is not known to have been read",
    "a disk that reports a write as safe and loses it: nothing of this software can tell",
)


def keep(told: dict[str, Any]) -> Path:
    """Write the certificate with its signature beside it, and return where."""
    folder = settings.DATA_DIR / "certificates"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = Path(folder) / f"recover-{told['at'].replace(':', '')}.json"
    path.write_text(json.dumps({**told, "signed": seal.sign(told)}, indent=1, ensure_ascii=False))
    return path
