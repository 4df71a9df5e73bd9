"""What is no declaration: everything wrong is named at once, and nothing is written."""

import json

import pytest

from tests.api.conftest import codes, events_in_log

GOOD = {
    "patient": {"sex": "male", "birth_date": "1980-05-01"},
    "drugs": [{"name": "IBUPROFENE"}],
    "reactions": [{"term": "Urticaire", "onset": "2026-01-10"}],
}


def changed(**parts) -> dict:
    return GOOD | parts


CASES = {
    "unknown field": (changed(foo=1), {("/foo", "unknown_field")}),
    "unknown field inside": (
        changed(drugs=[{"name": "A", "dose": 3}]),
        {("/drugs/0/dose", "unknown_field")},
    ),
    "a name that a pointer must escape": (
        changed(**{"a/b~c": 1}),
        {("/a~1b~0c", "unknown_field")},
    ),
    "missing name": (changed(drugs=[{"role": "suspect"}]), {("/drugs/0/name", "required")}),
    "missing unit": (
        changed(patient={"age_value": 3}),
        {("/patient/age_unit", "required")},
    ),
    "text for a number": (
        changed(patient={"sex": "male", "weight_kg": "70"}),
        {("/patient/weight_kg", "wrong_type")},
    ),
    "truth for a number": (
        changed(patient={"sex": "male", "height_cm": True}),
        {("/patient/height_cm", "wrong_type")},
    ),
    "half a centimetre": (
        changed(patient={"sex": "male", "height_cm": 170.5}),
        {("/patient/height_cm", "wrong_type")},
    ),
    "number for a text": (changed(narrative=3), {("/narrative", "wrong_type")}),
    "object for a list": (changed(drugs={"name": "A"}), {("/drugs", "wrong_type")}),
    "text for a list": (changed(seriousness="death"), {("/seriousness", "wrong_type")}),
    "list for an object": (changed(patient=[]), {("/patient", "wrong_type")}),
    "text for an object": (changed(drugs=["A"]), {("/drugs/0", "wrong_type")}),
    "sex outside its list": (
        changed(patient={"sex": "F"}),
        {("/patient/sex", "unknown_code")},
    ),
    "criterion outside its list": (
        changed(seriousness=["death", "bad"]),
        {("/seriousness/1", "unknown_code")},
    ),
    "département that is none": (
        changed(reporter={"department_code": "96"}),
        {("/reporter/department_code", "unknown_code")},
    ),
    "date that is none": (
        changed(reactions=[{"term": "T", "onset": "2026-02-30"}]),
        {("/reactions/0/onset", "date_format")},
    ),
    "American date": (
        changed(reactions=[{"term": "T", "onset": "02/03/2026"}]),
        {("/reactions/0/onset", "date_format")},
    ),
    "date in the future": (
        changed(drugs=[{"name": "A", "start": "2999-01-01"}]),
        {("/drugs/0/start", "date_in_future")},
    ),
    "reaction before birth": (
        changed(reactions=[{"term": "T", "onset": "1979"}]),
        {("/reactions/0/onset", "onset_before_birth")},
    ),
    "narrative of 2 MB": (changed(narrative="x" * 2_000_000), {("/narrative", "too_long")}),
    "too many drugs": (
        changed(drugs=[{"name": "A"}] * 201),
        {("/drugs", "too_many")},
    ),
    "a huge integer": (
        changed(patient={"sex": "male", "weight_kg": 10**25}),
        {("/patient/weight_kg", "wrong_type")},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_named(case, doctor):
    body, expected = CASES[case]
    answer = doctor.post("/declarations", body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_input"
    assert codes(answer) == expected
    assert events_in_log() == 0


def test_everything_wrong_is_named_at_once(doctor):
    raw = (
        '{"patient": {"sex": "male", "sex": "female", "weight_kg": NaN, "birth_date": "2030"},'
        ' "drugs": [{"name": 3, "start": "2026-05-01", "end": "2026-04-01"}], "foo": null,'
        ' "reactions": [{"term": "a\\u0000b"}, {"term": "\\ud800"}], "seriousness": ["x"]}'
    )
    answer = doctor.post("/declarations", raw.encode())
    assert answer.status_code == 422
    assert codes(answer) == {
        ("/patient/sex", "duplicate_field"),
        ("/patient/weight_kg", "not_a_number"),
        ("/patient/birth_date", "date_in_future"),
        ("/drugs/0/name", "wrong_type"),
        ("/drugs/0/end", "end_before_start"),
        ("/foo", "unknown_field"),
        ("/reactions/0/term", "unreadable_character"),
        ("/reactions/1/term", "unreadable_character"),
        ("/seriousness/0", "unknown_code"),
    }
    assert events_in_log() == 0


def test_unknown_names_are_many_at_most_two_hundred_times_and_hide_nothing_else(doctor):
    names = {f"n{number}": 1 for number in range(250)}
    body = names | {"drugs": [names, {"name": "A", "end": "2020", "start": "2021"}]}
    answer = doctor.post("/declarations", body)
    assert answer.status_code == 422
    unknown = {f"/n{number}" for number in range(200)}
    assert codes(answer) == {(pointer, "unknown_field") for pointer in unknown} | {
        ("", "too_many"),
        ("/drugs/0/name", "required"),
        ("/drugs/1/end", "end_before_start"),
    }


def test_too_long_a_list_is_read_as_far_as_it_may_go(doctor):
    drugs = [{"name": "A"}, {"role": "suspect"}, *([{"name": "B"}] * 200)]
    answer = doctor.post("/declarations", changed(drugs=drugs))
    assert codes(answer) == {("/drugs", "too_many"), ("/drugs/1/name", "required")}


FILLED = 400_000
HUGE = {
    "unknown names": b"{" + b",".join(b'"%x":1' % n for n in range(FILLED)) + b"}",
    "one name again and again": b"{" + b",".join([b'"a":1'] * FILLED) + b"}",
    "NUL in names": b"{" + b",".join([b'"\\u0000":1'] * FILLED) + b"}",
    "NUL in texts": b'{"drugs": [' + b",".join([b'"\\u0000"'] * FILLED) + b"]}",
    "no numbers": b'{"drugs": [' + b",".join([b"NaN"] * FILLED) + b"]}",
}


@pytest.mark.parametrize("case", HUGE)
def test_an_answer_never_outgrows_what_was_sent(case, doctor):
    answer = doctor.post("/declarations", HUGE[case])
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert len(answer.content) < 100_000
    assert "too_many" in {code for _, code in codes(answer)}


def test_an_error_carries_its_e2b_element(doctor):
    (error,) = doctor.post("/declarations", changed(patient={"sex": "F"})).json()["errors"]
    assert error["element"] == "D.5"


def test_nothing_that_was_sent_is_repeated(doctor):
    body = changed(
        patient={"name_letters": "SECRETNAME", "sex": "SECRETSEX", "birth_date": "SECRETDATE"},
        narrative=["SECRETTEXT"],
    )
    answer = doctor.post("/declarations", body)
    assert answer.status_code == 422
    assert b"SECRET" not in answer.content


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        ('{"patient": {"weight_kg": NaN}, "narrative": "x"}', "/patient/weight_kg"),
        ('{"patient": {"weight_kg": -Infinity}, "narrative": "x"}', "/patient/weight_kg"),
        ('{"patient": {"weight_kg": 1e999}, "narrative": "x"}', "/patient/weight_kg"),
        ('{"patient": {"weight_kg": ' + "9" * 5000 + '}, "narrative": "x"}', "/patient/weight_kg"),
    ],
)
def test_numbers_that_json_does_not_have(raw, pointer, doctor):
    answer = doctor.post("/declarations", raw.encode())
    assert (answer.status_code, codes(answer)) == (422, {(pointer, "not_a_number")})


@pytest.mark.parametrize("text", ['"\\u0000"', '"\\udc00"', '"x\\ud83dx"'])
def test_characters_that_nobody_can_store(text, doctor):
    raw = '{"narrative": "n", "lab_results": ' + text + "}"
    answer = doctor.post("/declarations", raw.encode())
    assert (answer.status_code, codes(answer)) == (422, {("/lab_results", "unreadable_character")})


def test_a_pair_of_surrogates_is_a_character(doctor):
    answer = doctor.post("/declarations", b'{"narrative": "\\ud83d\\ude00"}')
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "malformed_json"),
        (b'{"a": 1,}', "malformed_json"),
        (b"{'a': 1}", "malformed_json"),
        (b'{"a": "\xff"}', "malformed_json"),
        (b'\xef\xbb\xbf{"a": 1}', "malformed_json"),
        (b"[]", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b"null", "not_an_object"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "too_deep"),
        (b"[" * 200_000, "too_deep"),
    ],
)
def test_what_cannot_be_read_is_400(raw, code, doctor):
    answer = doctor.post("/declarations", raw)
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert events_in_log() == 0


