"""OpenAPI of compassionate access: what goes in comes from the domain's fields."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from accounts import openapi
from accounts.calls import Serializer
from accounts.openapi import (
    COUNT,
    CURSOR,
    DAY,
    FLAG,
    IDENTITY,
    MOMENT,
    MOMENT_OR_NULL,
    TEXT,
    TEXT_OR_NULL,
    UUID_TEXT,
    Schema,
    View,
    list_of,
    object_of,
    one_of,
)
from compassionate.domain.prescription import Dispensing, PharmacyPart, Prescription
from compassionate.domain.vocabulary import (
    UNREADABLE,
    AuthorisationState,
    DocumentKind,
    Finding,
    Flag,
    MediaType,
    ProductStatus,
    RequestKind,
    RequestState,
)
from events.shape import json_schema

NUMBER_OR_NULL: Schema = {"type": ["integer", "null"]}
TRUTH_OR_NULL: Schema = {"type": ["boolean", "null"]}
REQUEST_STATE = one_of(RequestState, UNREADABLE)
FLAGS = list_of(one_of(Flag))
REQUEST_ROW = object_of(
    **IDENTITY,
    state=REQUEST_STATE,
    kind=one_of(RequestKind, None),
    patient=TEXT_OR_NULL,
    product=TEXT_OR_NULL,
    product_name=TEXT_OR_NULL,
    indication=TEXT_OR_NULL,
    deferrable=TRUTH_OR_NULL,
    received_at=MOMENT_OR_NULL,
    question_limit=DAY,
    renews=TEXT_OR_NULL,
    authorisation=TEXT_OR_NULL,
    flags=FLAGS,
    last_event_at=MOMENT_OR_NULL,
)
STEP = object_of(
    version={"type": "integer"},
    type=TEXT,
    occurred_at=MOMENT,
    received_at=MOMENT,
    recorded_at=MOMENT,
    role=TEXT_OR_NULL,
)
QUESTION: Schema = {
    "anyOf": [object_of(id=UUID_TEXT, limit=DAY, items=list_of(TEXT)), {"type": "null"}]
}
DOSE = json_schema(Dispensing)
DISPENSING = object_of(
    version={"type": "integer"}, dispensing=DOSE, told={"anyOf": [DOSE, {"type": "null"}]}
)
PRESCRIPTION = json_schema(Prescription)
DOCUMENT = object_of(
    id=UUID_TEXT,
    kind=one_of(DocumentKind),
    name=TEXT_OR_NULL,
    media_type=one_of(MediaType),
    size=COUNT | {"description": "Bytes"},
    sha256=TEXT_OR_NULL | {"description": "Of the file, hexadecimal"},
    received_at=MOMENT,
)
REQUEST = object_of(
    **IDENTITY,
    state=one_of(RequestState),
    kind=one_of(RequestKind, None),
    received_at=MOMENT_OR_NULL,
    renews=TEXT_OR_NULL,
    authorisation=TEXT_OR_NULL,
    criteria_version=NUMBER_OR_NULL,
    conforms=TRUTH_OR_NULL,
    question=QUESTION,
    prescription={"anyOf": [PRESCRIPTION, {"type": "null"}]},
    pharmacy={"anyOf": [json_schema(PharmacyPart), {"type": "null"}]},
    dispensings=list_of(DISPENSING),
    findings=list_of(object_of(code=TEXT, finding=one_of(Finding))),
    documents=list_of(DOCUMENT),
    flags=FLAGS,
    as_of=MOMENT_OR_NULL,
    history=list_of(STEP),
)
PERIOD = {
    "begins_on": DAY,
    "ends_on": DAY,
    "suspended_until": DAY,
    "ceases_on": DAY,
    "replaced_by": TEXT_OR_NULL,
}
OF_PRODUCT = {"product": TEXT_OR_NULL, "indication": TEXT_OR_NULL}
AUTHORISATION_ROW = object_of(
    number=TEXT, request=TEXT_OR_NULL, state=one_of(AuthorisationState), **OF_PRODUCT, **PERIOD
)
AUTHORISATION = object_of(
    number=TEXT,
    state=one_of(AuthorisationState),
    in_force=FLAG | {"description": "A dose may be dispensed under it on the day `on`"},
    on=DAY,
    institution=TEXT_OR_NULL,
    **OF_PRODUCT,
    **PERIOD,
)
CRITERIA_SHEET = object_of(
    product=TEXT,
    product_name=TEXT,
    indication=TEXT,
    indication_text=TEXT,
    holder=TEXT,
    status=one_of(ProductStatus),
    version=NUMBER_OR_NULL,
    in_force_from=MOMENT_OR_NULL,
    max_days=NUMBER_OR_NULL,
    ceases_on=DAY,
)
LISTS = {
    "authorisation_requests": (REQUEST_ROW, [CURSOR]),
    "authorisations": (AUTHORISATION_ROW, [CURSOR]),
    "criteria_sheets": (CRITERIA_SHEET, []),
}
IDENTIFIER = OpenApiParameter(
    "identifier",
    TEXT,
    OpenApiParameter.PATH,
    description="The request's id, or its number as shown to people.",
)
AUTHORISATION_NUMBER = OpenApiParameter(
    "number", TEXT, OpenApiParameter.PATH, description="The number on the letter, AAC-…"
)
_PRESCRIPTION = {
    "prescriber_name": "Dr Claire Martin",
    "prescriber_function": "Praticien hospitalier",
    "prescriber_rpps": "10009999912",
    "prescriber_phone": "0140000001",
    "patient_initials": "DM",
    "patient_age": 54,
    "patient_age_unit": "year",
    "patient_sex": "female",
    "patient_weight_kg": 61.5,
    "file_number": "A-1042",
    "product_name": "NIROGACESTAT",
    "form": "comprimé",
    "strength": "50 mg",
    "indication_text": "Tumeur desmoïde en progression",
    "dosage": "150 mg deux fois par jour",
    "duration_days": 180,
    "trial": "Aucun",
    "deferrable": False,
    "urgency": "Compression médullaire débutante",
    "justification": {
        "no_trial": "Aucun essai ouvert en France.",
        "no_alternative": "Toutes les lignes reconnues ont échoué.",
        "presumed_benefit": "Essai de phase III publié.",
    },
    "undertakes_follow_up": True,
}
_POINT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)
"""A picture of one grey point."""
REQUEST_EXAMPLES: list[Any] = [
    OpenApiExample(
        "OffCriteria",
        request_only=True,
        value={
            "kind": "initial",
            "prescription": _PRESCRIPTION,
            "pharmacy": {
                "pharmacist_name": "Luc Bernard",
                "pharmacist_rpps": "10009999920",
                "phone": "0140000000",
                "analysis": "Pas d'interaction.",
                "quantity": "60 comprimés de 50 mg",
            },
        },
    )
]
DOSE_EXAMPLES: list[Any] = [
    OpenApiExample(
        "NightDose",
        request_only=True,
        value={
            "dispensing": {"at": "2026-11-21T23:40:00+01:00", "quantity": "60 comprimés"},
            "prescription": _PRESCRIPTION,
            "prescriber_attests": True,
            "pharmacist_attests": True,
        },
    )
]
CORRECTION_EXAMPLES: list[Any] = [
    OpenApiExample(
        "HourMistyped",
        request_only=True,
        value={
            "told_at": "2026-11-21T23:40:00+01:00",
            "dispensing": {"at": "2026-11-21T22:40:00+01:00", "quantity": "60 comprimés"},
            "reason": "Heure mal recopiée.",
        },
    )
]
ANSWER_EXAMPLES: list[Any] = [
    OpenApiExample(
        "Answer",
        request_only=True,
        value={"question_id": "0198c5a2-7f3b-7c31-9a55-5d0c6e0b7f10", "text": "IRM jointe."},
    )
]
DOCUMENT_EXAMPLES: list[Any] = [
    OpenApiExample(
        "Picture",
        request_only=True,
        value={"kind": "test_result", "name": "point.png", "content": _POINT},
    )
]
WITHDRAWAL_EXAMPLES: list[Any] = [
    OpenApiExample("Withdrawal", request_only=True, value={"reason": "Entre dans un essai."}),
    OpenApiExample(
        "ReportedWithdrawal",
        request_only=True,
        value={
            "reason": "Entre dans un essai.",
            "prescriber_name": "Dr Anne Petit",
            "written": "signed_paper",
        },
    ),
]


def writes(
    serializer: type[Serializer[Any]], name: str, examples: list[Any], *, opens: bool = False
) -> Callable[[View], View]:
    """Describe a POST that gives a command."""
    body = json_schema(serializer.shape)
    return openapi.writes(body, name, examples, None if opens else IDENTIFIER)


def lists(name: str) -> Callable[[View], View]:
    """Describe a GET that lists."""
    return openapi.lists(name, *LISTS[name])
