"""The HTTP interface to declarations: parse, ask `actions` or `queries`, answer."""

import re
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from rest_framework import status
from rest_framework.exceptions import ParseError, Throttled
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts import access, door
from accounts.authentication import HasScope
from accounts.models import TokenScope
from events.errors import Refused
from events.number import NotANumber, parse
from pharmacovigilance import actions, queries
from pharmacovigilance.api import presenters, schema
from pharmacovigilance.api.parameters import Parameters
from pharmacovigilance.api.serializers import (
    InformationSerializer,
    MessageSerializer,
    ReportSerializer,
    Serializer,
    WithdrawalSerializer,
)
from pharmacovigilance.domain.places import CENTRES, DEPARTMENTS
from pharmacovigilance.domain.report import Report
from pharmacovigilance.domain.seriousness import tells_of_death
from pharmacovigilance.domain.vocabulary import Channel

T = TypeVar("T")

KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?")
VERSION = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')
REVIEW = "Vigilance-Review"
"""Why a person will look at what was sent: `revoked`, `revocations_aged`."""
WRITE, READ = TokenScope.DECLARATIONS_WRITE, TokenScope.DECLARATIONS_READ


class ByHeaderOnly(DefaultContentNegotiation):
    """Chooses by `Accept`: `?format=` is a parameter that does not exist, and no 404."""

    @override
    def filter_renderers(self, renderers: Any, format: str) -> Any:
        return renderers


class DeclarationsAPI(APIView):
    """What every call of this interface shares."""

    content_negotiation_class = ByHeaderOnly
    permission_classes = (IsAuthenticated, HasScope)
    required_scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}

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
        return serializer(data, received_at=actions.receipt_time(), found=found).get()


class Declarations(DeclarationsAPI):
    """`/declarations`."""

    reports_of_fact: ClassVar[frozenset[str]] = frozenset({"POST"})

    @schema.lists("declarations")
    def get(self, request: Request) -> Response:
        """List the declarations that the caller may see, the newest first."""
        asked = Parameters(request.query_params)
        mine, as_of = asked.flag("mine") or False, asked.instant("as_of")
        cursor = asked.cursor("declarations")
        asked.check()
        found = queries.declarations(request.user, mine=mine, as_of=as_of, cursor=cursor)
        return Response(presenters.page(found, presenters.own_row))

    @schema.writes(ReportSerializer, "declare", schema.REPORT_EXAMPLES)
    def post(self, request: Request) -> Response:
        """Declare a suspected adverse reaction."""
        key = idempotency_key(request)
        report = self.given(request, ReportSerializer)
        _count_unproven(request, report, key)
        done = actions.declare_adverse_event(
            request.user, report, idempotency_key=key, channel=Channel.API
        )
        answer = _created(done)
        if review := getattr(request.user, "review", ()):
            answer[REVIEW] = ", ".join(review)
        return answer


class Declaration(DeclarationsAPI):
    """`/declarations/{id}`."""

    @schema.shows_declaration
    def get(self, request: Request, identifier: str) -> Response:
        """Show one declaration with its history, as known now or as recorded at `as_of`."""
        asked = Parameters(request.query_params)
        as_of = asked.instant("as_of")
        asked.check()
        shown = queries.declaration(request.user, declaration_id(identifier), as_of=as_of)
        answer = Response(presenters.declaration(shown))
        answer["ETag"] = f'W/"{shown.version}"'
        return answer


class FollowUps(DeclarationsAPI):
    """`/declarations/{id}/follow-ups`."""

    @schema.writes(InformationSerializer, "add_follow_up", schema.FOLLOW_UP_EXAMPLES)
    def post(self, request: Request, identifier: str) -> Response:
        """Add what became known later."""
        key = idempotency_key(request)
        information = self.given(request, InformationSerializer)
        done = actions.add_follow_up(
            request.user,
            declaration_id(identifier),
            information,
            idempotency_key=key,
            expected_version=_expected_version(request),
        )
        return _created(done)


