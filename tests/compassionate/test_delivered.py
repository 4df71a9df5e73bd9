"""Messages of compassionate access leave: planned from the log, written by who planned them, sent."""

from datetime import timedelta

import pytest
from django.core import mail

from compassionate import acting, clocks
from compassionate.domain.authorisation_commands import Suspend
from compassionate.reactions import REACTIONS
from events import reactions
from events.codec import catalogue
from events.days import day_of
from tests.api.conftest import project
from tests.compassionate.scene import AT, REASONS, SIGNED, Scene, scene

__all__ = ["scene"]


def test_whoever_plans_a_message_writes_it():
    """By the stream that it tells of: a template belongs to two of them."""
    for one in REACTIONS:
        stream = f"{one.category or one.name}-01a2260a-4624-72b0-bafb-ec57fcf0a55e"
        (found,) = [known for known in reactions.reactions().values() if known.planned(stream)]
        assert found is one
    assert all(one.types <= set(catalogue.types()) for one in REACTIONS)


@pytest.mark.django_db
def test_request_authorisation_follow_up_and_holder_are_told_by_mail(scene: Scene, settings):
    settings.AGENCY_MAIL = "agence@example.invalid"
    scene.sheet()
    scene.protocol((30,))
    number = scene.authorised()
    fields = {
        "reasons": REASONS,
        "urgency": "Signal grave",
        "until": day_of(AT) + timedelta(days=9),
    }
    acting.act_on_authorisation(
        scene.signatory, number, Suspend, fields, SIGNED, idempotency_key="s", now=AT
    )
    project()
    clocks.look(AT + timedelta(days=30))
    reactions.plan_all()
    told = reactions.deliver_all()
    assert set(told) == {"sent"}
    subjects = {letter.subject for letter in mail.outbox if letter.to == [scene.doctor.email]}
    assert any(number in subject for subject in subjects)
    assert any("a décidé de la demande" in subject for subject in subjects)
    assert any("a reçu la demande" in subject for subject in subjects)
    assert any("suivi" in subject.casefold() for subject in subjects)
    assert any(letter.to == [settings.AGENCY_MAIL] for letter in mail.outbox)
