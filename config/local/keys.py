"""Make the keys of an installation that has none."""

import hashlib
import json
import os
import secrets
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

PUBLISHED = "published.json"
KEPT = ("kek", "pseudonym", "command", "log-ed25519")


class KeysLostError(RuntimeError):
    """A log exists and its keys do not: new ones would make it unreadable."""


def ensure(
    folder: Path, *, has_log: Callable[[], bool] = lambda: False, offline: Path | None = None
) -> None:
    """Write the keys that are missing in `folder`; existing ones are never touched.

    A signing key that was exchanged is published beside the one before, whose life ends.

    `kek` wraps the subjects' keys, `pseudonym` and `command` are HMAC keys (32 bytes each),
    `log-ed25519` signs checkpoints of the log (PKCS#8 PEM), `django` signs sessions (text), `claims`
    signs who somebody is (a base64url key of 32 bytes a line: the first signs, all verify).
    Losing `kek` makes every personal field unreadable: it belongs in the site's own backup.
    `spool-x25519` opens what waits in the spools, `escrow-x25519` does so when that one is lost:
    it is written into `offline` (the folder above by default), to be taken off the machine.
    Raises KeysLostError when one of a log's keys is missing and `has_log()` says that it exists.
    """
    missing = [name for name in KEPT if not (folder / name).exists()]
    if missing and has_log():
        message = f"{folder} lacks {', '.join(missing)}: restore the keys of this log first"
        raise KeysLostError(message)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ("kek", "pseudonym", "command"):
        _write_once(folder / name, secrets.token_bytes(32))
    if not (folder / "log-ed25519").exists():
        private = Ed25519PrivateKey.generate()
        _publish(folder / PUBLISHED, private)
        _write_once(folder / "log-ed25519", _pem(private))
    elif (folder / PUBLISHED).exists():
        _publish(folder / PUBLISHED, _signing_key(folder / "log-ed25519"))
    _write_once(folder / "django", secrets.token_urlsafe(48).encode())
    _write_once(folder / "claims", urlsafe_b64encode(secrets.token_bytes(32)) + b"\n")
    _pair(folder / "spool-x25519", folder / "spool-x25519.pub")
    _pair((offline or folder.parent) / "escrow-x25519", folder / "escrow-x25519.pub")


def _pair(private: Path, public: Path) -> None:
    """Write both halves of an X25519 key as 32 raw bytes each.

    Where the public half is and the private is not, somebody has taken it away on purpose.
    """
    if public.exists():
        return
    private.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_once(private, secrets.token_bytes(32))
    half = X25519PrivateKey.from_private_bytes(private.read_bytes()).public_key()
    _write_once(public, half.public_bytes_raw())


def _publish(path: Path, private: Ed25519PrivateKey) -> None:
    """Add the public half with the instant from which it signs, as /api/v1/keys tells it.

    The key that signed before ends with that instant and stays: its receipts stay valid.
    """
    public = private.public_key().public_bytes_raw()
    name = hashlib.sha256(public).hexdigest()[:16]
    known = json.loads(path.read_text()) if path.exists() else []
    if any(one["key"] == name for one in known):
        return
    now = datetime.now(UTC).isoformat()
    told = [{**one, "until": one.get("until") or now} for one in known]
    shown = urlsafe_b64encode(public).decode().rstrip("=")
    told.append({"key": name, "public": shown, "from": now, "until": None})
    _write(path, json.dumps(told, indent=1).encode())


def _signing_key(path: Path) -> Ed25519PrivateKey:
    found = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(found, Ed25519PrivateKey):
        message = f"{path} is not an Ed25519 private key"
        raise KeysLostError(message)
    return found


def _pem(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write_once(path: Path, content: bytes) -> None:
    if not path.exists():
        _write(path, content)


def _write(path: Path, content: bytes) -> None:
    making = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    making.rename(path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(f"{__doc__}\n\npython -m config.local.keys FOLDER")
    ensure(Path(sys.argv[1]))
    print(f"the keys are in {sys.argv[1]}; take escrow-x25519, beside it, off this machine")
