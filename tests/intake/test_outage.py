"""What is sent while the log is away is received, once, on its date."""

from base64 import b64encode
from datetime import timedelta
from time import monotonic

import psycopg
import pytest
import time_machine

from config.fronted import ARRIVED
from continuity import receipt_check
from events import outcomes
from events.keys import published
from events.lookup import Lookup
from tests.api.conftest import events_in_log
from tests.intake.conftest import drained, node

DEATH = {
    "patient": {"sex": "male"},
    "drugs": [{"name": "IBUPROFENE"}],
    "reactions": [{"term": "Hémorragie", "outcome": "fatal"}],
    "seriousness": ["death"],
}
AT = "2026-11-23T22:59:50Z"
"""Ten seconds before midnight in Paris."""


def state(api, receipt_id: str) -> str:
    answer = api.client.get(f"/api/v1/receipts/{receipt_id}")
    assert answer.status_code == 200, answer.content
    return answer.json()["status"]


def day_zero(api, identifier: str) -> str:
    return api.get(f"/declarations/{identifier}").json()["day_zero"]


def test_a_declaration_is_received_without_a_log_and_recorded_once_it_is_back(doctor, outage):
    with outage.away():
        answer = doctor.post("/declarations", DEATH, key="one")
        body = answer.json()
        assert (answer.status_code, body["status"], body["version"]) == (202, "spooled", None)
        told = receipt_check.check(body["receipt"], published())
        assert (told["receipt"], told["number"]) == (body["receipt_id"], body["number"])
        assert state(doctor, body["receipt_id"]) == "spooled"
    drained(drained=1)
    drained()
    assert state(doctor, body["receipt_id"]) == "recorded"
    kept = doctor.get(f"/declarations/{body['id']}").json()
    assert (kept["number"], kept["serious"]) == (body["number"], True)
    assert kept["received_at"] == body["received_at"]
    again = doctor.post("/declarations", DEATH, key="one")
    assert (again.status_code, again.json()["receipt"]) == (201, body["receipt"])
    assert events_in_log() == 1


def test_the_same_key_in_the_outage_has_the_same_receipt_and_another_body_is_refused(
    doctor, outage
):
    with outage.away():
        first = doctor.post("/declarations", DEATH, key="one").json()
        assert doctor.post("/declarations", DEATH, key="one").json() == first
        other = doctor.post("/declarations", DEATH | {"narrative": "Autre."}, key="one")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    drained(drained=1)
    assert events_in_log() == 1


def test_what_is_impossible_is_refused_in_the_outage_too(doctor, outage):
    with outage.away():
        answer = doctor.post("/declarations", {})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    drained()


def test_a_retry_on_the_other_node_after_midnight_keeps_the_first_day(
    doctor, outage, settings, tmp_path
):
    """The first node's drain comes last: its receipt is joined, and day 0 moves back."""
    with time_machine.travel(AT) as clock:
        doctor.get("/declarations")
        with outage.away():
            first = doctor.post("/declarations", DEATH, key="one").json()
            assert first["status"] == "spooled"
        clock.shift(20)
        with node("n2", settings, tmp_path):
            second = doctor.post("/declarations", DEATH, key="one").json()
            assert (second["status"], second["number"]) == ("recorded", first["number"])
            assert day_zero(doctor, second["id"]) == "2026-11-24"
            assert state(doctor, first["receipt_id"]) == "issued_elsewhere"
        drained(joined=1)
        drained()
        assert day_zero(doctor, second["id"]) == "2026-11-23"
        assert state(doctor, first["receipt_id"]) == "joined"
        assert state(doctor, second["receipt_id"]) == "recorded"


def test_a_whole_story_told_in_an_outage_is_recorded_in_its_order(doctor, crpv, outage, settings):
    with outage.away():
        made = doctor.post("/declarations", DEATH, key="one").json()
        where = f"/declarations/{made['id']}"
        later = doctor.post(f"{where}/follow-ups", {"narrative": "Autopsie demandée."})
        assert (later.status_code, later.json()["number"]) == (202, made["number"])
        taken_back = doctor.post(f"{where}/withdrawal", {"reason": "Doublon."})
        assert taken_back.status_code == 202
    drained(drained=3)
    kept = doctor.get(where).json()
    assert (kept["version"], kept["status"]) == (3, "withdrawn")


def test_what_waits_for_the_drain_can_be_added_to_when_the_log_is_back(doctor, outage):
    with outage.away():
        made = doctor.post("/declarations", DEATH).json()
    later = doctor.post(f"/declarations/{made['id']}/follow-ups", {"narrative": "Autopsie."})
    assert (later.status_code, later.json()["number"]) == (202, made["number"])
    unknown = "/declarations/00000000-0000-8000-8000-000000000001/follow-ups"
    assert doctor.post(unknown, {"narrative": "Rien."}).status_code == 404
    drained(drained=2)
    assert doctor.get(f"/declarations/{made['id']}").json()["version"] == 2


