"""What the agency does to a sheet, a file, a follow-up or an authorisation: by whom, and when."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from compassionate.domain.deadlines import cessation_limit
from events.days import day_of
from events.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who does it (an account), and when; timezone-aware."""

    by: str
    at: datetime


HASH_NEEDED = "Donnez l'empreinte SHA-256 du document : 64 chiffres hexadécimaux."
_SHA256 = re.compile(r"[0-9a-f]{64}")


def is_sha256(text: str) -> bool:
    """Say whether a text is a SHA-256 as it is written here: 64 digits, letters small."""
    return _SHA256.fullmatch(text) is not None


def hash_problems(document: str) -> Iterator[Problem]:
    """Yield why a document can't be known by this."""
    if not is_sha256(document):
        yield Problem("/document", "hash_needed", HASH_NEEDED)


def told(act: Act, *names: str) -> dict[str, Any]:
    """Return an act's times and author, and what it says under these names, as an event tells them."""
    times = {"by": act.by, "occurred_at": act.at, "received_at": act.at}
    return times | {name: getattr(act, name) for name in names}


CESSATION_SENTENCES = {
    "authorised_in_future": "La date de l'AMM est dans le futur.",
    "cessation_in_past": "La date d'arrêt précède la décision.",
    "cessation_over_limit": (
        "L'arrêt suit l'AMM de trois mois au plus, sauf prolongation exceptionnelle motivée "
        "(CSP R5121-74-9)."
    ),
}


def cessation_problems(
    marketing_authorised_on: date, ceases_on: date, exceptional: str | None, at: datetime
) -> Iterator[Problem]:
    """Yield why a cessation after a marketing authorisation is refused (R5121-74-9 I)."""
    today = day_of(at)
    if marketing_authorised_on > today:
        yield _problem("authorised_in_future", "/marketing_authorised_on")
    if ceases_on < today:
        yield _problem("cessation_in_past", "/ceases_on")
    late = ceases_on > cessation_limit(marketing_authorised_on)
    if late and not (exceptional or "").strip():
        yield _problem("cessation_over_limit", "/ceases_on")


def _problem(code: str, pointer: str) -> Problem:
    return Problem(pointer, code, CESSATION_SENTENCES[code])
