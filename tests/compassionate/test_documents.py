"""Letters as they leave the house: who may read them, the same bytes again, a code that is checked."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.http import Http404

from compassionate import acting, decisions, documents, notifying
from compassionate.domain.authorisation_commands import Suspend
from compassionate.domain.vocabulary import Proposal
from compassionate.streams import authorisation_stream, request_facts, request_stream
from events.days import day_of
from events.handle import history
from tests.compassionate.scene import AT, PART, REASONS, REFUSAL, SIGNED, Scene, scene

__all__ = ["scene"]
pytestmark = pytest.mark.django_db


def granted(scene: Scene):
    scene.sheet()
    request_id = scene.submitted().id
    scene.taken_up(request_id)
    return scene.granted(request_id)


def test_each_step_that_asks_for_a_letter_has_one_and_only_its_people_read_it(scene: Scene):
    done = granted(scene)
    letters = documents.posted(history(request_stream(done.id)))
    assert [one.type.partition(".")[2] for one in letters] == [
        "request_received",
        "request_granted",
    ]
    for one in letters:
        made = documents.request_letter(scene.doctor, done.id, one.version)
        assert made.startswith(b"%PDF-")
        assert documents.request_letter(scene.signatory, done.id, one.version) == made
    for person in (scene.other_doctor, scene.other_pharmacist, scene.operator, scene.editor):
        with pytest.raises(Http404):
            documents.request_letter(person, done.id, letters[-1].version)
    with pytest.raises(Http404):
        documents.request_letter(scene.doctor, done.id, 1)


def test_a_letter_says_what_was_known_at_its_event_whatever_came_since(scene: Scene):
    done = granted(scene)
    version = documents.posted(history(request_stream(done.id)))[-1].version
    before = documents.request_letter(scene.doctor, done.id, version)
    scene.signatory.last_name = "Autre"
    scene.signatory.save()
    assert notifying.deposit(done.id, ("a" * 64,), AT)
    assert notifying.note_first_reading(scene.doctor, done.id, AT + timedelta(hours=1))
    assert documents.request_letter(scene.doctor, done.id, version) == before


def test_the_first_reading_by_an_addressee_is_noted_once(scene: Scene):
    done = granted(scene)
    assert not notifying.note_first_reading(scene.doctor, done.id, AT)
    assert notifying.deposit(done.id, ("a" * 64,), AT)
    assert not notifying.deposit(done.id, ("a" * 64,), AT)
    for person, noted in (
        (scene.evaluator, False),
        (scene.doctor, True),
        (scene.pharmacist, False),
    ):
        assert notifying.note_first_reading(person, done.id, AT + timedelta(days=1)) is noted
    assert request_facts(done.id).read_at == AT + timedelta(days=1)


def test_a_code_is_genuine_for_its_own_number_only(scene: Scene):
    done = granted(scene)
    number = done.facts.number or ""
    letter = documents._of_request(done.id, history(request_stream(done.id)), done.version)
    assert letter.address is not None
    code = re.search(r"code=(.+)$", letter.address)[1]
    assert documents.is_genuine(number, code)
    assert documents.is_genuine(number, code.lower())
    assert not documents.is_genuine(number, "0000-0000")
    assert not documents.is_genuine("AAC-UNKNOWN", code)
    other = scene.authorised(replace(PART, file_number="2"))
    assert not documents.is_genuine(other, code)


def test_a_refusal_and_a_suspension_have_their_letters(scene: Scene):
    number = granted(scene).facts.number or ""
    fields = {"reasons": REASONS, "urgency": "Signal", "until": day_of(AT) + timedelta(days=9)}
    acting.act_on_authorisation(
        scene.signatory, number, Suspend, fields, SIGNED, idempotency_key="s", now=AT
    )
    (suspended,) = documents.posted(history(authorisation_stream(number)))
    assert documents.authorisation_letter(scene.doctor, number, suspended.version)[:5] == b"%PDF-"
    refused = scene.submitted(replace(PART, file_number="9")).id
    scene.taken_up(refused)
    decisions.propose_decision(
        scene.evaluator, refused, Proposal.REFUSE, reasons=REFUSAL, idempotency_key="p", now=AT
    )
    decisions.refuse(scene.signatory, refused, REFUSAL, SIGNED, idempotency_key="r", now=AT)
    assert len(documents.decision_digests(refused)) == 1
