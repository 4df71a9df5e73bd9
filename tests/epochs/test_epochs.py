"""A log that is not the one that is remembered is not written until an epoch is open."""

import json
import os
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections

from config.local import processes
from events import epochs, history, promotion, seal, store
from events.epochs import Forked, Missing, Same
from events.errors import LogChanged, LogHalted
from events.line import line
from tests.log.notes import command, new_stream, write

pytestmark = pytest.mark.django_db


def append(count: int = 1) -> str:
    stream = new_stream()
    store.append([write(stream, count=count)], command())
    return stream


def numbered(count: int = 1) -> None:
    append(count)
    epochs.sequence()


def memory() -> list[tuple[int, int]]:
    return [(one.epoch, one.position) for one in history.newest_first()]


def places() -> list[tuple[int, int]]:
    rows = store.session().execute("SELECT epoch, position FROM events_position ORDER BY position")
    return rows.fetchall()


def outside(settings) -> Path:
    return Path(settings.CHECKPOINT_DIR)


def test_an_empty_log_begins_its_memory_before_its_first_position():
    assert epochs.check() == Same()
    assert epochs.sequence() == 0
    assert memory() == [(1, 0)]
    numbered(3)
    assert memory() == [(1, 3), (1, 0)]
    assert epochs.check() == Same()


def test_whoever_looks_between_the_first_position_and_its_remembering_halts_nothing():
    """Also after a crash there: the memory begins before, so that it is never missing."""
    epochs.guard()
    append()
    store.sequence()
    assert epochs.check() == Same()
    assert epochs.sequence() == 0


def test_what_is_remembered_is_never_made_up(settings):
    numbered()
    os.remove(outside(settings) / history.FILE)
    assert isinstance(epochs.check(), Missing)
    with pytest.raises(LogHalted):
        epochs.sequence()
    assert not epochs.keep_checkpoint()
    assert memory() == []


def test_a_halted_log_takes_nothing_from_any_role(settings, app_dsn):
    numbered()
    os.remove(outside(settings) / history.FILE)
    assert not epochs.keep_checkpoint()
    with pytest.raises(LogHalted) as refusal:
        append()
    assert refusal.value.code == "log_halted"
    with (
        psycopg.connect(app_dsn, autocommit=True) as web,
        pytest.raises(psycopg.DatabaseError) as raw,
    ):
        web.execute(
            "INSERT INTO events_event (stream, version, type, schema_version, command_id,"
            " command_index, payload, metadata, occurred_at, received_at)"
            " VALUES (%s, 1, 'x.y', 1, gen_random_uuid(), 0, '{}', '{}', now(), now())",
            [new_stream()],
        )
    assert raw.value.sqlstate == "PVH01"


def test_a_person_opens_an_epoch_where_the_memory_is_lost(settings):
    numbered(2)
    os.remove(outside(settings) / history.FILE)
    assert not epochs.keep_checkpoint()
    opened = epochs.open_epoch("moved to another machine, J. Martin")
    assert (opened.epoch, opened.fork) == (2, 2)
    numbered()
    assert places() == [(1, 1), (1, 2), (2, 3)]
    assert epochs.check() == Same()


def test_a_restored_log_is_noticed_before_it_hands_out_a_position(backup):
    numbered(2)
    backup.take()
    numbered(3)
    backup.restore()
    waiting = append()
    with pytest.raises(LogHalted, match="position 2"):
        epochs.sequence()
    assert places() == [(1, 1), (1, 2)]
    with pytest.raises(LogHalted):
        append()
    finding = epochs.check()
    assert isinstance(finding, Forked)
    assert (finding.at, finding.clean, finding.remembered.position) == (2, True, 5)

    assert epochs.open_epoch("restored, J. Martin").fork == 2
    assert epochs.sequence() == 1
    assert places() == [(1, 1), (1, 2), (2, 3)]
    assert [event.stream for event in store.read_stream(waiting)] == [waiting]


def test_a_start_opens_an_epoch_by_itself_after_a_clean_restore(backup):
    numbered()
    backup.take()
    numbered()
    backup.restore()
    opened = epochs.settle()
    assert opened is not None
    assert (opened.epoch, opened.fork) == (2, 1)
    assert epochs.settle() is None
    numbered()
    assert epochs.check() == Same()


