"""What hospitals and the on-call send while the log is away: received on its date, once, and judged later."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from django.db import OperationalError
from django.http import Http404
from django.utils import timezone

from accounts.people import account_with_rpps
from compassionate import actions, decisions, sending
from compassionate.domain.prescription import Dispensing
from compassionate.domain.vocabulary import Flag, RequestKind, RequestState as State
from compassionate.streams import holder_facts, request_facts
from continuity import receipt_check
from events.drain import Drainer
from events.errors import Refused
from tests.compassionate.scene import AT, PART, PHARMACY, Scene, keys, scene
from tests.intake.conftest import *  # noqa: F403  a log that goes away
from tests.intake.conftest import drained

__all__ = ["scene"]
pytestmark = pytest.mark.django_db


def reasons(refusal) -> set[str]:
    return {one.code for one in refusal.value.problems}


def test_a_whole_request_is_received_without_a_log_and_judged_by_the_criteria_of_its_receipt(
    scene: Scene, outage
):
    scene.sheet()
    with outage.away():
        sent = scene.submitted()
        assert (sent.status, sent.version) == ("spooled", None)
        told = receipt_check.check(sent.receipt, keys())
        assert (told["receipt"], told["number"]) == (sent.receipt_id, sent.number)
        again = scene.submitted(key=f"key-{scene.steps}")
        assert (again.receipt, again.again) == (sent.receipt, True)
    drained(drained=1)
    drained()
    facts = request_facts(sent.id)
    assert (facts.state, facts.received_at) == (State.RECEIVED, AT)
    assert facts.criteria_version == 1
    assert facts.prescriber == account_with_rpps(PART.prescriber_rpps)
    assert holder_facts("nirogacestat", "desmoide").opened is not None


def test_what_the_form_lacks_is_refused_in_the_outage_too_and_nothing_is_kept(
    scene: Scene, outage
):
    with outage.away(), pytest.raises(Refused) as refusal:
        scene.submitted(replace(PART, patient_weight_kg=None, dosage=None))
    assert reasons(refusal) == {"weight_needed", "dosage_needed"}
    drained()


def test_a_second_open_request_received_in_the_outage_goes_before_a_person(scene: Scene, outage):
    scene.sheet()
    first = scene.submitted()
    with outage.away():
        second = scene.submitted()
    drained(set_aside=1)
    assert request_facts(first.id).state is State.RECEIVED
    assert request_facts(second.id).state is State.NOT_BEGUN


def test_a_dose_at_night_is_declared_from_no_state_and_is_to_be_regularised(scene: Scene, outage):
    scene.sheet()
    given_at = AT - timedelta(hours=11)
    dose = Dispensing(at=given_at, quantity="60 comprimés", batch="B12")
    with outage.away():
        told = sending.declare_dispensing(
            scene.pharmacist,
            dose,
            prescription=PART,
            prescriber_attests=True,
            pharmacist_attests=True,
            idempotency_key="dose",
            now=AT,
        )
        assert told.status == "spooled"
    drained(drained=1)
    facts = request_facts(told.id)
    assert facts.state is State.TO_REGULARISE
    assert facts.first_given is not None
    assert facts.first_given.at == given_at
    assert facts.flags == frozenset()
    regularised = actions.send_to_agency(
        scene.pharmacist, told.id, PHARMACY, idempotency_key="a", now=AT
    )
    assert regularised.facts.kind is RequestKind.REGULARISATION


def test_an_oral_agreement_in_the_outage_is_regularised_by_somebody_else(scene: Scene, outage):
    scene.sheet()
    called_at = AT - timedelta(hours=10)
    with outage.away():
        agreed = sending.record_oral_agreement(
            scene.on_call,
            institution="750712184",
            called_at=called_at,
            vital_reason="Défaillance hépatique",
            prescription=PART,
            called_back=True,
            read_back=True,
            sheet_number="DG-93-000001",
            idempotency_key="call",
            now=AT,
        )
    drained(drained=1)
    facts = request_facts(agreed.id)
    assert facts.first_given is not None
    assert facts.first_given.number == "DG-93-000001"
    assert facts.flags == frozenset()
    actions.send_to_agency(scene.pharmacist, agreed.id, PHARMACY, idempotency_key="a", now=AT)
    scene.taken_up(agreed.id)
    scene.proposed(agreed.id)
    granted = scene.granted(agreed.id).facts
    assert granted.state is State.GRANTED
    assert granted.number is not None


def test_what_was_not_called_back_or_read_back_is_taken_and_flagged(scene: Scene):
    agreed = sending.record_oral_agreement(
        scene.on_call,
        institution="750712184",
        called_at=AT,
        vital_reason=None,
        prescription=PART,
        idempotency_key="call",
        now=AT,
    )
    assert request_facts(agreed.id).flags == {
        Flag.NOT_CALLED_BACK,
        Flag.NOT_VITAL,
        Flag.NUMBER_NOT_READ_BACK,
    }
    assert request_facts(agreed.id).first_given.number == agreed.number


def test_an_answer_by_number_is_taken_in_the_outage_and_of_a_stranger_is_set_aside(
    scene: Scene, outage
):
    scene.sheet()
    request_id = scene.submitted().id
    scene.taken_up(request_id)
    limit = AT.date() + timedelta(days=5)
    asked = decisions.ask_information(
        scene.evaluator, request_id, ["Date de l'IRM"], limit, idempotency_key="q", now=AT
    )
    question = asked.facts.question
    assert question is not None
    now = timezone.now() - timedelta(minutes=1)
    with outage.away():
        for person, key in ((scene.doctor, "a"), (scene.other_doctor, "b")):
            told = sending.answer_information(
                person, request_id, question, "Le 12 novembre.", idempotency_key=key, now=now
            )
            assert told.status == "spooled"
    drained(drained=1, set_aside=1)
    assert request_facts(request_id).state is State.UNDER_ASSESSMENT


def test_an_answer_about_a_request_that_is_not_there_is_told_so(scene: Scene):
    with pytest.raises(Http404):
        sending.answer_information(
            scene.doctor,
            scene.doctor.public_id,
            scene.doctor.public_id,
            "Le 12.",
            idempotency_key="a",
            now=AT,
        )


def test_a_dose_given_for_a_request_of_another_hospital_is_refused(scene: Scene):
    scene.sheet()
    request_id = scene.submitted().id
    with pytest.raises(Http404):
        sending.declare_dispensing(
            scene.other_pharmacist,
            Dispensing(at=AT, quantity="1"),
            request_id=request_id,
            idempotency_key="d",
            now=AT,
        )
    assert request_facts(request_id).beforehand == ()


def test_two_drainers_and_a_repeat_bring_a_request_once(scene: Scene, outage):
    scene.sheet()
    with outage.away():
        sent = scene.submitted(key="one")
    first, second = Drainer(), Drainer()
    assert first.once().drained + second.once().drained == 1
    assert scene.submitted(key="one").receipt == sent.receipt
    assert request_facts(sent.id).version == 3


def test_what_needs_the_state_of_a_request_waits_for_the_log(scene: Scene, outage):
    scene.sheet()
    request_id = scene.submitted().id
    with outage.away(), pytest.raises((OperationalError, psycopg.OperationalError)):
        scene.taken_up(request_id)
    assert request_facts(request_id).state is State.RECEIVED