def test_no_body_is_a_report_that_says_nothing(doctor):
    answer = doctor.post("/declarations", b"")
    assert (answer.status_code, codes(answer)) == (422, {("", "nothing_reported")})


def test_more_than_5_mb_is_413(doctor):
    raw = json.dumps({"narrative": "x" * (5 * 1024 * 1024)}).encode()
    answer = doctor.post("/declarations", raw)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("what", "body", "expected"),
    [
        ("follow-ups", {}, {("", "nothing_reported")}),
        ("follow-ups", {"drugs": [{"index": 0}], "patient": {}}, {("", "nothing_reported")}),
        (
            "follow-ups",
            {"drugs": [{"index": -1, "name": "A"}]},
            {("/drugs/0/index", "out_of_range")},
        ),
        ("follow-ups", {"text": "x"}, {("/text", "unknown_field")}),
        ("messages", {}, {("/text", "required")}),
        ("messages", {"text": "  "}, {("/text", "required")}),
        ("messages", {"text": None}, {("/text", "required")}),
        ("messages", {"text": "x", "question_id": "7"}, {("/question_id", "wrong_type")}),
        ("withdrawal", {"reason": "x" * 2001}, {("/reason", "too_long")}),
        ("withdrawal", {"why": "x"}, {("/reason", "required"), ("/why", "unknown_field")}),
    ],
)
def test_later_commands_are_read_as_strictly(what, body, expected, doctor):
    where = doctor.declare(GOOD)
    answer = doctor.post(f"{where}/{what}", body)
    assert (answer.status_code, codes(answer)) == (422, expected)
    assert events_in_log() == 1
