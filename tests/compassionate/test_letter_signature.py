"""The signature of a letter: the same bytes each time, and void once anything is changed."""

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from compassionate.domain.letter_texts import LetterKind as Kind
from compassionate.letter_pdf import as_pdf
from tests.compassionate.letter_samples import AT, coded

pytest.importorskip("pyhanko", reason="pyHanko is not installed")

from compassionate.letter_signature import sign, verified


@cache
def identity(serial: int) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    """Return a key and its self-signed certificate."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Agence (essai)")])
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial)
    builder = builder.not_valid_before(begun).not_valid_after(begun + timedelta(days=36_500))
    return key, builder.sign(key, hashes.SHA256())


@pytest.fixture(scope="module")
def signed() -> bytes:
    """Return a signed refusal."""
    return sign(as_pdf(coded(Kind.REFUSAL)), *identity(1), AT)


def test_a_signed_letter_is_verified_and_begins_with_the_letter(signed: bytes) -> None:
    assert verified(signed, identity(1)[1])
    assert signed.startswith(as_pdf(coded(Kind.REFUSAL)))
    assert b"/ETSI.CAdES.detached" in signed


def test_the_same_letter_is_signed_with_the_same_bytes(signed: bytes) -> None:
    assert sign(as_pdf(coded(Kind.REFUSAL)), *identity(1), AT) == signed
    later = sign(as_pdf(coded(Kind.REFUSAL)), *identity(1), AT + timedelta(seconds=1))
    assert later != signed


def test_another_certificate_does_not_verify_it(signed: bytes) -> None:
    assert not verified(signed, identity(2)[1])


@pytest.mark.parametrize("place", [40, 5_000, 30_000])
def test_one_changed_bit_voids_it(signed: bytes, place: int) -> None:
    changed = bytearray(signed)
    changed[place] ^= 1
    assert not verified(bytes(changed), identity(1)[1])


def test_what_is_unsigned_lengthened_or_no_pdf_is_not_verified(signed: bytes) -> None:
    unsigned = as_pdf(coded(Kind.REFUSAL))
    for other in (unsigned, signed + b"\n% more\n", signed[:-400], b"", b"%PDF-1.7\n"):
        assert not verified(other, identity(1)[1])


def test_a_key_that_is_not_the_certificates_signs_nothing() -> None:
    with pytest.raises(ValueError, match="not that of the certificate"):
        sign(as_pdf(coded(Kind.REFUSAL)), identity(1)[0], identity(2)[1], AT)
