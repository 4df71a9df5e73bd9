"""OpenAPI of what every call shares: plain types, the receipt, problems, keys and versions."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, extend_schema
from typing_extensions import override

View = TypeVar("View", bound=Callable[..., Any])
Schema = dict[str, Any]

JSON = "application/json"
PROBLEM = "application/problem+json"

TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
UUID_TEXT: Schema = {"type": "string", "format": "uuid"}
DAY: Schema = {"type": ["string", "null"], "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
MOMENT_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}


def object_of(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def one_of(codes: Any, *more: str | None) -> Schema:
    kinds = "string" if None not in more else ["string", "null"]
    return {"type": kinds, "enum": [*(str(code) for code in codes), *more]}


NUMBER: Schema = {"type": "string", "examples": ["K7QX-2M4P-9TRWC"]}
IDENTITY = {"id": UUID_TEXT, "number": NUMBER, "version": COUNT}
ACKNOWLEDGED = object_of(
    **IDENTITY
    | {"version": {"type": ["integer", "null"], "description": "null while it is spooled"}},
    received_at=MOMENT,
    status=one_of(("recorded", "spooled")),
    level=one_of(("recorded", "spooled1", "spooled2"))
    | {"description": "spooled1: on the disk of one node, spooled2: of two"},
    receipt=TEXT | {"description": "Signed; checked offline with the keys of /keys"},
    receipt_id=TEXT | {"description": "What /receipts/{id} is asked with"},
)
PROBLEM_BODY: Schema = object_of(
    type=TEXT, title=TEXT, status={"type": "integer"}, detail=TEXT, code=TEXT
)
PROBLEM_BODY["properties"]["errors"] = list_of(
    {
        "type": "object",
        "properties": {
            "pointer": TEXT | {"description": "JSON pointer into the body, or ?parameter"},
            "code": TEXT,
            "detail": TEXT,
            "element": TEXT | {"description": "ICH E2B(R3) data element"},
        },
        "required": ["pointer", "code", "detail"],
    }
)

KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    OpenApiParameter.HEADER,
    required=True,
    description="Yours for this command: sent again with the same body it gives the same answer.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string", "pattern": '^(W/)?"?[0-9]{1,9}"?$'},
    OpenApiParameter.HEADER,
    description="The version you read; another one gives 409.",
)
CURSOR = OpenApiParameter("cursor", TEXT, description="The `next_cursor` of the page before.")


class BearerToken(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How software signs in, as the schema says it."""

    target_class = "accounts.authentication.ActorAuthentication"
    name = "token"

    @override
    def get_security_definition(self, auto_schema: Any) -> Schema:
        """Return the scheme of the Authorization header."""
        del auto_schema
        return {"type": "http", "scheme": "bearer"}


def problems(*codes: int) -> dict[tuple[int, str], Schema]:
    return {(code, PROBLEM): PROBLEM_BODY for code in codes}


AS_OF = OpenApiParameter(
    "as_of",
    MOMENT,
    description="Show what was recorded at this instant; without an offset it is Paris time.",
)


def writes(
    body: Schema,
    name: str,
    examples: list[Any],
    about: OpenApiParameter | None = None,
) -> Callable[[View], View]:
    """Describe a POST that gives a command, about what a parameter names or as a beginning."""
    described: Callable[[View], View] = extend_schema(
        operation_id=name,
        request={JSON: body},
        parameters=[KEY] if about is None else [KEY, about, IF_MATCH],
        responses={
            (201, JSON): ACKNOWLEDGED,
            (202, JSON): ACKNOWLEDGED,
            **problems(400, 401, 403, *((404, 409) if about else ()), 413, 415, 422, 503, 507),
        },
        examples=examples,
    )
    return described


def lists(name: str, row: Schema, parameters: list[OpenApiParameter]) -> Callable[[View], View]:
    """Describe a GET that lists."""
    answer = object_of(results=list_of(row), next_cursor=TEXT_OR_NULL)
    described: Callable[[View], View] = extend_schema(
        operation_id=f"list_{name}",
        parameters=parameters,
        responses={(200, JSON): answer, **problems(401, 403, 422, 503)},
    )
    return described


def shows(name: str, answer: Schema, parameters: list[OpenApiParameter]) -> Callable[[View], View]:
    """Describe the GET of one thing."""
    described: Callable[[View], View] = extend_schema(
        operation_id=name,
        parameters=parameters,
        responses={(200, JSON): answer, **problems(401, 403, 404, 422, 503)},
    )
    return described
