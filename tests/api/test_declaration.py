"""GET /declarations/{id}, and what the later commands make of it."""

import pytest
import time_machine

from tests.api.conftest import codes, events_in_log


@pytest.fixture
def where(doctor, report) -> str:
    return doctor.declare(report)


def test_id_and_number_name_the_same(doctor, where):
    shown = doctor.get(where).json()
    for number in (shown["number"], shown["number"].lower().replace("-", "")):
        assert doctor.get(f"/declarations/{number}").json()["id"] == shown["id"]


def test_the_whole_report_comes_back(doctor, where, report):
    assert doctor.get(where).json()["report"] == report


def test_every_event_has_its_three_times_and_its_author(doctor, where):
    (step,) = doctor.get(where).json()["history"]
    assert step["occurred_at"] == "2026-03-01T23:00:00Z"  # the onset, midnight in Paris
    assert step["received_at"] < step["recorded_at"]
    assert step["by"] == {
        "role": "doctor",
        "id": str(doctor.user.public_id),
        "institution": "750712184",
    }


def test_a_follow_up_completes_what_is_known(doctor, where):
    body = {
        "reactions": [{"index": 0, "outcome": "recovered"}, {"term": "Œdème"}],
        "narrative": "Sortie le lendemain.",
        "patient": {"weight_kg": 58},
    }
    answer = doctor.post(f"{where}/follow-ups", body)
    assert (answer.status_code, answer.json()["version"]) == (201, 2)
    shown = doctor.get(where).json()
    known = shown["report"]
    assert [one.get("outcome") for one in known["reactions"]] == ["recovered", None]
    assert known["narrative"].endswith("\n\nSortie le lendemain.")
    assert known["patient"]["name_letters"] == "DUP"
    assert [step["content"].get("by") for step in shown["history"]] == [None, "declarant"]


def test_a_centre_s_follow_up_is_the_reviewers_side(crpv, doctor, where):
    crpv.post(f"{where}/follow-ups", {"lab_results": "Tryptase 38."})
    assert doctor.get(where).json()["history"][1]["content"]["by"] == "reviewer"


def test_a_follow_up_that_makes_a_case_serious_starts_15_days(doctor, report):
    where = doctor.declare(report | {"seriousness": []})
    (before,) = doctor.get(where).json()["clocks"]
    assert before["clock"] == "agency_non_serious"
    doctor.post(f"{where}/follow-ups", {"seriousness": ["hospitalisation"]})
    first, second = doctor.get(where).json()["clocks"]
    assert (first["clock"], first["restarted_by"]) == ("agency_serious", 1)
    assert "R5121-156" in first["legal_source"]
    assert second["clock"] == "agency_non_serious"


def test_a_question_is_asked_and_answered(doctor, reviewer, where):
    asked = reviewer.post(f"{where}/messages", {"text": "Quel lot ?"})
    assert asked.status_code == 201
    shown = doctor.get(where).json()
    assert shown["status"] == "information_requested"
    (question,) = shown["questions"]
    assert (question["text"], question["open"], question["answers"]) == ("Quel lot ?", True, [])
    doctor.post(f"{where}/messages", {"text": "Lot 7.", "question_id": question["id"]})
    shown = doctor.get(where).json()
    assert shown["status"] == "declared"
    (question,) = shown["questions"]
    assert question["open"] is False
    assert [answer["text"] for answer in question["answers"]] == ["Lot 7."]


def test_an_answer_to_no_question_is_recorded_and_flagged(doctor, where):
    unknown = "0198c5a2-7f3b-7c31-9a55-5d0c6e0b7f10"
    answer = doctor.post(f"{where}/messages", {"text": "Lot 7.", "question_id": unknown})
    assert answer.status_code == 201
    flags = {flag["code"] for flag in doctor.get(where).json()["flags"]}
    assert "answer_to_unknown_question" in flags


def test_a_withdrawal_keeps_the_history_and_the_clocks(doctor, reviewer, where):
    clocks = doctor.get(where).json()["clocks"]
    assert [clock["clock"] for clock in clocks] == ["agency_serious"]
    assert doctor.post(f"{where}/withdrawal", {"reason": "Doublon."}).status_code == 201
    shown = doctor.get(where).json()
    assert (shown["status"], shown["clocks"], len(shown["history"])) == ("withdrawn", clocks, 2)
    again = doctor.post(f"{where}/withdrawal", {"reason": "Encore."})
    assert codes(again) == {("", "already_withdrawn")}
    asked = reviewer.post(f"{where}/messages", {"text": "Pourquoi ?"})
    assert codes(asked) == {("", "withdrawn")}
    assert events_in_log() == 2


def test_news_of_a_withdrawn_declaration_are_recorded_and_flagged(doctor, where):
    doctor.post(f"{where}/withdrawal", {"reason": "Doublon."})
    assert doctor.post(f"{where}/follow-ups", {"narrative": "Aggravation."}).status_code == 201
    shown = doctor.get(where).json()
    assert shown["status"] == "declared"
    assert "information_after_withdrawal" in {flag["code"] for flag in shown["flags"]}


def test_it_is_shown_as_it_was_known_then(doctor, where):
    then = doctor.get(where).json()["history"][0]["recorded_at"]
    doctor.post(f"{where}/follow-ups", {"seriousness": []})
    now = doctor.get(where).json()
    assert (now["version"], now["serious"]) == (2, False)
    past = doctor.get(where, as_of=then).json()
    assert (past["version"], past["serious"], len(past["history"])) == (1, True, 1)
    assert past["as_of"] == then
    assert doctor.get(where, as_of="2020-01-01T00:00:00Z").status_code == 404


def test_an_instant_is_asked_for_in_any_zone(doctor, where):
    for instant in ("2999-01-01T00:00:00+02:00", "2999-01-01T00:00", "2999-01-01T00:00:00Z"):
        assert doctor.get(where, as_of=instant).status_code == 200
    for instant in ("yesterday", "2999-13-01T00:00:00Z", ""):
        answer = doctor.get(where, as_of=instant)
        assert (answer.status_code, codes(answer)) == (422, {("?as_of", "invalid_parameter")})
    twice = doctor.get(where, as_of=["hier", "demain"], mine="true")
    assert codes(twice) == {
        ("?as_of", "repeated_parameter"),
        ("?as_of", "invalid_parameter"),
        ("?mine", "unknown_parameter"),
    }


def test_day_zero_is_the_day_in_paris(doctor, report):
    with time_machine.travel("2026-11-20T23:30:00Z", tick=False):
        where = doctor.declare(report)
    shown = doctor.get(where).json()
    assert (shown["day_zero"], shown["clocks"][0]["due"]) == ("2026-11-21", "2026-12-06")


def test_an_erased_patient_is_gone_and_the_case_stays(doctor, where, settings):
    from datetime import UTC, datetime

    from events.erasure import erase

    erase(
        where.replace("/declarations/", "declaration-"), "patient", basis="RGPD art. 17",
        actor=doctor.user.actor(), now=datetime(2026, 11, 1, tzinfo=UTC),
    )  # fmt: skip
    answer = doctor.get(where)
    shown = answer.json()
    assert "DUP" not in answer.content.decode()
    assert "narrative" not in shown["report"]
    assert shown["valid"] is True
    late = doctor.post(f"{where}/follow-ups", {"narrative": "Suite."})
    assert (late.status_code, late.json()["code"]) == (409, "subject_erased")
    assert doctor.post(f"{where}/follow-ups", {"seriousness": []}).status_code == 201
