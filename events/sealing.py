"""Submissions that wait on disk, readable by nobody who has only the disk.

A body is encrypted under a key of its own (AES-256-GCM), and that key is wrapped for two readers
(HPKE, RFC 9180: X25519, HKDF-SHA256, AES-256-GCM): whoever drains the spool, and the escrow kept
offline. The header stands in clear and is bound to both: under another header nothing opens.
"""

import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from events.errors import UnreadableEvent
from events.keys import keyring

VERSION = b"\x01"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_READERS = 2
_NONCE = 12
_TAG = 16
_WRAPPED = 32 + 32 + _TAG
_START = len(VERSION) + _READERS * _WRAPPED


def seal(header: bytes, body: bytes) -> bytes:
    """Return `body` sealed to both readers and bound to `header`; 189 bytes longer."""
    secret, nonce = AESGCM.generate_key(bit_length=256), os.urandom(_NONCE)
    ring = keyring()
    wrapped = [
        _SUITE.encrypt(secret, _public(reader), info=header)
        for reader in (ring.spool_public, ring.escrow_public)
    ]
    return b"".join((VERSION, *wrapped, nonce, AESGCM(secret).encrypt(nonce, body, header)))


def unseal(header: bytes, sealed: bytes, private: bytes) -> bytes:
    """Return the body for one of its readers; `private` is 32 raw bytes.

    Raises UnreadableEvent: another reader's, another header's, or damaged.
    """
    if sealed[:1] != VERSION or len(sealed) < _START + _NONCE + _TAG:
        raise UnreadableEvent("the sealed submission is cut short or of an unknown kind")
    secret = _unwrapped(header, sealed, _private(private))
    nonce, content = sealed[_START : _START + _NONCE], sealed[_START + _NONCE :]
    try:
        return AESGCM(secret).decrypt(nonce, content, header)
    except (InvalidTag, ValueError) as error:
        raise UnreadableEvent("the sealed submission is damaged") from error


def _unwrapped(header: bytes, sealed: bytes, private: X25519PrivateKey) -> bytes:
    for place in range(len(VERSION), _START, _WRAPPED):
        try:
            return _SUITE.decrypt(sealed[place : place + _WRAPPED], private, info=header)
        except (InvalidTag, ValueError):
            continue
    raise UnreadableEvent("the sealed submission does not open with this key under this header")


@cache
def _private(raw: bytes) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(raw)


@cache
def _public(raw: bytes) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(raw)