class Messages(DeclarationsAPI):
    """`/declarations/{id}/messages`."""

    @schema.writes(MessageSerializer, "send_message", schema.MESSAGE_EXAMPLES)
    def post(self, request: Request, identifier: str) -> Response:
        """Ask the declarant a question, or answer the one that `question_id` names."""
        key = idempotency_key(request)
        message = self.given(request, MessageSerializer)
        told: dict[str, Any] = {
            "idempotency_key": key,
            "expected_version": _expected_version(request),
        }
        which = declaration_id(identifier)
        if message.question_id is None:
            done = actions.ask_information(request.user, which, message.text, **told)
        else:
            done = actions.answer_information(
                request.user, which, message.question_id, message.text, **told
            )
        return _created(done)


class Withdrawal(DeclarationsAPI):
    """`/declarations/{id}/withdrawal`."""

    @schema.writes(WithdrawalSerializer, "withdraw", schema.WITHDRAWAL_EXAMPLES)
    def post(self, request: Request, identifier: str) -> Response:
        """Take a declaration back."""
        key = idempotency_key(request)
        withdrawal = self.given(request, WithdrawalSerializer)
        done = actions.withdraw_declaration(
            request.user,
            declaration_id(identifier),
            withdrawal.reason,
            idempotency_key=key,
            expected_version=_expected_version(request),
        )
        return _created(done)


class Worklist(DeclarationsAPI):
    """`/worklist`."""

    required_scopes: ClassVar[dict[str, str]] = {"GET": TokenScope.WORKLIST_READ}

    @schema.lists("worklist")
    def get(self, request: Request) -> Response:
        """List the cases to assess, the most urgent clock first."""
        asked = Parameters(request.query_params)
        wanted = queries.Wanted(
            serious=asked.flag("serious"),
            valid=asked.flag("valid"),
            overdue=asked.flag("overdue"),
            status=asked.code("status", queries.STATUSES),
            department=asked.code("department", DEPARTMENTS),
            centre=asked.code("centre", CENTRES),
        )
        cursor = asked.cursor("worklist")
        asked.check()
        found = queries.worklist(request.user, wanted, cursor=cursor)
        return Response(presenters.page(found, presenters.worklist_row))


class Deadlines(DeclarationsAPI):
    """`/deadlines`."""

    required_scopes: ClassVar[dict[str, str]] = {"GET": TokenScope.WORKLIST_READ}

    @schema.lists("deadlines")
    def get(self, request: Request) -> Response:
        """List the legal clocks that run, the earliest due first."""
        asked = Parameters(request.query_params)
        overdue = asked.flag("overdue")
        department = asked.code("department", DEPARTMENTS)
        cursor = asked.cursor("deadlines")
        asked.check()
        found = queries.deadlines(
            request.user, overdue=overdue, department=department, cursor=cursor
        )
        return Response(presenters.page(found, presenters.deadline_row))


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


def declaration_id(text: str) -> UUID:
    """Return the identifier in an address: a UUID, or the number shown to people."""
    try:
        return UUID(text)
    except ValueError:
        pass
    try:
        return parse(text)
    except NotANumber:
        raise Http404 from None


def _count_unproven(request: Request, report: Report, key: str) -> None:
    """Count what a revoked token sends; a death never meets the quota. Raises Throttled."""
    sender = request.user
    if isinstance(sender, AnonymousUser) or access.is_verified(sender):
        return
    try:
        address = request.META.get("REMOTE_ADDR", "")
        door.quota.take(address, f"{sender.public_id}/{key}", exempt=tells_of_death(report))
    except door.TooManyError as refusal:
        raise Throttled(refusal.wait) from refusal


def _created(done: actions.Acknowledged) -> Response:
    """Answer 201 for what is recorded, 202 for what is received and waits for the log."""
    taken = status.HTTP_201_CREATED if done.version else status.HTTP_202_ACCEPTED
    answer = Response(presenters.acknowledged(done), status=taken)
    answer["Location"] = f"/api/v1/declarations/{done.id}"
    return answer


def _expected_version(request: Request) -> int | None:
    """Return the version that `If-Match` names, None without it."""
    header = request.headers.get("If-Match")
    if header is None:
        return None
    match = VERSION.fullmatch(header)
    if match is None:
        raise ParseError("If-Match porte la version de la déclaration.", code="if_match_invalid")
    return int(match[1])
