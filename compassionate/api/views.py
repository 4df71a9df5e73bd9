"""The HTTP interface to compassionate access: parse, ask `sending` or `queries`, answer."""

from typing import ClassVar
from uuid import UUID

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.calls import Call, created, expected_version, idempotency_key, identifier_in, page
from accounts.domain.reading_words import Place
from accounts.models import TokenScope
from accounts.openapi import AS_OF, shows
from accounts.parameters import Parameters
from compassionate import queries, sending
from compassionate.api import presenters, schema
from compassionate.api.serializers import (
    AnswerSerializer,
    CorrectedDoseSerializer,
    DocumentSerializer,
    Dose,
    DoseSerializer,
    TakenBackSerializer,
    WholeRequestSerializer,
)
from compassionate.domain.vocabulary import Channel
from events.acknowledged import Acknowledged
from events.days import day_of
from events.shape import to_json

ADDRESS = "/api/v1/authorisation-requests"


class RequestsAPI(Call):
    """What every call about compassionate access shares."""

    required_scopes: ClassVar[dict[str, str]] = {
        "GET": TokenScope.REQUESTS_READ,
        "POST": TokenScope.REQUESTS_WRITE,
    }


class Requests(RequestsAPI):
    """`/authorisation-requests`."""

    @schema.lists("authorisation_requests")
    def get(self, request: Request) -> Response:
        """List the requests that the caller may see, the last touched first."""
        asked = Parameters(request.query_params)
        cursor = asked.cursor("requests")
        asked.check()
        found = queries.own_requests(request.user, cursor=cursor)
        return Response(page(found, presenters.request_row))

    @schema.writes(WholeRequestSerializer, "request", schema.REQUEST_EXAMPLES, opens=True)
    def post(self, request: Request) -> Response:
        """Ask for an authorisation, its renewal or another dosage, with both parts."""
        key = idempotency_key(request)
        whole = self.given(request, WholeRequestSerializer)
        done = sending.submit_request(
            request.user,
            whole.kind,
            whole.prescription,
            whole.pharmacy,
            renews=whole.renews,
            sheet_number=whole.sheet_number,
            channel=Channel.API,
            idempotency_key=key,
        )
        return created(done, ADDRESS)


class OneRequest(RequestsAPI):
    """`/authorisation-requests/{id}`."""

    @shows("get_request", schema.REQUEST, [schema.IDENTIFIER, AS_OF])
    def get(self, request: Request, identifier: str) -> Response:
        """Show one request with its history, as known now or as recorded at `as_of`."""
        asked = Parameters(request.query_params)
        as_of = asked.instant("as_of")
        asked.check()
        known = identifier_in(identifier)
        shown = queries.request(request.user, known, as_of=as_of, place=Place.API)
        answer = Response(presenters.request(shown))
        answer["ETag"] = f'W/"{shown.version}"'
        return answer


class CorrectionsOfRequest(RequestsAPI):
    """`/authorisation-requests/{id}/dispensings/correction`."""

    reports_of_fact: ClassVar[frozenset[str]] = frozenset({"POST"})

    @schema.writes(CorrectedDoseSerializer, "correct_dispensing", schema.CORRECTION_EXAMPLES)
    def post(self, request: Request, identifier: str) -> Response:
        """Correct what was told of a dose, which stays as it was told."""
        key = idempotency_key(request)
        corrected = self.given(request, CorrectedDoseSerializer)
        done = sending.correct_dispensing(
            request.user,
            identifier_in(identifier),
            corrected.told_at,
            corrected.dispensing,
            corrected.reason,
            idempotency_key=key,
        )
        return created(done, ADDRESS)


class Answers(RequestsAPI):
    """`/authorisation-requests/{id}/answers`."""

    reports_of_fact: ClassVar[frozenset[str]] = frozenset({"POST"})

    @schema.writes(AnswerSerializer, "answer_request", schema.ANSWER_EXAMPLES)
    def post(self, request: Request, identifier: str) -> Response:
        """Answer what the agency asked, late or not."""
        key = idempotency_key(request)
        answer = self.given(request, AnswerSerializer)
        done = sending.answer_information(
            request.user,
            identifier_in(identifier),
            answer.question_id,
            answer.text,
            prescription=answer.prescription,
            idempotency_key=key,
        )
        return created(done, ADDRESS)


class Documents(RequestsAPI):
    """`/authorisation-requests/{id}/documents`."""

    reports_of_fact: ClassVar[frozenset[str]] = frozenset({"POST"})

    @schema.writes(DocumentSerializer, "add_document", schema.DOCUMENT_EXAMPLES)
    def post(self, request: Request, identifier: str) -> Response:
        """Add a supporting document, late or not; the same file twice is one document."""
        key = idempotency_key(request)
        sent = self.given(request, DocumentSerializer)
        done = sending.attach_document(
            request.user,
            identifier_in(identifier),
            sent.kind,
            sent.name,
            sent.file(),
            channel=Channel.API,
            idempotency_key=key,
        )
        return created(done, ADDRESS)


