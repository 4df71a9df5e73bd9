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
    DisjoinReceipt,
    JoinReceipt,
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
SHEET = "DG-130786049-00003-8"

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


def join(received: str | datetime = "2026-02-28", **more: Any) -> JoinReceipt:
    """Return a further receipt of the declaration."""
    said = {"receipt_id": "n2-1-1-0", "node": "n2", "of_version": 1, **more}
    return JoinReceipt(**_times(received), **said)


def disjoin(received: str | datetime = "2026-03-12", **more: Any) -> DisjoinReceipt:
    """Return the finding that a joined receipt is of another case."""
    said = {"receipt_id": SHEET, "reason": "Un autre patient.", **more}
    return DisjoinReceipt(**_times(received), **said)


def join_sheet(received: str | datetime = "2026-02-28", **more: Any) -> JoinReceipt:
    """Return the receipt of a sheet."""
    return join(received, **{"receipt_id": SHEET, "node": "DG", **more})
