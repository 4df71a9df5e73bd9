"""The signature of a letter that leaves the téléservice (CRPA L212-2): PAdES B-B, by pyHanko.

The same letter, key and instant give the same bytes: RSA with PKCS#1 v1.5 draws nothing, and what
pyHanko would draw or read from a clock (second half of the file's id, dates of change) is fixed here.
"""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Any

from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.generic import ArrayObject, ByteStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore
from typing_extensions import override

FIELD = "Signature"
BYTES_RESERVED = 16_384
BROKEN = (PdfError, SigningError, SignatureValidationError, ValueError, KeyError, IndexError)


class _FixedWriter(IncrementalPdfFileWriter):
    """Writes no date of now and no drawn id; typst's dates and XMP, which agree, stay as they are."""

    def __init__(self, pdf: bytes, at: datetime) -> None:
        super().__init__(io.BytesIO(pdf))
        first = ByteStringObject(self.document_id[0])
        drawn = sha256(pdf + at.isoformat().encode()).digest()[:16]
        self._document_id = ArrayObject([first, ByteStringObject(drawn)])

    @override
    def _update_meta(self) -> None:
        """Leave the metadata as they are."""


class _OpenKey(Signer):
    """Signs with a key that is open already: pyHanko's own signer would read it twice (180 ms)."""

    def __init__(self, key: RSAPrivateKey, certificate: x509.Certificate) -> None:
        super().__init__(
            signing_cert=_as_der(certificate),
            cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
        )
        self._key = key

    @override
    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """Return the raw signature; RSA with PKCS#1 v1.5 draws nothing."""
        if dry_run:
            return bytes(self._key.key_size // 8)
        return self._key.sign(data, PKCS1v15(), SHA256())


class _FixedSigner(PdfSigner):
    """Signs at an instant that it is given."""

    def __init__(self, settings: PdfSignatureMetadata, signer: Signer, at: datetime) -> None:
        super().__init__(settings, signer)
        self.at = at

    @override
    def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> Any:
        """Begin as pyHanko does, at that instant."""
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.at
        return session


def _apart(work: Callable[[], Any]) -> Any:
    """Do something of pyHanko's in a thread of its own: it runs an event loop, and one may run here."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def sign(pdf: bytes, key: RSAPrivateKey, certificate: x509.Certificate, at: datetime) -> bytes:
    """Return the letter signed; nothing may be changed in it afterwards.

    Raises ValueError where the key is not that of the certificate: nobody could verify it.
    """
    settings = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    # The same instant said in another zone is the same signature.
    at = at.astimezone(UTC)
    signing = _FixedSigner(settings, _OpenKey(key, certificate), at)
    out = _apart(partial(signing.sign_pdf, _FixedWriter(pdf, at), bytes_reserved=BYTES_RESERVED))
    signed: bytes = out.getvalue()
    # The key was opened without proving it (two thirds of a signature's time): what it made is.
    if not verified(signed, certificate):
        raise ValueError("the key is not that of the certificate")
    return signed


def verified(pdf: bytes, certificate: x509.Certificate) -> bool:
    """Say whether a letter bears one signature, of this certificate, over the whole of it."""
    known = _as_der(certificate)
    try:
        signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        if len(signatures) != 1 or signatures[0].signer_cert.dump() != known.dump():
            return False
        context = ValidationContext(trust_roots=[known], allow_fetching=False)
        status = _apart(partial(validate_pdf_signature, signatures[0], context))
    except BROKEN:
        return False
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    return bool(status.intact and status.valid and whole)


def _as_der(certificate: x509.Certificate) -> Certificate:
    return Certificate.load(certificate.public_bytes(Encoding.DER))
