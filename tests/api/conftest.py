"""People, their tokens, and a client that speaks the API."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.actions import issue_token
from accounts.models import Institution, Role, TokenScope, User
from events import registry, runner

ALL_SCOPES = [scope.value for scope in TokenScope]


class Api:
    """One person's way to the API, by token."""

    def __init__(self, user: User, scopes: list[str] = ALL_SCOPES) -> None:
        self.user = user
        self.client = Client(raise_request_exception=False)
        self.scopes = scopes
        self._renew()
        self.keys = 0

    def _renew(self) -> None:
        self.signed_at = timezone.now()
        self.secret = issue_token(self.user, self.scopes, days=1)[1]

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        # A test may have travelled to where its token is not signed yet, or has expired.
        if not timedelta(0) <= timezone.now() - self.signed_at < timedelta(hours=23):
            self._renew()
        return {"Authorization": f"Bearer {self.secret}"} | headers

    def get(self, path: str, **parameters: Any):
        return self.client.get(f"/api/v1{path}", parameters, headers=self._headers({}))

    def post(self, path: str, body: Any = None, *, key: str | None = "", **headers: str):
        """Send JSON, or bytes as they are; a key of its own unless one is given or None."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            self.keys += 1
            sent["Idempotency-Key"] = key or f"key-{self.keys}"
        return self.client.post(
            f"/api/v1{path}", body, content_type="application/json", headers=self._headers(sent)
        )

    def declare(self, report: dict[str, Any]) -> str:
        """Declare and return the path of the declaration."""
        answer = self.post("/declarations", report)
        assert answer.status_code == 201, answer.content
        return f"/declarations/{answer.json()['id']}"


def project() -> None:
    """Bring every list up to date, as the worker does."""
    for projection in registry.projections():
        runner.catch_up(projection)


def events_in_log() -> int:
    """Count the events of the log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM events_event")
        return cursor.fetchone()[0]


def codes(answer) -> set[tuple[str, str]]:
    """Return (pointer, code) of every error of a problem."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    return {(error["pointer"], error["code"]) for error in answer.json().get("errors", [])}


@pytest.fixture
def hospital(db) -> Institution:
    return Institution.objects.create(
        finess="750712184", name="Hôpital", kind="hospital", department="75", city="Paris"
    )


@pytest.fixture
def other_hospital(db) -> Institution:
    return Institution.objects.create(
        finess="690781810", name="Autre", kind="hospital", department="69", city="Lyon"
    )


@pytest.fixture
def centre(db) -> Institution:
    return Institution.objects.create(
        finess="750100042", name="CRPV", kind="regional_centre", department="75", city="Paris",
        territory=["75", "77"],
    )  # fmt: skip


@pytest.fixture
def person(db) -> Callable[..., User]:
    """Return a maker of people."""

    def make(role: Role | str, institution: Institution | None = None, **fields: Any) -> User:
        name = f"{role}-{User.objects.count()}"
        return User.objects.create(
            username=name, role=role, institution=institution, email=f"{name}@example.invalid",
            **fields,
        )  # fmt: skip

    return make


@pytest.fixture
def doctor(person, hospital) -> Api:
    return Api(person(Role.DOCTOR, hospital))


@pytest.fixture
def colleague(person, hospital) -> Api:
    return Api(person(Role.DOCTOR, hospital))


@pytest.fixture
def pharmacist(person, hospital) -> Api:
    return Api(person(Role.HOSPITAL_PHARMACIST, hospital))


@pytest.fixture
def other_pharmacist(person, other_hospital) -> Api:
    return Api(person(Role.HOSPITAL_PHARMACIST, other_hospital))


@pytest.fixture
def crpv(person, centre) -> Api:
    return Api(person(Role.REGIONAL_CENTRE, centre))


@pytest.fixture
def other_crpv(person, db) -> Api:
    place = Institution.objects.create(
        finess="690000245", name="CRPV", kind="regional_centre", department="69", city="Lyon",
        territory=["69"],
    )  # fmt: skip
    return Api(person(Role.REGIONAL_CENTRE, place))


@pytest.fixture
def reviewer(person) -> Api:
    return Api(person(Role.REVIEWER))


@pytest.fixture
def signatory(person) -> Api:
    return Api(person(Role.SIGNATORY))


@pytest.fixture
def operator(person) -> Api:
    return Api(person(Role.OPERATOR))


@pytest.fixture
def nobody(person) -> Api:
    """Return somebody with an account and no role."""
    return Api(person(""))


@pytest.fixture
def report() -> dict[str, Any]:
    """Return a whole, valid, serious report with identities."""
    return {
        "patient": {
            "name_letters": "DUP",
            "first_name_initial": "M",
            "birth_date": "1952-07-14",
            "sex": "female",
            "medical_history": "HTA",
        },
        "reporter": {
            "profession": "physician",
            "family_name": "Martin",
            "email": "martin@example.invalid",
            "postcode": "75013",
        },
        "drugs": [
            {"name": "AMOXICILLINE", "role": "suspect", "start": "2026-03-01"},
            {"name": "PARACETAMOL", "role": "concomitant"},
        ],
        "reactions": [{"term": "Choc anaphylactique", "onset": "2026-03-02"}],
        "seriousness": ["life_threatening"],
        "narrative": "Survenue dix minutes après la prise.",
    }
