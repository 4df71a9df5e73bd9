"""What anybody may ask, at any time: the keys by which a receipt is checked."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from events.keys import published

KEYS: dict[str, Any] = {
    "type": "object",
    "required": ["keys"],
    "properties": {
        "keys": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["key", "algorithm", "public", "from", "until"],
                "properties": {
                    "key": {"type": "string", "description": "As the receipt names it"},
                    "algorithm": {"type": "string", "enum": ["Ed25519"]},
                    "public": {"type": "string", "description": "32 bytes, base64url"},
                    "from": {"type": ["string", "null"], "format": "date-time"},
                    "until": {"type": ["string", "null"], "format": "date-time"},
                },
            },
        }
    },
}


class Keys(APIView):
    """`/keys`; asks no database, so that it can be read during an outage."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="keys",
        summary="The public keys that sign receipts",
        description="Keep them: a receipt is checked with them alone, without a network.",
        responses={200: KEYS},
        auth=[],
    )
    def get(self, _: Request) -> Response:
        """Return every key that signed, or signs, with its life."""
        return Response({"keys": published()})
