"""What stands in an address: the number of a declaration, the cursor of a list, an instant."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404

from events.errors import Refused
from events.number import NotANumber, parse


def identifier(number: str) -> UUID:
    """Return the identifier that a number in an address names. Raises Http404."""
    try:
        return parse(number)
    except NotANumber as error:
        raise Http404 from error


@contextmanager
def readable_cursor() -> Iterator[None]:
    """Answer 400 where the address carries a cursor that this site did not make."""
    try:
        yield
    except Refused as refusal:
        raise BadRequest from refusal
