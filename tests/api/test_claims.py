"""Tokens at the API: forged ones open nothing, revoked ones report a fact for review."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import revocation
from accounts.actions import issue_token, revoke_token
from accounts.claims import Audience, issue, person_of
from accounts.models import DECLARE, User
from events.event import stream_name
from events.handle import history
from tests.api.conftest import Api, events_in_log
from tests.outage import database_away

pytestmark = pytest.mark.django_db

REPORT: dict[str, Any] = {
    "patient": {"sex": "female"},
    "drugs": [{"name": "Amoxicilline"}],
    "reactions": [{"term": "Urticaire"}],
}


@pytest.fixture
def sender(doctor: Api) -> Api:
    revocation.refresh(timezone.now())
    return doctor


def revoke(api: Api) -> None:
    revoke_token(api.user.tokens.get())


def post(client: Client, path: str, body: Any, **headers: str):
    return client.post(
        f"/api/v1{path}",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())} | headers,
    )


def first_event(answer) -> Any:
    return history(stream_name("declaration", UUID(answer.json()["id"])))[0]


def test_a_good_token_declares_under_its_owners_name(sender: Api) -> None:
    answer = sender.post("/declarations", REPORT)
    assert answer.status_code == 201
    assert "Vigilance-Review" not in answer
    recorded = first_event(answer)
    assert not recorded.event.unverified
    assert recorded.event.declarant == str(sender.user.public_id)
    assert recorded.metadata["actor"]["id"] == str(sender.user.public_id)


def test_who_declares_is_known_without_a_query(sender: Api) -> None:
    with database_away():
        answer = sender.post("/declarations", {"drugs": 3})
    # It was judged and read: what is wrong with the body is said, and nothing was asked.
    assert answer.status_code == 422
    with database_away():
        assert Api.post(sender, "/declarations", {}, key=None).status_code == 400


def test_a_revoked_token_declares_for_review(sender: Api) -> None:
    revoke(sender)
    answer = sender.post("/declarations", REPORT)
    assert answer.status_code == 201
    assert answer["Vigilance-Review"] == "revoked"
    event = first_event(answer).event
    assert (event.unverified, event.declarant, event.institution) == (True, None, None)


def test_the_same_command_before_and_after_is_one(sender: Api) -> None:
    first = sender.post("/declarations", REPORT, key="k")
    revoke(sender)
    second = sender.post("/declarations", REPORT, key="k")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert events_in_log() == 1


def test_a_revoked_token_does_nothing_else(sender: Api) -> None:
    path = sender.declare(REPORT)
    question = {"text": "x", "question_id": str(uuid4())}
    revoke(sender)
    for answer in (
        sender.get("/declarations"),
        sender.get(path),
        sender.get("/worklist"),
        sender.get("/deadlines"),
        sender.post(f"{path}/follow-ups", {"narrative": "x"}),
        sender.post(f"{path}/messages", question),
        sender.post(f"{path}/withdrawal", {"reason": "x"}),
    ):
        assert answer.status_code == 401
    assert events_in_log() == 1


def test_a_revoked_token_meets_the_quota_and_a_death_does_not(sender: Api, settings) -> None:
    settings.DOOR_PER_HOUR = 1
    revoke(sender)
    assert sender.post("/declarations", REPORT).status_code == 201
    refused = sender.post("/declarations", REPORT)
    assert refused.status_code == 429
    assert refused.json()["code"] == "too_many_requests"
    assert int(refused["Retry-After"]) > 3500
    death = REPORT | {"seriousness": ["death"]}
    assert sender.post("/declarations", death).status_code == 201


def test_one_key_under_two_names_is_counted_twice(sender: Api, pharmacist: Api, settings) -> None:
    settings.DOOR_PER_HOUR = 1
    revoke(sender)
    revoke(pharmacist)
    assert sender.post("/declarations", REPORT, key="the-same").status_code == 201
    assert sender.post("/declarations", REPORT, key="the-same").status_code == 201
    assert pharmacist.post("/declarations", REPORT, key="the-same").status_code == 429


def test_an_aged_list_marks_what_is_sent(sender: Api, settings) -> None:
    settings.DATA_DIR = settings.DATA_DIR / "without-a-list"
    answer = sender.post("/declarations", REPORT)
    assert answer.status_code == 201
    assert answer["Vigilance-Review"] == "revocations_aged"
    assert not first_event(answer).event.unverified


@pytest.mark.parametrize(
    "change",
    [
        lambda secret: secret[:-2] + ("AA" if secret[-2:] != "AA" else "BB"),
        lambda secret: secret.removeprefix("vig_"),
        lambda secret: "vig_" + secret.removeprefix("vig_").partition(".")[2],
        lambda secret: secret + ".x",
        lambda _: "vig_eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
        lambda _: "x" * 43,
    ],
)
def test_a_forged_token_declares_nothing(sender: Api, change) -> None:
    sender.secret = change(sender.secret)
    assert sender.post("/declarations", REPORT).status_code == 401
    assert sender.get("/declarations").status_code == 401
    assert events_in_log() == 0


def test_a_claim_of_a_cookie_is_no_token(sender: Api) -> None:
    for audience in (Audience.SESSION, Audience.INTAKE):
        now = timezone.now()
        sender.secret = "vig_" + issue(person_of(sender.user), audience, jti=uuid4(), now=now)
        assert sender.post("/declarations", REPORT).status_code == 401


@pytest.fixture
def intake(sender: Api) -> str:
    person = person_of(sender.user, {DECLARE})
    return issue(person, Audience.INTAKE, jti=uuid4(), now=timezone.now())


def test_an_intake_cookie_declares_with_a_form_token_only(sender: Api, intake: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["intake"] = intake
    assert post(strict, "/declarations", REPORT).status_code == 403
    assert events_in_log() == 0
    token = strict.get("/declarations/nouvelle/").context["csrf_token"]
    answer = post(strict, "/declarations", REPORT, **{"X-CSRFToken": str(token)})
    assert answer.status_code == 201
    assert first_event(answer).event.declarant == str(sender.user.public_id)
    assert strict.get("/api/v1/declarations").status_code == 401


def test_an_intake_cookie_withdraws_and_asks_nothing(sender: Api, intake: str) -> None:
    path = sender.declare(REPORT)
    client = Client()
    client.cookies["intake"] = intake
    assert post(client, f"{path}/withdrawal", {"reason": "x"}).status_code == 403
    assert post(client, f"{path}/messages", {"text": "x"}).status_code == 403
    assert post(client, f"{path}/follow-ups", {"narrative": "x"}).status_code == 201


def test_a_session_reads_by_the_database_and_writes_by_its_claim(sender: Api) -> None:
    client = Client()
    client.force_login(sender.user)
    with connection.execute_wrapper(_no_people):
        assert post(client, "/declarations", REPORT).status_code == 201
    assert client.get("/api/v1/declarations").status_code == 200
    User.objects.filter(pk=sender.user.pk).update(is_active=False)
    assert client.get("/api/v1/declarations").status_code == 401


def _no_people(execute, sql, params, many, context):
    assert "accounts_user" not in sql
    return execute(sql, params, many, context)


def test_a_token_of_somebody_who_moved_is_refused(sender: Api, other_hospital) -> None:
    sender.user.institution = other_hospital
    sender.user.save()
    assert sender.get("/declarations").status_code == 401
    sender.secret = issue_token(sender.user, ["declarations:read"], days=1)[1]
    assert sender.get("/declarations").status_code == 200
