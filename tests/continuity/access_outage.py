"""Requests for compassionate access of the made-up outage, written straight into the log."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from compassionate.domain.authorisation_events import AuthorisationIssued
from compassionate.domain.authorisation_number import numbered
from compassionate.domain.decision import Terms
from compassionate.domain.prescription import Dispensing
from compassionate.domain.request import REQUEST
from compassionate.domain.vocabulary import Proposal, RequestKind
from compassionate.streams import authorisation_stream, request_stream
from continuity import recording, retex
from continuity.domain.incident_events import Form
from continuity.domain.set_aside_events import CATEGORY
from events import store
from events.codec import catalogue
from events.days import day_of
from events.event import DomainEvent, stream_name
from events.number import identifier_from, number_of
from events.vault import Sealer
from tests.compassionate import samples
from tests.continuity.incidents import NUMBER, OUTAGE, at, journal
from tests.continuity.test_set_aside import EVENT
from tests.projections.conftest import append

NUMBERS = tuple(numbered(identifier_from(one)) for one in range(1, 10))
"""Of authorisations."""
DEFERRABLE = replace(samples.PART, deferrable=True, urgency=None)


def put(stream: str, events: Sequence[DomainEvent]) -> None:
    """Append events to a stream, one command each."""
    for event in events:
        sealer = Sealer(stream, store.stream_keys(stream))
        append(stream, event.TYPE, catalogue.encode(event, sealer.seal), event, sealer)


def request(*commands: Any) -> str:
    """Write what came of a request; return its number."""
    said: list[Any] = []
    for command in commands:
        said.extend(REQUEST.decide(REQUEST.fold(said), command))
    identifier = identifier_from(uuid4().int >> 68)
    put(request_stream(identifier), said)
    return number_of(identifier)


def decided(
    when: datetime, *, grants: bool = True, given: datetime | None = None
) -> tuple[Any, ...]:
    """Return the acts by which the agency decides at an instant; what was `given` is regularised."""
    begins_on = day_of(given or when)
    terms = Terms(begins_on=begins_on, ends_on=begins_on + timedelta(days=90))
    grant = samples.regularise if given else samples.grant
    if not grants:
        proposed = samples.propose(Proposal.REFUSE, at=when)
        return (
            samples.take_up(at=when),
            samples.check(at=when),
            proposed,
            samples.refuse(at=when),
        )
    return (
        samples.take_up(at=when),
        samples.check(at=when),
        samples.propose(at=when, terms=terms),
        grant(at=when, terms=terms),
    )


def dose(when: datetime, **said: Any) -> Any:
    """Return a dose that was given at an instant and told at once."""
    given = Dispensing(at=when, quantity="60 comprimés", batch="B12")
    return samples.dispense(at=when, dispensing=given, **said)


def renewed(number: str, ends: datetime, received: datetime, *commands: Any) -> str:
    """Write an authorisation that ends on a day, and a renewal of it; return the renewal's number."""
    authorised(number, ends)
    renewal = samples.submit(samples.RENEWAL, at=received, kind=RequestKind.RENEWAL, renews=number)
    return request(renewal, *commands)


def authorised(number: str, ends: datetime) -> None:
    """Write an authorisation of ninety days that ends on the day of an instant."""
    ends_on = day_of(ends)
    issued = AuthorisationIssued(
        occurred_at=at(days=-90), received_at=at(days=-90), number=number,
        request_id=UUID(int=7), kind=RequestKind.INITIAL, signature=samples.SIGNATURE,
        terms=Terms(begins_on=ends_on - timedelta(days=89), ends_on=ends_on),
    )  # fmt: skip
    put(authorisation_stream(number), [issued])


def put_aside(kind: str, received: datetime) -> None:
    """Set a submission of a kind aside that was received at an instant."""
    set_aside = replace(EVENT, kind=kind, occurred_at=received, received_at=received)
    put(stream_name(CATEGORY, uuid4()), [set_aside])


def made(form: Form = Form.INTERNAL) -> dict[str, Any]:
    """Return the report of the outage."""
    journal(OUTAGE)
    recording.record_journal()
    retex.catch_up()
    return retex.report(NUMBER, form)
