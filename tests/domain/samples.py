"""Commands and reports for tests; everything has a sensible default."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pharmacovigilance.domain.commands import (
    AddFollowUp,
    AnswerInformation,
    AskInformation,
    DeclareAdverseEvent,
    WithdrawDeclaration,
)
from pharmacovigilance.domain.report import Drug, Information, Patient, Reaction, Report, Reporter
from pharmacovigilance.domain.vocabulary import (
    Channel,
    DrugRole,
    Profession,
    SeriousnessCriterion,
    Sex,
)

PARIS = ZoneInfo("Europe/Paris")
ID = UUID("0192f000-0000-8000-8000-000000000000")
QUESTION = UUID(int=7)

VALID = Report(
    patient=Patient(name_letters="DUP", birth_date="1950-03-02", sex=Sex.FEMALE),
    reporter=Reporter(profession=Profession.PHYSICIAN, department_code="33"),
    drugs=(Drug(name="Méthotrexate", role=DrugRole.SUSPECT, start="2026-02-01"),),
    reactions=(Reaction(term="Pancytopénie", onset="2026-02-20"),),
)
SERIOUS = replace(VALID, seriousness=(SeriousnessCriterion.HOSPITALISATION,))


def at(day: date | str, hour: int = 12) -> datetime:
    """Return an hour of a day in Paris, as UTC."""
    date_ = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime(date_.year, date_.month, date_.day, hour, tzinfo=PARIS).astimezone(UTC)


def _times(received: str | datetime) -> dict[str, Any]:
    instant = at(received) if isinstance(received, str) else received
    return {
        "declaration_id": ID,
        "received_at": instant,
        "occurred_at": instant - timedelta(days=1),
    }


def declare(
    report: Report = VALID, received: str | datetime = "2026-03-01", **more: Any
) -> DeclareAdverseEvent:
    """Return a declaration."""
    return DeclareAdverseEvent(
        **_times(received), report=report, **{"channel": Channel.PORTAL, **more}
    )


def follow_up(
    information: Information, received: str | datetime = "2026-03-10", **more: Any
) -> AddFollowUp:
    """Return a follow-up."""
    return AddFollowUp(**_times(received), information=information, **more)


def withdraw(received: str | datetime = "2026-03-10", **more: Any) -> WithdrawDeclaration:
    """Return a withdrawal."""
    return WithdrawDeclaration(**_times(received), **{"reason": "Déclaré deux fois.", **more})


def ask(received: str | datetime = "2026-03-05", **more: Any) -> AskInformation:
    """Return a question."""
    return AskInformation(
        **_times(received), **{"question_id": QUESTION, "text": "Quel lot ?", **more}
    )


def answer(received: str | datetime = "2026-03-06", **more: Any) -> AnswerInformation:
    """Return an answer."""
    return AnswerInformation(
        **_times(received), **{"question_id": QUESTION, "text": "Lot AB12.", **more}
    )
