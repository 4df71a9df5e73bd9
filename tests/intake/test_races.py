"""Tries that meet, rows that cannot go on, and looks that come too late: nothing is lost by them."""

import time
from datetime import timedelta

import psycopg
import pytest
import time_machine

from config.fronted import ARRIVED
from events import outcomes, salvage, segments
from events.drain import Counts, Drainer
from events.spool import spool
from tests.intake.conftest import drained, node
from tests.intake.test_outage import AT, DEATH, day_zero, state

UNKNOWN = "/declarations/00000000-0000-8000-8000-000000000001/follow-ups"
MORE = {"narrative": "Autopsie demandée."}


@pytest.fixture
def superuser(outage):
    with psycopg.connect(outage.cluster.dsn("superuser"), autocommit=True) as connection:
        yield connection


def test_who_was_given_the_receipt_of_another_try_holds_it(doctor, outage):
    """The first try is still under way when the second is answered with its receipt."""
    with outage.away():
        first = doctor.post("/declarations", DEATH, key="one").json()
        assert doctor.post("/declarations", DEATH, key="one").json() == first
        spool().settle(first["receipt_id"], "refused")
    drained(drained=1)
    assert state(doctor, first["receipt_id"]) == "recorded"


def test_an_earlier_receipt_is_joined_also_where_a_later_one_was_recorded_first(
    doctor, outage, settings, tmp_path
):
    with time_machine.travel(AT) as clock:
        doctor.get("/declarations")
        clock.shift(20)
        with node("n2", settings, tmp_path):
            recorded = doctor.post("/declarations", DEATH, key="one").json()
            assert day_zero(doctor, recorded["id"]) == "2026-11-24"
        clock.shift(-20)
        slow = doctor.post("/declarations", DEATH, key="one").json()
        assert (slow["status"], slow["receipt"]) == ("recorded", recorded["receipt"])
        drained(joined=1)
        drained()
        assert day_zero(doctor, recorded["id"]) == "2026-11-23"


def test_day_zero_counts_from_the_arrival_and_not_from_the_turn(doctor, outage):
    with time_machine.travel("2026-11-23T23:00:05Z"):
        doctor.get("/declarations")
        doctor.client.defaults[ARRIVED] = time.monotonic() - 20
        body = doctor.post("/declarations", DEATH).json()
    assert body["received_at"].startswith("2026-11-23T22:59:4")


def test_a_receipt_that_cannot_be_joined_yet_stops_nobody_else(doctor, outage, settings, tmp_path):
    with outage.away():
        doctor.post("/declarations", DEATH, key="one")
    with node("n2", settings, tmp_path):
        doctor.post("/declarations", DEATH, key="one")
    with outage.away():
        other = doctor.post("/declarations", DEATH, key="two").json()
    with psycopg.connect(outage.cluster.dsn("superuser"), autocommit=True) as admin:
        admin.execute("SELECT events_park(1, 'x', 'test', array_agg(stream)) FROM events_event")
        drained(drained=1, left=1)
        assert state(doctor, other["receipt_id"]) == "recorded"
        admin.execute("SELECT events_accept(1, 'x', 'J. Martin')")
    drained(joined=1)


def test_what_follows_in_a_stream_waits_for_what_failed(doctor, outage, monkeypatch):
    with outage.away():
        made = doctor.post("/declarations", DEATH).json()
        doctor.post(f"/declarations/{made['id']}/follow-ups", MORE)
    with monkeypatch.context() as broken:
        broken.setattr(outcomes, "_offered", _fails)
        drained(left=2)
    drained(drained=2)


def _fails(*_: object) -> None:
    raise RuntimeError


def test_a_drain_that_goes_on_notices_that_the_log_was_restored(doctor, outage, superuser):
    """Also to a point behind which nothing had a position yet: the epoch is the same."""
    drainer = Drainer(grace=timedelta(0))
    doctor.post("/declarations", DEATH)
    assert drainer.once() == Counts()
    superuser.execute("SET session_replication_role = replica")
    for table in ("event", "command", "pending", "position", "block", "subject_key"):
        superuser.execute(f"ALTER TABLE events_{table} DISABLE TRIGGER ALL")
        superuser.execute(f"TRUNCATE events_{table} CASCADE")
    assert drainer.once() == Counts(drained=1)
    assert drainer.once() == Counts()


def test_nobody_is_told_that_nothing_is_there_while_a_spool_may_hold_it(doctor, outage, superuser):
    drained()
    assert doctor.post(UNKNOWN, MORE).status_code == 404
    superuser.execute("UPDATE events_spool SET reported_at = reported_at - interval '1 minute'")
    assert doctor.post(UNKNOWN, MORE).status_code == 202
    superuser.execute("UPDATE events_spool SET reported_at = reported_at - interval '4 days'")
    assert doctor.post(UNKNOWN, MORE).status_code == 404


def test_a_stranger_cannot_tell_a_declaration_from_none(doctor, person, outage, superuser):
    where = doctor.declare(DEATH)
    stranger = type(doctor)(person("doctor"))
    drained()
    for told in (404, 202):
        answers = [stranger.post(f"{where}/follow-ups", MORE), stranger.post(UNKNOWN, MORE)]
        assert [one.status_code for one in answers] == [told, told]
        superuser.execute("UPDATE events_spool SET opening = 1")


def test_a_wrong_number_does_not_keep_others_waiting(doctor, outage, superuser):
    """A copy of it waits on another node too: it is nothing that anything could be about."""
    drained()
    superuser.execute(
        "INSERT INTO events_spool (node, waiting, opening, damaged) VALUES ('n2', 1, 0, 0)"
    )
    assert doctor.post(UNKNOWN, MORE).status_code == 404


def commits(log: bytes) -> list[int]:
    """Return where each commit of a write-ahead log ends: a frame that says the file's size."""
    ends = range(salvage.WAL_HEADER + salvage.FRAME, len(log) + 1, salvage.FRAME)
    return [end for end in ends if any(log[end - salvage.FRAME + 4 : end - salvage.FRAME + 8])]


def test_rows_that_were_there_and_are_not_are_told_of(doctor, outage, settings):
    """A file that was cut between two commits is whole, and shows nothing of what it held."""
    drainer = Drainer(grace=timedelta(0))
    for _ in range(6):
        doctor.post("/declarations", DEATH)
    assert drainer.once() == Counts()
    spool().start_anew()
    (segment,) = [one for one in segments.found(settings.SPOOL_DIRS) if segments.contents(one)]
    whole, index = segment.wal.read_bytes(), segment.path.with_name(f"{segment.path.name}-shm")
    segment.wal.write_bytes(whole[: commits(whole)[-3]])
    index.unlink(missing_ok=True)
    assert [drainer.once().damaged, drainer.once().damaged] == [2, 2]
    segment.wal.write_bytes(whole)
    index.unlink(missing_ok=True)
    assert drainer.once() == Counts()
