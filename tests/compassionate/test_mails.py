"""Who is told what by mail: nobody of what does not wait, somebody of whatever ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.models import User
from compassionate import clocks, decisions
from compassionate.reactions import REACTIONS
from compassionate.streams import (
    authorisation_stream,
    request_facts,
    request_stream,
)
from events import store
from tests.api.conftest import project
from tests.compassionate.scene import AT, PART, Scene, scene, settled

__all__ = ["scene"]
pytestmark = pytest.mark.django_db


def mails(stream: str) -> dict[str, set[str]]:
    """Return who is told by mail because of a stream's events, by template."""
    told: dict[str, set[str]] = {}
    for stored in store.read_stream(stream):
        for reaction in (one for one in REACTIONS if stored.type in one.types):
            for intent in reaction.plan(stored):
                letter = reaction.compose(intent.recipient, intent.template, stream)
                if letter is not None:
                    told.setdefault(intent.template, set()).add(letter.address)
    return told


def test_a_whole_request_waits_at_no_pharmacy(scene: Scene):
    scene.sheet()
    told = mails(request_stream(scene.submitted().id))
    assert told["request.received"] == {scene.doctor.email, scene.pharmacist.email}
    assert not {"request.at_pharmacy", "request.inbox"} & set(told)


def test_an_implicit_decision_is_told_deposited_and_read(scene: Scene):
    """CRPA R112-20: what lies in the téléservice is notified, whoever decided."""
    scene.sheet()
    settled(scene.legal)
    sent = scene.submitted()
    late = AT + timedelta(days=80)
    decisions.establish_silence(scene.legal, sent.id, idempotency_key="s", now=late)
    told = mails(request_stream(sent.id))
    assert told["request.decided"] == {scene.doctor.email, scene.pharmacist.email}
    project()
    clocks.look(late)
    assert request_facts(sent.id).deposited_at == late


@pytest.mark.parametrize("left", ["no account", "closed"])
def test_the_pharmacy_is_told_for_a_prescriber_whom_no_mail_reaches(scene: Scene, left):
    """R5121-74-4: what ends is called to mind in time, of somebody who reads it."""
    scene.sheet()
    unknown = PART if left == "closed" else replace(PART, prescriber_rpps="10005550008")
    number = scene.authorised(unknown)
    if left == "closed":
        User.objects.filter(pk=scene.doctor.pk).update(is_active=False)
    project()
    clocks.look(AT + timedelta(days=120))
    assert mails(authorisation_stream(number)) == {"authorisation.ends": {scene.pharmacist.email}}
