"""Personal data in an immutable log: one key per person, destroyed to erase."""

import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.errors import SubjectErased, UnreadableEvent
from events.keys import keyring

PREFIX = "sealed1:"
NONCE = 12


@dataclass(frozen=True, slots=True)
class NewKey:
    """A subject's fresh key, wrapped, to be stored with the first event about them."""

    subject: str
    wrapped: bytes


class Sealer:
    """Seals and opens the personal fields of one stream.

    `wrapped` maps a subject (`<stream>/<role>`) to its wrapped key, or to None once destroyed.
    """

    def __init__(self, stream: str, wrapped: Mapping[str, bytes | None]) -> None:
        self._stream = stream
        self._wrapped = dict(wrapped)
        self._open: dict[str, AESGCM] = {}
        self.new_keys: list[NewKey] = []

    def seal(self, role: str, pointer: str, value: str) -> str:
        """Return the ciphertext of one field. Raises SubjectErased."""
        nonce = os.urandom(NONCE)
        secret = self._key(role, create=True)
        if secret is None:
            raise SubjectErased(subject=role)
        sealed = nonce + secret.encrypt(nonce, value.encode(), self._bound_to(role, pointer))
        return PREFIX + b64encode(sealed).decode()

    def unseal(self, role: str, pointer: str, value: str) -> str | None:
        """Return the clear text, or None where the person was erased. Raises UnreadableEvent.

        A destroyed key leaves its row behind: a person without any was not erased, the key is lost.
        """
        if not value.startswith(PREFIX):
            raise UnreadableEvent(f"{pointer} is marked personal and is not sealed")
        subject = subject_of(self._stream, role)
        if subject not in self._wrapped and subject not in self._open:
            raise UnreadableEvent(f"{pointer} is sealed and the key of its subject is missing")
        secret = self._key(role, create=False)
        if secret is None:
            return None
        sealed = b64decode(value[len(PREFIX) :])
        try:
            clear = secret.decrypt(sealed[:NONCE], sealed[NONCE:], self._bound_to(role, pointer))
        except InvalidTag as error:
            raise UnreadableEvent(f"{pointer} does not open with its subject's key") from error
        return clear.decode()

    def _key(self, role: str, *, create: bool) -> AESGCM | None:
        subject = subject_of(self._stream, role)
        if subject not in self._open:
            wrapped = self._wrapped.get(subject)
            if wrapped is not None:
                self._open[subject] = AESGCM(unwrap(subject, wrapped))
            elif create and subject not in self._wrapped:
                self._open[subject] = self._fresh(subject)
        return self._open.get(subject)

    def _fresh(self, subject: str) -> AESGCM:
        secret = AESGCM.generate_key(bit_length=256)
        self.new_keys.append(NewKey(subject, wrap(subject, secret)))
        return AESGCM(secret)

    def _bound_to(self, role: str, pointer: str) -> bytes:
        # A ciphertext moved to another stream or another person must not open.  The pointer is
        # left out: an upcaster may move a field.
        del pointer
        return subject_of(self._stream, role).encode()


def subject_of(stream: str, role: str) -> str:
    """Return the name of a person within one stream: nothing links it to other streams."""
    return f"{stream}/{role}"


def wrap(subject: str, secret: bytes) -> bytes:
    """Return a subject's key encrypted with the key-encryption key."""
    nonce = os.urandom(NONCE)
    return nonce + keyring().kek.encrypt(nonce, secret, subject.encode())


def unwrap(subject: str, wrapped: bytes) -> bytes:
    """Return a subject's key. Raises UnreadableEvent when the key-encryption key is another one."""
    try:
        return keyring().kek.decrypt(wrapped[:NONCE], wrapped[NONCE:], subject.encode())
    except InvalidTag as error:
        raise UnreadableEvent("the key-encryption key does not open this subject's key") from error
