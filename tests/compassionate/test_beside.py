"""What lies beside a request: what may be the same, what changed since, what cannot be renewed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from compassionate import acting, actions, queries
from compassionate.beside import Beside, beside
from compassionate.domain.authorisation_commands import Abrogate, Withdraw
from compassionate.domain.beside import may_be_same, same_name
from compassionate.domain.grounds import WithdrawalGround
from compassionate.domain.vocabulary import RequestKind, Sex
from compassionate.streams import authorisation_facts
from events.errors import Refused
from tests.api.conftest import project
from tests.compassionate.samples import GROUNDS
from tests.compassionate.scene import AT, PART, PHARMACY, REASONS, SIGNED, Scene, codes, scene

__all__ = ["scene"]
AGAIN = replace(PART, elapsed_data="Réponse partielle.", attests_interest=True)
LATER = AT + timedelta(hours=1)


@pytest.mark.parametrize(("one", "other", "same"), [
    ("Nirogacestat", "NIROGACESTAT ", True),
    ("Témozolomide", "temozolomide", True),
    ("Nirogacestat", "Niraparib", False),
    ("", "", False),
    (None, None, False),
])  # fmt: skip
def test_a_product_is_known_by_its_name_however_it_is_written(one, other, same):
    assert same_name(one, other) is same


@pytest.mark.parametrize(("one", "other", "same"), [
    ("54 year", "55 year", True),
    ("54 year", "56 year", False),
    ("11 month", "12 month", True),
    ("11 month", "1 year", False),
    (None, "54 year", True),
])  # fmt: skip
def test_two_ages_may_be_of_one_patient(one, other, same):
    assert may_be_same(one, other) is same


def shown(scene: Scene, request_id: UUID) -> Beside:
    project()
    read = queries.request(scene.evaluator, request_id)
    renews = read.facts.renews
    return beside(read, LATER, authorisation_facts(renews) if renews else None)


@pytest.mark.django_db
def test_requests_that_may_be_of_one_patient_are_named_to_whoever_assesses(scene: Scene):
    """§5.3 7: no file number tells them apart where it was left out, or typed otherwise."""
    scene.sheet()
    first = scene.submitted(PART).id
    same = scene.submitted(replace(PART, file_number="A 1042 bis")).id
    scene.submitted(replace(PART, file_number="B", patient_age=(PART.patient_age or 0) + 9))
    other = Sex.MALE if PART.patient_sex is Sex.FEMALE else Sex.FEMALE
    scene.submitted(replace(PART, file_number="C", patient_sex=other))
    assert [row.request_id for row in shown(scene, first).alike] == [same]
    scene.withdrawn(same)
    assert shown(scene, first).alike == []


@pytest.mark.django_db
def test_a_product_that_is_written_by_its_name_is_found_on_its_sheet(scene: Scene):
    """§5.3 15: one under another derogation is no named patient's, whatever way it is written."""
    scene.sheet()
    by_name: dict[str, Any] = {"product": None, "indication": None, "criteria_version": None}
    by_name["justification"] = GROUNDS
    part = replace(PART, product_name="Nirogacestat", criteria=(), **by_name)
    request_id = scene.submitted(part).id
    assert [row.product for row in shown(scene, request_id).named] == ["nirogacestat"]
    named = scene.submitted(replace(PART, file_number="B")).id
    assert shown(scene, named).named == []


@pytest.mark.django_db
def test_criteria_that_changed_since_the_receipt_are_told_until_it_is_decided(scene: Scene):
    scene.sheet()
    request_id = scene.submitted().id
    assert shown(scene, request_id).newer is None
    scene.publish(AT + timedelta(minutes=5), in_force_from=AT + timedelta(minutes=10))
    assert shown(scene, request_id).newer == 2
    scene.withdrawn(request_id)
    assert shown(scene, request_id) == Beside()


@pytest.mark.django_db
@pytest.mark.parametrize(("act", "said"), [
    (Abrogate, {}), (Withdraw, {"ground": WithdrawalGround.PUBLIC_HEALTH}),
])  # fmt: skip
def test_what_was_ended_by_a_decision_is_not_sent_for_renewal(scene: Scene, act, said):
    """R5121-74-4: refused where it is sent, with what to do; drawn up before, where it is proposed."""
    scene.sheet()
    number = scene.authorised()
    renewal: dict[str, Any] = {"kind": RequestKind.RENEWAL, "renews": number}
    sent = scene.submitted(AGAIN, **renewal).id
    fields = {"reasons": REASONS, "urgency": "Signal grave", **said}
    acting.act_on_authorisation(
        scene.signatory, number, act, fields, SIGNED, idempotency_key="end", now=AT
    )
    assert [one.code for one in shown(scene, sent).refusals] == ["previous_stopped"]
    scene.taken_up(sent)
    with pytest.raises(Refused) as proposed:
        scene.proposed(sent)
    assert codes(proposed) == {"previous_stopped"}
    scene.withdrawn(sent)
    with pytest.raises(Refused) as submitted:
        scene.submitted(AGAIN, **renewal)
    assert codes(submitted) == {"previous_stopped"}
    drafted = actions.draft_request(
        scene.doctor, RequestKind.RENEWAL, AGAIN, renews=number, idempotency_key="d", now=AT
    ).id
    with pytest.raises(Refused) as to_pharmacy:
        actions.send_to_pharmacy(scene.doctor, drafted, idempotency_key="p", now=AT)
    assert codes(to_pharmacy) == {"previous_stopped"}


@pytest.mark.django_db
def test_it_is_not_sent_to_the_agency_either_where_it_was_ended_meanwhile(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    drafted = actions.draft_request(
        scene.doctor, RequestKind.RENEWAL, AGAIN, renews=number, idempotency_key="d", now=AT
    ).id
    actions.send_to_pharmacy(scene.doctor, drafted, idempotency_key="p", now=AT)
    fields = {"reasons": REASONS, "urgency": "Signal grave"}
    acting.act_on_authorisation(
        scene.signatory, number, Abrogate, fields, SIGNED, idempotency_key="end", now=AT
    )
    with pytest.raises(Refused) as refusal:
        actions.send_to_agency(scene.pharmacist, drafted, PHARMACY, idempotency_key="a", now=AT)
    assert codes(refusal) == {"previous_stopped"}
