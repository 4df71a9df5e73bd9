"""POST /declarations."""

import json
from uuid import UUID

import pytest

from accounts.models import Role
from continuity import receipt_check
from events.keys import published
from events.number import parse
from tests.api.conftest import Api, codes, events_in_log

MINIMUM = {
    "patient": {"sex": "male"},
    "drugs": [{"name": "IBUPROFENE"}],
    "reactions": [{"term": "Urticaire"}],
}


def test_a_declaration_is_recorded_and_acknowledged(doctor, report):
    answer = doctor.post("/declarations", report)
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {
        "id", "number", "version", "received_at", "status", "level", "receipt", "receipt_id"
    }  # fmt: skip
    assert (body["version"], body["status"], body["level"]) == (1, "recorded", "recorded")
    assert parse(body["number"]) == UUID(body["id"])
    assert answer["Location"] == f"/api/v1/declarations/{body['id']}"
    assert events_in_log() == 1


def test_the_receipt_is_signed_and_says_nothing_of_patient_or_medicine(doctor, report):
    body = doctor.post("/declarations", report).json()
    said = receipt_check.check(body["receipt"], published())
    assert said["received_at"] == body["received_at"].replace("Z", "+00:00")
    assert (said["receipt"], said["number"]) == (body["receipt_id"], body["number"])
    text = json.dumps(said)
    assert "DUP" not in text
    assert "AMOX" not in text


def test_no_personal_field_is_in_clear_in_the_log(doctor, report, django_db_blocker):
    from django.db import connection

    doctor.post("/declarations", report)
    with connection.cursor() as cursor:
        # A receipt is signed random symbols: any three letters may stand in it.
        told = "SELECT payload::text || (metadata::jsonb - 'receipt')::text FROM events_event"
        cursor.execute(told)
        text = cursor.fetchone()[0]
    for secret in ("DUP", "1952", "Martin", "martin@", "HTA", "Survenue"):
        assert secret not in text
    assert "AMOXICILLINE" in text


@pytest.mark.parametrize("way", ["session", "token"])
def test_a_person_signed_in_or_her_software_may_declare(way, doctor):
    if way == "session":
        doctor.client.force_login(doctor.user)
        doctor.secret = ""
        answer = doctor.client.post(
            "/api/v1/declarations", MINIMUM, content_type="application/json",
            headers={"Idempotency-Key": "k"},
        )  # fmt: skip
    else:
        answer = doctor.post("/declarations", MINIMUM)
    assert answer.status_code == 201


def test_a_declaration_without_its_four_criteria_is_recorded_and_has_no_clock(doctor):
    where = doctor.declare({"narrative": "Grossesse découverte sous traitement."})
    shown = doctor.get(where).json()
    assert (shown["valid"], shown["missing"]) == (False, ["patient", "product", "reaction"])
    assert shown["clocks"] == []


def test_the_declarant_s_own_place_routes_what_names_none(doctor, crpv):
    where = doctor.declare(MINIMUM)
    assert crpv.get(where).json()["department"] == "75"


def test_a_report_from_abroad_is_not_routed_to_a_french_centre(doctor, crpv):
    where = doctor.declare(MINIMUM | {"reporter": {"country": "US"}})
    assert doctor.get(where).json()["department"] is None
    assert crpv.get(where).status_code == 404


def test_what_a_centre_was_told_from_abroad_is_followed_by_that_centre(
    crpv, other_crpv, reviewer, person, centre
):
    abroad = {"country": "BE", "family_name": "Peeters"}
    where = crpv.declare(MINIMUM | {"reporter": abroad})
    colleague = Api(person(Role.REGIONAL_CENTRE, centre))
    shown = colleague.get(where).json()
    assert shown["department"] == "75"
    assert shown["history"][0]["content"]["report"]["reporter"] == abroad
    assert other_crpv.get(where).status_code == 404
    assert reviewer.get(where).status_code == 200
    assert "Peeters" not in reviewer.get(where).content.decode()


def test_the_same_patient_has_the_same_pseudonym_and_nobody_can_read_it(doctor, report):
    pseudonyms = set()
    for letters in ("DUP", "dup ", "DUR"):
        patient = report["patient"] | {"name_letters": letters.strip()}
        where = doctor.declare(report | {"patient": patient})
        declared = doctor.get(where).json()["history"][0]["content"]
        pseudonyms.add(declared["patient_pseudonym"])
    assert len(pseudonyms) == 2
    vague = report | {"patient": {"sex": "female", "birth_date": "1952"}}
    content = doctor.get(doctor.declare(vague)).json()["history"][0]["content"]
    assert "patient_pseudonym" not in content


def test_nothing_to_work_with_is_refused(doctor):
    answer = doctor.post("/declarations", {})
    assert answer.status_code == 422
    assert codes(answer) == {("", "nothing_reported")}
    assert events_in_log() == 0
