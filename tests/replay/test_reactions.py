"""What leaves the house: planned once, sent once, never by a replay; over a real SMTP server."""

import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message

import psycopg
import pytest
from aiosmtpd.controller import Controller
from celery.exceptions import SoftTimeLimitExceeded
from django.core.management import call_command

from events import epochs, outbox, reactions, rebuild, runner, store, swap
from events.reactions import Intent, Letter, Reaction
from tests.replay.tally import add, note

SUBJECT = "Accusé de réception"


class Mailbox:
    """A server that keeps what it is sent; it can hang up in the middle, or refuse an address."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.hang_up = False
        self.refuses: dict[str, str] = {}

    async def handle_MAIL(self, server, session, envelope, address, options) -> str:  # noqa: N802
        if refusal := self.refuses.get("the sender"):
            return refusal
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802
        if refusal := self.refuses.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

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


def written(recipient: str, template: str, stream: str) -> Letter:
    return Letter(address=f"{recipient}@example.invalid", subject=SUBJECT, body="Connectez-vous.")


@pytest.fixture
def reaction(projection, monkeypatch, settings, tmp_path):
    """Switch one reaction on: each added note is acknowledged to its author."""
    settings.JOURNAL_DIR = tmp_path
    made = Reaction(
        name="notes",
        types=frozenset({"notes.note_added"}),
        plan=lambda stored: [Intent(recipient="author", template="notes.acknowledged")],
        compose=written,
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


def pauses() -> list[tuple[int, float]]:
    """Return the tries counted, and the seconds until the next, of each message."""
    rows = store.session("projector").execute(
        "SELECT attempts, extract(epoch FROM next_try_at - clock_timestamp())::float"
        " FROM read.events_outbox ORDER BY id"
    )
    return rows.fetchall()


def no_server(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


def for_each(*recipients: str) -> Reaction:
    """Return a reaction that writes to several people about each note."""
    return Reaction(
        name="notes",
        types=frozenset({"notes.note_added"}),
        plan=lambda stored: [Intent(recipient=one, template="notes.x") for one in recipients],
        compose=written,
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


def test_a_server_that_is_away_costs_no_message_a_try_however_long(reaction, settings, mailbox):
    """An outage of days: nothing is turned over to a person, and all goes once it is over."""
    place = settings.EMAIL_HOST, settings.EMAIL_PORT
    no_server(settings)
    add(None, note(), note(), note())
    reactions.plan_all()
    for _ in range(outbox.MAX_ATTEMPTS + 1):
        make_due()
        assert reactions.deliver_all() == {"server away": 1}
    assert states() == ["waiting"] * 3
    assert [tries for tries, _ in pauses()] == [0, 0, 0]
    settings.EMAIL_HOST, settings.EMAIL_PORT = place
    make_due()
    assert reactions.deliver_all() == {"sent": 3}


def test_a_server_that_is_away_is_asked_with_one_message_only(reaction, settings):
    no_server(settings)
    add(None, note(), note())
    reactions.plan_all()
    assert reactions.deliver_all() == {"server away": 1}
    assert reactions.deliver_all() == {}, "the second waits for the same server"


@pytest.mark.parametrize(
    ("waited", "pause"), [("2 seconds", 5), ("10 minutes", 60), ("3 days", 300)]
)
def test_the_longer_a_server_is_away_the_less_it_is_asked(
    reaction, settings, superuser_dsn, waited, pause
):
    no_server(settings)
    add()
    reactions.plan_all()
    with psycopg.connect(superuser_dsn, autocommit=True) as admin:
        admin.execute("ALTER TABLE events_event DISABLE TRIGGER ALL")
        admin.execute(f"UPDATE events_event SET recorded_at = recorded_at - interval '{waited}'")
    reactions.deliver_all()
    [(_, seconds)] = pauses()
    assert pause - 2 < seconds < pause + 2


def test_a_message_refused_for_good_is_left_to_a_person_and_stops_no_other(
    reaction, mailbox, monkeypatch
):
    monkeypatch.setattr(reactions, "_reactions", {"notes": for_each("gone", "full", "there")})
    mailbox.refuses = {
        "gone@example.invalid": "550 no such mailbox",
        "full@example.invalid": "452 mailbox full",
    }
    add()
    reactions.plan_all()
    assert reactions.deliver_all() == {"failed": 1, "waiting": 1, "sent": 1}
    assert [message["To"] for message in mailbox.messages] == ["there@example.invalid"]
    [left] = outbox.unsettled()
    assert (left["state"], left["error"]) == ("failed", "SMTPRecipientsRefused 550")


def test_a_message_refused_for_the_time_being_is_tried_for_days_then_left_to_a_person(
    reaction, mailbox
):
    mailbox.refuses = {"author@example.invalid": "450 try later"}
    add()
    reactions.plan_all()
    planned = 0.0
    for _ in range(outbox.MAX_ATTEMPTS - 1):
        assert reactions.deliver_all() == {"waiting": 1}
        planned += pauses()[0][1]
        make_due()
    assert 4 < planned / 86_400 < 7
    assert reactions.deliver_all() == {"failed": 1}
    mailbox.refuses = {}
    assert outbox.settle([outbox.unsettled()[0]["id"]], send=True) == 1
    assert reactions.deliver_all() == {"sent": 1}


@pytest.mark.parametrize(
    "refuses",
    [
        {"the sender": "550 you may not send"},
        {"author@example.invalid": "421 closing down"},
    ],
)
def test_what_every_message_would_meet_is_held_against_none(reaction, mailbox, refuses):
    mailbox.refuses = refuses
    add(None, note(), note())
    reactions.plan_all()
    assert reactions.deliver_all() == {"server away": 1}
    assert states() == ["waiting", "waiting"]
    assert [tries for tries, _ in pauses()] == [0, 0]


def test_a_process_that_was_too_slow_does_not_send_again(reaction, mailbox, monkeypatch):
    """Its lease has ended and another one has sent the message: it finds that out and gives up."""

    def slowly(*asked: str) -> Letter:
        monkeypatch.setattr(reactions, "_reactions", {reaction.name: reaction})
        make_due()
        assert reactions.deliver_all() == {"sent": 1}
        return written(*asked)

    slow = Reaction(name="notes", types=reaction.types, plan=reaction.plan, compose=slowly)
    monkeypatch.setattr(reactions, "_reactions", {slow.name: slow})
    add()
    reactions.plan_all()
    assert reactions.deliver_all() == {"taken over": 1}
    assert len(mailbox.messages) == 1
    assert states() == ["sent"]


def test_a_process_that_was_too_slow_and_failed_does_not_undo_what_another_sent(
    reaction, mailbox, monkeypatch
):
    def slowly_and_in_vain(*_: str) -> Letter:
        monkeypatch.setattr(reactions, "_reactions", {reaction.name: reaction})
        make_due()
        assert reactions.deliver_all() == {"sent": 1}
        raise psycopg.OperationalError

    slow = Reaction(
        name="notes", types=reaction.types, plan=reaction.plan, compose=slowly_and_in_vain
    )
    monkeypatch.setattr(reactions, "_reactions", {slow.name: slow})
    add()
    reactions.plan_all()
    assert reactions.deliver_all() == {"taken over": 1}
    assert states() == ["sent"]


def test_a_message_that_is_being_sent_is_nobodys_to_settle(reaction):
    add()
    reactions.plan_all()
    claimed = outbox.claim()
    assert claimed is not None
    sending = outbox.sending(claimed)
    assert sending is not None
    assert outbox.unsettled() == []
    assert outbox.settle([claimed.id], send=True) == 0
    make_due()
    assert [waiting["state"] for waiting in outbox.unsettled()] == ["in_doubt"]
    assert outbox.settle([claimed.id], send=True) == 1
    assert outbox.end(sending, "sent") == outbox.TAKEN_OVER


def test_a_time_limit_leaves_the_message_as_it_was(reaction, monkeypatch):
    def struck(*_: str) -> Letter:
        raise SoftTimeLimitExceeded

    slow = Reaction(name="notes", types=reaction.types, plan=reaction.plan, compose=struck)
    monkeypatch.setattr(reactions, "_reactions", {slow.name: slow})
    add()
    reactions.plan_all()
    with pytest.raises(SoftTimeLimitExceeded):
        reactions.deliver_all()
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


def test_after_a_change_of_epoch_messages_wait_for_a_person(reaction, mailbox):
    add()
    epochs.sequence()
    epochs.open_epoch("a test")
    add(None, replace(note(), received_at=datetime.now(UTC)))
    assert reactions.plan_all() == 2
    assert reactions.deliver_all() == {"sent": 1}
    assert states() == ["held", "sent"]
    [waiting] = outbox.unsettled()
    assert outbox.settle([waiting["id"]], send=True) == 1
    assert reactions.deliver_all() == {"sent": 1}


def test_a_server_that_hangs_up_before_its_greeting_only_delays(reaction, settings):
    with socket.create_server(("127.0.0.1", 0)) as rude:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = rude.getsockname()[:2]
        hangs_up = threading.Thread(target=hang_up_on, args=[rude])
        hangs_up.start()
        add()
        reactions.plan_all()
        assert reactions.deliver_all() == {"server away": 1}
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
