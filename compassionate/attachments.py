"""The supporting documents of a request, opened for whoever may read what it says of its patient."""

from base64 import b64decode
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404

from accounts import compassionate as may, readings
from accounts.access import Someone
from accounts.domain.reading_words import Opened
from accounts.readings import Opening
from compassionate.domain.document_file import name_to_save
from compassionate.domain.request_documents import document_in
from compassionate.domain.vocabulary import MediaType
from compassionate.queries import readers_of
from compassionate.streams import content_facts, request_facts, request_stream
from events.number import number_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedDocument:
    """One document in clear, under a name that says what it is."""

    name: str
    media_type: MediaType
    content: bytes


def opened_document(user: Someone, request_id: UUID, document_id: UUID) -> OpenedDocument:
    """Return one document of a request.

    Raises Http404 where there is none, where its patient is erased, and where what the request says of her
    is not for this person; ReasonNeeded and ReadingNotRecorded for whoever audits.
    """
    facts = request_facts(request_id)
    known = document_in(facts.documents, document_id)
    if known is None or not may.may_see_clinical(user, readers_of(facts)):
        raise Http404
    content = content_facts(document_id).content
    if known.file_name is None or content is None:
        raise Http404
    _record(user, request_id, document_id)
    return OpenedDocument(
        name=name_to_save(known.file_name, known.media_type),
        media_type=known.media_type,
        content=b64decode(content),
    )


def _record(user: Someone, request_id: UUID, document_id: UUID) -> None:
    """Record a document that whoever audits opens, before she has it."""
    if may.must_log_reading(user):
        number = number_of(request_id)
        opening = Opening(opened=Opened.DOCUMENT, number=number, document=document_id)
        readings.record(user, request_stream(request_id), opening)
