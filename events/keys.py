"""The secrets that live outside the database."""

import hmac
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
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

    KEYS_DIR/published.json keeps them; a key that is not in it yet has no known beginning.
    """
    ring, path = keyring(), Path(settings.KEYS_DIR) / PUBLISHED
    known: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
    if all(one["key"] != ring.log_key_id for one in known):
        public = base64url(ring.log_public)
        known.append({"key": ring.log_key_id, "public": public, "from": None, "until": None})
    return [{"algorithm": "Ed25519", **one} for one in known]


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
