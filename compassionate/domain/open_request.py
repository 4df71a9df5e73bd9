"""The decider that keeps one request open for a patient, a product and an indication (§5.3 7).

Uniqueness is a stream of its own in the log: named by a keyed pseudonym of establishment, local file,
product and indication, it holds which request is the open one. Refusal code: second_open_request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from compassionate.domain.acts import Act
from compassionate.domain.vocabulary import ENDED, RequestState
from events.decider import Decider
from events.described import given
from events.errors import Problem, Refused
from events.event import DomainEvent
from events.number import number_of

CATEGORY = "open_request"
FREE = ENDED | {RequestState.RETURNED}
"""Where a request keeps no other from being sent: returned, it claims again when it is sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Act):
    """Say that a request is now the open one; `former_open`: the one before has not ended."""

    request_id: UUID
    former_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestClaimed(DomainEvent):
    """A request became the open one for its patient, product and indication."""

    TYPE: ClassVar[str] = "compassionate.request_claimed"

    by: str = given("Account of who did it")
    request_id: UUID = given("The request")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFacts:
    """Which request is the open one, None before the first."""

    request_id: UUID | None = None


def decide(facts: ClaimFacts, command: Claim) -> Sequence[RequestClaimed]:
    """Return the event that a claim makes, none where it stands already, or raise Refused."""
    if facts.request_id == command.request_id:
        return []
    if facts.request_id is not None and command.former_open:
        raise Refused(
            Problem(
                "/prescription/file_number",
                "second_open_request",
                "Une demande est déjà ouverte pour ce patient, ce produit et cette indication. "
                f"Complétez-la, ou retirez-la : {number_of(facts.request_id)}.",
            )
        )
    return [
        RequestClaimed(
            by=command.by,
            occurred_at=command.at,
            received_at=command.at,
            request_id=command.request_id,
        )
    ]


def evolve(_facts: ClaimFacts, event: RequestClaimed) -> ClaimFacts:
    """Return the facts after one event."""
    return ClaimFacts(request_id=event.request_id)


OPEN_REQUEST: Decider[ClaimFacts, Claim, RequestClaimed] = Decider(
    category=CATEGORY, initial=ClaimFacts(), decide=decide, evolve=evolve
)
EVENTS: tuple[type[DomainEvent], ...] = (RequestClaimed,)
