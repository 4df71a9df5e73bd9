"""The OpenAPI document: valid, complete, and kept by the answers."""

import json

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from openapi_spec_validator import validate

from events.shape import json_schema, read
from pharmacovigilance.api.schema import DATES
from pharmacovigilance.domain.report import Report
from tests.api.conftest import project

PREFIX = "/api/v1"


@pytest.fixture
def document(client, db) -> dict:
    answer = client.get(f"{PREFIX}/schema", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    return json.loads(answer.content)


def test_the_document_is_valid_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_call_of_the_contract_is_described(document):
    base = f"{PREFIX}/declarations"
    described = {(path, verb) for path, verbs in document["paths"].items() for verb in verbs}
    assert described >= {
        (base, "get"),
        (base, "post"),
        (f"{base}/{{identifier}}", "get"),
        (f"{base}/{{identifier}}/follow-ups", "post"),
        (f"{base}/{{identifier}}/messages", "post"),
        (f"{base}/{{identifier}}/withdrawal", "post"),
        (f"{PREFIX}/worklist", "get"),
        (f"{PREFIX}/deadlines", "get"),
        (f"{PREFIX}/authorisation-requests", "post"),
        (f"{PREFIX}/authorisation-requests/{{identifier}}", "get"),
        (f"{PREFIX}/authorisations/{{number}}", "get"),
    }


def test_every_command_asks_for_its_key_and_gives_an_example(document):
    for verbs in document["paths"].values():
        command = verbs.get("post")
        if command is None or command["operationId"] == "keep_entry":
            # What was sealed elsewhere has its receipt for a key, and no example can be signed.
            continue
        (key,) = (one for one in command["parameters"] if one["name"] == "Idempotency-Key")
        assert key["required"] is True
        assert command["requestBody"]["content"]["application/json"]["examples"]
        problems = {code for code in command["responses"] if code >= "400"}
        assert problems >= {"400", "401", "403", "422", "503"}


def test_every_example_is_accepted(document, doctor, crpv, report):
    where = doctor.declare(report)
    for path, verbs in document["paths"].items():
        if not path.startswith(f"{PREFIX}/declarations"):
            continue
        for example in _examples(verbs):
            target = path.removeprefix(PREFIX).replace("/declarations/{identifier}", where)
            who = crpv if "messages" in path and "question_id" not in example else doctor
            answer = who.post(target, example)
            assert answer.status_code == 201, answer.content


def _examples(verbs: dict) -> list[dict]:
    if "post" not in verbs or verbs["post"]["operationId"] == "keep_entry":
        return []
    content = verbs["post"]["requestBody"]["content"]["application/json"]
    return [example["value"] for example in content["examples"].values()]


def test_answers_have_the_shape_that_is_promised(document, doctor, reviewer, report):
    where = doctor.declare(report)
    reviewer.post(f"{where}/messages", {"text": "Lot ?"})
    question = doctor.get(where).json()["questions"][0]["id"]
    doctor.post(f"{where}/messages", {"text": "7.", "question_id": question})
    doctor.post(f"{where}/follow-ups", {"drugs": [{"index": 0, "batch_number": "7"}]})
    doctor.declare({"narrative": "Seul."})
    project()
    for path, shown in {
        "/declarations": "/declarations",
        "/declarations/{identifier}": where,
        "/worklist": "/worklist",
        "/deadlines": "/deadlines",
    }.items():
        schema = document["paths"][PREFIX + path]["get"]["responses"]["200"]["content"]
        validator = Draft202012Validator(schema["application/json"]["schema"])
        answer = reviewer.get(shown).json()
        assert [error.message for error in validator.iter_errors(answer)] == []
    problem = doctor.post("/declarations", {"foo": 1})
    schema = document["paths"][f"{PREFIX}/declarations"]["post"]["responses"]["422"]["content"]
    Draft202012Validator(schema["application/problem+json"]["schema"]).validate(problem.json())


@pytest.mark.parametrize(
    "body",
    [
        {"patient": {"sex": "F"}},
        {"foo": 1},
        {"drugs": [{"name": "x" * 251}]},
        {"drugs": "x"},
        {"patient": {"height_cm": 1.5}},
        {"reactions": [{"onset": "02/03/2026"}]},
    ],
)
def test_the_schema_refuses_what_the_api_refuses(body, doctor):
    assert not Draft202012Validator(json_schema(Report, DATES)).is_valid(body)
    assert doctor.post("/declarations", body).status_code == 422


def test_null_is_unsaid(doctor, report):
    body = report | {"lab_results": None, "patient": report["patient"] | {"weight_kg": None}}
    assert Draft202012Validator(json_schema(Report, DATES)).is_valid(body)
    assert read(Report, body) == read(Report, report)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["doctor", "reviewer"])
def test_no_generated_input_breaks_the_interface(who, request, live_server):
    """Schemathesis: bounded, reproducible; any 5xx or answer outside the schema fails.

    A doctor may send commands, a reviewer may read every list; what is generated need not reach one.
    """
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis.strategies import one_of

    schema = schemathesis.openapi.from_url(f"{live_server.url}{PREFIX}/schema")
    caller = request.getfixturevalue(who)
    headers = {"Authorization": f"Bearer {caller.secret}"}
    modes = [schema.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode]

    @given(case=one_of(modes))
    @settings(
        max_examples=150, deadline=None, database=None, derandomize=True,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def probe(case):
        case.headers = {**(case.headers or {}), **headers}
        answer = case.call(base_url=live_server.url)
        assert answer.status_code < 500, (case.operation.label, answer.status_code)
        documented = set(map(str, case.operation.definition.raw["responses"]))
        assert str(answer.status_code) in documented, (case.operation.label, answer.status_code)

    probe()
    for name in ("worklist", "deadlines"):
        assert caller.get(f"/{name}").status_code == (200 if who == "reviewer" else 403)
