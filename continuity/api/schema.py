"""What continuity's part of the HTTP interface takes and answers."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema

from events.receipt_state import State

TEXT = {"type": "string"}
PROBLEM = "application/problem+json"

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
RECEIPT: dict[str, Any] = {
    "type": "object",
    "required": ["id", "status", "node", "log_asked", "received_at", "statement"],
    "properties": {
        "id": TEXT,
        "status": {
            "type": "string",
            "enum": [state.value for state in State if state is not State.CANNOT_TELL],
            "description": "issued_elsewhere: only the node that it names can tell",
        },
        "node": TEXT | {"description": "The node that issued it"},
        "log_asked": {
            "type": "boolean",
            "description": "false while the log is away: only this node's spool was looked at",
        },
        "received_at": {"type": ["string", "null"], "format": "date-time"},
        "statement": TEXT | {"description": "The same, signed by this node at this instant"},
    },
}
ENTRY: dict[str, Any] = {
    "type": "object",
    "required": ["header", "sealed", "receipt", "mark"],
    "properties": {
        "header": TEXT | {"description": "base64, as the page that was answered kept it"},
        "sealed": TEXT | {"description": "base64; only the drain's key opens it"},
        "receipt": TEXT,
        "mark": TEXT | {"description": "As the copy bears it: nobody else can make one"},
    },
}
_PROBLEM_BODY: dict[str, Any] = {"type": "object", "additionalProperties": True}
View = Callable[..., Any]


def shows_receipt(view: View) -> View:
    """Describe the GET of a receipt's state."""
    described: Callable[[View], View] = extend_schema(
        operation_id="receipt",
        summary="What became of what a receipt was given for",
        parameters=[OpenApiParameter("identifier", TEXT, OpenApiParameter.PATH)],
        responses={
            200: RECEIPT,
            (404, PROBLEM): _PROBLEM_BODY,
            (503, PROBLEM): _PROBLEM_BODY,
        },
        auth=[],
    )
    return described(view)


def keeps_entry(view: View) -> View:
    """Describe the POST of a sealed command."""
    described: Callable[[View], View] = extend_schema(
        operation_id="keep_entry",
        summary="Hand back a sealed command that was acknowledged",
        description="What a browser, or another node, kept while only one disk held it; twice is once.",
        request={"application/json": ENTRY},
        responses={
            202: {
                "type": "object",
                "required": ["receipt_id", "node"],
                "properties": {
                    "receipt_id": TEXT,
                    "node": TEXT | {"description": "The node that keeps it now"},
                },
            },
            (400, PROBLEM): _PROBLEM_BODY,
            (413, PROBLEM): _PROBLEM_BODY,
            (415, PROBLEM): _PROBLEM_BODY,
            (422, PROBLEM): _PROBLEM_BODY,
            (507, PROBLEM): _PROBLEM_BODY,
        },
        auth=[],
    )
    return described(view)
