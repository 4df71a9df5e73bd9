"""The same command twice, another under its key, and two at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from events.drain import Drainer
from tests.api.conftest import codes, events_in_log


def test_the_same_key_and_body_give_the_same_bytes(doctor, report):
    first = doctor.post("/declarations", report, key="one")
    again = doctor.post("/declarations", report, key="one")
    assert (again.status_code, again.content) == (201, first.content)
    assert events_in_log() == 1


def test_the_order_of_names_in_the_body_is_no_other_body(doctor, report):
    first = doctor.post("/declarations", report, key="one")
    turned = dict(reversed(report.items()))
    assert doctor.post("/declarations", turned, key="one").content == first.content


def test_the_same_key_with_another_body_is_refused(doctor, report):
    doctor.post("/declarations", report, key="one")
    answer = doctor.post("/declarations", report | {"narrative": "Autre."}, key="one")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert events_in_log() == 1


def test_a_key_is_its_owner_s(doctor, colleague, report):
    mine = doctor.post("/declarations", report, key="one").json()
    hers = colleague.post("/declarations", report, key="one").json()
    assert mine["id"] != hers["id"]


def test_a_key_is_asked_for(doctor, report):
    answer = doctor.post("/declarations", report, key=None)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    for key in ("x" * 201, "é", "a\tb"):
        answer = doctor.post("/declarations", report, key=key)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")
    assert events_in_log() == 0


BODIES = {
    "follow-ups": {"narrative": "Suite."},
    "messages": {"text": "Lot ?"},
    "withdrawal": {"reason": "Doublon."},
}
OTHERS = {
    "follow-ups": {"narrative": "Autre suite."},
    "messages": {"text": "Autre ?"},
    "withdrawal": {"reason": "Autre."},
}


@pytest.mark.parametrize("what", BODIES)
def test_every_command_is_repeated_safely(what, doctor, crpv, report):
    where = doctor.declare(report)
    who = crpv if what == "messages" else doctor
    first = who.post(f"{where}/{what}", BODIES[what], key="one")
    assert first.status_code == 201, first.content
    assert first.json()["version"] == 2
    # Something else happens in between: the answer stays the one of the first time.
    doctor.post(f"{where}/follow-ups", {"lab_results": "Normaux."}, key="between")
    again = who.post(f"{where}/{what}", BODIES[what], key="one")
    assert (again.status_code, again.content) == (201, first.content)
    other = who.post(f"{where}/{what}", OTHERS[what], key="one")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert events_in_log() == 3


def test_one_key_for_two_declarations_is_two_commands(doctor, report):
    for _ in range(2):
        where = doctor.declare(report)
        answer = doctor.post(f"{where}/follow-ups", BODIES["follow-ups"], key="same")
        assert answer.status_code == 201
    assert events_in_log() == 4


def test_the_version_that_was_read_may_be_asked_for(doctor, report):
    where = doctor.declare(report)
    assert doctor.get(where)["ETag"] == 'W/"1"'
    first = doctor.post(f"{where}/follow-ups", {"narrative": "Suite."}, If_Match='W/"1"')
    assert first.status_code == 201
    late = doctor.post(f"{where}/follow-ups", {"narrative": "Et suite."}, If_Match='W/"1"')
    assert (late.status_code, late.json()["code"]) == (409, "version_conflict")
    wrong = doctor.post(f"{where}/follow-ups", {"narrative": "Et suite."}, If_Match="*")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "if_match_invalid")
    assert events_in_log() == 2


def test_the_same_command_from_many_threads_is_recorded_once(doctor, report):
    def declare(_: int):
        try:
            return doctor.post("/declarations", report, key="one")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(declare, range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert events_in_log() == 1


def test_commands_that_meet_are_all_recorded_at_once_or_by_the_drain(doctor, report):
    where = doctor.declare(report)

    def add(number: int) -> int:
        try:
            answer = doctor.post(
                f"{where}/follow-ups", {"narrative": f"Suite {number}."}, key=f"k{number}"
            )
        finally:
            connections.close_all()
        return answer.status_code

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(add, range(12)))
    assert set(told) <= {201, 202}
    assert events_in_log() == 1 + told.count(201)
    assert Drainer(grace=timedelta(0)).once().drained == told.count(202)
    assert events_in_log() == 1 + len(told)
    assert codes(doctor.post(f"{where}/follow-ups", {}, key="x")) == {("", "nothing_reported")}
