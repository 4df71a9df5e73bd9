"""The beacon asks the mail server in the way in which letters will go."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config.local import ports
from continuity.beacon.probes import MailServer, mail_answers


@pytest.fixture
def certified(tmp_path) -> ssl.SSLContext:
    """Return a server's TLS context with a certificate of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.mark.parametrize("tls", [False, True])
def test_a_server_that_greets_is_up_and_one_that_is_gone_is_not(certified, tls):
    port = ports.choose()
    context = certified if tls else None
    server = Controller(Sink(), hostname="127.0.0.1", port=port, ssl_context=context)
    server.start()
    try:
        mail_answers(MailServer("127.0.0.1", port, tls))
    finally:
        server.stop()
    with pytest.raises(OSError, match="refused"):
        mail_answers(MailServer("127.0.0.1", port, tls))
