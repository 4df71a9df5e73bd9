"""The secrets that live outside the database."""

import hmac
import json
import logging
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

log = logging.getLogger(__name__)

HMAC_AND_KEK = ("kek", "pseudonym", "command")
READERS = ("spool-x25519.pub", "escrow-x25519.pub")
SECRETS = (*HMAC_AND_KEK, "log-ed25519", *READERS)
# Only where spools are drained.
SPOOL_PRIVATE = "spool-x25519"
PUBLISHED = "published.json"


@dataclass(frozen=True, slots=True)
class Keyring:
    """`kek` wraps subject keys, `pseudonym` and `command` are HMAC keys, `log` signs statements.

    What waits in a spool is sealed to `spool_public` and `escrow_public` (X25519, 32 bytes);
    `spool_private` opens it and is None where spools are only written.
    """

    kek: AESGCM
    pseudonym: bytes = field(repr=False)
    command: bytes = field(repr=False)
    log: Ed25519PrivateKey
    spool_public: bytes
    escrow_public: bytes
    spool_private: bytes | None = field(repr=False)

    def command_digest(self, canonical: bytes) -> bytes:
        """Return the keyed hash by which a repeated command is recognised (32 bytes)."""
        return hmac.digest(self.command, canonical, sha256)

    def pseudonym_of(self, canonical: str) -> str:
        """Return a keyed pseudonym for matching: useless to guess from without the key."""
        return hmac.digest(self.pseudonym, canonical.encode(), sha256).hex()[:32]

    @property
    def log_key_id(self) -> str:
        """Return the short name of the signing key: the start of its public half's hash."""
        return sha256(self.log_public).hexdigest()[:16]

    @property
    def log_public(self) -> bytes:
        """Return the public half of the signing key (32 bytes)."""
        return self.log.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def base64url(data: bytes) -> str:
    """Return bytes as text that stands in addresses, without padding."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def published() -> list[dict[str, Any]]:
    """Return the public keys that sign or signed statements, the one in use last, with their lives.

    KEYS_DIR/published.json keeps them, and is read again when it has changed: a running service knows
    the key with which others sign by now. A key that is not in it yet has no known beginning.
    Raises OSError, and ImproperlyConfigured for a file or a keyring that is not what it should be.
    """
    ring = keyring()
    return _with(_told_now(), ring)


def published_before() -> list[dict[str, Any]]:
    """Return the published keys, or those that were last read, with ours if it can be: never raises.

    For whoever reads what waits on the disks: a key file that cannot be read must not end that.
    """
    try:
        return published()
    except (OSError, ValueError, ImproperlyConfigured) as failure:
        log.error("the keys cannot be read: %s", failure)  # noqa: TRY400
    known = _told[1] if _told else []
    try:
        return _with(known, keyring())
    except (OSError, ValueError, ImproperlyConfigured):
        return [{"algorithm": "Ed25519", **one} for one in known]


def ended(at: datetime) -> str | None:
    """Return the name of this node's key where its life was over at an instant, None while it may sign.

    Raises as `published`.
    """
    name = keyring().log_key_id
    is_over = any(one["key"] == name and has_ended(one, at) for one in _told_now())
    return name if is_over else None


def has_ended(key: Mapping[str, Any], at: datetime) -> bool:
    """Say whether the life of a published key was over at an instant.

    No beginning is asked for: before it was made nobody had the key, and clocks differ.
    """
    return bool(key.get("until")) and at > datetime.fromisoformat(key["until"]).astimezone(UTC)


def _with(known: list[dict[str, Any]], ring: Keyring) -> list[dict[str, Any]]:
    name, listed = ring.log_key_id, known
    if all(one["key"] != name for one in known):
        public = base64url(ring.log_public)
        listed = [*known, {"key": name, "public": public, "from": None, "until": None}]
    return [{"algorithm": "Ed25519", **one} for one in listed]


_Mark = tuple[Path, tuple[int, int, int] | None]
_told: tuple[_Mark, list[dict[str, Any]]] | None = None


def _told_now() -> list[dict[str, Any]]:
    """Return what the file holds, read again where it has changed. Raises as `published`."""
    global _told  # noqa: PLW0603  one small file for the process
    path = Path(settings.KEYS_DIR) / PUBLISHED
    mark = _mark(path)
    if _told is None or _told[0] != mark:
        # While it is copied anew, whoever took us for the only key would halt the log of the others.
        if _told is not None and mark == (_told[0][0], None):
            raise ImproperlyConfigured(f"KEYS_DIR/{PUBLISHED} is gone")
        _told = (mark, _lives(path) if mark[1] else [])
    return _told[1]


def _mark(path: Path) -> _Mark:
    try:
        seen = path.stat()
    except FileNotFoundError:
        return path, None
    return path, (seen.st_mtime_ns, seen.st_ino, seen.st_size)


def _lives(path: Path) -> list[dict[str, Any]]:
    try:
        known: list[dict[str, Any]] = json.loads(path.read_bytes())
        for one in known:
            _ = one["key"], one["public"]
            datetime.fromisoformat(one.get("until") or "2000-01-01")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ImproperlyConfigured(
            f"KEYS_DIR/{PUBLISHED} holds what is no published key"
        ) from error
    return known


@cache
def keyring() -> Keyring:
    """Return this node's keys, read once from KEYS_DIR.

    Raises ImproperlyConfigured, naming every file that is missing or unusable.
    """
    directory = Path(settings.KEYS_DIR)
    found = {name: path.read_bytes() for name in SECRETS if (path := directory / name).is_file()}
    missing = [name for name in SECRETS if name not in found]
    private = directory / SPOOL_PRIVATE
    if private.is_file():
        found[SPOOL_PRIVATE] = private.read_bytes()
    raw = (*HMAC_AND_KEK, *READERS, SPOOL_PRIVATE)
    short = [name for name in raw if name in found and len(found[name]) != 32]
    if missing or short:
        raise ImproperlyConfigured(
            f"KEYS_DIR lacks {', '.join(missing) or 'nothing'}; not 32 bytes: "
            f"{', '.join(short) or 'none'}"
        )
    log = load_pem_private_key(found["log-ed25519"], password=None)
    if not isinstance(log, Ed25519PrivateKey):
        raise ImproperlyConfigured("KEYS_DIR: log-ed25519 is not an Ed25519 private key (PEM)")
    return Keyring(
        kek=AESGCM(found["kek"]),
        pseudonym=found["pseudonym"],
        command=found["command"],
        log=log,
        spool_public=found["spool-x25519.pub"],
        escrow_public=found["escrow-x25519.pub"],
        spool_private=found.get(SPOOL_PRIVATE),
    )
