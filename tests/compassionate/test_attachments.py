"""The supporting documents of a request: kept through an outage, once; opened for its people; gone with them."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.http import Http404
from django.utils import timezone

from accounts.models import Role, User
from accounts.readings import ReasonNeeded
from compassionate import attachments, decisions, sending
from compassionate.domain.document_content import ContentFacts
from compassionate.domain.document_events import DocumentKept
from compassionate.domain.document_file import LARGEST_BYTES
from compassionate.domain.vocabulary import DocumentKind, Flag, RequestState as State
from compassionate.streams import (
    content_facts,
    content_stream,
    document_id_of,
    request_facts,
    request_stream,
)
from continuity import receipt_check
from events import compare, erasure, rebuild, registry, store, swap
from events.acknowledged import Acknowledged
from events.drain import Drainer
from events.errors import CommandReused, Refused, SubjectErased
from events.event import Actor
from events.handle import history
from events.verify import verify_log
from tests.api.conftest import project
from tests.compassionate import files
from tests.compassionate.scene import AT, PART, Scene, keys, scene
from tests.intake.conftest import *  # noqa: F403  a log that goes away
from tests.intake.conftest import drained
from tests.projections.conftest import table

__all__ = ["scene"]
pytestmark = pytest.mark.django_db

NAME = "IRM de Mme Dubois.pdf"
NOBODYS = UUID(int=4)


def attached(
    scene: Scene, request_id: UUID, content: bytes = files.SMALL, *, by: User | None = None, **said
) -> Acknowledged:
    return sending.attach_document(
        by or scene.doctor,
        request_id,
        said.pop("kind", DocumentKind.TEST_RESULT),
        said.pop("name", NAME),
        content,
        idempotency_key=said.pop("key", None) or scene.key(),
        now=said.pop("at", AT),
        **said,
    )


def sent(scene: Scene) -> UUID:
    scene.sheet()
    return scene.submitted().id


def erase(scene: Scene, request_id: UUID) -> None:
    scene.withdrawn(request_id)
    assert scene.erased(request_stream(request_id))


def test_a_document_is_listed_with_the_request_and_opens_to_the_same_bytes(scene: Scene):
    request_id = sent(scene)
    told = attached(scene, request_id)
    assert (told.status, told.id) == ("recorded", request_id)
    (one,) = request_facts(request_id).documents
    assert (one.file_name, one.kind, one.by) == (
        NAME,
        DocumentKind.TEST_RESULT,
        str(scene.doctor.public_id),
    )
    assert one.sha256 == sha256(files.SMALL).hexdigest()
    for person in (scene.doctor, scene.pharmacist, scene.evaluator, scene.signatory):
        opened = attachments.opened_document(person, request_id, one.id)
        assert (opened.name, opened.content) == (NAME, files.SMALL)


def test_neither_name_digest_nor_content_lies_in_the_log_in_clear(scene: Scene):
    request_id = sent(scene)
    attached(scene, request_id)
    document_id = document_id_of(request_id, files.SMALL)
    streams = (request_stream(request_id), content_stream(document_id))
    kept = "".join(one.payload for stream in streams for one in store.read_stream(stream))
    for secret in (NAME, sha256(files.SMALL).hexdigest(), "JVBERi0"):
        assert secret not in kept


def test_the_largest_file_goes_through_an_outage_once_and_under_a_signed_receipt(
    scene: Scene, outage
):
    request_id = sent(scene)
    with outage.away():
        first = attached(scene, request_id, files.LARGEST, key="one")
        again = attached(scene, request_id, files.LARGEST, key="one")
        by_another = attached(
            scene, request_id, files.LARGEST, by=scene.pharmacist, at=AT + timedelta(hours=1)
        )
    assert (first.status, first.version) == ("spooled", None)
    assert (again.receipt, again.again) == (first.receipt, True)
    said = receipt_check.check(first.receipt, keys())
    assert (said["receipt"], said["number"]) == (first.receipt_id, first.number)
    drained(drained=2)
    drained()
    (one,) = request_facts(request_id).documents
    assert (one.size_bytes, one.received_at) == (LARGEST_BYTES, AT)
    opened = attachments.opened_document(scene.evaluator, request_id, one.id)
    assert sha256(opened.content).hexdigest() == sha256(files.LARGEST).hexdigest() == one.sha256
    (kept,) = history(content_stream(one.id))
    assert isinstance(kept.event, DocumentKept)
    once_more = attached(scene, request_id, files.LARGEST, key="one")
    assert (once_more.status, once_more.receipt) == ("recorded", first.receipt)
    assert by_another.receipt != first.receipt
    # The stream that every page folds has stayed small.
    assert (
        sum(len(event.payload) for event in store.read_stream(request_stream(request_id))) < 9000
    )
    assert verify_log().ok


def test_a_document_waits_behind_the_request_that_it_is_about(scene: Scene, outage):
    scene.sheet()
    with outage.away():
        whole = scene.submitted()
        assert attached(scene, whole.id, by=scene.pharmacist).status == "spooled"
    drained(drained=2)
    facts = request_facts(whole.id)
    assert (facts.state, len(facts.documents)) == (State.RECEIVED, 1)


def test_nothing_is_decided_while_a_document_waits_in_a_spool(scene: Scene, outage):
    request_id = sent(scene)
    scene.taken_up(request_id)
    with outage.away():
        attached(scene, request_id, at=timezone.now())
    # What a drain does first: it says what waits, and offers nothing within the grace of a request.
    held = Drainer(grace=timedelta(0))
    held.once(seconds=0)
    with pytest.raises(Refused, match="held_by_spool"):
        scene.granted(request_id)
    drained(drained=1)
    assert scene.granted(request_id).facts.state is State.GRANTED


def test_another_file_under_the_same_key_is_refused_and_the_same_under_another_is_one(
    scene: Scene,
):
    request_id = sent(scene)
    first = attached(scene, request_id, key="one")
    with pytest.raises(CommandReused):
        attached(scene, request_id, files.png(), key="one")
    other = attached(scene, request_id, key="two")
    assert (other.status, other.receipt != first.receipt) == ("recorded", True)
    assert len(request_facts(request_id).documents) == 1


def test_what_nobody_could_read_is_refused_in_the_outage_too_and_leaves_nothing(
    scene: Scene, outage
):
    request_id = sent(scene)
    with outage.away(), pytest.raises(Refused, match="file_truncated"):
        attached(scene, request_id, files.SMALL[:-9])
    drained()
    assert request_facts(request_id).documents == ()


def test_the_eleventh_is_refused_at_once_and_set_aside_after_an_outage(scene: Scene, outage):
    request_id = sent(scene)
    for number in range(10):
        attached(scene, request_id, files.pdf(b"<</N %d>>" % number))
    with pytest.raises(Refused, match="too_many_documents"):
        attached(scene, request_id)
    with outage.away():
        attached(scene, request_id)
    drained(set_aside=1)
    assert len(request_facts(request_id).documents) == 10


def test_a_document_that_comes_after_the_end_is_kept_and_flagged(scene: Scene):
    request_id = sent(scene)
    sending.withdraw_request(scene.doctor, request_id, "Décédé.", idempotency_key="w", now=AT)
    attached(scene, request_id)
    facts = request_facts(request_id)
    assert (facts.state, len(facts.documents)) == (State.WITHDRAWN, 1)
    assert Flag.ALREADY_ENDED in facts.flags


def test_only_the_hospital_that_asks_adds_documents(scene: Scene, outage):
    request_id = sent(scene)
    attached(scene, request_id, files.jpeg(), by=scene.pharmacist, name="photo.jpg")
    strangers = set(scene.people.values()) - {scene.doctor, scene.pharmacist}
    for person in strangers:
        seen = person in {scene.evaluator, scene.second_evaluator, scene.signatory, scene.legal}
        with pytest.raises(PermissionDenied if seen else Http404):
            attached(scene, request_id, by=person)
    with outage.away():
        for person in (scene.other_doctor, scene.other_pharmacist):
            attached(scene, request_id, by=person, at=timezone.now() - timedelta(minutes=1))
    drained(set_aside=2)
    assert [one.file_name for one in request_facts(request_id).documents] == ["photo.jpg"]


def test_only_who_reads_what_the_request_says_of_its_patient_opens_a_document(scene: Scene):
    request_id = sent(scene)
    attached(scene, request_id)
    document_id = document_id_of(request_id, files.SMALL)
    readers = {
        scene.doctor,
        scene.pharmacist,
        scene.evaluator,
        scene.second_evaluator,
        scene.signatory,
    }
    for person in set(scene.people.values()) - readers:
        with pytest.raises(Http404):
            attachments.opened_document(person, request_id, document_id)
    auditor = User.objects.create(username="auditor", role=Role.AUDITOR)
    with pytest.raises(ReasonNeeded):
        attachments.opened_document(auditor, request_id, document_id)


def test_no_document_is_opened_through_another_request(scene: Scene):
    request_id = sent(scene)
    attached(scene, request_id)
    own = scene.submitted(replace(PART, file_number="B"), by=scene.pharmacist).id
    document_id = document_id_of(request_id, files.SMALL)
    assert document_id_of(own, files.SMALL) != document_id
    for where in (own, NOBODYS):
        with pytest.raises(Http404):
            attachments.opened_document(scene.pharmacist, where, document_id)
    with pytest.raises(Http404):
        attachments.opened_document(scene.pharmacist, request_id, NOBODYS)


def test_an_erased_patient_takes_her_documents_with_her(scene: Scene, outage):
    request_id = sent(scene)
    attached(scene, request_id)
    document_id = document_id_of(request_id, files.SMALL)
    erase(scene, request_id)
    (one,) = request_facts(request_id).documents
    assert (one.file_name, one.sha256) == (None, None)
    kept = content_facts(document_id)
    assert (kept.kept, kept.content) == (True, None)
    with pytest.raises(Http404):
        attachments.opened_document(scene.doctor, request_id, document_id)
    with pytest.raises(SubjectErased):
        attached(scene, request_id, files.png())
    with outage.away():
        attached(scene, request_id, files.png())
    drained(set_aside=1)
    assert store.read_stream(content_stream(document_id_of(request_id, files.png()))) == []
    assert verify_log().ok


def test_keys_that_a_backup_brought_back_are_destroyed_again_and_the_document_with_them(
    scene: Scene, outage
):
    request_id = sent(scene)
    attached(scene, request_id)
    document_id = document_id_of(request_id, files.SMALL)
    superuser = outage.cluster.dsn("superuser")
    with psycopg.connect(superuser) as admin:
        backup = admin.execute("SELECT wrapped, subject FROM events_subject_key").fetchall()
    erase(scene, request_id)
    with psycopg.connect(superuser) as admin, admin.cursor() as cursor:
        cursor.executemany(
            "UPDATE events_subject_key SET wrapped = %s, destroyed_at = NULL WHERE subject = %s",
            backup,
        )
    assert content_facts(document_id).content is not None
    erasure.erase_again(Actor(id="operator", role="operator"))
    assert content_facts(document_id).content is None
    with pytest.raises(Http404):
        attachments.opened_document(scene.doctor, request_id, document_id)


def test_the_operator_names_the_request_and_its_documents_are_erased_too(scene: Scene):
    request_id = sent(scene)
    attached(scene, request_id)
    attached(scene, request_id, files.png())
    other = scene.submitted(replace(PART, file_number="B")).id
    attached(scene, other)
    scene.withdrawn(request_id)
    call_command("erase", request_stream(request_id), basis="RGPD art. 17")
    for content in (files.SMALL, files.png()):
        assert content_facts(document_id_of(request_id, content)) == ContentFacts(kept=True)
    assert content_facts(document_id_of(other, files.SMALL)).content is not None


def test_rebuilt_is_live_with_documents_and_nothing_of_them_in_a_list(scene: Scene):
    request_id = sent(scene)
    attached(scene, request_id, files.LARGEST)
    attached(scene, request_id, files.png(), name="photo.png")
    project()
    before = table("access_requests")
    assert NAME not in str(before)
    for projection in registry.projections():
        assert compare.compare(projection).differences == 0
        with rebuild.coordinate(projection):
            run = rebuild.begin(projection, 2, resume=False)
            rebuild.work(projection)
            swap.finish(projection, run)
    assert table("access_requests") == before


def test_an_answer_that_is_a_document_leaves_the_question_for_words(scene: Scene):
    request_id = sent(scene)
    scene.taken_up(request_id)
    limit = AT.date() + timedelta(days=5)
    decisions.ask_information(
        scene.evaluator, request_id, ["IRM"], limit, idempotency_key="q", now=AT
    )
    attached(scene, request_id)
    assert request_facts(request_id).state is State.INFORMATION_ASKED
