"""Errors that are nobody's input: each is a problem document, whatever raised it."""

import pytest
from django.db import close_old_connections

from config.local import processes
from events.line import line
from tests.api.conftest import Api


def problem(answer) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json", answer.content
    body = answer.json()
    assert {"type", "title", "status", "detail", "code"} <= set(body)
    assert body["status"] == answer.status_code
    assert body["type"].endswith(body["code"])
    return answer.status_code, body["code"]


def test_without_credentials_401_says_how(client, db):
    answer = client.get("/api/v1/declarations")
    assert problem(answer) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Bearer nothing", "Bearer ", "Bearer a b"])
def test_a_wrong_token_is_401(header, client, db):
    answer = client.get("/api/v1/declarations", headers={"Authorization": header})
    assert problem(answer) == (401, "authentication_failed")


def test_a_token_without_the_scope_is_403(doctor, report):
    reader = Api(doctor.user, ["declarations:read"])
    assert problem(reader.post("/declarations", report)) == (403, "forbidden")
    writer = Api(doctor.user, ["declarations:write"])
    assert problem(writer.get("/declarations")) == (403, "forbidden")


@pytest.mark.parametrize("path", ["/declarations/x", "/declarations/K7QX-2M4P-9TRWD", "/nothing"])
def test_an_address_with_nothing_is_404(path, doctor):
    assert problem(doctor.get(path)) == (404, "not_found")


def test_a_method_that_is_not_there_is_405(doctor):
    answer = doctor.client.put(
        "/api/v1/declarations", headers={"Authorization": f"Bearer {doctor.secret}"}
    )
    assert problem(answer) == (405, "method_not_allowed")
    assert "POST" in answer["Allow"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_another_content_type_is_415(kind, doctor):
    answer = doctor.client.post(
        "/api/v1/declarations", "x", content_type=kind,
        headers={"Authorization": f"Bearer {doctor.secret}", "Idempotency-Key": "k"},
    )  # fmt: skip
    assert problem(answer) == (415, "unsupported_media_type")


def test_another_language_than_json_is_406(doctor):
    answer = doctor.client.get(
        "/api/v1/declarations",
        headers={"Authorization": f"Bearer {doctor.secret}", "Accept": "text/html"},
    )
    assert problem(answer) == (406, "not_acceptable")


def test_parameters_are_read_strictly(doctor):
    for query in ("foo=1", "cursor=a&cursor=b", "mine=yes", "cursor=forged"):
        answer = doctor.client.get(
            f"/api/v1/declarations?{query}", headers={"Authorization": f"Bearer {doctor.secret}"}
        )
        assert problem(answer) == (422, "invalid_input")
        assert answer.json()["errors"][0]["pointer"].startswith("?")


def test_a_failure_is_500_and_says_nothing(doctor, report, monkeypatch):
    def fail(*_args, **_options):
        raise RuntimeError("DUP 1952-07-14")

    monkeypatch.setattr("pharmacovigilance.actions._received", fail)
    answer = doctor.post("/declarations", report)
    assert problem(answer) == (500, "internal_error")
    assert b"DUP" not in answer.content


def test_without_a_database_reading_is_503_and_what_is_declared_is_received(
    pg_cluster, doctor, report, django_db_blocker
):
    pg_cluster.kill()
    answer = doctor.get("/declarations")
    assert problem(answer) == (503, "unavailable")
    assert int(answer["Retry-After"]) > 0
    first = doctor.post("/declarations", report, key="one")
    assert (first.status_code, first.json()["status"]) == (202, "spooled")
    pg_cluster.start()
    assert processes.wait_until(lambda: line().state().status == "closed", 20)
    # A served request begins with this; the test client leaves it out.
    close_old_connections()
    again = doctor.post("/declarations", report, key="one")
    assert (again.status_code, again.json()["number"]) == (201, first.json()["number"])


def test_a_declaration_that_cannot_be_read_is_503_and_the_others_go_on(doctor, report, owner_dsn):
    import psycopg

    bad, good = doctor.declare(report), doctor.declare(report)
    with psycopg.connect(owner_dsn) as owner:
        owner.execute(
            "INSERT INTO events_event (stream, version, type, schema_version, command_id,"
            " command_index, payload, metadata, occurred_at, received_at)"
            " VALUES (%s, 2, 'pharmacovigilance.from_the_future', 1, gen_random_uuid(), 0,"
            " '{}', '{}', now(), now())",
            [bad.replace("/declarations/", "declaration-")],
        )
    assert problem(doctor.get(bad)) == (503, "unknown_event_type")
    assert doctor.post(f"{bad}/follow-ups", {"narrative": "x"}).status_code == 202
    assert doctor.get(good).status_code == 200
