"""What happened when somebody who audits read a file; catalogued in docs/events.md.

No event holds anything of a patient but what its reader typed as a reference, which is sealed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, TypeAlias
from uuid import UUID

from accounts.domain.reading_words import Ground, Opened, Place
from events.described import given, said
from events.event import DomainEvent, Personal

CATEGORY = "reading"
LONGEST_REFERENCE = 300
REFERENCE = "Reference of the audit, the complaint or the demand, as its reader typed it"

Reference: TypeAlias = Annotated[str | None, Personal("patient")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingReasonGiven(DomainEvent):
    """Whoever audits said why a file is to be read, before anything of it was shown (motif)."""

    TYPE: ClassVar[str] = "accounts.reading_reason_given"

    by: str = given("Account of the reader")
    file: str = given("The stream of the file")
    ground: Ground = given("Why")
    reference: Reference = given(REFERENCE, LONGEST_REFERENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRead(DomainEvent):
    """What a file says of its patient was about to be shown to whoever audits (lecture)."""

    TYPE: ClassVar[str] = "accounts.file_read"

    by: str = given("Account of the reader")
    file: str = given("The stream of the file")
    opened: Opened = given("What of it was opened")
    number: str = given("The number of what was opened")
    letter: int | None = said("Version of the event whose letter it is")
    as_of: datetime | None = said("The instant as known at which it was read, unless now")
    place: Place = given("Where it was opened")
    ground: Ground = given("Why, as given before")
    reference: Reference = given(REFERENCE, LONGEST_REFERENCE)
    document: UUID | None = said("The supporting document that it is")


ReadingEvent: TypeAlias = ReadingReasonGiven | FileRead

EVENTS: tuple[type[DomainEvent], ...] = (ReadingReasonGiven, FileRead)
