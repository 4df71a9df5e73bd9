"""Sheets for tests; everything has a sensible default."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from continuity.domain.sheet_block import IssueBlock
from continuity.domain.sheet_commands import (
    CancelSheet,
    ConfirmLost,
    ExplainNumber,
    MarkDuplicate,
    MatchSheet,
    Original,
    ProposeLost,
    RecordSheet,
    SettleDifference,
)
from continuity.domain.sheet_content import SheetContent
from continuity.domain.sheet_number import SheetNumber
from continuity.domain.sheet_words import Between, Ruling, SheetChannel, SheetKind, SheetSex

SITE = "759900012"
NUMBER = str(SheetNumber(site=SITE, rank=7))
CALL = datetime(2026, 6, 27, 1, 30, tzinfo=UTC)
TOLD = CALL + timedelta(days=3)
FIRST, SECOND = "agent-1", "agent-2"
TAKEN = SheetContent(
    taken_by="Astreinte",
    caller_name="Dr Zwingli",
    called_back=True,
    institution_finess=SITE,
    department_code="75",
    patient_name_letters="ZQX",
    patient_sex=SheetSex.FEMALE,
    patient_age_value=34.0,
    drug_name="Amoxicilline",
    reaction_term="Choc anaphylactique",
    narrative="Choc dix minutes après l'injection.",
)
OTHER = SheetContent(drug_name="Amoxicilline", drug_batch_number="B7", patient_age_value=43.0)


def record(content: SheetContent = TAKEN, **more: Any) -> RecordSheet:
    return RecordSheet(
        **{
            "number": NUMBER,
            "kind": SheetKind.ADVERSE_EVENT,
            "channel": SheetChannel.PHONE,
            "content": content,
            "recorder": FIRST,
            "institution": "939900031",
            "occurred_at": CALL,
            "received_at": CALL,
            "told_at": TOLD,
            **more,
        }
    )


def explain(reason: str = "Photocopie du carnet") -> ExplainNumber:
    return ExplainNumber(at=TOLD, reason=reason)


def match(reference: str = "K7QX-2M4P-9TRWC", **more: Any) -> MatchSheet:
    return MatchSheet(**{"at": TOLD, "recording": 1, "reference": reference, **more})


def settle(ruling: Ruling, between: Between = Between.RECORDINGS, **more: Any) -> SettleDifference:
    return SettleDifference(
        **{
            "at": TOLD,
            "between": between,
            "ruling": ruling,
            "recording": 1,
            "reason": "Vu",
            **more,
        }
    )


def duplicate(
    of: str = "DG-759900012-00008-X",
    reason: str = "Même appel",
    other: Original | None = Original.HOLDS,
) -> MarkDuplicate:
    return MarkDuplicate(at=TOLD, of=of, other=other, reason=reason)


def cancel(reason: str = "Feuille gâchée", *, issued: bool = True) -> CancelSheet:
    return CancelSheet(at=TOLD, number=NUMBER, issued=issued, reason=reason)


def lose(by: str = FIRST, reason: str = "Introuvable", *, issued: bool = True) -> ProposeLost:
    return ProposeLost(at=TOLD, number=NUMBER, issued=issued, by=by, reason=reason)


def confirm(by: str = SECOND, reason: str = "Armoire vérifiée") -> ConfirmLost:
    return ConfirmLost(at=TOLD, by=by, reason=reason)


def issue(count: int = 20, **more: Any) -> IssueBlock:
    return IssueBlock(
        **{
            "site": SITE,
            "count": count,
            "holder": "PUI de l'hôpital",
            "valid_until": date(2026, 12, 31),
            "at": datetime(2026, 6, 1, 8, tzinfo=UTC),
            **more,
        }
    )
