"""What leaves the house: planned once, sent once, never by a replay; over a real SMTP server."""

import socket
import threading
from email import message_from_bytes
from email.message import Message

import psycopg
import pytest
from aiosmtpd.controller import Controller
from django.core.management import call_command

from events import reactions, rebuild, runner, store, swap
from events.reactions import Intent, Letter, Reaction
from tests.replay.tally import add, note

SUBJECT = "Accusé de réception"


class Mailbox:
    """A server that keeps what it is sent; it can hang up in the middle."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.hang_up = False

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802  aiosmtpd's name
        if self.hang_up:
            server.transport.close()
            return "421 gone"
        self.messages.append(message_from_bytes(envelope.content))
        return "250 OK"


@pytest.fixture
def mailbox(settings):
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield box
    controller.stop()


@pytest.fixture
def reaction(projection, monkeypatch, settings, tmp_path):
    """Switch one reaction on: each added note is acknowledged to its author."""
    settings.JOURNAL_DIR = tmp_path
    made = Reaction(
        name="notes",
        types=frozenset({"notes.note_added"}),
        plan=lambda stored: [Intent(recipient="author", template="notes.acknowledged")],
        compose=lambda recipient, template, stream: Letter(
            address=f"{recipient}@example.invalid", subject=SUBJECT, body="Connectez-vous."
        ),
    )
    monkeypatch.setattr(reactions, "_reactions", {made.name: made})
    reactions.plan_all()
    return made


def hang_up_on(server: socket.socket) -> None:
    server.accept()[0].close()


def states() -> list[str]:
    rows = store.session("projector").execute("SELECT state FROM read.events_outbox ORDER BY id")
    return [row[0] for row in rows]


def make_due() -> None:
    store.session("projector").execute(
        "UPDATE read.events_outbox SET next_try_at = clock_timestamp()"
    )


def test_an_event_sends_one_message_with_an_identifier_of_its_own(reaction, mailbox):
    add()
    assert reactions.plan_all() == 1
    assert reactions.deliver_all() == {"sent": 1}
    [message] = mailbox.messages
    assert message["To"] == "author@example.invalid"
    assert ".notes.acknowledged.author@" in message["Message-ID"]


def test_looking_again_sends_nothing_more(reaction, mailbox):
    add()
    for _ in range(3):
        reactions.plan_all()
        reactions.deliver_all()
    assert len(mailbox.messages) == 1


def test_a_reaction_starts_at_the_head_recorded_when_it_is_switched_on(
    projection, monkeypatch, mailbox
):
    add()
    late = Reaction(
        name="late",
        types=frozenset({"notes.note_added"}),
        plan=lambda stored: [Intent(recipient="author", template="late.x")],
        compose=lambda *_: Letter(address="a@example.invalid", subject="", body=""),
    )
    monkeypatch.setattr(reactions, "_reactions", {late.name: late})
    assert reactions.plan_all() == 0
    add()
    assert reactions.plan_all() == 1


def test_replay_and_rebuild_send_nothing(reaction, mailbox, projection):
    add(None, note(), note())
    reactions.plan_all()
    reactions.deliver_all()
    sent = len(mailbox.messages)
    with rebuild.coordinate(projection):
        run = rebuild.begin(projection, 1, resume=False)
        rebuild.work(projection)
        swap.finish(projection, run)
    call_command("replay", "--json")
    store.session("projector").execute("UPDATE read.events_checkpoint SET position = 0")
    runner.catch_up(projection)
    reactions.plan_all()
    reactions.deliver_all()
    assert len(mailbox.messages) == sent == 2


def test_a_server_that_is_down_delays_the_message(reaction, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    add()
    reactions.plan_all()
    assert reactions.deliver_all() == {"waiting": 1}
    assert states() == ["waiting"]


def test_a_message_cut_off_while_sending_is_left_to_a_person(reaction, mailbox):
    """Between DATA and 250 nobody can know: not twice is chosen over not lost."""
    mailbox.hang_up = True
    add()
    reactions.plan_all()
    assert reactions.deliver_all() == {"in_doubt": 1}
    mailbox.hang_up = False
    make_due()
    assert reactions.deliver_all() == {}
    assert mailbox.messages == []


def test_a_restored_outbox_does_not_send_what_the_journal_remembers(reaction, mailbox):
    add()
    reactions.plan_all()
    reactions.deliver_all()
    store.session("projector").execute("UPDATE read.events_outbox SET state = 'waiting'")
    make_due()
    assert reactions.deliver_all() == {"sent": 1}
    assert len(mailbox.messages) == 1


def test_after_a_change_of_epoch_messages_wait_for_a_person(reaction, mailbox, superuser_dsn):
    add()
    store.sequence()
    with psycopg.connect(superuser_dsn, autocommit=True) as admin:
        admin.execute("INSERT INTO events_epoch (epoch, fork_position, reason) VALUES (2, 0, 'x')")
    add()
    assert reactions.plan_all() == 2
    assert reactions.deliver_all() == {"sent": 1}
    assert states() == ["held", "sent"]
    [waiting] = reactions.unsettled()
    assert reactions.settle([waiting["id"]], send=True) == 1
    assert reactions.deliver_all() == {"sent": 1}


def test_a_server_that_hangs_up_before_its_greeting_only_delays(reaction, settings):
    with socket.create_server(("127.0.0.1", 0)) as rude:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = rude.getsockname()[:2]
        hangs_up = threading.Thread(target=hang_up_on, args=[rude])
        hangs_up.start()
        add()
        reactions.plan_all()
        assert reactions.deliver_all() == {"waiting": 1}
        hangs_up.join()


def test_a_letter_that_cannot_be_written_now_waits(reaction, monkeypatch, mailbox):
    def outage(*_):
        raise psycopg.OperationalError

    broken = Reaction(name="notes", types=reaction.types, plan=reaction.plan, compose=outage)
    monkeypatch.setattr(reactions, "_reactions", {broken.name: broken})
    add()
    reactions.plan_all()
    assert reactions.deliver_all() == {"waiting": 1}
    monkeypatch.setattr(reactions, "_reactions", {reaction.name: reaction})
    make_due()
    assert reactions.deliver_all() == {"sent": 1}


def test_nobody_to_write_to_is_a_failure_that_shows(reaction, monkeypatch):
    silent = Reaction(
        name="notes", types=reaction.types, plan=reaction.plan, compose=lambda *_: None
    )
    monkeypatch.setattr(reactions, "_reactions", {silent.name: silent})
    add()
    reactions.plan_all()
    assert reactions.deliver_all() == {"failed": 1}
