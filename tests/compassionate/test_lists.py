"""What the lists show, to whom; live equals rebuilt."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from compassionate import actions, queries
from compassionate.domain.vocabulary import RequestKind
from compassionate.models import AccessRequestRow, AuthorisationRow, FollowUpRow, HolderFileRow
from events import compare, rebuild, registry, swap
from events.days import day_of
from tests.api.conftest import project
from tests.compassionate.scene import AT, PART, PHARMACY, Scene, scene
from tests.projections.conftest import table

__all__ = ["scene"]
pytestmark = pytest.mark.django_db
NAMES = ("access_requests", "authorisations", "criteria_sheets", "holder_files", "follow_ups")


def test_the_queue_puts_what_cannot_be_deferred_first(scene: Scene):
    scene.sheet()
    can_wait = replace(PART, deferrable=True, urgency=None)
    late = scene.submitted(replace(can_wait, file_number="1"))
    urgent = scene.submitted(replace(PART, file_number="2"), at=AT + timedelta(hours=3))
    project()
    found = queries.queue(scene.evaluator).rows
    assert [row.request_id for row in found] == [urgent.id, late.id]
    assert found[0].patient == "DM · 2"
    assert found[0].goal == AT + timedelta(hours=7)
    for person in (scene.doctor, scene.pharmacist, scene.operator, scene.editor):
        with pytest.raises(PermissionDenied):
            queries.queue(person)


def test_a_page_of_the_queue_goes_on_where_the_one_before_ended(scene: Scene):
    scene.sheet()
    sent = [scene.submitted(replace(PART, file_number=str(one))).id for one in range(5)]
    project()
    first = queries.queue(scene.evaluator, size=3)
    rest = queries.queue(scene.evaluator, cursor=first.next_cursor, size=3)
    assert {row.request_id for row in (*first.rows, *rest.rows)} == set(sent)
    assert rest.next_cursor is None


def test_each_sees_her_own(scene: Scene):
    scene.sheet()
    mine = scene.submitted().id
    project()
    for person in (scene.doctor, scene.pharmacist):
        assert [row.request_id for row in queries.own_requests(person).rows] == [mine]
        assert queries.request(person, mine).prescription == PART
    for person in (scene.other_doctor, scene.other_pharmacist):
        assert queries.own_requests(person).rows == []
        with pytest.raises(Http404):
            queries.request(person, mine)


def test_the_inbox_of_a_pharmacy_and_what_may_be_done_with_it(scene: Scene):
    scene.sheet()
    request_id = scene.drafted().id
    actions.send_to_pharmacy(scene.doctor, request_id, idempotency_key="p", now=AT)
    project()
    assert [row.request_id for row in queries.inbox(scene.pharmacist)] == [request_id]
    assert queries.inbox(scene.other_pharmacist) == []
    shown = queries.request(scene.pharmacist, request_id)
    assert queries.verbs(scene.pharmacist, shown) == {
        "ReturnToPrescriber",
        "SendToAgency",
        "DeclareDispensing",
    }
    assert queries.verbs(scene.doctor, shown) == {"WithdrawRequest"}


def test_what_ends_while_a_renewal_waits_is_named(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    later = AT + timedelta(days=150)
    part = replace(PART, elapsed_data="Réponse partielle.", attests_interest=True)
    renewal = scene.submitted(part, at=later, kind=RequestKind.RENEWAL, renews=number)
    project()
    (row,) = queries.expiring(scene.doctor, day_of(later))
    assert row.number == number
    assert row.renewal is not None
    assert row.renewal.request_id == renewal.id
    assert queries.expiring(scene.doctor, day_of(AT)) == []


def test_a_renewal_is_prefilled_but_for_what_the_law_asks_again(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    project()
    part = queries.renewal_of(scene.doctor, number)
    assert (part.product, part.dosage, part.patient_initials) == (
        PART.product,
        PART.dosage,
        PART.patient_initials,
    )
    assert (part.elapsed_data, part.attests_interest, part.criteria) == (None, False, ())
    with pytest.raises(Http404):
        queries.renewal_of(scene.other_doctor, number)


def test_rebuilt_is_live(scene: Scene):
    scene.sheet()
    scene.authorised()
    scene.submitted(replace(PART, file_number="2"))
    scene.drafted()
    project()
    assert AccessRequestRow.objects.count() == 3
    assert AuthorisationRow.objects.get().ends_on == scene.terms().ends_on
    assert HolderFileRow.objects.get().granted_on == day_of(AT)
    assert FollowUpRow.objects.count() == 1
    known = {one.name for one in registry.projections()}
    assert set(NAMES) <= known
    before = {name: table(name) for name in NAMES}
    for projection in registry.projections():
        assert compare.compare(projection).differences == 0
        with rebuild.coordinate(projection):
            run = rebuild.begin(projection, 3, resume=False)
            rebuild.work(projection)
            swap.finish(projection, run)
    assert {name: table(name) for name in NAMES} == before


def test_no_direct_identifier_stands_in_a_list_in_clear(scene: Scene):
    scene.sheet()
    scene.submitted()
    project()
    row = AccessRequestRow.objects.get()
    assert str(PHARMACY.pharmacist_name) not in str(vars(row))
    assert "A-1042" not in (row.file_number or "")
    assert row.initials != "DM"
