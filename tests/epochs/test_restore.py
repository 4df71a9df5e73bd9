"""A backup brought back under a running site: noticed, halted, opened, and nothing twice."""

import json
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from uuid_utils.compat import uuid7

from events import (
    compare,
    epochs,
    outbox,
    reactions,
    rebuild,
    receipts,
    registry,
    runner,
    store,
    swap,
    tasks,
)
from events.errors import LogHalted
from events.keys import keyring
from events.reactions import Intent, Letter, Reaction
from events.receipts import Receipt
from events.store import Command
from tests.log.notes import command, new_stream
from tests.replay.tally import add, note

pytestmark = pytest.mark.django_db


@pytest.fixture
def letters(monkeypatch) -> Reaction:
    made = Reaction(
        name="notes",
        types=frozenset({"notes.note_added"}),
        plan=lambda stored: [Intent(recipient="author", template="notes.acknowledged")],
        compose=lambda recipient, template, stream: Letter(
            address="author@example.invalid", subject="x", body=stream
        ),
    )
    monkeypatch.setattr(reactions, "_reactions", {made.name: made})
    reactions.plan_all()
    return made


def told() -> list[str]:
    return [message.body.strip() for message in mail.outbox]


def put(command_id: UUID | None = None, **changed: Any) -> str:
    """Append a note, as it is or changed, under this command; return its stream."""
    stream = new_stream()
    event = replace(note(), **changed)
    write = store.StreamWrite(stream=stream, expected_version=0, events=[event])
    store.append([write], command(command_id))
    return stream


def under_a_receipt(of: Command, received_at: datetime) -> Command:
    """Return a command with the receipt that a node gave for it."""
    receipt = Receipt(
        node="n1", segment=1, seq=1, previous=receipts.NONE_BEFORE, command_id=of.id,
        digest=of.digest, received_at=received_at, clock_ms=None, number=1,
    )  # fmt: skip
    ring = keyring()
    text = receipts.encode(receipt, ring.log_key_id, ring.log.sign)
    return replace(of, metadata=json.dumps({"receipt": text}), receipt=receipt.id)


def states() -> list[str]:
    rows = store.session("projector").execute("SELECT state FROM read.events_outbox ORDER BY id")
    return [state for (state,) in rows]


def test_a_restore_under_a_running_site(projection, letters, backup, capsys):
    before = [add() for _ in range(3)]
    tasks.look_again()
    tasks.deliver_outbox()
    backup.take()
    lost = [add() for _ in range(2)]
    tasks.look_again()
    tasks.deliver_outbox()
    assert told() == before + lost

    backup.restore()
    tasks.look_again()
    tasks.deliver_outbox()
    with pytest.raises(LogHalted):
        add()
    assert told() == before + lost

    with pytest.raises(SystemExit) as code:
        call_command("epoch", "--json")
    assert code.value.code == 1
    capsys.readouterr()
    call_command("epoch", "open", "--reason", "restored, J. Martin", "--json")
    opened = json.loads(capsys.readouterr().out)["opened"]
    assert (opened["epoch"], opened["fork"], opened["held"]) == (2, 3, 0)

    after = put(received_at=timezone.now())
    tasks.look_again()
    tasks.deliver_outbox()
    assert told() == [*before, *lost, after]
    [result] = [compare.compare(one) for one in registry.projections()]
    assert (result.rows > 0, result.differences) == (True, 0)


def test_letters_that_waited_before_the_restore_wait_for_a_person(
    projection, letters, backup, settings
):
    streams = [add() for _ in range(2)]
    reactions.plan_all()
    backup.take()
    tasks.deliver_outbox()
    assert told() == streams
    add()
    tasks.look_again()

    backup.restore()
    opened = epochs.settle()
    assert opened is not None
    assert opened.held == 2
    tasks.deliver_outbox()
    assert states() == ["held", "held"]
    # Even sent again by a person: the journal outside the database knows that they went.
    assert outbox.settle([one["id"] for one in outbox.unsettled()], send=True) == 2
    tasks.deliver_outbox()
    assert states() == ["sent", "sent"]
    assert told() == streams


@pytest.mark.parametrize(("is_here", "ends"), [(True, "sent"), (False, "held")])
def test_what_comes_back_from_the_spools_is_answered_once(
    projection, letters, backup, settings, is_here, ends
):
    """Also where the machine that had sent it keeps another journal: a person decides then."""
    kept = put()
    tasks.look_again()
    tasks.deliver_outbox()
    backup.take()
    known = uuid7()
    lost = put(known)
    tasks.look_again()
    tasks.deliver_outbox()
    backup.restore()
    epochs.settle()
    if not is_here:
        shutil.rmtree(settings.JOURNAL_DIR)
    put(known)
    tasks.look_again()
    tasks.deliver_outbox()
    assert states() == ["sent", ends]
    assert told() == [kept, lost]


@pytest.mark.parametrize(
    ("taken_in", "stated", "ends"), [(1, -9, "sent"), (-1, 1, "held"), (-1, -9, "held")]
)
def test_what_counts_is_when_a_node_took_it_in_and_no_date_that_it_states(
    projection, letters, taken_in, stated, ends
):
    """In hours from the epoch on: a letter is typed days after its receipt, and a spool is late."""
    add()
    epochs.sequence()
    epochs.open_epoch("a test")
    taken, said = (timezone.now() + timedelta(hours=hours) for hours in (taken_in, stated))
    event = replace(note(), received_at=said)
    write = store.StreamWrite(stream=new_stream(), expected_version=0, events=[event])
    store.append([write], under_a_receipt(command(), taken))
    tasks.look_again()
    tasks.deliver_outbox()
    assert states() == ["held", ends]


def test_a_read_model_that_has_seen_what_is_no_more_is_made_again(
    projection, forger, capsys, monkeypatch
):
    def worked_here(chosen, **_) -> None:
        for one in chosen:
            with rebuild.coordinate(one):
                run = rebuild.begin(one, 2, resume=False)
                rebuild.work(one)
                swap.finish(one, run)

    monkeypatch.setattr("events.replay.rebuild_all", worked_here)
    kept, lost = add(), add()
    runner.catch_up(projection)
    forger.execute("DELETE FROM events_position WHERE position > 1")
    forger.execute("DELETE FROM events_event WHERE id > 1")
    forger.execute("DELETE FROM events_block WHERE number = 1")
    rows = store.session().execute("SELECT stream FROM read.notes_tally").fetchall()
    assert {stream for (stream,) in rows} == {kept, lost}
    call_command("epoch", "open", "--accept-changed", "--reason", "J. Martin", "--json")
    opened = json.loads(capsys.readouterr().out)["opened"]
    assert opened["stale"] == ["notes_tally"]
    rows = store.session().execute("SELECT stream FROM read.notes_tally").fetchall()
    assert rows == [(kept,)] * 2


def test_a_halted_log_makes_the_site_degraded_and_not_down(projection, client, settings):
    add()
    tasks.look_again()
    for kept in Path(settings.CHECKPOINT_DIR).iterdir():
        kept.unlink()
    tasks.seal_checkpoint()
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["services"]["log"] == "late"
