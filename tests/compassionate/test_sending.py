"""What hospitals and the on-call send while the log is away: received on its date, once, and judged later."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.people import account_with_rpps
from compassionate import actions, agency_queries, decisions, sending
from compassionate.domain.prescription import Dispensing
from compassionate.domain.vocabulary import DocumentKind, Flag, RequestKind, RequestState as State
from compassionate.streams import holder_facts, request_facts
from continuity import receipt_check
from events.acknowledged import Acknowledged
from events.days import day_of
from events.drain import Drainer
from events.errors import Refused
from tests.api.conftest import project
from tests.compassionate import files
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


NIGHT = AT - timedelta(hours=11)


def dose_of(scene: Scene, **said: Any) -> Acknowledged:
    """Declare the dose of a night, an hour too late."""
    return sending.declare_dispensing(
        scene.pharmacist,
        Dispensing(at=NIGHT, quantity="60 comprimés", batch="B12"),
        prescription=PART,
        prescriber_attests=True,
        pharmacist_attests=True,
        idempotency_key="dose",
        now=AT,
        **said,
    )


def corrected(
    scene: Scene, request_id: UUID, who: str = "pharmacist", **said: Any
) -> Acknowledged:
    """Say that it was given the day before."""
    usual: dict[str, Any] = {"told_at": NIGHT, "reason": "Mal recopiée.", "now": AT} | said
    return sending.correct_dispensing(
        getattr(scene, who),
        request_id,
        dispensing=Dispensing(at=NIGHT - timedelta(days=1), quantity="30 comprimés", batch="B12"),
        idempotency_key="correction",
        **usual,
    )


def test_a_dose_and_its_correction_are_received_in_one_outage(scene: Scene, outage):
    scene.sheet()
    with outage.away():
        told = dose_of(scene)
        sent = corrected(scene, told.id)
        assert (sent.status, sent.number) == ("spooled", told.number)
        assert corrected(scene, told.id).receipt == sent.receipt
        with pytest.raises(Refused) as refusal:
            corrected(scene, told.id, reason=" ")
        assert reasons(refusal) == {"reason_needed"}
    drained(drained=2)
    drained()
    facts = request_facts(told.id)
    assert facts.first_given is not None
    assert facts.first_given.at == NIGHT - timedelta(days=1)
    assert facts.first_given.told == Dispensing(at=NIGHT, quantity="60 comprimés", batch="B12")
    assert facts.flags == {Flag.DOSE_CORRECTED}


def test_a_correction_of_a_dose_that_nobody_told_goes_before_a_person(scene: Scene, outage):
    scene.sheet()
    told = dose_of(scene)
    with outage.away():
        assert corrected(scene, told.id, told_at=NIGHT + timedelta(hours=2)).status == "spooled"
    drained(set_aside=1)
    with pytest.raises(Refused) as refusal:
        corrected(scene, told.id, told_at=NIGHT + timedelta(hours=3))
    assert reasons(refusal) == {"unknown_dose"}
    assert request_facts(told.id).version == 1


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("other_pharmacist", Http404),
        ("other_doctor", Http404),
        ("operator", Http404),
        ("on_call", Http404),
        ("doctor", PermissionDenied),
        ("evaluator", PermissionDenied),
        ("signatory", PermissionDenied),
    ],
)
def test_only_a_pharmacist_of_the_establishment_corrects_a_dose(scene: Scene, who, error):
    scene.sheet()
    told = dose_of(scene)
    with pytest.raises(error):
        corrected(scene, told.id, who)
    assert request_facts(told.id).version == 1


def test_what_was_decided_on_a_dose_corrected_since_waits_for_somebody_to_look(scene: Scene):
    """The authorisation begins with the first dose: the agency says what follows from another."""
    scene.sheet()
    told = dose_of(scene)
    actions.send_to_agency(scene.pharmacist, told.id, PHARMACY, idempotency_key="a", now=AT)
    scene.taken_up(told.id)
    terms = scene.terms(day_of(NIGHT))
    scene.proposed(told.id, terms)
    scene.granted(told.id, terms)
    project()
    assert agency_queries.corrected_since(scene.evaluator) == []
    corrected(scene, told.id)
    project()
    (waiting,) = agency_queries.corrected_since(scene.signatory)
    assert waiting.row.request_id == told.id
    assert waiting.beforehand[0].told is not None
    for who in (scene.doctor, scene.pharmacist, scene.operator):
        with pytest.raises(PermissionDenied):
            agency_queries.corrected_since(who)
        with pytest.raises((PermissionDenied, Http404)):
            decisions.note_correction(who, told.id, "Rien.", idempotency_key="n", now=AT)
    decisions.note_correction(
        scene.evaluator, told.id, "L'autorisation commence le même jour.", idempotency_key="n",
        now=AT,
    )  # fmt: skip
    project()
    assert agency_queries.corrected_since(scene.evaluator) == []
    assert request_facts(told.id).terms == terms


def test_the_list_of_corrections_is_read_from_its_index(scene: Scene):
    with CaptureQueriesContext(connection) as asked:
        agency_queries.corrected_since(scene.evaluator)
    (query,) = [one["sql"] for one in asked.captured_queries if "access_requests" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN {query}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")
    assert "access_requests_corrected" in plan


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


def test_all_that_is_sent_asks_the_log_on_the_connection_that_was_lent(scene: Scene):
    """Django's own would wait, without a deadline, for a server that stands still."""
    scene.sheet()
    asked: list[str] = []

    def told(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    on_call: dict[str, Any] = {
        "institution": "750712184",
        "called_at": AT,
        "prescription": PART,
        "now": AT,
    }
    with connection.execute_wrapper(told):
        sent = scene.submitted(replace(PART, file_number="1"))
        sending.attach_document(
            scene.pharmacist, sent.id, DocumentKind.TEST_RESULT, "IRM.pdf", files.SMALL,
            idempotency_key="d", now=AT,
        )  # fmt: skip
        scene.withdrawn(sent.id)
        dose = dose_of(scene)
        corrected(scene, dose.id)
        sending.record_oral_agreement(
            scene.on_call, vital_reason="Foie", idempotency_key="c", **on_call
        )
        sending.record_oral_refusal(
            scene.on_call, reason="Différable", idempotency_key="r", **on_call
        )
        sending.answer_information(
            scene.pharmacist, sent.id, sent.id, "Le 12.", idempotency_key="a", now=AT
        )
    assert asked == []
