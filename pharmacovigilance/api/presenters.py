"""What the API answers, as JSON; the schema of each answer stands beside it."""

from collections.abc import Mapping
from typing import Any

from accounts.calls import moment
from events.number import number_of
from events.shape import to_json
from pharmacovigilance.domain.deadlines import Clock
from pharmacovigilance.domain.history import Question, Step
from pharmacovigilance.models import DeadlineRow, OwnDeclarationRow, WorklistRow
from pharmacovigilance.queries import DeclarationShown

ENVELOPE = frozenset({"occurred_at", "received_at", "filled"})


def own_row(row: OwnDeclarationRow) -> dict[str, Any]:
    """Return one declaration of the list of declarations."""
    return {
        "id": str(row.declaration_id),
        "number": number_of(row.declaration_id),
        "version": row.stream_version,
        "status": row.status,
        "valid": row.valid,
        "serious": row.serious,
        "patient": row.patient or None,
        "drugs": row.drugs,
        "reactions": row.reactions,
        "department": row.department or None,
        "open_questions": row.open_questions,
        "follow_ups": row.follow_ups,
        "received_at": moment(row.received_at),
        "last_event_at": moment(row.last_event_at),
    }


def worklist_row(row: WorklistRow) -> dict[str, Any]:
    """Return one case of the reviewers' list."""
    return {
        "id": str(row.declaration_id),
        "number": number_of(row.declaration_id),
        "version": row.stream_version,
        "status": row.status,
        "valid": row.valid,
        "missing": row.missing.split(),
        "serious": row.serious,
        "seriousness": row.seriousness.split(),
        "day_zero": _day(row.day_zero),
        "due": _day(row.due),
        "clock": row.clock or None,
        "legal_source": row.legal_source or None,
        "department": row.department or None,
        "centre": row.centre or None,
        "profession": row.profession or None,
        "channel": row.channel or None,
        "unverified": row.unverified,
        "product_kinds": row.product_kinds.split(),
        "drugs": row.drugs,
        "reactions": row.reactions,
        "follow_ups": row.follow_ups,
        "open_questions": row.open_questions,
        "flags": row.flags.split(),
        "received_at": moment(row.received_at),
        "last_received_at": moment(row.last_received_at),
    }


def deadline_row(row: DeadlineRow) -> dict[str, Any]:
    """Return one clock of the deadline board."""
    return {
        "id": str(row.declaration_id),
        "number": number_of(row.declaration_id),
        "clock": row.clock,
        "day_zero": _day(row.day_zero),
        "due": _day(row.due),
        "legal_source": row.legal_source,
        "restarted_by": row.restarted_by,
        "department": row.department or None,
        "centre": row.centre or None,
        "drugs": row.drugs,
        "reactions": row.reactions,
    }


def declaration(shown: DeclarationShown) -> dict[str, Any]:
    """Return one declaration with its history."""
    facts = shown.facts
    return {
        "id": str(shown.id),
        "number": shown.number,
        "version": shown.version,
        "status": str(facts.status),
        "valid": facts.valid,
        "missing": list(facts.missing),
        "serious": facts.serious,
        "seriousness": list(facts.seriousness),
        "day_zero": _day(facts.day_zero),
        "clocks": [_clock(clock) for clock in facts.clocks],
        "department": facts.department,
        "centre": facts.centre,
        "channel": facts.channel,
        "unverified": facts.unverified,
        "received_at": moment(facts.first_received_at),
        "last_received_at": moment(facts.last_received_at),
        "as_of": moment(shown.as_of),
        "identity_shown": shown.identity_shown,
        "may": sorted(shown.verbs),
        "report": to_json(shown.report),
        "flags": [flag._asdict() for flag in shown.flags],
        "questions": [_question(question) for question in shown.questions],
        "history": [_step(step) for step in shown.history],
    }


def _day(day: Any) -> str | None:
    return None if day is None else day.isoformat()


def _clock(clock: Clock) -> dict[str, Any]:
    return {
        "clock": clock.kind,
        "label": clock.rule.label,
        "day_zero": _day(clock.day_zero),
        "due": _day(clock.due),
        "legal_source": clock.source,
        "restarted_by": clock.restarted_by,
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "id": str(question.id),
        "text": question.text,
        "asked_at": moment(question.asked_at),
        "open": question.open,
        "answers": [
            {"text": answer.text, "received_at": moment(answer.received_at)}
            for answer in question.answers
        ],
    }


def _step(step: Step) -> dict[str, Any]:
    content: Mapping[str, Any] = to_json(step.event)
    return {
        "version": step.version,
        "type": step.type,
        "occurred_at": moment(step.occurred_at),
        "received_at": moment(step.received_at),
        "recorded_at": moment(step.recorded_at),
        "by": {"role": step.role, "id": step.actor, "institution": step.institution},
        "content": {name: value for name, value in content.items() if name not in ENVELOPE},
    }
