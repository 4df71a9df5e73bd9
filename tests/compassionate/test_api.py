"""Hospital pharmacy software: request, answer, renewal, state, authorisation check by number."""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
import time_machine

from accounts.models import TokenScope
from compassionate import decisions
from compassionate.api import schema
from compassionate.streams import request_facts, request_stream
from events.handle import history
from events.shape import to_json
from tests.api.conftest import Api, codes, project
from tests.compassionate import files
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


def test_a_pharmacy_reports_that_a_prescriber_without_an_account_withdraws(
    pharmacy: Api, scene: Scene
):
    unknown = replace(PART, prescriber_rpps="10009999938", prescriber_name="Dr Anne Petit")
    sent = scene.submitted(unknown)
    address = f"/authorisation-requests/{sent.id}/withdrawal"
    assert request_facts(sent.id).prescriber is None
    alone = pharmacy.post(address, {"reason": "Décédé."})
    assert alone.status_code == 403
    lacking = pharmacy.post(address, {"reason": "Décédé.", "prescriber_name": "Dr Anne Petit"})
    assert codes(lacking) == {("/written", "written_wish_needed")}
    told = {"reason": "Décédé.", "prescriber_name": "Dr Anne Petit", "written": "written_mail"}
    assert Api(scene.other_pharmacist).post(address, told).status_code == 404
    assert Api(scene.doctor).post(address, told).status_code == 404
    answer = pharmacy.post(address, told)
    assert (answer.status_code, answer.json()["status"]) == (201, "recorded")
    assert request_facts(sent.id).state == "withdrawn"
    (last,) = [one.event for one in history(request_stream(sent.id))][-1:]
    assert (last.by, last.prescriber_name, last.written) == (
        str(scene.pharmacist.public_id), "Dr Anne Petit", "written_mail",
    )  # fmt: skip


def test_who_has_an_account_withdraws_herself(pharmacy: Api, scene: Scene):
    sent = scene.submitted()
    told = {"reason": "Décédé.", "prescriber_name": "Dr Martin", "written": "signed_paper"}
    answer = pharmacy.post(f"/authorisation-requests/{sent.id}/withdrawal", told)
    assert answer.status_code == 403
    assert request_facts(sent.id).state == "received"


def test_a_dose_an_answer_and_a_withdrawal(pharmacy: Api, scene: Scene):
    dose = {
        "dispensing": {"at": "2026-11-21T23:40:00+01:00", "quantity": "60 comprimés"},
        "prescription": to_json(PART),
        "prescriber_attests": True,
        "pharmacist_attests": True,
    }
    told = pharmacy.post("/dispensings", dose)
    assert told.status_code == 201, told.content
    one = f"/authorisation-requests/{told.json()['id']}"
    shown = pharmacy.get(one).json()
    assert shown["state"] == "to_regularise"
    wrong = {"told_at": dose["dispensing"]["at"], "dispensing": {"quantity": "30"}, "reason": ""}
    refused = pharmacy.post(f"{one}/dispensings/correction", wrong)
    assert codes(refused) == {
        ("/dispensing/at", "dispensing_time_needed"),
        ("/reason", "reason_needed"),
    }
    right = wrong | {
        "dispensing": {"at": "2026-11-21T22:40:00+01:00", "quantity": "30"}, "reason": "Heure.",
    }  # fmt: skip
    done = pharmacy.post(f"{one}/dispensings/correction", right)
    assert done.status_code == 201, done.content
    (now,) = pharmacy.get(one).json()["dispensings"]
    given_at = datetime.fromisoformat(now["dispensing"]["at"])
    assert (now["version"], given_at) == (1, datetime(2026, 11, 21, 21, 40, tzinfo=UTC))
    assert now["told"]["quantity"] == "60 comprimés"
    sent = scene.submitted(replace(PART, file_number="B"))
    scene.taken_up(sent.id)
    asked = decisions.ask_information(
        scene.evaluator,
        sent.id,
        ["Date de l'IRM"],
        AT.date() + timedelta(days=360),
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


def test_a_document_is_added_listed_and_known_again(pharmacy: Api, scene: Scene):
    sent = scene.submitted()
    one = f"/authorisation-requests/{sent.id}"
    body = {"kind": "test_result", "name": "IRM.pdf", "content": b64encode(files.LARGEST).decode()}
    told = pharmacy.post(f"{one}/documents", body, key="one")
    assert told.status_code == 201, told.content
    assert told.json()["id"] == str(sent.id)
    assert pharmacy.post(f"{one}/documents", body, key="one").content == told.content
    other = pharmacy.post(f"{one}/documents", body | {"name": "autre.pdf"}, key="one")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    (listed,) = Api(scene.evaluator).get(one).json()["documents"]
    assert listed == {
        "id": listed["id"],
        "kind": "test_result",
        "name": "IRM.pdf",
        "media_type": "application/pdf",
        "size": len(files.LARGEST),
        "sha256": sha256(files.LARGEST).hexdigest(),
        "received_at": told.json()["received_at"],
    }
    assert Api(scene.other_pharmacist).post(f"{one}/documents", body).status_code == 404
    assert Api(scene.evaluator).post(f"{one}/documents", body).status_code == 403
    only_reads = Api(scene.pharmacist, [TokenScope.REQUESTS_READ.value])
    assert only_reads.post(f"{one}/documents", body).status_code == 403


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"content": "%%%"}, {("/content", "not_base64")}),
        ({"content": "é"}, {("/content", "not_base64")}),
        ({"content": b64encode(files.SMALL).decode()[:-2]}, {("/content", "not_base64")}),
        (
            {"content": b64encode(files.SMALL[:-9]).decode(), "name": "\n"},
            {("/content", "file_truncated"), ("/name", "file_name_needed")},
        ),
        ({"content": b64encode(files.LARGEST + b" ").decode()}, {("/content", "file_too_large")}),
        (
            {"kind": "secret", "colour": 1},
            {("/kind", "unknown_code"), ("/colour", "unknown_field")},
        ),
    ],
)
def test_what_is_wrong_with_a_document_is_told_with_its_place(
    pharmacy: Api, scene: Scene, changed, expected
):
    sent = scene.submitted()
    body = {"kind": "literature", "name": "a.pdf", "content": b64encode(files.SMALL).decode()}
    answer = pharmacy.post(f"/authorisation-requests/{sent.id}/documents", body | changed)
    assert answer.status_code == 422, answer.content
    assert codes(answer) == expected
    assert request_facts(sent.id).documents == ()


