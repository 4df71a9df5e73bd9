"""`manage.py recover`: from a hurt state to full function, with a certificate that says how far."""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import UUID

import psycopg
import pytest
from django.core.management import call_command

from continuity import certificate, recovery, recovery_steps
from continuity.recovery import Done, Ended, Step
from events import epochs, rebuild, registry, seal, store
from events.drain import Drainer
from events.event import stream_name
from events.journal import Tombstone, tombstones
from events.vault import subject_of
from tests.intake.conftest import *  # noqa: F403  an outage of the test's own
from tests.intake.test_outage import DEATH, state

pytestmark = pytest.mark.stack


@pytest.fixture(autouse=True)
def at_once(monkeypatch) -> None:
    """Nothing is in the hands of a request here."""
    monkeypatch.setattr("continuity.recovery_steps.drainer", Drainer(grace=timedelta(0)))


def recovered(*options: str) -> tuple[dict, int]:
    out, code = StringIO(), 0
    try:
        call_command("recover", "--json", "--wait", "30", *options, stdout=out, stderr=StringIO())
    except SystemExit as end:
        code = int(end.code or 0)
    return json.loads(out.getvalue()), code


def position(declaration: str) -> int:
    stream = stream_name("declaration", UUID(declaration))
    row = store.session("projector").execute(
        "SELECT max(numbered.position) FROM events_position AS numbered"
        " JOIN events_event AS event ON event.id = numbered.event_id WHERE event.stream = %s",
        [stream],
    )
    return row.fetchone()[0]


def test_what_waited_is_recorded_and_every_list_equals_its_fold(doctor, outage):
    doctor.declare(DEATH)
    with outage.away():
        waiting = [doctor.post("/declarations", DEATH).json() for _ in range(3)]
    would, code = recovered("--dry-run")
    assert (would["would"]["spooled"], code) == (3, 0)
    told, code = recovered()
    assert code == 0, told
    assert (told["spooled"], told["drained"], told["verified"], told["ok"]) == (3, 3, True, True)
    assert {step["name"] for step in told["steps"]} == {
        "log", "epoch", "erasures", "drain", "receipts", "verify", "journal", "projections",
        "verify_rest", "compare",
    }  # fmt: skip
    assert [state(doctor, one["receipt_id"]) for one in waiting] == ["recorded"] * 3
    # What the drain brought is proved too, wherever the first look ended.
    (rest,) = [step for step in told["steps"] if step["name"] == "verify_rest"]
    assert rest["last"] >= max(position(one["id"]) for one in waiting)
    listed = doctor.get("/declarations").json()["results"]
    assert {one["number"] for one in waiting} < {one["number"] for one in listed}


def test_the_certificate_is_signed_and_names_what_was_not_verified(doctor, outage):
    doctor.declare(DEATH)
    told, _ = recovered()
    with open(told["kept"]) as file:
        kept = json.load(file)
    said = seal.believed(kept["signed"])
    assert said["not_verified"] == told["not_verified"]
    assert any("other machines" in doubt for doubt in said["not_verified"])


def test_a_changed_event_fails_the_certificate_and_stops_nobody(doctor, outage):
    where = doctor.declare(DEATH)
    recovered()
    with psycopg.connect(outage.cluster.dsn("superuser"), autocommit=True) as connection:
        connection.execute("ALTER TABLE events_event DISABLE TRIGGER ALL")
        connection.execute("UPDATE events_event SET payload = '{}' WHERE version = 1")
        for trigger in ("append_only", "append_only_truncate", "gate"):
            connection.execute(f"ALTER TABLE events_event ENABLE ALWAYS TRIGGER {trigger}")
    with outage.away():
        waiting = doctor.post("/declarations", DEATH).json()
    told, code = recovered()
    assert (code, told["verified"], told["ok"]) == (1, False, False)
    assert any("block" in doubt for doubt in told["not_verified"])
    assert state(doctor, waiting["receipt_id"]) == "recorded"
    assert doctor.post("/declarations", DEATH).status_code == 201
    # On the stream that was changed nothing is decided: what is sent about it waits.
    assert doctor.post(f"{where}/follow-ups", {"narrative": "Suite."}).status_code == 202


