"""OpenAPI of the interface: what goes in comes from the domain's fields, what comes out is here."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from typing_extensions import override

from accounts.calls import Serializer
from events.shape import json_schema
from pharmacovigilance.domain.deadlines import RULES
from pharmacovigilance.domain.places import CENTRES, DEPARTMENTS
from pharmacovigilance.domain.report import DATE_FIELDS, Report
from pharmacovigilance.domain.vocabulary import (
    Channel,
    Criterion,
    ProductKind,
    Profession,
    SeriousnessCriterion,
    Status,
)
from pharmacovigilance.queries import STATUSES

View = TypeVar("View", bound=Callable[..., Any])
Schema = dict[str, Any]

JSON = "application/json"
DATES = dict.fromkeys(DATE_FIELDS, r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")
PROBLEM = "application/problem+json"

TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
UUID_TEXT: Schema = {"type": "string", "format": "uuid"}
DAY: Schema = {"type": ["string", "null"], "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
MOMENT_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _one_of(codes: Any, *more: str | None) -> Schema:
    kinds = "string" if None not in more else ["string", "null"]
    return {"type": kinds, "enum": [*(str(code) for code in codes), *more]}


CLOCK_CODE = _one_of([rule.code for rule in RULES])
NUMBER: Schema = {"type": "string", "examples": ["K7QX-2M4P-9TRWC"]}
IDENTITY = {"id": UUID_TEXT, "number": NUMBER, "version": COUNT}
PLACE = {"department": TEXT_OR_NULL, "centre": TEXT_OR_NULL}
LABELS = {"drugs": TEXT, "reactions": TEXT}
STATE = {"valid": FLAG, "serious": FLAG}

ACKNOWLEDGED = _object(
    **IDENTITY
    | {"version": {"type": ["integer", "null"], "description": "null while it is spooled"}},
    received_at=MOMENT,
    status=_one_of(("recorded", "spooled")),
    level=_one_of(("recorded", "spooled1", "spooled2"))
    | {"description": "spooled1: on the disk of one node, spooled2: of two"},
    receipt=TEXT | {"description": "Signed; checked offline with the keys of /keys"},
    receipt_id=TEXT | {"description": "What /receipts/{id} is asked with"},
)
OWN_ROW = _object(
    **IDENTITY,
    **STATE,
    **LABELS,
    status=_one_of(Status),
    patient=TEXT_OR_NULL,
    department=TEXT_OR_NULL,
    open_questions=COUNT,
    follow_ups=COUNT,
    received_at=MOMENT,
    last_event_at=MOMENT,
)
WORKLIST_ROW = _object(
    **IDENTITY,
    **STATE,
    **LABELS,
    **PLACE,
    status=_one_of(STATUSES),
    missing=_list(_one_of(Criterion)),
    seriousness=_list(_one_of(SeriousnessCriterion)),
    day_zero=DAY,
    due=DAY,
    clock=_one_of([rule.code for rule in RULES], None),
    legal_source=TEXT_OR_NULL,
    profession=_one_of(Profession, None),
    channel=_one_of(Channel, None),
    unverified=FLAG,
    product_kinds=_list(_one_of(ProductKind)),
    follow_ups=COUNT,
    open_questions=COUNT,
    flags=_list(TEXT),
    received_at=MOMENT_OR_NULL,
    last_received_at=MOMENT_OR_NULL,
)
RUNNING = {
    "clock": CLOCK_CODE,
    "day_zero": DAY,
    "due": DAY,
    "legal_source": TEXT,
    "restarted_by": {"type": ["integer", "null"], "minimum": 1},
}
DEADLINE_ROW = _object(id=UUID_TEXT, number=NUMBER, **RUNNING, **PLACE, **LABELS)
STEP = _object(
    version=COUNT,
    type=TEXT,
    occurred_at=MOMENT,
    received_at=MOMENT,
    recorded_at=MOMENT,
    by=_object(role=TEXT_OR_NULL, id=TEXT_OR_NULL, institution=TEXT_OR_NULL),
    content={"type": "object"},
)
QUESTION = _object(
    id=UUID_TEXT,
    text=TEXT_OR_NULL,
    asked_at=MOMENT,
    open=FLAG,
    answers=_list(_object(text=TEXT_OR_NULL, received_at=MOMENT)),
)
DECLARATION = _object(
    **IDENTITY,
    **STATE,
    **PLACE,
    status=_one_of(Status),
    missing=_list(_one_of(Criterion)),
    seriousness=_list(_one_of(SeriousnessCriterion)),
    day_zero=DAY,
    clocks=_list(_object(label=TEXT, **RUNNING)),
    channel=_one_of(Channel),
    unverified=FLAG,
    received_at=MOMENT,
    last_received_at=MOMENT,
    as_of=MOMENT_OR_NULL,
    identity_shown=FLAG,
    may=_list(_one_of(("answer", "ask", "follow_up", "withdraw"))),
    report=json_schema(Report, DATES),
    flags=_list(_object(pointer=TEXT, code=TEXT, detail=TEXT, element=TEXT_OR_NULL)),
    questions=_list(QUESTION),
    history=_list(STEP),
)
PROBLEM_BODY: Schema = _object(
    type=TEXT, title=TEXT, status={"type": "integer"}, detail=TEXT, code=TEXT
)
PROBLEM_BODY["properties"]["errors"] = _list(
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
IDENTIFIER = OpenApiParameter(
    "identifier",
    TEXT,
    OpenApiParameter.PATH,
    description="The declaration's id, or its number as shown to people.",
)
AS_OF = OpenApiParameter(
    "as_of",
    MOMENT,
    description="Show what was recorded at this instant; without an offset it is Paris time.",
)
CURSOR = OpenApiParameter("cursor", TEXT, description="The `next_cursor` of the page before.")


def _flag(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, _one_of(("true", "false")), description=description)


def _code(name: str, description: str, codes: Iterable[str]) -> OpenApiParameter:
    return OpenApiParameter(name, _one_of(codes), description=description)


LISTS: Mapping[str, tuple[Schema, list[OpenApiParameter]]] = {
    "declarations": (OWN_ROW, [CURSOR, AS_OF, _flag("mine", "Only those I sent myself.")]),
    "worklist": (
        WORKLIST_ROW,
        [
            CURSOR,
            _flag("serious", "Serious cases, or the others."),
            _flag("valid", "Cases with the four criteria, or the others."),
            _flag("overdue", "Cases whose first clock has run out, or the others."),
            _code("status", "Where the case stands.", STATUSES),
            _code("department", "Code of the département.", DEPARTMENTS),
            _code("centre", "Code of the regional centre.", CENTRES),
        ],
    ),
    "deadlines": (
        DEADLINE_ROW,
        [
            CURSOR,
            _flag("overdue", "Clocks that have run out, or the others."),
            _code("department", "Code of the département.", DEPARTMENTS),
        ],
    ),
}

REPORT_EXAMPLES: list[Any] = [
    OpenApiExample(
        "Minimum",
        request_only=True,
        value={
            "patient": {"sex": "female", "age_value": 54, "age_unit": "year"},
            "reporter": {"profession": "physician", "department_code": "75"},
            "drugs": [{"name": "AMOXICILLINE 500 mg", "role": "suspect"}],
            "reactions": [{"term": "Urticaire", "onset": "2026-03-02"}],
        },
    ),
    OpenApiExample(
        "Vaccine",
        request_only=True,
        value={
            "patient": {"sex": "male", "birth_date": "2024-11-03"},
            "reporter": {"profession": "nurse", "postcode": "35000"},
            "drugs": [
                {
                    "name": "VACCIN ROR",
                    "kind": "vaccine",
                    "batch_number": "X1234",
                    "dose_number": 1,
                    "injection_site": "Bras gauche",
                    "start": "2026-02-10",
                }
            ],
            "reactions": [
                {"term": "Convulsion fébrile", "onset": "2026-02-17", "outcome": "recovered"}
            ],
            "seriousness": ["hospitalisation"],
        },
    ),
]
FOLLOW_UP_EXAMPLES: list[Any] = [
    OpenApiExample(
        "Outcome",
        request_only=True,
        value={"reactions": [{"index": 0, "outcome": "recovered", "end": "2026-03-09"}]},
    )
]
MESSAGE_EXAMPLES: list[Any] = [
    OpenApiExample("Question", request_only=True, value={"text": "Quel est le numéro de lot ?"}),
    OpenApiExample(
        "Answer",
        request_only=True,
        value={"text": "Lot X1234.", "question_id": "0198c5a2-7f3b-7c31-9a55-5d0c6e0b7f10"},
    ),
]
WITHDRAWAL_EXAMPLES: list[Any] = [
    OpenApiExample("Withdrawal", request_only=True, value={"reason": "Déclarée deux fois."})
]


class BearerToken(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How software signs in, as the schema says it."""

    target_class = "accounts.authentication.ActorAuthentication"
    name = "token"

    @override
    def get_security_definition(self, auto_schema: Any) -> Schema:
        """Return the scheme of the Authorization header."""
        del auto_schema
        return {"type": "http", "scheme": "bearer"}


