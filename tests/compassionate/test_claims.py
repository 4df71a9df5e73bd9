"""Which request is the open one of a patient and a product, when what it is about is corrected."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from compassionate import actions, decisions, sending
from compassionate.streams import holder_facts, request_facts
from events.days import day_of
from events.errors import Refused
from tests.compassionate.scene import AT, PART, Scene, scene

__all__ = ["scene"]
pytestmark = pytest.mark.django_db


def test_a_corrected_file_number_keeps_no_other_patient_from_her_treatment(scene: Scene):
    """§5.3 7: one open request for each dossier and product, and for no other dossier."""
    scene.sheet()
    wrong, right = replace(PART, file_number="Y-1"), replace(PART, file_number="X-1")
    began = scene.drafted(wrong).id
    actions.send_to_pharmacy(scene.doctor, began, idempotency_key="p", now=AT)
    with pytest.raises(Refused, match="second_open_request"):
        scene.submitted(wrong)
    actions.return_to_prescriber(
        scene.pharmacist, began, "Mauvais dossier.", idempotency_key="r", now=AT
    )
    actions.change_prescription(scene.doctor, began, right, idempotency_key="c", now=AT)
    actions.send_to_pharmacy(scene.doctor, began, idempotency_key="p2", now=AT)
    assert scene.submitted(wrong).status == "recorded"
    with pytest.raises(Refused, match="second_open_request"):
        scene.submitted(right)


def answered_with(scene: Scene, part: Any) -> UUID:
    """Send a request, ask about it, and answer with another prescription; return the request."""
    sent = scene.submitted().id
    scene.taken_up(sent)
    asked = decisions.ask_information(
        scene.evaluator, sent, ["Le bon produit"], day_of(AT) + timedelta(days=5),
        idempotency_key=scene.key(), now=AT,
    )  # fmt: skip
    question = asked.facts.question
    assert isinstance(question, UUID)
    sending.answer_information(
        scene.doctor, sent, question, "Voici.", prescription=part,
        idempotency_key=scene.key(), now=AT + timedelta(hours=1),
    )  # fmt: skip
    return sent


def test_a_product_that_an_answer_names_first_has_its_holder_informed(scene: Scene):
    """R5121-74-1 II: at once, on the first request for a product in an indication."""
    scene.sheet()
    scene.sheet("autre")
    assert holder_facts("autre", "desmoide").opened is None
    sent = answered_with(scene, replace(PART, product="autre", product_name="AUTRE"))
    opened = holder_facts("autre", "desmoide").opened
    assert opened is not None
    assert opened.request_id == sent


def test_an_answer_that_names_another_product_makes_it_the_open_request_for_that(scene: Scene):
    """§5.3 7: an answer is refused for none of that; what is asked for afterwards is."""
    scene.sheet()
    scene.sheet("autre")
    other = replace(PART, product="autre", product_name="AUTRE")
    first = answered_with(scene, other)
    with pytest.raises(Refused, match="second_open_request"):
        scene.submitted(other)
    second = answered_with(scene, other)
    assert request_facts(second).prescription == request_facts(first).prescription


def test_a_request_that_was_returned_keeps_no_other_from_being_sent(scene: Scene):
    """Its prescriber may have left: nobody else could complete it, nor take it back."""
    scene.sheet()
    began = scene.drafted().id
    actions.send_to_pharmacy(scene.doctor, began, idempotency_key="p", now=AT)
    actions.return_to_prescriber(
        scene.pharmacist, began, "À compléter.", idempotency_key="r", now=AT
    )
    scene.submitted()
    changed_part = replace(PART, dosage="100 mg deux fois par jour")
    actions.change_prescription(scene.doctor, began, changed_part, idempotency_key="c", now=AT)
    with pytest.raises(Refused, match="second_open_request"):
        actions.send_to_pharmacy(scene.doctor, began, idempotency_key="p2", now=AT)
