"""The supporting documents of a request: what its stream tells of them, state by state."""

from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import pytest

from compassionate.domain.document_content import CONTENT, KeepContent
from compassionate.domain.document_events import DocumentReceived
from compassionate.domain.request import REQUEST
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import (
    Channel,
    DocumentKind,
    Flag,
    MediaType,
    RequestState as State,
)
from events.errors import Refused
from tests.compassionate import files
from tests.compassionate.samples import AT, DOCTOR, DOCUMENT, INTO, attach, join
from tests.compassionate.test_request_table import after


def told(facts: RequestFacts, command) -> DocumentReceived:
    (event,) = REQUEST.decide(facts, command)
    assert isinstance(event, DocumentReceived)
    return event


def test_a_document_is_told_without_its_content():
    photo = files.jpeg()
    command = attach(photo, document_kind=DocumentKind.OTHER, channel=Channel.API)
    assert told(after(INTO[State.RECEIVED]), command) == DocumentReceived(
        by=DOCTOR,
        occurred_at=AT,
        received_at=AT,
        document_id=DOCUMENT,
        document_kind=DocumentKind.OTHER,
        media_type=MediaType.JPEG,
        size_bytes=len(photo),
        channel=Channel.API,
        file_name="IRM.pdf",
        sha256=sha256(photo).hexdigest(),
    )


@pytest.mark.parametrize(
    ("state", "flags"),
    [
        (State.DRAFT, ()),
        (State.INFORMATION_ASKED, ()),
        (State.TO_SIGN, (Flag.AFTER_PROPOSAL,)),
        *((state, (Flag.ALREADY_ENDED,)) for state in (
            State.GRANTED, State.REFUSED, State.WITHDRAWN, State.IMPLICIT,
        )),
    ],
)  # fmt: skip
def test_a_document_changes_no_state_and_is_flagged_where_it_comes_late(state, flags):
    before = after(INTO[state])
    event = told(before, attach())
    assert event.flags == flags
    later = REQUEST.fold([event], before)
    assert later.state is state
    assert set(flags) <= later.flags
    assert [one.id for one in later.documents] == [DOCUMENT]


def test_the_same_file_twice_is_one_document_and_both_are_told():
    once = after((*INTO[State.RECEIVED], attach()))
    again = told(once, attach(file_name="copie.pdf", by="another"))
    assert again.again
    assert REQUEST.fold([again], once).documents == once.documents


def test_the_eleventh_is_refused_and_one_of_the_ten_may_come_again():
    ten = [attach(document_id=UUID(int=100 + number)) for number in range(10)]
    full = after((*INTO[State.RECEIVED], *ten))
    with pytest.raises(Refused, match="too_many_documents"):
        REQUEST.decide(full, attach())
    assert told(full, ten[3]).again


def test_everything_that_is_wrong_with_a_file_and_its_name_is_told_at_once():
    with pytest.raises(Refused) as refusal:
        REQUEST.decide(after(INTO[State.DRAFT]), attach(b"", file_name=""))
    assert [(one.pointer, one.code) for one in refusal.value.problems] == [
        ("/name", "file_name_needed"),
        ("/content", "file_needed"),
    ]


def test_of_two_receipts_of_a_document_the_earlier_counts():
    once = after((*INTO[State.RECEIVED], attach()))
    earlier = AT - timedelta(hours=3)
    both = after(
        (
            *INTO[State.RECEIVED],
            attach(),
            join(of_version=once.version, at=earlier),
        )
    )
    assert [one.received_at for one in both.documents] == [earlier]
    assert both.received_at == AT


def test_a_content_is_kept_once():
    command = KeepContent(by=DOCTOR, at=AT, request_id=DOCUMENT, content="YQ==")
    kept = CONTENT.fold(CONTENT.decide(CONTENT.initial, command))
    assert kept.content == "YQ=="
    with pytest.raises(Refused, match="already_kept"):
        CONTENT.decide(kept, command)
