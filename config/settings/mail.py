"""Outgoing mail: SMTP where EMAIL_URL names a server, files in the data directory elsewhere."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


def from_environment(environ: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """Return Django's mail settings from `smtp://user:password@host:port?tls=1`."""
    sender = {"DEFAULT_FROM_EMAIL": environ.get("EMAIL_FROM", "pharmacovigilance@example.invalid")}
    url = urlsplit(environ.get("EMAIL_URL", ""))
    if not url.scheme:
        return {
            **sender,
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": folder,
        }
    query = parse_qs(url.query)
    return {
        **sender,
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": url.hostname or "localhost",
        "EMAIL_PORT": url.port or (465 if url.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_USE_TLS": query.get("tls") == ["1"],
        "EMAIL_TIMEOUT": 10,
    }
