"""Which streams tell of the same people: who is erased in a request is erased in what was made of it."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from compassionate import documents
from compassionate.domain.authorisation import AUTHORISATION
from compassionate.domain.erasing import still_needed
from compassionate.domain.letter_signing import LETTER_SIGNING
from compassionate.domain.request import REQUEST
from compassionate.streams import (
    authorisation_facts,
    authorisation_facts_of,
    authorisation_stream,
    content_stream,
    follow_up_stream,
    request_facts,
    request_stream,
    signing_id,
)
from events.days import day_of
from events.errors import Problem
from events.event import identifier_of, stream_name
from events.handle import history


def related(stream: str) -> Iterator[str]:
    """Yield the streams of a request's or an authorisation's people: both, follow-up, signed letters, documents."""
    request_id = _request_of(stream)
    if request_id is None:
        return
    yield from _of_letters(request_stream(request_id))
    yield request_stream(request_id)
    facts = request_facts(request_id)
    yield from (content_stream(one.id) for one in facts.documents)
    number = facts.number
    if number is not None:
        yield authorisation_stream(number)
        yield from _of_letters(authorisation_stream(number))
        yield follow_up_stream(number)


def needed(stream: str, now: datetime) -> Iterator[Problem]:
    """Yield why nobody is erased yet in a request, or in what was made of it."""
    request_id = _request_of(stream)
    if request_id is None:
        return
    facts = request_facts(request_id)
    issued = None if facts.number is None else authorisation_facts(facts.number)
    yield from still_needed(facts, issued, day_of(now))


def _request_of(stream: str) -> UUID | None:
    """Return the request that a stream is of, or that led to the authorisation that it is of."""
    category = stream.partition("-")[0]
    if category == AUTHORISATION.category:
        return authorisation_facts_of(stream).request_id
    return identifier_of(stream) if category == REQUEST.category else None


def _of_letters(stream: str) -> Iterator[str]:
    for one in documents.posted(history(stream)):
        yield stream_name(LETTER_SIGNING.category, signing_id(stream, one.version))