class TakenBack(RequestsAPI):
    """`/authorisation-requests/{id}/withdrawal`."""

    @schema.writes(TakenBackSerializer, "take_request_back", schema.WITHDRAWAL_EXAMPLES)
    def post(self, request: Request, identifier: str) -> Response:
        """Take a request back before it is decided, or report that its prescriber does."""
        key, version = idempotency_key(request), expected_version(request)
        taken = self.given(request, TakenBackSerializer)
        which = identifier_in(identifier)
        if taken.reported:
            done = sending.report_withdrawal(
                request.user,
                which,
                taken.reason,
                taken.prescriber_name or "",
                taken.written,
                idempotency_key=key,
                expected_version=version,
            )
        else:
            done = sending.withdraw_request(
                request.user,
                which,
                taken.reason,
                idempotency_key=key,
                expected_version=version,
            )
        return created(done, ADDRESS)


class Dispensings(RequestsAPI):
    """`/dispensings`."""

    reports_of_fact: ClassVar[frozenset[str]] = frozenset({"POST"})

    @schema.writes(DoseSerializer, "declare_dispensing", schema.DOSE_EXAMPLES, opens=True)
    def post(self, request: Request) -> Response:
        """Declare a dose given out of hours for which no request exists yet."""
        key = idempotency_key(request)
        return created(_declared(request, self.given(request, DoseSerializer), None, key), ADDRESS)


class DispensingsOfRequest(RequestsAPI):
    """`/authorisation-requests/{id}/dispensings`."""

    reports_of_fact: ClassVar[frozenset[str]] = frozenset({"POST"})

    @schema.writes(DoseSerializer, "declare_dispensing_of_request", schema.DOSE_EXAMPLES)
    def post(self, request: Request, identifier: str) -> Response:
        """Declare a dose given out of hours for a request that exists."""
        key = idempotency_key(request)
        dose = self.given(request, DoseSerializer)
        return created(_declared(request, dose, identifier_in(identifier), key), ADDRESS)


class Authorisations(RequestsAPI):
    """`/authorisations`."""

    @schema.lists("authorisations")
    def get(self, request: Request) -> Response:
        """List the authorisations that the caller may see, the first to end first."""
        asked = Parameters(request.query_params)
        cursor = asked.cursor("authorisations")
        asked.check()
        found = queries.authorisations(request.user, cursor=cursor)
        today = day_of(timezone.now())  # noqa: TID251  an edge of the house: the states of today
        return Response(page(found, lambda row: presenters.authorisation_row(row, today)))


class Authorisation(RequestsAPI):
    """`/authorisations/{number}`."""

    @shows("check_authorisation", schema.AUTHORISATION, [schema.AUTHORISATION_NUMBER])
    def get(self, request: Request, number: str) -> Response:
        """Say whether a dose may be dispensed today under a number; names no patient."""
        Parameters(request.query_params).check()
        facts = queries.authorisation(request.user, number)
        today = day_of(timezone.now())  # noqa: TID251  an edge of the house: the day asked about
        return Response(presenters.authorisation(facts, today))


class Renewal(RequestsAPI):
    """`/authorisations/{number}/renewal`."""

    @shows("get_renewal", schema.PRESCRIPTION, [schema.AUTHORISATION_NUMBER])
    def get(self, request: Request, number: str) -> Response:
        """Return the prescriber's part of a renewal, prefilled from what is known."""
        Parameters(request.query_params).check()
        return Response(to_json(queries.renewal_of(request.user, number)))


class CriteriaSheets(RequestsAPI):
    """`/criteria-sheets`."""

    @schema.lists("criteria_sheets")
    def get(self, request: Request) -> Response:
        """List the référentiel: products, indications and the version in force."""
        Parameters(request.query_params).check()
        rows = queries.criteria_sheets(request.user)
        results = [presenters.criteria_sheet(row) for row in rows]
        return Response({"results": results, "next_cursor": None})


def _declared(request: Request, dose: Dose, which: UUID | None, key: str) -> Acknowledged:
    return sending.declare_dispensing(
        request.user,
        dose.dispensing,
        request_id=which,
        prescription=dose.prescription,
        prescriber_attests=dose.prescriber_attests,
        pharmacist_attests=dose.pharmacist_attests,
        sheet_number=dose.sheet_number,
        idempotency_key=key,
    )
