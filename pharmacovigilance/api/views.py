"""The HTTP interface to declarations: parse, ask `actions` or `queries`, answer."""

from typing import Any, ClassVar

from django.contrib.auth.models import AnonymousUser
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access, door
from accounts.calls import Call, created, expected_version, idempotency_key, identifier_in, page
from accounts.domain.reading_words import Place
from accounts.models import TokenScope
from accounts.parameters import Parameters
from pharmacovigilance import actions, queries
from pharmacovigilance.api import presenters, schema
from pharmacovigilance.api.serializers import (
    InformationSerializer,
    MessageSerializer,
    ReportSerializer,
    WithdrawalSerializer,
)
from pharmacovigilance.domain.places import CENTRES, DEPARTMENTS
from pharmacovigilance.domain.report import Report
from pharmacovigilance.domain.seriousness import tells_of_death
from pharmacovigilance.domain.vocabulary import Channel

ADDRESS = "/api/v1/declarations"
REVIEW = "Vigilance-Review"
"""Why a person will look at what was sent: `revoked`, `revocations_aged`."""
WRITE, READ = TokenScope.DECLARATIONS_WRITE, TokenScope.DECLARATIONS_READ


class DeclarationsAPI(Call):
    """What every call about declarations shares."""

    required_scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}


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
        return Response(page(found, presenters.own_row))

    @schema.writes(ReportSerializer, "declare", schema.REPORT_EXAMPLES)
    def post(self, request: Request) -> Response:
        """Declare a suspected adverse reaction."""
        key = idempotency_key(request)
        report = self.given(request, ReportSerializer)
        _count_unproven(request, report, key)
        done = actions.declare_adverse_event(
            request.user, report, idempotency_key=key, channel=Channel.API
        )
        answer = created(done, ADDRESS)
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
        known = identifier_in(identifier)
        shown = queries.declaration(request.user, known, as_of=as_of, place=Place.API)
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
            identifier_in(identifier),
            information,
            idempotency_key=key,
            expected_version=expected_version(request),
        )
        return created(done, ADDRESS)


class Messages(DeclarationsAPI):
    """`/declarations/{id}/messages`."""

    @schema.writes(MessageSerializer, "send_message", schema.MESSAGE_EXAMPLES)
    def post(self, request: Request, identifier: str) -> Response:
        """Ask the declarant a question, or answer the one that `question_id` names."""
        key = idempotency_key(request)
        message = self.given(request, MessageSerializer)
        told: dict[str, Any] = {
            "idempotency_key": key,
            "expected_version": expected_version(request),
        }
        which = identifier_in(identifier)
        if message.question_id is None:
            done = actions.ask_information(request.user, which, message.text, **told)
        else:
            done = actions.answer_information(
                request.user, which, message.question_id, message.text, **told
            )
        return created(done, ADDRESS)


class Withdrawal(DeclarationsAPI):
    """`/declarations/{id}/withdrawal`."""

    @schema.writes(WithdrawalSerializer, "withdraw", schema.WITHDRAWAL_EXAMPLES)
    def post(self, request: Request, identifier: str) -> Response:
        """Take a declaration back."""
        key = idempotency_key(request)
        withdrawal = self.given(request, WithdrawalSerializer)
        done = actions.withdraw_declaration(
            request.user,
            identifier_in(identifier),
            withdrawal.reason,
            idempotency_key=key,
            expected_version=expected_version(request),
        )
        return created(done, ADDRESS)


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
        return Response(page(found, presenters.worklist_row))


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
        return Response(page(found, presenters.deadline_row))


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
