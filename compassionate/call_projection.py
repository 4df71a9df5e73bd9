"""The calls that somebody on call answered, folded from the requests that they are about."""

from collections.abc import Sequence

from typing_extensions import override

from compassionate.domain import request_events
from compassionate.domain.request import REQUEST
from compassionate.domain.request_facts import RequestFacts
from compassionate.projections import Folded, Known
from events.event import identifier_of
from events.number import number_of
from events.projection import Row, Table

CALLS = Table(
    "oral_calls",
    ("agent", "called_at", "agreed", "number", "institution", "product_name", "state"),
)


class Calls(Folded):
    """One row for each agreement and each refusal by telephone, with the state of its request."""

    name = "oral_calls"
    tables = (CALLS,)
    decider = REQUEST
    happened = request_events.EVENTS

    @override
    def rows(self, stream: str, state: Known) -> Sequence[Sequence[Row]]:
        """Return the calls about one request, in the order in which they were recorded."""
        facts: RequestFacts = state.facts
        product = facts.prescription.product_name if facts.prescription else None
        own = number_of(identifier_of(stream))
        return (
            [
                (
                    f"{place:04}",
                    call.by,
                    call.at,
                    call.agreed,
                    call.number or own,
                    call.institution,
                    product,
                    facts.state.value,
                )
                for place, call in enumerate(facts.calls, 1)
            ],
        )


PROJECTIONS = (Calls(),)
