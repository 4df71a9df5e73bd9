"""What the lists show, to whom; live equals rebuilt."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts import compassionate as may
from accounts.models import Role, User
from compassionate import acting, actions, agency_queries, documents, expiring, queries, sending
from compassionate.domain.follow_up import LinkAdverseEvent, UnlinkAdverseEvent
from compassionate.domain.vocabulary import RequestKind
from compassionate.models import (
    AccessRequestRow,
    AuthorisationRow,
    FollowUpRow,
    HolderFileRow,
    LinkedDeclarationRow,
    OralCallRow,
)
from compassionate.streams import authorisation_facts, request_facts
from events import compare, rebuild, registry, swap
from events.days import day_of
from events.errors import Refused
from events.paging import Page
from tests.api.conftest import project
from tests.compassionate import samples
from tests.compassionate.scene import AT, PART, PHARMACY, Scene, scene
from tests.projections.conftest import table

__all__ = ["scene"]
pytestmark = pytest.mark.django_db
HALF_YEAR = timedelta(days=150)
MINUTE = timedelta(minutes=1)
NAMES = (
    "access_requests",
    "authorisations",
    "authorisation_changes",
    "criteria_sheets",
    "holder_files",
    "follow_ups",
    "linked_declarations",
    "oral_calls",
    "refusal_grounds",
)


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


def test_an_inbox_goes_on_with_what_is_wanted_soonest_first(scene: Scene):
    scene.sheet()
    wanted = [day_of(AT) + timedelta(days=days) for days in (9, 3, 6)]
    parts = [replace(PART, file_number=str(day), wanted_on=day) for day in wanted]
    parts += [replace(PART, file_number="none", wanted_on=None), replace(PART, deferrable=True)]
    for part in parts:
        began = scene.drafted(part).id
        actions.send_to_pharmacy(scene.doctor, began, idempotency_key=scene.key(), now=AT)
    project()
    first = queries.inbox(scene.pharmacist, size=2)
    rest = queries.inbox(scene.pharmacist, cursor=first.next_cursor)
    assert [row.wanted_on for row in first.rows] == sorted(wanted)[:2]
    assert [row.wanted_on for row in rest.rows[:2]] == [max(wanted), None]
    assert [row.deferrable for row in rest.rows] == [False, False, True]
    assert rest.next_cursor is None


def test_ones_own_files_and_silences_go_on_where_a_page_ended(scene: Scene):
    scene.sheet()
    sent = [scene.submitted(replace(PART, file_number=str(one))).id for one in range(3)]
    for request_id in sent:
        scene.taken_up(request_id)
    project()
    later = day_of(AT) + timedelta(days=200)

    def own(cursor: str | None) -> Page[AccessRequestRow]:
        return agency_queries.mine(scene.evaluator, cursor=cursor, size=2)

    def silent(cursor: str | None) -> Page[AccessRequestRow]:
        return agency_queries.terms_passed(scene.legal, later, cursor=cursor, size=2)

    for read in (own, silent):
        first = read(None)
        rest = read(first.next_cursor)
        assert len(first.rows) == 2
        assert {row.request_id for row in (*first.rows, *rest.rows)} == set(sent)
        assert rest.next_cursor is None
        with pytest.raises(Refused, match="invalid_cursor"):
            read(queries.queue(scene.evaluator, size=1).next_cursor)


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


def test_the_agency_lists_and_reads_nothing_that_it_was_not_seized_of(scene: Scene):
    """§5.3 1: nor what was withdrawn in its hospital, nor a call that left a draft."""
    scene.sheet()
    draft = scene.drafted().id
    withdrawn = scene.drafted(replace(PART, file_number="2")).id
    sending.withdraw_request(scene.doctor, withdrawn, "Non.", idempotency_key="w", now=AT)
    by_phone = sending.record_oral_refusal(
        scene.on_call, institution="750712184", called_at=AT, reason="Différable.",
        prescription=PART, idempotency_key="r", now=AT,
    ).id  # fmt: skip
    sent = scene.submitted(replace(PART, file_number="3")).id
    taken_back = scene.submitted(replace(PART, file_number="4")).id
    sending.withdraw_request(scene.doctor, taken_back, "Non.", idempotency_key="b", now=AT)
    project()
    for person in (scene.evaluator, scene.signatory, scene.legal):
        listed = {row.request_id for row in queries.own_requests(person).rows}
        assert listed == {sent, taken_back}
        for unseen in (draft, withdrawn, by_phone):
            with pytest.raises(Http404):
                queries.request(person, unseen)


def test_an_intern_lists_what_she_began_and_not_what_she_prescribed_before(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    project()
    assert [row.number for row in queries.authorisations(scene.doctor).rows] == [number]
    User.objects.filter(pk=scene.doctor.pk).update(role=Role.INTERN)
    scene.doctor.refresh_from_db()
    # The request was begun in her name: she is its author too.
    assert [row.number for row in queries.authorisations(scene.doctor).rows] == [number]
    begun = actions.draft_request(
        scene.intern, RequestKind.INITIAL, replace(PART, file_number="2"),
        senior=str(scene.doctor.public_id), idempotency_key="i", now=AT,
    ).id  # fmt: skip
    project()
    assert begun not in {row.request_id for row in queries.own_requests(scene.doctor).rows}
    assert begun in {row.request_id for row in queries.own_requests(scene.intern).rows}


def test_the_pilot_reads_what_a_declaration_is_linked_to_and_nothing_else(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    request_id = authorisation_facts(number).request_id
    assert request_id is not None
    other = scene.submitted(replace(PART, file_number="2")).id
    for unseen in (request_id, other):
        with pytest.raises(Http404):
            queries.request(scene.pilot, unseen)
    linked = {"declaration_id": other, "declaration_number": "K7QX"}
    acting.act_on_follow_up(
        scene.pilot, number, LinkAdverseEvent, linked, idempotency_key="l", now=AT
    )
    assert queries.request(scene.pilot, request_id).prescription is not None
    with pytest.raises(Http404):
        queries.request(scene.pilot, other)
    unlinked = {"declaration_id": other, "reason": "Autre patient."}
    acting.act_on_follow_up(
        scene.pilot, number, UnlinkAdverseEvent, unlinked, idempotency_key="u", now=AT
    )
    with pytest.raises(Http404):
        queries.request(scene.pilot, request_id)


def test_a_lawyer_reads_the_case_whose_term_has_passed_and_of_others_where_they_stand(
    scene: Scene,
):
    scene.sheet()
    fresh = scene.submitted().id
    off = replace(
        PART, file_number="2", product=None, indication=None, criteria=(), criteria_version=None,
        undertakes_criteria=False, justification=samples.GROUNDS,
    )  # fmt: skip
    late = scene.submitted(off, at=AT - timedelta(days=80)).id
    with time_machine.travel(AT, tick=False):
        shown = queries.request(scene.legal, fresh)
        assert (shown.prescription, shown.findings, shown.events) == (None, (), ())
        assert queries.request(scene.legal, late).prescription is not None
        scene.taken_up(late)
        assert queries.request(scene.legal, late).events


def test_the_inbox_of_a_pharmacy_and_what_may_be_done_with_it(scene: Scene):
    scene.sheet()
    request_id = scene.drafted().id
    actions.send_to_pharmacy(scene.doctor, request_id, idempotency_key="p", now=AT)
    project()
    assert [row.request_id for row in queries.inbox(scene.pharmacist).rows] == [request_id]
    assert queries.inbox(scene.other_pharmacist).rows == []
    shown = queries.request(scene.pharmacist, request_id)
    assert queries.verbs(scene.pharmacist, shown) == {
        "ReturnToPrescriber",
        "SendToAgency",
        "DeclareDispensing",
        "AttachDocument",
    }
    assert queries.verbs(scene.doctor, shown) == {"WithdrawRequest", "AttachDocument"}


def test_an_intern_lists_and_reads_what_she_began_for_a_senior_until_its_authorisation(
    scene: Scene,
):
    scene.sheet()
    senior = str(scene.doctor.public_id)
    request_id = actions.draft_request(
        scene.intern, RequestKind.INITIAL, PART, senior=senior, idempotency_key="i", now=AT
    ).id
    actions.send_to_pharmacy(scene.intern, request_id, idempotency_key="p", now=AT)
    actions.send_to_agency(scene.pharmacist, request_id, PHARMACY, idempotency_key="a", now=AT)
    scene.taken_up(request_id)
    number = scene.granted(request_id).facts.number or ""
    other = scene.authorised(replace(PART, file_number="2"))
    project()
    assert [row.request_id for row in queries.own_requests(scene.intern).rows] == [request_id]
    assert [row.number for row in queries.authorisations(scene.intern).rows] == [number]
    soon = expiring.expiring(scene.intern, day_of(AT) + HALF_YEAR).rows
    assert [row.number for row in soon] == [number]
    assert {row.number for row in queries.authorisations(scene.doctor).rows} == {number, other}
    assert queries.authorisations(scene.other_intern).rows == []
    facts = authorisation_facts(number)
    for person, reads in ((scene.intern, True), (scene.doctor, True), (scene.other_intern, False)):
        holder = acting.authorisation_holder(facts)
        assert may.may_see_clinical(person, holder) is reads
        assert may.may_give_follow_up(person, holder) is (person is scene.doctor)
    letter = documents.request_letter(scene.intern, request_id, request_facts(request_id).version)
    assert letter[:5] == b"%PDF-"
    assert queries.renewal_of(scene.intern, number).dosage == PART.dosage
    with pytest.raises(Http404):
        documents.request_letter(scene.other_intern, request_id, 5)


def test_who_lists_no_authorisation_is_told_so(scene: Scene):
    for person in (scene.on_call, scene.operator, scene.editor):
        with pytest.raises(PermissionDenied):
            queries.authorisations(person)
        with pytest.raises(PermissionDenied):
            expiring.expiring(person, day_of(AT))


def test_each_call_is_listed_to_who_answered_it_and_to_nobody_else(scene: Scene):
    """Refusals about what exists too: the state of its request hides none."""
    scene.sheet()
    sent = scene.submitted(replace(PART, file_number="2")).id
    told: dict[str, Any] = {"institution": "750712184", "now": AT}
    refused = sending.record_oral_refusal(
        scene.on_call, called_at=AT - 3 * MINUTE, reason="Différable.", prescription=PART,
        idempotency_key="r", **told,
    )  # fmt: skip
    about = sending.record_oral_refusal(
        scene.on_call, called_at=AT - 2 * MINUTE, reason="Déjà reçue.", request_id=sent,
        idempotency_key="s", **told,
    )  # fmt: skip
    agreed = sending.record_oral_agreement(
        scene.on_call, called_at=AT - MINUTE, vital_reason="Défaillance.", prescription=PART,
        idempotency_key="a", **told,
    )  # fmt: skip
    scene.taken_up(sent)
    project()
    rows = agency_queries.calls_of(scene.on_call, AT)
    assert [(row.identifier, row.agreed, row.number, row.state) for row in rows] == [
        (agreed.id, True, agreed.number, "to_regularise"),
        (sent, False, about.number, "under_assessment"),
        (refused.id, False, refused.number, "draft"),
    ]
    for row in rows:
        assert queries.request(scene.on_call, row.identifier).prescription is not None
    assert agency_queries.calls_of(scene.second_on_call, AT) == []
    with pytest.raises(Http404):
        queries.request(scene.second_on_call, refused.id)
    assert agency_queries.calls_of(scene.on_call, AT + timedelta(days=8)) == []
    for person in (scene.evaluator, scene.doctor, scene.operator):
        with pytest.raises(PermissionDenied):
            agency_queries.calls_of(person, AT)


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
    number = scene.authorised()
    said = {"declaration_id": UUID(int=5), "declaration_number": "K7QX"}
    acting.act_on_follow_up(
        scene.doctor, number, LinkAdverseEvent, said, idempotency_key="l", now=AT
    )
    scene.submitted(replace(PART, file_number="2"))
    scene.drafted()
    sending.record_oral_refusal(
        scene.on_call, institution="750712184", called_at=AT, reason="Différable.",
        prescription=replace(PART, file_number=None), idempotency_key="r", now=AT,
    )  # fmt: skip
    project()
    assert AccessRequestRow.objects.count() == 4
    assert OralCallRow.objects.count() == 1
    assert AuthorisationRow.objects.get().ends_on == scene.terms().ends_on
    assert HolderFileRow.objects.get().granted_on == day_of(AT)
    assert FollowUpRow.objects.get().linked == 1
    assert LinkedDeclarationRow.objects.get().number == number
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
