"""What the API answers about compassionate access, as JSON."""

from datetime import date
from typing import Any

from accounts.calls import moment
from compassionate import hospital
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.request_documents import Attached
from compassionate.domain.request_facts import RequestFacts
from compassionate.models import AccessRequestRow, AuthorisationRow, CriteriaSheetRow
from compassionate.queries import RequestShown
from events.number import number_of
from events.shape import to_json


def request_row(row: AccessRequestRow) -> dict[str, Any]:
    """Return one request of a list."""
    return {
        "id": str(row.request_id),
        "number": number_of(row.request_id),
        "version": row.stream_version,
        "state": row.state,
        "kind": row.kind,
        "patient": row.patient or None,
        "product": row.product,
        "product_name": row.product_name,
        "indication": row.indication,
        "deferrable": row.deferrable,
        "received_at": moment(row.received_at),
        "question_limit": _day(row.question_limit),
        "renews": row.renews or None,
        "authorisation": row.number,
        "flags": row.flags.split(),
        "last_event_at": moment(row.last_event_at),
    }


def request(shown: RequestShown) -> dict[str, Any]:
    """Return one request with its history; the parts only for whoever may read them."""
    facts = shown.facts
    return {
        "id": str(shown.id),
        "number": shown.number,
        "version": shown.version,
        "state": facts.state.value,
        "kind": facts.kind.value if facts.kind else None,
        "received_at": moment(facts.received_at),
        "renews": facts.renews,
        "authorisation": facts.number,
        "criteria_version": facts.criteria_version,
        "conforms": facts.conforms,
        "question": _question(shown),
        "prescription": to_json(shown.prescription) if shown.prescription else None,
        "pharmacy": to_json(shown.pharmacy) if shown.pharmacy else None,
        "dispensings": [
            {
                "version": one.version,
                "dispensing": to_json(one.dispensing),
                "told": to_json(one.told) if one.told else None,
            }
            for one in shown.doses
        ],
        "findings": [to_json(one) for one in shown.findings],
        "documents": [_document(one) for one in facts.documents] if shown.events else [],
        "flags": sorted(facts.flags),
        "as_of": moment(shown.as_of),
        "history": [
            {
                "version": step.version,
                "type": step.type,
                "occurred_at": moment(step.occurred_at),
                "received_at": moment(step.received_at),
                "recorded_at": moment(step.recorded_at),
                "role": step.role or None,
            }
            for step in shown.history
        ],
    }


def authorisation_row(row: AuthorisationRow, today: date) -> dict[str, Any]:
    """Return one authorisation of a list, in its state of today."""
    return {
        "number": row.number,
        "request": number_of(row.request_id) if row.request_id else None,
        "state": hospital.state_on(row, today),
        "product": row.product,
        "indication": row.indication,
        "begins_on": _day(row.begins_on),
        "ends_on": _day(row.ends_on),
        "suspended_until": _day(row.suspended_until),
        "ceases_on": _day(row.ceases_on),
        "replaced_by": row.replaced_by,
    }


def authorisation(facts: AuthorisationFacts, today: date) -> dict[str, Any]:
    """Return whether a dose may be dispensed today under a number: no patient, no dosage."""
    return {
        "number": facts.number,
        "state": facts.state_on(today).value,
        "in_force": facts.in_force(today),
        "on": today.isoformat(),
        "product": facts.product,
        "indication": facts.indication,
        "institution": facts.institution,
        "begins_on": _day(facts.terms.begins_on if facts.terms else None),
        "ends_on": _day(facts.ends_on),
        "suspended_until": _day(facts.suspended_until),
        "ceases_on": _day(facts.ceases_on),
        "replaced_by": facts.replaced_by,
    }


def criteria_sheet(row: CriteriaSheetRow) -> dict[str, Any]:
    """Return one criteria sheet of the référentiel."""
    return {
        "product": row.product,
        "product_name": row.product_name,
        "indication": row.indication,
        "indication_text": row.indication_text,
        "holder": row.holder,
        "status": row.status,
        "version": row.version,
        "in_force_from": moment(row.in_force_from),
        "max_days": row.max_days,
        "ceases_on": _day(row.ceases_on),
    }


def _document(one: Attached) -> dict[str, Any]:
    """Return what is told of a document; of an erased patient's neither name nor digest."""
    return {
        "id": str(one.id),
        "kind": one.kind.value,
        "name": one.file_name,
        "media_type": one.media_type.value,
        "size": one.size_bytes,
        "sha256": one.sha256,
        "received_at": moment(one.received_at),
    }


def _question(shown: RequestShown) -> dict[str, Any] | None:
    """Return the question that waits; what is missing only for whoever may read it."""
    facts: RequestFacts = shown.facts
    if facts.question is None:
        return None
    asked = next(
        (
            one.event
            for one in reversed(shown.events)
            if getattr(one.event, "question_id", None) == facts.question
            and hasattr(one.event, "items")
        ),
        None,
    )
    items = [one.text for one in asked.items] if asked else []
    return {"id": str(facts.question), "limit": _day(facts.question_limit), "items": items}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
