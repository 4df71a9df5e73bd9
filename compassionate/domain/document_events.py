"""What happened to a supporting document: told in the stream of its request, kept in one of its own."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from compassionate.domain.prescription import PatientText
from compassionate.domain.vocabulary import Channel, DocumentKind, Flag, MediaType
from events.described import given, said
from events.event import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReceived(DomainEvent):
    """A supporting document came in (pièce jointe reçue); its content lies in a stream of its own."""

    TYPE: ClassVar[str] = "compassionate.document_received"

    by: str = given("Account of who sent it")
    document_id: UUID = given("The document, and the stream of its content")
    document_kind: DocumentKind = given("What it is")
    media_type: MediaType = given("What it is as a file, by its bytes")
    size_bytes: int = given("Its size, bytes")
    channel: Channel = given("The way it came in")
    file_name: PatientText = said("Name of the file", "Nom du fichier", 150)
    sha256: PatientText = said("SHA-256 of the content, hexadecimal")
    again: bool = said("The request had this file already", default=False)
    flags: tuple[Flag, ...] = said("What is odd about it, for whoever assesses", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKept(DomainEvent):
    """The content of a supporting document was kept (pièce jointe conservée)."""

    TYPE: ClassVar[str] = "compassionate.document_kept"

    by: str = given("Account of who sent it")
    request_id: UUID = given("The request that it supports, whose stream tells of it")
    content: PatientText = given("The file, base64")
