"""What anybody may ask, at any time: the keys, and where what a receipt was given for is now."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ParseError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from continuity.api import schema
from continuity.queries import receipt_state
from events import copies
from events.errors import CannotTell
from events.keys import published
from events.receipt_state import State, Told
from events.seal import sign


class Open(APIView):
    """Asked by anybody: these answers say nothing of patient or medicine, and ask no account."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class Keys(Open):
    """`/keys`; asks no database, so that it can be read during an outage."""

    @extend_schema(
        operation_id="keys",
        summary="The public keys that sign receipts",
        description="Keep them: a receipt is checked with them alone, without a network.",
        responses={200: schema.KEYS},
        auth=[],
    )
    def get(self, _: Request) -> Response:
        """Return every key that signed, or signs, with its life."""
        return Response({"keys": published()})


class Receipt(Open):
    """`/receipts/{id}`; answers from the spool while the log is away."""

    @schema.shows_receipt
    def get(self, _: Request, identifier: str) -> Response:
        """Return what became of what a receipt was given for, signed; nothing where nobody knows."""
        try:
            told = receipt_state(identifier)
        except ValueError:
            raise Http404 from None
        if told.state is State.CANNOT_TELL:
            raise CannotTell
        return Response(_said(told))


class SpoolEntries(Open):
    """`/spool/entries`: what another node, or a browser, kept for us under one of our receipts."""

    @schema.keeps_entry
    def post(self, request: Request) -> Response:
        """Keep a sealed command whose receipt one of this installation's keys signed."""
        given: Any = request.data
        if not isinstance(given, dict) or set(given) != copies.FIELDS:
            raise ParseError(
                "header, sealed, receipt et mark sont nécessaires.", code="entry_invalid"
            )
        try:
            kept = copies.keep({name: str(value) for name, value in given.items()})
        except ValueError:
            sentence = "Ce dépôt n’est pas celui de ce reçu."
            raise ParseError(sentence, code="entry_invalid") from None
        told = {"receipt_id": kept, "node": settings.NODE_NAME}
        return Response(told, status=status.HTTP_202_ACCEPTED)


def _said(told: Told) -> dict[str, Any]:
    said = {
        "id": told.id,
        "status": told.state.value,
        "node": told.node,
        "log_asked": told.log_asked,
    }
    return {
        **said,
        "received_at": told.received_at.isoformat() if told.received_at else None,
        "statement": sign({**said, "at": datetime.now(UTC).isoformat(timespec="seconds")}),  # noqa: TID251
    }