def test_what_was_changed_after_the_first_look_fails_the_certificate(doctor, outage):
    """As the drain's events come: beside a verification that began before them."""
    doctor.declare(DEATH)
    steps = recovery_steps.steps(wait_seconds=1, workers=1, record_journal=lambda: 0)
    work = {step.name: step.work for step in steps}
    begun = work["verify"](lambda *_: None)
    assert begun.ok
    where = doctor.declare(DEATH)
    changed = stream_name("declaration", UUID(where.rstrip("/").rpartition("/")[2]))
    with psycopg.connect(outage.cluster.dsn("superuser"), autocommit=True) as connection:
        connection.execute("ALTER TABLE events_event DISABLE TRIGGER ALL")
        epochs.sequence()
        connection.execute("UPDATE events_event SET payload = '{}' WHERE stream = %s", [changed])
    rest = work["verify_rest"](lambda *_: None)
    assert (rest.ok, rest.found["streams_parked"]) == (False, 1)
    assert rest.found["last"] > begun.found["last"]
    assert rest.found["events"] == rest.found["last"] - begun.found["last"], "the rest, no more"


@pytest.mark.parametrize("name", ["verify", "verify_rest", "compare"])
def test_nothing_is_certified_as_verified_without_every_proof(name):
    ended = [
        Ended(name=one, ok=one != name, seconds=0.1, found={}, doubts=())
        for one in ("drain", "verify", "verify_rest", "compare")
    ]
    at = datetime(2026, 11, 29, tzinfo=UTC)
    assert not certificate.certificate(ended, at=at, seconds=1, incident=None)["verified"]


def test_who_was_erased_is_not_readable_again_when_the_drain_brings_him_back(doctor, outage):
    report = DEATH | {"patient": {"sex": "male", "birth_date": "1980-05-01"}}
    with outage.away():
        waiting = doctor.post("/declarations", report).json()
    stream = stream_name("declaration", UUID(waiting["id"]))
    tombstones().add(Tombstone(stream, "patient", "RGPD art. 17", "2026-11-24T08:00:00+00:00"))
    told, code = recovered()
    assert (told["drained"], code) == (1, 0), told
    assert state(doctor, waiting["receipt_id"]) == "recorded"
    patient = subject_of(stream, "patient")
    assert store.subject_keys([patient]) == {patient: None}


def test_an_interrupted_rebuild_is_taken_up_again(doctor, outage):
    doctor.declare(DEATH)
    recovered()
    projection = registry.projection("declarations")
    rebuild.begin(projection, 2, resume=False)
    told, code = recovered()
    assert code == 0, told
    (done,) = [step for step in told["steps"] if step["name"] == "projections"]
    assert done["rebuilt"] == ["declarations"]
    assert rebuild.current(projection) is None


def test_a_drain_that_fell_over_is_a_failed_check(doctor, outage, monkeypatch):
    monkeypatch.setattr(Drainer, "once", lambda *_, **__: 1 / 0)
    told, code = recovered()
    assert (code, told["ok"]) == (1, False)


def test_an_interruption_ends_the_process_whatever_a_step_waits_for():
    script = """
import os, signal, threading
from continuity.recovery import Step, run
signal.signal(signal.SIGINT, signal.default_int_handler)
def hangs(_):
    os.kill(os.getpid(), signal.SIGINT)
    threading.Event().wait()
run([Step(name="log", work=hangs)], lambda *_: None)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], timeout=60, check=False, capture_output=True
    )
    assert done.returncode == -signal.SIGINT


def test_a_step_stops_only_what_builds_on_it():
    def fails(_):
        raise RuntimeError

    def well(_):
        return Done()

    ended = recovery.run(
        [
            Step(name="a", work=well),
            Step(name="b", work=fails, after=("a",)),
            Step(name="c", work=well, after=("b",)),
            Step(name="d", work=well, after=("b",), undaunted=True),
            Step(name="e", work=well, after=("c",), undaunted=True),
        ],
        lambda *_: None,
    )
    assert [(one.name, one.ok, one.seconds is None) for one in ended] == [
        ("a", True, False),
        ("b", False, False),
        ("c", False, True),
        ("d", True, False),
        ("e", False, True),
    ]
