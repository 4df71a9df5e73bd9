"""Hospital pharmacy software: request, answer, renewal, state, authorisation check by number."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.models import TokenScope
from compassionate import decisions
from compassionate.api import schema
from compassionate.streams import request_facts
from events.shape import to_json
from tests.api.conftest import Api, codes, project
from tests.compassionate.scene import AT, PART, PHARMACY, Scene, scene

__all__ = ["scene"]
pytestmark = pytest.mark.django_db

WHOLE = {"kind": "initial", "prescription": to_json(PART), "pharmacy": to_json(PHARMACY)}


@pytest.fixture
def pharmacy(scene: Scene) -> Api:
    scene.sheet()
    return Api(scene.pharmacist)


def test_a_request_is_sent_and_read_again(pharmacy: Api):
    answer = pharmacy.post("/authorisation-requests", WHOLE, key="one")
    body = answer.json()
    assert (answer.status_code, body["status"], body["version"]) == (201, "recorded", 3)
    again = pharmacy.post("/authorisation-requests", WHOLE, key="one")
    assert again.content == answer.content
    shown = pharmacy.get(f"/authorisation-requests/{body['number']}").json()
    assert (shown["state"], shown["criteria_version"]) == ("received", 1)
    assert shown["prescription"] == WHOLE["prescription"]
    assert {one["finding"] for one in shown["findings"]} == {"conforms"}
    project()
    (row,) = pharmacy.get("/authorisation-requests").json()["results"]
    assert (row["number"], row["patient"]) == (body["number"], "DM · A-1042")


def test_every_error_is_told_at_once_with_its_place(pharmacy: Api):
    wrong = {
        "kind": "renewal",
        "prescription": to_json(replace(PART, patient_weight_kg=0.01, duration_days=400))
        | {"patient_sex": "other", "wanted_on": "demain", "colour": "red"},
        "pharmacy": {"pharmacist_rpps": "1"},
    }
    answer = pharmacy.post("/authorisation-requests", wrong)
    assert answer.status_code == 422
    found = codes(answer)
    assert {
        ("/prescription/patient_sex", "unknown_code"),
        ("/prescription/wanted_on", "wrong_type"),
        ("/prescription/colour", "unknown_field"),
    } <= found
    well_shaped = dict(
        wrong, prescription=to_json(replace(PART, patient_weight_kg=0.01, duration_days=400))
    )
    found = codes(pharmacy.post("/authorisation-requests", well_shaped))
    assert {
        ("/renews", "authorisation_needed"),
        ("/prescription/patient_weight_kg", "weight_out_of_range"),
        ("/prescription/duration_days", "duration_over_limit"),
        ("/pharmacy/pharmacist_rpps", "rpps_invalid"),
        ("/pharmacy/phone", "phone_needed"),
    } <= found


def test_a_dose_an_answer_and_a_withdrawal(pharmacy: Api, scene: Scene):
    dose = {
        "dispensing": {"at": "2026-11-21T23:40:00+01:00", "quantity": "60 comprimés"},
        "prescription": to_json(PART),
        "prescriber_attests": True,
        "pharmacist_attests": True,
    }
    told = pharmacy.post("/dispensings", dose)
    assert told.status_code == 201, told.content
    shown = pharmacy.get(f"/authorisation-requests/{told.json()['id']}").json()
    assert shown["state"] == "to_regularise"
    sent = scene.submitted(replace(PART, file_number="B"))
    scene.taken_up(sent.id)
    asked = decisions.ask_information(
        scene.evaluator,
        sent.id,
        ["Date de l'IRM"],
        AT.date() + timedelta(days=400),
        idempotency_key="q",
        now=AT,
    )
    question = pharmacy.get(f"/authorisation-requests/{sent.id}").json()["question"]
    assert question["items"] == ["Date de l'IRM"]
    body = {"question_id": str(asked.facts.question), "text": "Le 12."}
    answered = pharmacy.post(f"/authorisation-requests/{sent.id}/answers", body)
    assert answered.status_code == 201, answered.content
    back = Api(scene.doctor).post(
        f"/authorisation-requests/{sent.id}/withdrawal", {"reason": "Décédé."}
    )
    assert back.status_code == 201, back.content
    assert request_facts(sent.id).state == "withdrawn"


def test_an_authorisation_is_checked_by_its_number_and_names_no_patient(
    pharmacy: Api, scene: Scene
):
    number = scene.authorised(replace(PART, file_number="C"))
    answer = Api(scene.other_pharmacist).get(f"/authorisations/{number}")
    body = answer.json()
    assert (answer.status_code, body["number"], body["state"]) == (200, number, "active")
    assert "DM" not in answer.content.decode()
    assert pharmacy.get("/authorisations/AAC-0000").status_code == 404
    project()
    part = pharmacy.get(f"/authorisations/{number}/renewal").json()
    assert part["product"] == "nirogacestat"
    assert "elapsed_data" not in part
    assert Api(scene.other_pharmacist).get(f"/authorisations/{number}/renewal").status_code == 404


def test_a_token_does_what_its_scope_says(scene: Scene):
    only_reads = Api(scene.pharmacist, [TokenScope.REQUESTS_READ.value])
    assert only_reads.post("/authorisation-requests", WHOLE).status_code == 403
    declares = Api(scene.pharmacist, [TokenScope.DECLARATIONS_WRITE.value])
    assert declares.get("/authorisation-requests").status_code == 403
    assert Api(scene.operator).get("/authorisation-requests").status_code == 403


def test_every_example_of_the_schema_is_accepted(pharmacy: Api, scene: Scene):
    sent = scene.submitted(replace(PART, file_number="D"))
    scene.taken_up(sent.id)
    asked = decisions.ask_information(
        scene.evaluator,
        sent.id,
        ["IRM"],
        AT.date() + timedelta(days=9),
        idempotency_key="q",
        now=AT,
    )
    one = f"/authorisation-requests/{sent.id}"
    for path, examples in (
        ("/authorisation-requests", schema.REQUEST_EXAMPLES),
        ("/dispensings", schema.DOSE_EXAMPLES),
        (f"{one}/dispensings", schema.DOSE_EXAMPLES),
        (f"{one}/answers", schema.ANSWER_EXAMPLES),
    ):
        for example in examples:
            body = dict(example.value)
            if "question_id" in body:
                body["question_id"] = str(asked.facts.question)
            answer = pharmacy.post(path, body)
            assert answer.status_code == 201, (path, answer.content)
    other = scene.submitted(replace(PART, file_number="E"))
    for example in schema.WITHDRAWAL_EXAMPLES:
        answer = Api(scene.doctor).post(
            f"/authorisation-requests/{other.id}/withdrawal", example.value
        )
        assert answer.status_code == 201, answer.content
