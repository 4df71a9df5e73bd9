"""The supporting documents (pièces jointes) of a request, as its stream tells of them: no content."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from compassionate.domain.document_events import DocumentReceived
from compassionate.domain.request_events import RequestReceiptJoined
from compassionate.domain.vocabulary import DocumentKind, MediaType


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """One supporting document; `received_at` is its earliest receipt, `version` its event's.

    Name and digest are None once the patient is erased, and its content can't be opened any more.
    """

    id: UUID
    kind: DocumentKind
    media_type: MediaType
    size_bytes: int
    file_name: str | None
    sha256: str | None
    by: str
    received_at: datetime
    version: int


Documents: TypeAlias = tuple[Attached, ...]


def document_in(documents: Documents, document_id: UUID) -> Attached | None:
    """Return one document, None where there is none of that identifier."""
    return next((one for one in documents if one.id == document_id), None)


def with_document(documents: Documents, event: DocumentReceived, version: int) -> Documents:
    """Return the documents after one came in; the same file once more is one document."""
    if document_in(documents, event.document_id) is not None:
        return tuple(
            _received(one, event.received_at) if one.id == event.document_id else one
            for one in documents
        )
    attached = Attached(
        id=event.document_id,
        kind=event.document_kind,
        media_type=event.media_type,
        size_bytes=event.size_bytes,
        file_name=event.file_name,
        sha256=event.sha256,
        by=event.by,
        received_at=event.received_at,
        version=version,
    )
    return (*documents, attached)


def with_receipt(documents: Documents, event: RequestReceiptJoined) -> Documents:
    """Return the documents after a further receipt turned up: of the one it is for, the earliest counts."""
    return tuple(
        _received(one, event.received_at) if one.version == event.of_version else one
        for one in documents
    )


def _received(one: Attached, at: datetime) -> Attached:
    return replace(one, received_at=min(one.received_at, at))
