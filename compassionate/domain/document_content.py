"""The decider that keeps the content of one supporting document: written once.

Its stream holds text of the patient of a request: whoever erases her there erases this too (`related`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from compassionate.domain.acts import Act, told
from compassionate.domain.document_events import DocumentKept
from events.decider import Decider
from events.errors import Problem, Refused
from events.event import DomainEvent

CATEGORY = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepContent(Act):
    """Keep the content of a document, base64."""

    request_id: UUID
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentFacts:
    """What is kept; no `content` before it is, and none once its patient is erased."""

    kept: bool = False
    content: str | None = None


def decide(facts: ContentFacts, command: KeepContent) -> Sequence[DocumentKept]:
    """Return the event that keeps a content, or raise Refused where there is one."""
    if facts.kept:
        raise Refused(Problem("", "already_kept", "Cette pièce est déjà conservée."))
    return [DocumentKept(**told(command, "request_id", "content"))]


def evolve(_facts: ContentFacts, event: DocumentKept) -> ContentFacts:
    """Return the facts after one event."""
    return ContentFacts(kept=True, content=event.content)


CONTENT: Decider[ContentFacts, KeepContent, DocumentKept] = Decider(
    category=CATEGORY, initial=ContentFacts(), decide=decide, evolve=evolve
)
EVENTS: tuple[type[DomainEvent], ...] = (DocumentKept,)
