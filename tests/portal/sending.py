"""What a browser sends, without a browser."""

import re
from collections.abc import Iterable
from uuid import UUID, uuid4

from django.test import Client
from django.utils import timezone

from accounts.claims import Audience, issue, person_of
from accounts.models import DECLARE, User
from events import registry, runner
from events.number import parse

LEAST = {
    "drugs.0.name": "Amoxicilline",
    "drugs.0.start": "01/03/2026",
    "reactions.0.term": "Urticaire",
    "reactions.0.onset": "02/03/2026",
    "narrative": "Éruption une heure après la prise.",
    "patient.sex": "female",
    "patient.age_value": "34",
    "patient.age_unit": "year",
}
"""The least declaration, from a person whose account says the rest."""


def browser(user: User | None, language: str = "fr") -> Client:
    """Return a client signed in as this person, reading that language."""
    client = Client(raise_request_exception=False)
    client.cookies["django_language"] = language
    if user is not None:
        client.force_login(user)
    return client


def intake_browser(user: User, language: str = "fr") -> Client:
    """Return a client whose session is over, and which still has this person's intake cookie."""
    client = browser(None, language)
    claim = issue(person_of(user, {DECLARE}), Audience.INTAKE, jti=uuid4(), now=timezone.now())
    client.cookies["intake"] = claim
    return client


def send(client: Client, key: str | None = None, **answers: str | list[str]):
    """Send the least declaration with these answers changed (`__` stands for a dot)."""
    changed = {name.replace("__", "."): value for name, value in answers.items()}
    form = LEAST | {"do": "send", "key": key or str(uuid4())} | changed
    return client.post("/declarations/nouvelle/", form)


def declared(client: Client, **answers: str | list[str]) -> str:
    """Declare, and return the number that the receipt shows."""
    answer = send(client, None, **answers)
    assert answer.status_code == 302, answer.text
    found = re.fullmatch(r"/declarations/([0-9A-Z-]+)/accuse/", answer["Location"])
    assert found is not None
    return found.group(1)


def identifier(number: str) -> UUID:
    return parse(number)


def projected() -> None:
    """Bring every read model up to the log, as the worker does."""
    for projection in registry.projections():
        runner.catch_up(projection)


def visible(html: str) -> str:
    """Return the text of a page without its mark-up."""
    without = re.sub(r"<(script|style)\b.*?</\1>|<!--.*?-->|<[^>]*>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", without)


def addresses(html: str) -> Iterable[str]:
    """Return every address that a page loads or links to."""
    return re.findall(r'(?:src|href|action)="([^"]*)"', html)
