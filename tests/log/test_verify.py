"""A log that was changed behind the guards is found out."""

import json
import threading

import psycopg
import pytest
from django.db import connections

from events import epochs, seal, store
from events.epochs import keep_checkpoint
from events.verify import verify_log
from tests.log.notes import command, new_stream, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _three_blocks(db) -> None:
    for count in (3, 1, 5):
        store.append([write(new_stream(), count=count)], command())
        epochs.sequence()


@pytest.fixture
def forger(superuser_dsn):
    """Return a connection that has switched the triggers off, as only a superuser can."""
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        for table in ("events_event", "events_position", "events_block"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        yield connection


def test_an_untouched_log_verifies():
    verdict = verify_log()
    assert (verdict.ok, verdict.events, verdict.blocks, verdict.first_bad) == (True, 9, 3, None)


def test_more_than_one_block_of_events_is_sealed_in_blocks_of_1024():
    store.append([write(new_stream(), count=1500)], command())
    verdict = verify_log()
    assert (verdict.ok, verdict.events, verdict.blocks) == (True, 1509, 5)


@pytest.mark.parametrize(
    ("lie", "where"),
    [
        ("UPDATE events_event SET payload = '{\"a\":1}' WHERE id = 4", "block 2"),
        ("UPDATE events_event SET metadata = '{}' WHERE id = 2", "block 1"),
        ("UPDATE events_event SET recorded_at = recorded_at - interval '1 us'", "block 1"),
        ("UPDATE events_event SET received_at = '2001-01-01' WHERE id = 9", "block 3"),
        ("UPDATE events_event SET type = 'notes.other' WHERE id = 5", "block 3"),
        ("DELETE FROM events_event WHERE id = 5", "position 5"),
        ("DELETE FROM events_position WHERE position = 9", "hole"),
        ("DELETE FROM events_position WHERE position = 2", "hole"),
        ("UPDATE events_block SET root = sha256('x') WHERE number = 1", "block 1"),
        ("UPDATE events_block SET previous_hash = '' WHERE number = 3", "block 3"),
        ("DELETE FROM events_block WHERE number = 3", "blocks at 4"),
        ("UPDATE events_position SET event_id = event_id + 99 WHERE event_id > 4", "event 5"),
    ],
)
def test_a_planted_lie_is_named(forger, lie, where):
    forger.execute(lie)
    verdict = verify_log()
    assert not verdict.ok
    assert where in (verdict.first_bad or "")


def test_a_log_shortened_together_with_its_blocks_differs_from_the_checkpoint(forger):
    checkpoint = seal.current()
    assert checkpoint is not None
    assert verify_log(checkpoint=checkpoint).ok
    forger.execute("DELETE FROM events_block WHERE number = 3")
    forger.execute("DELETE FROM events_position WHERE position > 4")
    forger.execute("DELETE FROM events_event WHERE id > 4")
    assert verify_log().ok
    verdict = verify_log(checkpoint=checkpoint)
    assert not verdict.ok
    assert "checkpoint" in (verdict.first_bad or "")


def test_the_first_blocks_cannot_be_cut_away(forger):
    checkpoint = seal.current()
    forger.execute("UPDATE events_event SET payload = '{\"a\":1}' WHERE id = 1")
    forger.execute("DELETE FROM events_block WHERE number = 1")
    for verdict in (verify_log(), verify_log(checkpoint=checkpoint), verify_log(first=4)):
        assert not verdict.ok
        assert "block 1 is missing" in (verdict.first_bad or "")


def test_a_later_start_still_checks_the_link_to_what_came_before(forger):
    forger.execute("UPDATE events_block SET hash = sha256('x') WHERE number = 1")
    assert "block 2 does not follow" in (verify_log(first=4).first_bad or "")


def test_an_event_that_waits_for_no_position_is_found(app_dsn):
    """The web's role may insert an event without queueing it: nobody would ever see it."""
    with psycopg.connect(app_dsn, autocommit=True) as web:
        web.execute(
            "INSERT INTO events_event (stream, version, type, schema_version, command_id,"
            " command_index, payload, metadata, occurred_at, received_at)"
            " VALUES (%s, 1, 'notes.note_struck', 1, gen_random_uuid(), 0, '{}', '{}', now(), now())",
            [new_stream()],
        )
    assert "has no position" in (verify_log().first_bad or "")


def test_a_log_that_is_written_meanwhile_verifies():
    done = threading.Event()

    def write_on() -> None:
        for _ in range(60):
            store.append([write(new_stream())], command())
            epochs.sequence()
        done.set()
        connections.close_all()

    writer = threading.Thread(target=write_on)
    writer.start()
    verdicts = [verify_log()]
    while not done.is_set():
        verdicts.append(verify_log())
    writer.join()
    assert [verdict.first_bad for verdict in verdicts if not verdict.ok] == []


def test_the_proof_of_a_fork_is_not_overwritten(forger):
    assert keep_checkpoint()
    kept = seal.latest()
    for table, column in (("block", "last_position"), ("position", "position"), ("event", "id")):
        forger.execute(f"DELETE FROM events_{table} WHERE {column} > 4")
    store.append([write(new_stream(), count=5)], command())
    store.sequence()
    assert not keep_checkpoint()
    assert seal.latest() == kept
    assert epochs.halted()


def test_a_checkpoint_on_disk_carries_its_signature():
    checkpoint = seal.current()
    assert checkpoint is not None
    path = seal.write(checkpoint)
    assert seal.read(path) == checkpoint
    body = json.loads(path.read_text())
    body["checkpoint"] = body["checkpoint"][:-4] + "AAAA"
    path.write_text(json.dumps(body))
    with pytest.raises(ValueError, match="signature"):
        seal.read(path)
