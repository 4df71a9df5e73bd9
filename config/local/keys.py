"""Make the keys of an installation that has none."""

import hashlib
import json
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEPT = ("kek", "pseudonym", "command", "log-ed25519")


class KeysLostError(RuntimeError):
    """A log exists and its keys do not: new ones would make it unreadable."""


def ensure(folder: Path, *, has_log: Callable[[], bool] = lambda: False) -> None:
    """Write the keys that are missing in `folder`; existing ones are never touched.

    `kek` wraps the subjects' keys, `pseudonym` and `command` are HMAC keys (32 bytes each),
    `log-ed25519` signs checkpoints of the log (PKCS#8 PEM), `django` signs sessions (text).
    Losing `kek` makes every personal field unreadable: it belongs in the site's own backup.
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
        _write_once(folder / "published.json", _published(private))
        _write_once(folder / "log-ed25519", _pem(private))
    _write_once(folder / "django", secrets.token_urlsafe(48).encode())


def _published(private: Ed25519PrivateKey) -> bytes:
    """Return the public half with the instant from which it signs, as /api/v1/keys tells it."""
    public = private.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw
    )
    told = {
        "key": hashlib.sha256(public).hexdigest()[:16],
        "public": urlsafe_b64encode(public).decode().rstrip("="),
        "from": datetime.now(UTC).isoformat(),
        "until": None,
    }
    return json.dumps([told], indent=1).encode()


def _pem(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write_once(path: Path, content: bytes) -> None:
    if path.exists():
        return
    making = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    making.rename(path)