def test_somebody_elses_declaration_takes_nothing_and_the_sender_learns_nothing(
    doctor, other_crpv, person, outage, monkeypatch
):
    where = doctor.declare(DEATH)
    stranger = type(doctor)(person("doctor"))
    unknown = "/declarations/00000000-0000-8000-8000-000000000001"
    with outage.away():
        told = [
            stranger.post(f"{path}/follow-ups", {"narrative": "Faux."}).json()
            for path in (where, unknown)
        ]
        assert [one["status"] for one in told] == ["spooled", "spooled"]
    # What they are about may lie in a file that was hurt a moment ago, and is not known for it yet.
    drained(left=2)
    monkeypatch.setattr(outcomes, "SETTLING", timedelta(0))
    drained(set_aside=2)
    assert doctor.get(where).json()["version"] == 1
    assert [state(stranger, one["receipt_id"]) for one in told] == ["set_aside", "set_aside"]
    drained()


def test_a_wish_that_the_log_refuses_goes_before_a_person(doctor, outage):
    where = doctor.declare(DEATH)
    doctor.post(f"{where}/withdrawal", {"reason": "Doublon."})
    with outage.away():
        again = doctor.post(f"{where}/withdrawal", {"reason": "Encore."}).json()
    drained(set_aside=1)
    assert state(doctor, again["receipt_id"]) == "set_aside"
    assert doctor.get(where).json()["version"] == 2


def test_a_refusal_with_the_log_there_leaves_nothing_behind(doctor, outage):
    where = doctor.declare(DEATH)
    doctor.post(f"{where}/withdrawal", {"reason": "Doublon."})
    answer = doctor.post(f"{where}/withdrawal", {"reason": "Encore."})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "already_withdrawn")
    drained()


def test_a_log_that_lost_what_it_had_gets_it_back(doctor, outage, superuser):
    """As after the restore of an older backup: the spool holds what was recorded directly too."""
    body = doctor.post("/declarations", DEATH, key="one").json()
    assert body["status"] == "recorded"
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for table in ("event", "command", "pending", "position", "block", "subject_key"):
            connection.execute(f"ALTER TABLE events_{table} DISABLE TRIGGER ALL")
            connection.execute(f"TRUNCATE events_{table} CASCADE")
    assert doctor.get(f"/declarations/{body['id']}").status_code == 404
    drained(drained=1)
    again = doctor.post("/declarations", DEATH, key="one").json()
    assert (again["receipt"], again["number"]) == (body["receipt"], body["number"])


@pytest.fixture
def superuser(outage) -> str:
    return outage.cluster.dsn("superuser")


def test_a_sealed_copy_handed_back_by_a_browser_is_recorded_under_its_first_receipt(
    doctor, outage, settings, tmp_path
):
    """The node that gave the receipt is lost with its disks; the browser kept the copy."""
    with outage.away():
        body = doctor.post("/declarations", DEATH, key="one").json()
        kept = doctor.client.get(f"/recus/{body['receipt_id']}/copie").json()
        with node("n2", settings, tmp_path):
            answer = doctor.client.post(
                "/api/v1/spool/entries", kept, content_type="application/json"
            )
            assert (answer.status_code, answer.json()["receipt_id"]) == (202, body["receipt_id"])
            other = b64encode(b"\x01" + bytes(300)).decode()
            for changed in ({"receipt": kept["receipt"][:-4] + "AAAA"}, {"sealed": other}):
                refused = doctor.client.post(
                    "/api/v1/spool/entries", kept | changed, content_type="application/json"
                )
                assert refused.status_code == 400
            outage.back()
            drained(drained=1)
            assert state(doctor, body["receipt_id"]) == "recorded"
    drained()
    assert events_in_log() == 1


def test_who_waited_for_two_slow_disks_waits_no_longer_for_what_they_held_before(
    doctor, outage, monkeypatch
):
    asked = []
    genuine = Lookup.entries

    def counted(self, command_id, seconds):
        asked.append(seconds)
        return genuine(self, command_id, seconds)

    monkeypatch.setattr(Lookup, "entries", counted)
    with outage.away():
        first = doctor.post("/declarations", DEATH, key="one")
        assert min(asked) > 0.3
        asked.clear()
        late = doctor.client.defaults | {ARRIVED: monotonic() - 0.8}
        monkeypatch.setattr(doctor.client, "defaults", late)
        again = doctor.post("/declarations", DEATH, key="one")
        assert 0 < max(asked) <= 0.1
    # Its receipt may be a second one; what it is for is the same.
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