def test_who_reads_no_patient_reads_of_no_document(pharmacy: Api, scene: Scene):
    sent = scene.submitted()
    body = {"kind": "other_document", "name": "a.pdf", "content": b64encode(files.SMALL).decode()}
    one = f"/authorisation-requests/{sent.id}"
    assert pharmacy.post(f"{one}/documents", body).status_code == 201
    with time_machine.travel(AT + timedelta(days=30), tick=False):
        shown = Api(scene.legal).get(one)
    assert (shown.status_code, shown.json()["documents"]) == (200, [])
    # Once its term has passed in silence it is a lawyer's case, and she reads all of it.
    with time_machine.travel(AT + timedelta(days=100), tick=False):
        shown = Api(scene.legal).get(one)
    assert [told["name"] for told in shown.json()["documents"]] == ["a.pdf"]


def test_an_authorisation_is_checked_by_its_number_and_names_no_patient(
    pharmacy: Api, scene: Scene
):
    number = scene.authorised(replace(PART, file_number="C"))
    answer = Api(scene.other_pharmacist).get(f"/authorisations/{number}")
    body = answer.json()
    assert (answer.status_code, body["number"], body["state"]) == (200, number, "active")
    # Two letters may stand in a number.
    assert "DM" not in answer.content.decode().replace(number, "")
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
        (f"{one}/dispensings/correction", schema.CORRECTION_EXAMPLES),
        (f"{one}/answers", schema.ANSWER_EXAMPLES),
        (f"{one}/documents", schema.DOCUMENT_EXAMPLES),
    ):
        for example in examples:
            body = dict(example.value)
            if "question_id" in body:
                body["question_id"] = str(asked.facts.question)
            answer = pharmacy.post(path, body)
            assert answer.status_code == 201, (path, answer.content)
    own = scene.submitted(replace(PART, file_number="E"))
    without_account = scene.submitted(
        replace(PART, file_number="F", prescriber_rpps="10000000124")
    )
    told, reported = schema.WITHDRAWAL_EXAMPLES
    for who, of, example in (
        (scene.doctor, own, told),
        (scene.pharmacist, without_account, reported),
    ):
        answer = Api(who).post(f"/authorisation-requests/{of.id}/withdrawal", example.value)
        assert answer.status_code == 201, answer.content
