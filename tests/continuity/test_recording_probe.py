"""While nothing can be recorded the beacon says so, though pages, database and worker answer."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from continuity.beacon import database_probe, probes
from continuity.beacon.clock import now
from continuity.beacon.probes import Addresses, Log, Probe, ask_database
from continuity.beacon.watch import Kind
from tests.continuity.test_watch import site

__all__ = ["site"]


@pytest.fixture
def superuser(superuser_dsn) -> Iterator[psycopg.Connection]:
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def asked(tmp_path, app_dsn):
    """Return what the child tells of the log of these tests."""
    (tmp_path / "database").write_text(app_dsn)
    place = Addresses(web=("127.0.0.1", 1), mail=None, folder=tmp_path, node="n1")
    return lambda: ask_database(place)


def reported(superuser: psycopg.Connection, node: str, waiting: int, age: str) -> None:
    superuser.execute(
        "INSERT INTO events_spool (node, waiting, opening, damaged, reported_at)"
        " VALUES (%s, %s, 0, 0, clock_timestamp() - %s::interval)",
        [node, waiting, age],
    )


def heard(folder: Path, node: str, ago: timedelta) -> None:
    (folder / "heads").mkdir(exist_ok=True)
    told = {"node": node, "at": (now() - ago).isoformat(), "heads": []}
    (folder / "heads" / f"{node}.json").write_text(json.dumps(told))


def test_a_log_that_takes_appends_is_recorded_in_by_a_committed_write(asked, superuser):
    found = asked()
    assert (found.database, found.recording) == (Probe(ok=True), Probe(ok=True))
    nodes = superuser.execute("SELECT node FROM events_probe").fetchall()
    assert ("beacon of n1",) in nodes


@pytest.mark.parametrize("mode", ["EXCLUSIVE", "ACCESS EXCLUSIVE"])
def test_a_table_that_somebody_locks_is_no_log_and_yet_a_database(asked, superuser, mode):
    with superuser.transaction():
        superuser.execute(f"LOCK TABLE events_event IN {mode} MODE")
        found = asked()
    assert found.database == Probe(ok=True)
    assert found.recording == Probe(ok=False, why="no answer")
    assert asked().recording == Probe(ok=True)


def test_a_halt_planned_or_not_is_told_until_it_is_lifted(asked, projector_dsn):
    with psycopg.connect(projector_dsn, autocommit=True) as operator:
        assert operator.execute("SELECT events_stop('planned', 1)").fetchone() == (True,)
        found = asked()
        assert found.database == Probe(ok=True)
        assert found.recording == Probe(ok=False, why="halted")
        operator.execute("SELECT events_resume('a person')")
    assert asked().recording == Probe(ok=True)


def test_an_append_that_is_refused_is_told_by_what_refused_it(asked, superuser):
    superuser.execute("CREATE FUNCTION public.no() RETURNS trigger LANGUAGE plpgsql AS"
                      " $$BEGIN RAISE disk_full; END$$")  # fmt: skip
    superuser.execute("CREATE TRIGGER full_disk BEFORE INSERT ON events_command FOR EACH STATEMENT"
                      " EXECUTE FUNCTION public.no()")  # fmt: skip
    try:
        assert asked().recording == Probe(ok=False, why="DiskFull")
    finally:
        superuser.execute("DROP FUNCTION public.no CASCADE")


def test_what_waits_in_all_spools_is_counted_with_what_the_lists_lack(asked, superuser):
    reported(superuser, "n1", 50_000, "1 second")
    reported(superuser, "n2", 7, "1 second")
    reported(superuser, "gone", 9, "4 days")
    found = asked()
    assert (found.spooled, found.waiting) == (50_007, 50_007)
    assert found.recording == Probe(ok=True)


@pytest.mark.parametrize(
    ("waiting", "age", "why"),
    [(1, "61 seconds", "no drain: n2"), (1, "50 seconds", ""), (0, "61 seconds", ""),
     (1, "4 days", "")],
)  # fmt: skip
def test_a_drain_that_is_silent_while_something_waits_records_nothing(
    asked, superuser, waiting, age, why
):
    reported(superuser, "n2", waiting, age)
    assert asked().recording == Probe(ok=not why, why=why)


@pytest.mark.parametrize(("minutes", "why"), [(1, "no drain: n2"), (3, ""), (-600, "")])
def test_a_node_that_receives_has_a_drain(asked, superuser, tmp_path, minutes, why):
    """What it took since its last report is known to nobody."""
    reported(superuser, "n2", 0, "2 minutes")
    heard(tmp_path, "n2", timedelta(minutes=minutes))
    (tmp_path / "heads" / "torn.json").write_text("{")
    assert asked().recording == Probe(ok=not why, why=why)
    superuser.execute("UPDATE events_spool SET reported_at = clock_timestamp()")
    assert asked().recording == Probe(ok=True)


def test_a_database_that_was_not_migrated_yet_is_not_called_broken(asked, superuser, monkeypatch):
    missing = tuple(f"missing_{name}" for name in database_probe.TABLES)
    with monkeypatch.context() as patch:
        patch.setattr(database_probe, "TABLES", missing)
        with superuser.transaction(force_rollback=True):
            superuser.execute("SET LOCAL search_path TO pg_catalog")
            told = list(database_probe._recording(superuser, Path("/nowhere"), "n1"))
    assert told == []
    said = {"answered": 1.0, "waiting": 3}
    assert probes._judged(said, None) == Log(Probe(ok=True), Probe(ok=True), None, waiting=3)


def test_who_is_killed_over_the_append_has_told_of_the_database(monkeypatch):
    said = probes._said(b'{"answered": 1.0}\n{"spooled": 4}\n{"recor')
    silent = Probe(ok=False, why="no answer")
    assert probes._judged(said, silent) == Log(
        Probe(ok=True), Probe(ok=True), silent, waiting=None, spooled=4
    )


def test_three_failures_open_an_incident_of_the_recording_alone(site):
    tries = {"portal": Probe(ok=True), "database": Probe(ok=True)}
    for ok in (True, False, False, False):
        seen = tries | {"recording": Probe(ok=ok, why="" if ok else "halted")}
        site.journal += site.watch.observe(site.seen, seen, site.now)
        site.now += timedelta(seconds=10)
    assert [entry.kind for entry in site.journal][-2:] == [Kind.WENT_DOWN, Kind.OPENED]
    assert site.seen.current.services == ("recording",)
    assert site.seen.services["recording"].why == "halted"
