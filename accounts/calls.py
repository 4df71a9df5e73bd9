"""What every call of the HTTP interface shares: its body, its key, the version it has seen."""

import re
from collections.abc import Callable, Sequence, Set
from datetime import UTC, datetime
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from django.http import Http404
from rest_framework import status
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.authentication import HasScope
from events import intake
from events.acknowledged import Acknowledged
from events.errors import Problem, Refused
from events.number import NotANumber, parse
from events.paging import Page
from events.shape import read

T = TypeVar("T")

KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?")
VERSION = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')


class Serializer(Generic[T]):
    """Reads a JSON body into a domain object; `problems` holds everything that is wrong."""

    shape: ClassVar[type[Any]]

    def __init__(
        self, data: object, *, received_at: datetime, found: Sequence[Problem] = ()
    ) -> None:
        """Take a JSON body, and the problems that its parser found and cut out of it."""
        self._data = data
        self._found = found
        self.received_at = received_at
        self.problems: Sequence[Problem] = ()
        self.validated: T | None = None

    def is_valid(self) -> bool:
        """Read and check; return whether nothing is wrong."""
        value, misshapen = read(self.shape, self._data)
        self.validated = value
        found = [*self._found, *misshapen]
        # What is too many was read as far as it may go: what is wrong there stands.
        unread = {problem.pointer for problem in self._found}
        unread |= {problem.pointer for problem in misshapen if problem.code != "too_many"}
        checked = self.check(value)
        self.problems = (*found, *(one for one in checked if _certain(one.pointer, unread)))
        return not self.problems

    def get(self) -> T:
        """Return what was read. Raises Refused with every problem."""
        if not self.is_valid():
            raise Refused(*self.problems)
        assert self.validated is not None  # noqa: S101  is_valid has just read it
        return self.validated

    def check(self, value: T) -> Sequence[Problem]:
        """Return what is wrong with the values."""
        raise NotImplementedError


def acknowledged(done: Acknowledged) -> dict[str, Any]:
    """Return the answer to a command; the same bytes each time the command is repeated."""
    return {
        "id": str(done.id),
        "number": done.number,
        "version": done.version,
        "received_at": moment(done.received_at),
        "status": done.status,
        "level": done.level,
        "receipt": done.receipt,
        "receipt_id": done.receipt_id,
    }


def page(found: Page[Any], present: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """Return one page of a list."""
    return {"results": [present(row) for row in found.rows], "next_cursor": found.next_cursor}


def identifier_in(text: str) -> UUID:
    """Return the identifier in an address: a UUID, or the number shown to people. Raises Http404."""
    try:
        return UUID(text)
    except ValueError:
        pass
    try:
        return parse(text)
    except NotANumber:
        raise Http404 from None


def moment(instant: datetime | None) -> str | None:
    """Return an instant in ISO 8601, UTC."""
    return None if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def created(done: Acknowledged, address: str) -> Response:
    """Answer 201 for what is recorded, 202 for what is received and waits for the log."""
    taken = status.HTTP_201_CREATED if done.version else status.HTTP_202_ACCEPTED
    answer = Response(acknowledged(done), status=taken)
    answer["Location"] = f"{address}/{done.id}"
    return answer


class ByHeaderOnly(DefaultContentNegotiation):
    """Chooses by `Accept`: `?format=` is a parameter that does not exist, and no 404."""

    @override
    def filter_renderers(self, renderers: Any, format: str) -> Any:
        return renderers


class Call(APIView):
    """What every call of this interface shares."""

    content_negotiation_class = ByHeaderOnly
    permission_classes = (IsAuthenticated, HasScope)

    @override
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a method that does not exist before asking who may use it."""
        if request.method not in self.allowed_methods:
            self.http_method_not_allowed(request)
        super().initial(request, *args, **kwargs)

    def given(self, request: Request, serializer: type[Serializer[T]]) -> T:
        """Return the body as the domain reads it. Raises Refused with every error."""
        found: Any = ()
        try:
            data: Any = request.data
        except Refused as refused:
            data, found = refused.details["readable"], refused.problems
        return serializer(data, received_at=intake.arrived_at(), found=found).get()


def idempotency_key(request: Request) -> str:
    """Return the caller's key for this command. Raises ParseError: missing, or not 1–200 ASCII."""
    key: str | None = request.headers.get("Idempotency-Key")
    if key is None:
        sentence = "L'en-tête Idempotency-Key est nécessaire."
        raise ParseError(sentence, code="idempotency_key_missing")
    if not KEY.fullmatch(key):
        sentence = "L'en-tête Idempotency-Key a de 1 à 200 caractères ASCII."
        raise ParseError(sentence, code="idempotency_key_invalid")
    return key


def expected_version(request: Request) -> int | None:
    """Return the version that `If-Match` names, None without it."""
    header = request.headers.get("If-Match")
    if header is None:
        return None
    match = VERSION.fullmatch(header)
    if match is None:
        raise ParseError("If-Match porte la version du dossier.", code="if_match_invalid")
    return int(match[1])


def _certain(pointer: str, unread: Set[str]) -> bool:
    """Say whether a problem would stand if everything had been read.

    It would not if the value it points at, or one that holds it, is among the `unread`.
    """
    if not pointer:
        return not unread
    ends = (place for place, char in enumerate(pointer) if char == "/")
    return pointer not in unread and not any(pointer[:end] in unread for end in ends)