def test_an_epoch_that_the_restored_log_forgot_is_not_opened_again(backup):
    numbered()
    backup.take()
    numbered()
    backup.restore()
    epochs.settle()
    numbered(3)
    backup.restore()
    opened = epochs.settle()
    assert opened is not None
    assert opened.epoch == 3
    numbered()
    assert places() == [(1, 1), (3, 2)]
    assert epochs.check() == Same()


def test_a_log_that_was_changed_before_its_end_is_never_opened_by_itself(forger):
    numbered()
    numbered(3)
    for table, column in (("block", "last_position"), ("position", "position"), ("event", "id")):
        forger.execute(f"DELETE FROM events_{table} WHERE {column} > 1")
    append(4)
    store.sequence()
    finding = epochs.check()
    assert isinstance(finding, Forked)
    assert (finding.at, finding.clean) == (1, False)
    with pytest.raises(LogHalted):
        epochs.settle()
    with pytest.raises(LogChanged):
        epochs.open_epoch("in a hurry")
    assert epochs.open_epoch("decided, J. Martin", accept_changed=True).fork == 1
    numbered()
    assert epochs.check() == Same()


def test_an_emptied_log_is_not_a_clean_restore(forger):
    numbered(2)
    for table in ("block", "position", "event"):
        forger.execute(f"DELETE FROM events_{table}")
    finding = epochs.check()
    assert isinstance(finding, Forked)
    assert (finding.at, finding.clean) == (0, False)


def test_the_owner_cannot_explain_a_fork_away(forger):
    numbered()
    numbered()
    for table, column in (("block", "last_position"), ("position", "position"), ("event", "id")):
        forger.execute(f"DELETE FROM events_{table} WHERE {column} > 1")
    forged = seal.sign({"epoch": 2, "fork": 1, "reason": "x"})
    body, _, signature = forged.partition(".")
    for statement in ("", "x.y", f"{body}.{signature[:-4]}AAAA"):
        forger.execute("DELETE FROM events_epoch WHERE epoch = 2")
        forger.execute(
            "INSERT INTO events_epoch (epoch, fork_position, reason, statement)"
            " VALUES (2, 1, 'x', %s)",
            [statement],
        )
        assert isinstance(epochs.check(), Forked)


def test_another_nodes_memory_follows_an_epoch_opened_elsewhere(backup, settings, tmp_path):
    numbered()
    backup.take()
    numbered()
    here = settings.CHECKPOINT_DIR
    settings.CHECKPOINT_DIR = tmp_path / "elsewhere"
    settings.CHECKPOINT_DIR.mkdir()
    (settings.CHECKPOINT_DIR / history.FILE).write_bytes((here / history.FILE).read_bytes())
    backup.restore()
    epochs.settle()
    numbered()
    settings.CHECKPOINT_DIR = here
    assert epochs.check() == Same()
    numbered()
    assert memory()[0] == (2, 3)


def test_a_memory_that_is_back_lets_the_log_go_on_in_its_epoch(settings):
    numbered()
    kept = outside(settings) / history.FILE
    kept.rename(kept.with_name("away"))
    assert not epochs.keep_checkpoint()
    with pytest.raises(LogHalted):
        epochs.resume("too early")
    kept.with_name("away").rename(kept)
    assert epochs.resume("mounted again, J. Martin")
    numbered()
    assert places() == [(1, 1), (1, 2)]


def test_a_halt_that_comes_after_its_epoch_stops_nothing(backup, monkeypatch):
    numbered()
    backup.take()
    numbered()
    backup.restore()
    looked = epochs.check

    def settled_meanwhile():
        finding = looked()
        monkeypatch.setattr(epochs, "check", looked)
        epochs.settle()
        return finding

    monkeypatch.setattr(epochs, "check", settled_meanwhile)
    with pytest.raises(LogHalted):
        epochs.sequence()
    assert epochs.halted() is None
    numbered()
    assert places() == [(1, 1), (2, 2)]


def test_one_finding_leaves_one_proof(settings, backup):
    numbered()
    backup.take()
    numbered()
    backup.restore()
    for _ in range(3):
        assert not epochs.keep_checkpoint()
    assert [path.name for path in outside(settings).glob("*.json")] == [epochs.MARKER]
    proof = json.loads((outside(settings) / epochs.MARKER).read_text())
    assert seal.opened(proof["remembered"]).position == 2
    epochs.settle()
    assert [path.name for path in outside(settings).glob("*.json")] == ["diverged-1-1.json"]


