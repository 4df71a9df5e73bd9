"""One drain that goes on looking: each row is checked once, and what changes meanwhile is noticed."""

import sqlite3
import threading
from collections import Counter
from datetime import timedelta

import psycopg
import pytest

from events import drain, entry, outcomes, segments
from events.drain import Counts, Drainer
from events.errors import LogAway
from events.segments import Segment
from events.spool import spool
from events.survey import Need
from tests.intake.test_outage import DEATH, state

MILD = DEATH | {"reactions": [{"term": "Nausée"}], "seriousness": []}


@pytest.fixture
def drainer() -> Drainer:
    return Drainer(grace=timedelta(0))


@pytest.fixture
def kept(outage, doctor):
    """Return what receives declarations while the log is away, and gives their receipts."""

    def keep(*bodies) -> list[str]:
        with outage.away():
            return [doctor.post("/declarations", one).json()["receipt_id"] for one in bodies]

    return keep


def segment_of_all(settings) -> Segment:
    """Return the segment in which something is kept; nobody writes to it any more."""
    spool().start_anew()
    for thread in threading.enumerate():
        if thread.name == "spool end":
            thread.join(10)
    (found,) = [one for one in segments.found(settings.SPOOL_DIRS) if segments.contents(one)]
    return found


def in_its_files(segment: Segment, *statements: str) -> None:
    connection = sqlite3.connect(segment.path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def garbled(segment: Segment, n: int) -> None:
    """Change a row's sealed bytes wherever they lie in the files."""
    with sqlite3.connect(segment.path) as connection:
        (record,) = connection.execute("SELECT record FROM entry WHERE n = ?", [n]).fetchone()
    connection.close()
    some = record[-80:-60]
    for path in (segment.path, segment.wal):
        if path.exists():
            path.write_bytes(path.read_bytes().replace(some, bytes(20)))


def test_a_death_that_comes_later_overtakes_what_waits(kept, drainer, settings, monkeypatch):
    settings.INTAKE_CONNECTIONS = 1
    mild = kept(MILD, MILD, MILD)
    assert drainer.once(seconds=-1) == Counts(left=3)
    death = kept(DEATH)
    brought: list[str] = []

    def offer(one, *, tried):
        brought.append(one.receipt_id)
        return outcomes.offer(one, tried=tried)

    monkeypatch.setitem(drain.BRING, Need.OFFER, offer)
    assert drainer.once() == Counts(drained=4)
    assert brought == [*death, *mild]


def test_a_receipt_is_checked_once_however_often_the_drain_looks(kept, drainer, monkeypatch):
    checked = Counter()
    really = entry.checked

    def check(record, keys):
        checked[entry.sum_of(record)] += 1
        return really(record, keys)

    kept(*[DEATH] * 5)
    monkeypatch.setattr(entry, "checked", check)
    for _ in range(3):
        assert drainer.once(seconds=-1) == Counts(left=5)
    assert drainer.once() == Counts(drained=5)
    assert drainer.once() == Counts()
    assert set(checked.values()) == {1}


def test_what_is_read_while_the_log_is_away_is_only_compared_once_it_is_back(
    outage, doctor, drainer, monkeypatch
):
    with outage.away():
        for _ in range(5):
            doctor.post("/declarations", DEATH)
        with pytest.raises(LogAway):
            drainer.once()
        drainer.survey.read_ahead()
        doctor.post("/declarations", DEATH)
        drainer.survey.read_ahead()
    with monkeypatch.context() as nothing_more:
        nothing_more.setattr(entry, "checked", None)
        assert drainer.once() == Counts(drained=6)
    assert drainer.once() == Counts()


def test_a_row_that_is_hurt_while_it_waits_is_told_of_and_the_others_go_on(
    kept, drainer, settings, doctor
):
    receipts = kept(*[DEATH] * 3)
    assert drainer.once(seconds=-1) == Counts(left=3)
    segment = segment_of_all(settings)
    garbled(segment, 2)
    drainer.once()
    told = drainer.once()
    assert (told.drained, told.left, told.damaged) == (0, 0, 1)
    assert [state(doctor, one) for one in receipts[::2]] == ["recorded", "recorded"]


def test_a_file_that_is_cut_behind_what_was_read_ahead_is_looked_at_from_its_beginning(
    outage, kept, drainer, settings
):
    kept(*[DEATH] * 3)
    drainer.survey.read_ahead()
    segment = segment_of_all(settings)
    in_its_files(
        segment, "DELETE FROM entry WHERE n = 3", "DELETE FROM contents WHERE n = 3", "VACUUM"
    )
    assert drainer.once() == Counts(drained=2, damaged=1)


def test_what_was_drained_a_moment_ago_comes_back_to_a_log_that_lost_it(kept, drainer, outage):
    """Before the next look nobody knows that the log held it: its newest event is an older one."""
    kept(*[DEATH] * 3)
    assert drainer.once() == Counts(drained=3)
    with psycopg.connect(outage.cluster.dsn("superuser"), autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        for table in ("event", "command", "pending", "position", "block", "subject_key"):
            superuser.execute(f"ALTER TABLE events_{table} DISABLE TRIGGER ALL")
            superuser.execute(f"TRUNCATE events_{table} CASCADE")
    assert drainer.once() == Counts(drained=3)
    assert drainer.once() == Counts()


def test_a_command_waits_while_what_it_is_about_may_lie_in_rows_that_nobody_can_read(
    kept, drainer, doctor, outage, settings
):
    with outage.away():
        made = doctor.post("/declarations", DEATH).json()
        doctor.post(f"/declarations/{made['id']}/follow-ups", {"narrative": "Autopsie demandée."})
    segment = segment_of_all(settings)
    whole = {path: path.read_bytes() for path in (segment.path, segment.wal) if path.exists()}
    garbled(segment, 1)
    assert drainer.once() == Counts(left=1, damaged=1)
    for path, content in whole.items():
        path.write_bytes(content)
    drainer.once()
    assert drainer.once() == Counts()
    assert state(doctor, made["receipt_id"]) == "recorded"


def test_what_waits_in_a_file_that_was_taken_away_is_told_of_until_it_is_back(
    kept, drainer, settings
):
    kept(*[DEATH] * 2)
    assert drainer.once(seconds=-1) == Counts(left=2)
    segment = segment_of_all(settings)
    away = segment.path.parent.rename(segment.path.parent.parent.with_name("taken-away"))
    assert [drainer.once(), drainer.once()] == [Counts(damaged=2)] * 2
    away.rename(segment.path.parent)
    assert drainer.once() == Counts(drained=2)
    assert drainer.once() == Counts()


def test_what_another_drain_put_before_a_person_is_not_offered_again(
    kept, drainer, doctor, outage, monkeypatch
):
    (receipt,) = kept(DEATH)
    monkeypatch.setitem(drain.BRING, Need.OFFER, lambda *_, **__: outcomes.Outcome.FAILED)
    assert drainer.once() == Counts(left=1)
    monkeypatch.setattr(outcomes, "TRIES", 1)
    monkeypatch.setattr(outcomes, "_offered", _fails)
    monkeypatch.setitem(drain.BRING, Need.OFFER, outcomes.offer)
    assert Drainer(grace=timedelta(0)).once() == Counts(set_aside=1)
    assert drainer.once() == Counts()
    assert state(doctor, receipt) == "set_aside"


def _fails(*_: object) -> None:
    raise RuntimeError
