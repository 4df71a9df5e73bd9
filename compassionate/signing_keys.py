"""The signatories' keys, each in a file of its own, opened by a code that only its holder knows.

`SIGNING_KEYS_DIR/<public id of the account>.p12` (PKCS#12) holds an RSA key and its certificate. The code
goes nowhere: into no event, no log and no session.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp

from asn1crypto.pkcs12 import Pfx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings

from accounts.access import Person
from events.disks import make_folder, sync_folder
from events.errors import Problem, Refused

BITS = 3_072
CODE = "/code"
SHORTEST_CODE = 8
NOT_OPENED = frozenset({"signing_code_wrong", "signing_key_unsound"})
ROUNDS = 300_000
"""Of PBKDF2: about 100 ms for whoever knows the code, and for each guess of whoever took the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A signatory's key, open, and what says that it is hers."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the certificate, in hexadecimal."""
        return sha256(self.certificate.public_bytes(Encoding.DER)).hexdigest()


def file_of(person: Person) -> Path:
    """Return where somebody's key lies on this node, or would."""
    folder: Path = settings.SIGNING_KEYS_DIR
    return folder / f"{person.public_id}.p12"


def is_guess(error: Exception) -> bool:
    """Say whether a refusal may tell that a code was tried and did not open the key."""
    return isinstance(error, Refused) and any(one.code in NOT_OPENED for one in error.problems)


def has_key(person: Person) -> bool:
    """Say whether somebody has a key on this node."""
    return file_of(person).exists()


def opened(person: Person, code: str) -> SigningKey:
    """Open somebody's key.

    Raises Refused: no_signing_key, signing_key_unsound, signing_code_wrong.
    """
    try:
        content = file_of(person).read_bytes()
    except OSError as error:
        raise Refused(_problem("no_signing_key")) from error
    try:
        key, certificate, _chain = pkcs12.load_key_and_certificates(content, code.encode())
    except ValueError as error:
        wrong = "signing_code_wrong" if _is_sealed(content) else "signing_key_unsound"
        raise Refused(_problem(wrong)) from error
    # Unprotected, it opens under any code.
    if not _is_sealed(content):
        raise Refused(_problem("signing_key_unsound"))
    # Another kind of key draws at random, and the same letter would not give the same bytes.
    if not isinstance(key, rsa.RSAPrivateKey) or certificate is None:
        raise Refused(_problem("signing_key_unsound"))
    if key.public_key() != certificate.public_key():
        raise Refused(_problem("signing_key_unsound"))
    return SigningKey(key=key, certificate=certificate)


def _is_sealed(content: bytes) -> bool:
    """Say whether a file is PKCS#12, and under some code."""
    try:
        Pfx.load(content, strict=True)
    except ValueError:
        return False
    try:
        pkcs12.load_key_and_certificates(content, None)
    except ValueError:
        return True
    return False


def make(person: Person, code: str, now: datetime, days: int) -> SigningKey:
    """Make a key with a certificate that it signs itself, and keep both under a code.

    For a demo, or until the agency's own authority has certified one. Raises Refused where the code is
    short, and FileExistsError where there is a key.
    """
    if len(code) < SHORTEST_CODE:
        raise Refused(_problem("signing_code_short"))
    key = rsa.generate_private_key(65537, BITS)
    named = f"{person.first_name} {person.last_name}".strip() or str(person.public_id)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, settings.AGENCY_NAME[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, named[:64]),
        ]
    )
    builder = x509.CertificateBuilder(
        subject, subject, key.public_key(), x509.random_serial_number()
    )
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        builder.not_valid_before(now)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(usage, critical=True)
        .sign(key, SHA256())
    )
    sealing = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(SHA256())
        .build(code.encode())
    )
    _keep(
        file_of(person),
        pkcs12.serialize_key_and_certificates(named.encode(), key, certificate, None, sealing),
    )
    return SigningKey(key=key, certificate=certificate)


def _keep(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, for its owner alone. Raises FileExistsError where there is one."""
    make_folder(path.parent)
    descriptor, making = mkstemp(dir=path.parent, prefix=f".{path.stem}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(making, path)
    finally:
        Path(making).unlink()
    sync_folder(path.parent)


SENTENCES = {
    "no_signing_key": (
        "Aucune clé de signature n'est déposée pour vous sur ce serveur : "
        "l'exploitation l'y dépose (manage.py signing_key)."
    ),
    "signing_key_unsound": (
        "Votre clé de signature ne peut pas servir : elle n'est pas protégée par un code, n'est pas "
        "RSA, ou n'est pas celle de son certificat. Appelez l'exploitation."
    ),
    "signing_code_wrong": "Ce code n'ouvre pas votre clé de signature : retapez-le.",
    "signing_code_short": f"Le code de signature a {SHORTEST_CODE} caractères au moins.",
}


def _problem(code: str) -> Problem:
    return Problem(CODE, code, SENTENCES[code])