def test_every_block_is_remembered_also_of_others_who_numbered(backup):
    numbered()
    for _ in range(3):
        append()
        store.sequence()
        backup.take()
    numbered()
    assert memory() == [(1, 5), (1, 4), (1, 3), (1, 2), (1, 1), (1, 0)]
    backup.restore()
    finding = epochs.check()
    assert isinstance(finding, Forked)
    assert finding.clean


def test_a_line_that_a_crash_cut_short_spoils_no_other(settings):
    numbered()
    with (outside(settings) / history.FILE).open("a") as file:
        file.write("eyJibG9jayI6IDEsIC")
    numbered()
    assert memory() == [(1, 2), (1, 1), (1, 0)]
    assert epochs.check() == Same()


def test_lines_written_the_other_way_round_are_still_in_order():
    numbered()
    first = seal.current()
    assert first is not None
    numbered()
    history.append([first])
    assert memory()[0] == (1, 2)


def test_a_memory_signed_by_another_key_is_none(settings):
    numbered()
    path = outside(settings) / history.FILE
    body, _, signature = path.read_text().strip().partition(".")
    path.write_text(f"{body}.{signature[::-1]}\n")
    assert isinstance(epochs.check(), Missing)


def test_an_unreadable_latest_checkpoint_is_not_overwritten(settings):
    numbered()
    assert epochs.keep_checkpoint()
    latest = outside(settings) / seal.LATEST
    latest.write_text("{}")
    assert not epochs.keep_checkpoint()
    assert latest.read_text() == "{}"
    epochs.open_epoch("the file was damaged, J. Martin")
    assert epochs.keep_checkpoint()
    assert seal.latest() is not None


def test_a_checkpoint_kept_before_there_was_a_history_counts(settings, backup):
    numbered()
    backup.take()
    numbered()
    assert epochs.keep_checkpoint()
    (outside(settings) / history.FILE).unlink()
    assert epochs.check() == Same()
    backup.restore()
    assert isinstance(epochs.check(), Forked)


def test_whoever_opens_is_told_to_those_who_offer_again_what_was_lost(backup, monkeypatch):
    told: list[epochs.Opened] = []
    monkeypatch.setattr(epochs, "on_opened", [told.append])
    numbered()
    backup.take()
    numbered()
    backup.restore()
    opened = epochs.settle()
    assert told == [opened]


def test_nodes_that_were_told_of_a_server_are_told_of_its_new_epoch(backup, settings, tmp_path):
    settings.LOG_IDENTITY_FILE = tmp_path / "log-identity.json"
    told = {"system_identifier": 1, "timeline": 1, "epoch": 1, "host": "db1", "port": 5432}
    settings.LOG_IDENTITY_FILE.write_text(json.dumps(told))
    numbered()
    backup.take()
    numbered()
    backup.restore()
    epochs.settle()
    found = json.loads(settings.LOG_IDENTITY_FILE.read_text())
    place = connections["projector"].settings_dict
    assert (found["epoch"], found["host"], found["port"]) == (2, place["HOST"], int(place["PORT"]))
    row = store.session().execute("SELECT system_identifier FROM pg_control_system()").fetchone()
    assert row == (found["system_identifier"],)


def test_a_server_that_nobody_was_told_of_is_named_by_an_epoch(settings, tmp_path):
    """A restore that loses nothing, or a move, changes the server and not the log."""
    settings.LOG_IDENTITY_FILE = tmp_path / "log-identity.json"
    numbered()
    with pytest.raises(SystemExit) as refusal:
        call_command("epoch", "open", "--reason", "for nothing")
    assert refusal.value.code == 2
    told = {"system_identifier": 1, "timeline": 1, "epoch": 1, "host": "db1", "port": 5432}
    settings.LOG_IDENTITY_FILE.write_text(json.dumps(told))
    assert epochs.check() == Same()
    assert promotion.is_misnamed()
    call_command("epoch", "open", "--reason", "restored to its end, J. Martin")
    assert not promotion.is_misnamed()
    assert json.loads(settings.LOG_IDENTITY_FILE.read_text())["epoch"] == 2
    assert processes.wait_until(lambda: line().state().status == "closed", 20)


def test_of_two_who_open_at_once_one_is_refused(projector_dsn):
    numbered()
    with psycopg.connect(projector_dsn, autocommit=True) as other:
        other.execute("SELECT events_open_epoch(1, 2, 1, 'x', '')")
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
            other.execute("SELECT events_open_epoch(1, 2, 1, 'x', '')")