def writes(
    serializer: type[Serializer[Any]], name: str, examples: list[Any]
) -> Callable[[View], View]:
    """Describe a POST that gives a command."""
    opens = name == "declare"
    described: Callable[[View], View] = extend_schema(
        operation_id=name,
        request={JSON: json_schema(serializer.shape, DATES)},
        parameters=[KEY] if opens else [KEY, IDENTIFIER, IF_MATCH],
        responses={
            (201, JSON): ACKNOWLEDGED,
            (202, JSON): ACKNOWLEDGED,
            **_problems(400, 401, 403, *(() if opens else (404, 409)), 413, 415, 422, 503, 507),
        },
        examples=examples,
    )
    return described


def lists(name: str) -> Callable[[View], View]:
    """Describe a GET that lists."""
    row, parameters = LISTS[name]
    described: Callable[[View], View] = extend_schema(
        operation_id=f"list_{name}",
        parameters=parameters,
        responses={
            (200, JSON): _object(results=_list(row), next_cursor=TEXT_OR_NULL),
            **_problems(401, 403, 422, 503),
        },
    )
    return described


def shows_declaration(view: View) -> View:
    """Describe the GET of one declaration."""
    described: Callable[[View], View] = extend_schema(
        operation_id="get_declaration",
        parameters=[IDENTIFIER, AS_OF],
        responses={(200, JSON): DECLARATION, **_problems(401, 403, 404, 422, 503)},
    )
    return described(view)


def _problems(*codes: int) -> dict[tuple[int, str], Schema]:
    return {(code, PROBLEM): PROBLEM_BODY for code in codes}
