"""E-mails to the declarant: who gets one, what it says, and what it must not say."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from events import epochs, reactions, store
from pharmacovigilance.actions import declare_adverse_event
from pharmacovigilance.domain.vocabulary import Channel
from tests.api.conftest import Api, project
from tests.domain.samples import VALID


@pytest.fixture(autouse=True)
def switched_on(db, settings):
    """Record the head from which reactions start; keep what is sent."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    reactions.plan_all()
    mail.outbox = []


def delivered() -> list:
    reactions.plan_all()
    reactions.deliver_all()
    return mail.outbox


def test_a_declaration_is_acknowledged_to_its_declarant_once(doctor, report):
    number = doctor.post("/declarations", report).json()["number"]
    (letter,) = delivered()
    assert letter.to == [doctor.user.email]
    assert number in letter.subject
    assert "connectez-vous" in letter.body
    assert len(delivered()) == 1


def test_a_question_is_announced_without_its_words(doctor, reviewer, report):
    where = doctor.declare(report)
    delivered()
    reviewer.post(f"{where}/messages", {"text": "Avez-vous le dossier de Mme Dupont ?"})
    letter = delivered()[-1]
    assert letter.to == [doctor.user.email]
    assert "question" in letter.subject
    assert "Dupont" not in letter.body


def test_no_letter_says_anything_of_the_case(doctor, reviewer, report):
    where = doctor.declare(report)
    reviewer.post(f"{where}/messages", {"text": "Lot ?"})
    for letter in delivered():
        text = letter.subject + letter.body
        for secret in ("DUP", "1952", "AMOX", "anaphyl", "Martin", "Lot", str(doctor.user)):
            assert secret not in text


def test_later_commands_write_to_nobody(doctor, report):
    where = doctor.declare(report)
    delivered()
    doctor.post(f"{where}/follow-ups", {"narrative": "Suite."})
    doctor.post(f"{where}/withdrawal", {"reason": "Doublon."})
    assert len(delivered()) == 1


def test_a_declarant_without_an_address_stops_nobody_else(doctor, colleague, report):
    doctor.user.email = ""
    doctor.user.save()
    doctor.declare(report)
    colleague.declare(report)
    (letter,) = delivered()
    assert letter.to == [colleague.user.email]
    states = store.session("projector").execute("SELECT state FROM read.events_outbox")
    assert sorted(row[0] for row in states.fetchall()) == ["failed", "sent"]


def test_a_replay_sends_nothing(doctor, report):
    doctor.declare(report)
    delivered()
    store.session("projector").execute("UPDATE read.events_checkpoint SET position = 0")
    project()
    assert len(delivered()) == 1


def type_a_letter(centre: Api) -> str:
    """Type a form that came on paper two days ago; return the number of its declaration."""
    return declare_adverse_event(
        centre.user,
        VALID,
        idempotency_key="one",
        channel=Channel.PAPER,
        received_at=timezone.now() - timedelta(days=2),
    ).number


def states() -> list[str]:
    rows = store.session("projector").execute("SELECT state FROM read.events_outbox ORDER BY id")
    return [state for (state,) in rows]


def test_a_form_of_before_an_epoch_that_is_typed_in_it_is_acknowledged_at_once(crpv):
    epochs.sequence()
    epochs.open_epoch("a test")
    number = type_a_letter(crpv)
    (sent,) = delivered()
    assert number in sent.subject
    assert states() == ["sent"]


def test_a_form_that_was_typed_before_an_epoch_waits_for_a_person(crpv):
    type_a_letter(crpv)
    epochs.sequence()
    epochs.open_epoch("a test")
    assert delivered() == []
    assert states() == ["held"]
