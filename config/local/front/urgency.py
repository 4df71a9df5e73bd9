"""How urgent a clinician's writing is, read from its body: a smaller number goes first.

The codes are those of the declaration (`pharmacovigilance.domain.vocabulary`, which is not loaded
here); a test holds both together.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

DEATH, LIFE_THREATENING, SERIOUS, FORM, OTHER, WITHDRAWAL, ABANDONED = 0, 1, 2, 4, 5, 7, 9
GIVEN, NOT_DEFERRABLE = 1, 2
"""A dose given already, and a treatment that cannot wait (compassionate.domain.intake)."""

OF_CRITERION: Mapping[str, int] = {
    "death": DEATH,
    "life_threatening": LIFE_THREATENING,
    "hospitalisation": SERIOUS,
    "disability": SERIOUS,
    "congenital_anomaly": SERIOUS,
    "other_medically_important": SERIOUS,
}
FATAL = "fatal"
FORM_KEY = "key"
LARGEST_READ = 2 * 1024 * 1024
MOST_FIELDS = 5_000

_WITHDRAWAL = re.compile(
    r"/api/v1/(?:declarations|authorisation-requests)/[^/]+/withdrawal|/declarations/[^/]+/retrait/"
    r"|/acces/[^/]+/retrait/"
)
_REQUEST = re.compile(r"/api/v1/authorisation-requests")
_DOSE = re.compile(
    r"/api/v1/(?:authorisation-requests/[^/]+/)?dispensings(?:/correction)?"
    r"|/acces/(?:[^/]+/)?dispensation/(?:correction/)?"
    r"|/agence/acces/astreinte/(?:accord|refus)/"
)
_DOCUMENT = re.compile(r"/api/v1/authorisation-requests/[^/]+/documents|/acces/[^/]+/piece/")
_WHOLE_FORM = "/acces/complete/"
_KEY_PART = re.compile(rb'name="key"\r\n\r\n[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\r\n')
FIRST_PARTS = 4096
_OUTCOME = re.compile(r"reactions\.\d+\.outcome")


def of(path: str, content_type: str, body: bytes) -> int:
    """Return the urgency of a request that was sent; what cannot be read is like any other."""
    if (told := _by_address(path)) is not None:
        return told
    if len(body) > LARGEST_READ:
        return OTHER
    if _REQUEST.fullmatch(path):
        return _of_request(body)
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return _of_json(body)
    if kind == "application/x-www-form-urlencoded":
        posted = fields(body)
        return _of_request_form(posted) if path == _WHOLE_FORM else _of_form(posted)
    return OTHER


def _by_address(path: str) -> int | None:
    if _WITHDRAWAL.fullmatch(path):
        return WITHDRAWAL
    # A megabyte of a file says nothing of what is urgent: it is not read for that.
    if _DOCUMENT.fullmatch(path):
        return OTHER
    return GIVEN if _DOSE.fullmatch(path) else None


def fields(body: bytes) -> list[tuple[str, str]]:
    """Return the fields of a form as they were posted; none where it is no form."""
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return []


def has_form_key(posted: Iterable[tuple[str, str]]) -> bool:
    """Say whether a form carries the key under which it acts once, however often it is sent."""
    for name, value in posted:
        if name == FORM_KEY:
            try:
                UUID(value)
            except ValueError:
                return False
            return True
    return False


def has_key_part(content_type: str, body: bytes) -> bool:
    """Say whether a form with a file carries its key, which stands before the file."""
    if not content_type.lower().startswith("multipart/form-data"):
        return False
    return _KEY_PART.search(body, 0, FIRST_PARTS) is not None


def _of_json(body: bytes) -> int:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return OTHER
    if not isinstance(told, dict):
        return OTHER
    reactions = told.get("reactions")
    outcomes = [
        one.get("outcome")
        for one in (reactions if isinstance(reactions, list) else [])
        if isinstance(one, dict)
    ]
    criteria = told.get("seriousness")
    return _most_urgent(criteria if isinstance(criteria, list) else [], outcomes)


def _of_request(body: bytes) -> int:
    """Say how urgent a request is: what nobody called deferrable is not."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return OTHER
    if not isinstance(told, dict):
        return OTHER
    pharmacy, part = told.get("pharmacy"), told.get("prescription")
    if isinstance(pharmacy, dict) and pharmacy.get("dispensing"):
        return GIVEN
    deferrable = isinstance(part, dict) and part.get("deferrable") is True
    return OTHER if deferrable else NOT_DEFERRABLE


def _of_request_form(posted: Iterable[tuple[str, str]]) -> int:
    """Say how urgent a whole request sent by a form is: what nobody called deferrable is not."""
    told = {name: value for name, value in posted if value}
    if "pharmacy.dispensing.at" in told:
        return GIVEN
    return OTHER if told.get("prescription.deferrable") == "true" else NOT_DEFERRABLE


def _of_form(posted: Iterable[tuple[str, str]]) -> int:
    told = list(posted)
    criteria = [value for name, value in told if name == "seriousness"]
    outcomes = [value for name, value in told if _OUTCOME.fullmatch(name)]
    return _most_urgent(criteria, outcomes)


def _most_urgent(criteria: Iterable[Any], outcomes: Iterable[Any]) -> int:
    if FATAL in outcomes:
        return DEATH
    found = [OF_CRITERION.get(one, OTHER) for one in criteria if isinstance(one, str)]
    return min(found, default=OTHER)
