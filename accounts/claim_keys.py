"""The keys under which claims are signed: one file, the same on every web node.

`KEYS_DIR/claims` holds one key a line (32 bytes, base64url). The first signs, all verify: a new key
is added behind on every node, then put first, and the old one is taken away once nothing signed
with it can still be alive.
"""

import binascii
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NAME = "claims"
LENGTH = 32


@dataclass(frozen=True, slots=True)
class ClaimKeys:
    """`signs` is the id of the key in use, `known` every key by its id."""

    signs: str
    known: Mapping[str, bytes]


_read: tuple[tuple[Path, int, int], ClaimKeys] | None = None


def claim_keys() -> ClaimKeys:
    """Return this node's keys, read again when the file has changed.

    Raises ImproperlyConfigured: no file, one that cannot be read, no key in it, or a line that is none.
    """
    global _read  # noqa: PLW0603  one small file for the process
    path = Path(settings.KEYS_DIR) / NAME
    try:
        seen = path.stat()
    except OSError as error:
        raise ImproperlyConfigured(f"KEYS_DIR lacks {NAME}") from error
    mark = (path, seen.st_mtime_ns, seen.st_ino)
    if _read is None or _read[0] != mark:
        _read = (mark, _from(path))
    return _read[1]


def key_id(key: bytes) -> str:
    """Return the short name of a key: the start of its hash, which tells nothing of it."""
    return sha256(b"claim key" + key).hexdigest()[:8]


def add_key() -> str:
    """Add a new key that verifies and does not sign yet; return its id."""
    key = secrets.token_bytes(LENGTH)
    _write([*_in_order(), key])
    return key_id(key)


def sign_with(wanted: str) -> None:
    """Put a known key first. Raises LookupError."""
    keys = _in_order()
    chosen = _named(wanted, keys)
    _write([chosen, *(key for key in keys if key != chosen)])


def drop_key(unwanted: str) -> None:
    """Take a key away: what it signed is refused. Raises LookupError, also for the one that signs."""
    keys = _in_order()
    if keys and key_id(keys[0]) == unwanted:
        raise LookupError(f"{unwanted} signs: sign with another key first")
    gone = _named(unwanted, keys)
    _write([key for key in keys if key != gone])


def _named(wanted: str, keys: Sequence[bytes]) -> bytes:
    for key in keys:
        if key_id(key) == wanted:
            return key
    raise LookupError(f"no key {wanted}")


def _in_order() -> list[bytes]:
    try:
        return list(claim_keys().known.values())
    except ImproperlyConfigured as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return []
        raise


def _from(path: Path) -> ClaimKeys:
    try:
        keys = [urlsafe_b64decode(line) for line in path.read_text().split()]
    except OSError as error:
        why = f"KEYS_DIR/{NAME} cannot be read: {error.strerror}"
        raise ImproperlyConfigured(why) from error
    except (binascii.Error, ValueError) as error:
        raise ImproperlyConfigured(f"KEYS_DIR/{NAME} holds a line that is no key") from error
    if not keys or any(len(key) != LENGTH for key in keys):
        raise ImproperlyConfigured(f"KEYS_DIR/{NAME} holds no key of {LENGTH} bytes a line")
    known = {key_id(key): key for key in keys}
    return ClaimKeys(signs=key_id(keys[0]), known=known)


def _write(keys: Sequence[bytes]) -> None:
    """Replace the file at once, for those who read it now.

    Raises ImproperlyConfigured where it belongs to another account, and leaves it as it is.
    """
    path = Path(settings.KEYS_DIR) / NAME
    making = path.with_name(f".{NAME}.{os.getpid()}")
    try:
        descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            _as_before(path, descriptor)
            file.write("".join(urlsafe_b64encode(key).decode() + "\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        making.replace(path)
    except PermissionError as error:
        making.unlink(missing_ok=True)
        why = f"KEYS_DIR/{NAME} is another account's: run this as its owner, or as root"
        raise ImproperlyConfigured(why) from error


def _as_before(path: Path, descriptor: int) -> None:
    # A new file is its maker's alone: web services of another account could not read it any more.
    if path.exists():
        before = path.stat()
        os.fchown(descriptor, before.st_uid, before.st_gid)
        os.fchmod(descriptor, before.st_mode & 0o777)
