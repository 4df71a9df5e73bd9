"""What a browser of whoever audits sends, and the pages that she has."""

from uuid import uuid4

from django.test import Client

from accounts.models import User
from events.number import parse
from tests.portal.sending import browser, projected

LIST = "/agence/lectures/"
REASON = {"ground": "complaint", "reference": "R 2026-12"}


def asked(file: str) -> str:
    """Return the address of the form that asks why a file is read."""
    return f"{LIST}motif/{file}/"


def reasoned(client: Client, file: str, **said: str):
    """Give a reason for a file, as its form does."""
    return client.post(asked(file), {"key": str(uuid4()), **REASON, **said})


def audit_pages(people: dict[str, User], number: str, language: str = "fr"):
    """Return who reads which page of readings, one declaration having been read."""
    auditor, file = browser(people["dpo"], language), f"declaration-{parse(number)}"
    reasoned(auditor, file)
    auditor.get(f"/agence/{number}/")
    projected()
    paths = (
        LIST,
        f"{LIST}?numero={number}",
        f"{LIST}?numero=x",
        asked(file),
        f"/agence/{number}/",
    )
    return [("audit", auditor, path) for path in ("/", *paths)]
