"""OpenAPI of the interface: what goes in comes from the domain's fields, what comes out is here."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from accounts import openapi
from accounts.calls import Serializer
from accounts.openapi import (
    AS_OF,
    COUNT,
    CURSOR,
    DAY,
    FLAG,
    IDENTITY,
    MOMENT,
    MOMENT_OR_NULL,
    NUMBER,
    TEXT,
    TEXT_OR_NULL,
    UUID_TEXT,
    Schema,
    View,
    list_of,
    object_of,
    one_of,
)
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

DATES = dict.fromkeys(DATE_FIELDS, r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")
CLOCK_CODE = one_of([rule.code for rule in RULES])
PLACE = {"department": TEXT_OR_NULL, "centre": TEXT_OR_NULL}
LABELS = {"drugs": TEXT, "reactions": TEXT}
STATE = {"valid": FLAG, "serious": FLAG}

OWN_ROW = object_of(
    **IDENTITY,
    **STATE,
    **LABELS,
    status=one_of(Status),
    patient=TEXT_OR_NULL,
    department=TEXT_OR_NULL,
    open_questions=COUNT,
    follow_ups=COUNT,
    received_at=MOMENT,
    last_event_at=MOMENT,
)
WORKLIST_ROW = object_of(
    **IDENTITY,
    **STATE,
    **LABELS,
    **PLACE,
    status=one_of(STATUSES),
    missing=list_of(one_of(Criterion)),
    seriousness=list_of(one_of(SeriousnessCriterion)),
    day_zero=DAY,
    due=DAY,
    clock=one_of([rule.code for rule in RULES], None),
    legal_source=TEXT_OR_NULL,
    profession=one_of(Profession, None),
    channel=one_of(Channel, None),
    unverified=FLAG,
    product_kinds=list_of(one_of(ProductKind)),
    follow_ups=COUNT,
    open_questions=COUNT,
    flags=list_of(TEXT),
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
DEADLINE_ROW = object_of(id=UUID_TEXT, number=NUMBER, **RUNNING, **PLACE, **LABELS)
STEP = object_of(
    version=COUNT,
    type=TEXT,
    occurred_at=MOMENT,
    received_at=MOMENT,
    recorded_at=MOMENT,
    by=object_of(role=TEXT_OR_NULL, id=TEXT_OR_NULL, institution=TEXT_OR_NULL),
    content={"type": "object"},
)
QUESTION = object_of(
    id=UUID_TEXT,
    text=TEXT_OR_NULL,
    asked_at=MOMENT,
    open=FLAG,
    answers=list_of(object_of(text=TEXT_OR_NULL, received_at=MOMENT)),
)
DECLARATION = object_of(
    **IDENTITY,
    **STATE,
    **PLACE,
    status=one_of(Status),
    missing=list_of(one_of(Criterion)),
    seriousness=list_of(one_of(SeriousnessCriterion)),
    day_zero=DAY,
    clocks=list_of(object_of(label=TEXT, **RUNNING)),
    channel=one_of(Channel),
    unverified=FLAG,
    received_at=MOMENT,
    last_received_at=MOMENT,
    as_of=MOMENT_OR_NULL,
    identity_shown=FLAG,
    may=list_of(one_of(("answer", "ask", "follow_up", "withdraw"))),
    report=json_schema(Report, DATES),
    flags=list_of(object_of(pointer=TEXT, code=TEXT, detail=TEXT, element=TEXT_OR_NULL)),
    questions=list_of(QUESTION),
    history=list_of(STEP),
)
IDENTIFIER = OpenApiParameter(
    "identifier",
    TEXT,
    OpenApiParameter.PATH,
    description="The declaration's id, or its number as shown to people.",
)


def _flag(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, one_of(("true", "false")), description=description)


def _code(name: str, description: str, codes: Iterable[str]) -> OpenApiParameter:
    return OpenApiParameter(name, one_of(codes), description=description)


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


def writes(
    serializer: type[Serializer[Any]], name: str, examples: list[Any]
) -> Callable[[View], View]:
    """Describe a POST that gives a command."""
    body = json_schema(serializer.shape, DATES)
    return openapi.writes(body, name, examples, None if name == "declare" else IDENTIFIER)


def lists(name: str) -> Callable[[View], View]:
    """Describe a GET that lists."""
    return openapi.lists(name, *LISTS[name])


def shows_declaration(view: View) -> View:
    """Describe the GET of one declaration."""
    return openapi.shows("get_declaration", DECLARATION, [IDENTIFIER, AS_OF])(view)
