"""A request and an authorisation as their people would make them, and the way into each state."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from compassionate.domain.criteria import CriteriaSheet, Criterion
from compassionate.domain.decision import Reasons, RefusalReasons, Signature, Terms
from compassionate.domain.grounds import RefusalGround
from compassionate.domain.prescription import (
    CriterionAnswer,
    Dispensing,
    Justification,
    PharmacyPart,
    Prescription,
)
from compassionate.domain.request_commands import (
    AnswerInformation,
    AskInformation,
    AttachDocument,
    ChangePrescription,
    CheckConformity,
    CorrectDispensing,
    DeclareDispensing,
    DepositDecision,
    DraftRequest,
    EstablishSilence,
    Grant,
    JoinReceipt,
    NoteCorrection,
    NoteDelay,
    NoteFirstReading,
    NoteInformationOverdue,
    ProposeDecision,
    RecordOralAgreement,
    RecordOralRefusal,
    Refuse,
    Regularise,
    ReportWithdrawal,
    RequestCommand,
    ReturnToPrescriber,
    SendToAgency,
    SendToPharmacy,
    SubmitRequest,
    TakeUp,
    WithdrawRequest,
)
from compassionate.domain.vocabulary import (
    AgeUnit,
    DocumentKind,
    Met,
    Proposal,
    RequestKind,
    RequestState as State,
    Sex,
    SilenceEffect,
    WrittenWish,
)
from events.errors import Problem
from tests.compassionate import files

DOCTOR, INTERN, PHARMACIST, ON_CALL, EVALUATOR, SIGNATORY = (
    f"{name}-account"
    for name in ("doctor", "intern", "pharmacist", "on-call", "evaluator", "signatory")
)
HOSPITAL, ELSEWHERE = "750100042", "690000245"
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = AT.date()
QUESTION, OTHER_QUESTION = UUID(int=1), UUID(int=2)
DOCUMENT = UUID(int=3)

CRITERIA = (
    Criterion(code="line", text="Au moins deux lignes antérieures"),
    Criterion(code="pregnancy", text="Grossesse en cours", required=False),
    Criterion(code="marker", text="Marqueur positif, si recherché", may_not_apply=True),
)
SHEET = CriteriaSheet(
    product="nirogacestat", indication="desmoide", version=3, criteria=CRITERIA, max_days=200
)
NO_SHEET = CriteriaSheet(product="nirogacestat", indication="desmoide")
ANSWERS = (
    CriterionAnswer(code="line", answer=Met.MET),
    CriterionAnswer(code="pregnancy", answer=Met.NOT_MET),
    CriterionAnswer(code="marker", answer=Met.NOT_APPLICABLE),
)
GROUNDS = Justification(
    no_trial="Aucun essai ouvert en France.",
    no_alternative="Toutes les lignes reconnues ont échoué.",
    presumed_benefit="Essai de phase II, réponse chez 41 % des patients.",
)
PART = Prescription(
    prescriber_name="Dr Claire Martin",
    prescriber_function="Praticien hospitalier",
    prescriber_rpps="10009999912",
    prescriber_phone="0140000001",
    patient_initials="DM",
    patient_age=54,
    patient_age_unit=AgeUnit.YEAR,
    patient_sex=Sex.FEMALE,
    patient_weight_kg=61.5,
    product="nirogacestat",
    product_name="NIROGACESTAT",
    form="comprimé",
    strength="50 mg",
    indication="desmoide",
    indication_text="Tumeur desmoïde en progression",
    dosage="150 mg deux fois par jour",
    duration_days=180,
    trial="Aucun",
    deferrable=False,
    urgency="Compression médullaire débutante",
    criteria_version=3,
    criteria=ANSWERS,
    undertakes_criteria=True,
    undertakes_follow_up=True,
)
PHARMACY = PharmacyPart(
    pharmacist_name="Luc Bernard",
    pharmacist_rpps="10000000124",
    phone="0140000000",
    analysis="Pas d'interaction.",
    quantity="60 comprimés de 50 mg",
)
TERMS = Terms(begins_on=TODAY, ends_on=TODAY + timedelta(days=179))
REASONS = Reasons(law="CSP L5121-12-1 II", fact="Une alternative appropriée existe.")
REFUSAL = RefusalReasons(
    law=REASONS.law, fact=REASONS.fact, grounds=(RefusalGround.TREATMENT_EXISTS,)
)
SIGNATURE = Signature(
    signatory=SIGNATORY, quality="Directrice médicale adjointe", delegation="DG 2026-12"
)
SIGNED_ON_PAPER = replace(SIGNATURE, through_service=False, signed=True)
UNENTITLED = (Problem("/signature/delegation", "delegation_unknown", "Aucune délégation."),)


def noon(day: date) -> datetime:
    """Return noon in Paris, in winter."""
    return datetime(day.year, day.month, day.day, 11, tzinfo=UTC)


def _given(command: Any, usual: dict[str, Any], said: dict[str, Any]) -> Any:
    """Make a command; `at` is both of its times."""
    at = said.pop("at", usual.pop("at", AT))
    return command(**({"occurred_at": at, "received_at": at} | usual | said))


def draft(part: Prescription = PART, **said: Any) -> DraftRequest:
    usual: dict[str, Any] = {
        "kind": RequestKind.INITIAL,
        "prescription": part,
        "institution": HOSPITAL,
    }
    return _given(DraftRequest, {"by": DOCTOR, **usual}, said)


def change(part: Prescription = PART, **said: Any) -> ChangePrescription:
    return _given(ChangePrescription, {"by": DOCTOR, "prescription": part}, said)


def to_pharmacy(**said: Any) -> SendToPharmacy:
    return _given(SendToPharmacy, {"by": DOCTOR, "sheet": SHEET}, said)


def back(**said: Any) -> ReturnToPrescriber:
    usual: dict[str, Any] = {
        "by": PHARMACIST,
        "reason": "Le poids manque.",
        "institution": HOSPITAL,
    }
    return _given(ReturnToPrescriber, usual, said)


def to_agency(**said: Any) -> SendToAgency:
    usual: dict[str, Any] = {
        "by": PHARMACIST,
        "pharmacy": PHARMACY,
        "institution": HOSPITAL,
        "sheet": SHEET,
    }
    return _given(SendToAgency, usual, said)


def submit(part: Prescription = PART, **said: Any) -> SubmitRequest:
    usual: dict[str, Any] = {
        "by": PHARMACIST,
        "kind": RequestKind.INITIAL,
        "prescription": part,
        "pharmacy": PHARMACY,
        "prescriber": DOCTOR,
        "institution": HOSPITAL,
        "sheet": SHEET,
    }
    return _given(SubmitRequest, usual, said)


def dispense(part: Prescription | None = PART, **said: Any) -> DeclareDispensing:
    usual: dict[str, Any] = {
        "by": PHARMACIST,
        "dispensing": Dispensing(at=AT, quantity="60 comprimés", batch="B12"),
        "prescriber": DOCTOR,
        "institution": HOSPITAL,
        "sheet": SHEET,
        "prescription": part,
        "prescriber_attests": True,
        "pharmacist_attests": True,
    }
    return _given(DeclareDispensing, usual, said)


def correct(at: datetime | None = None, **said: Any) -> CorrectDispensing:
    """Say that the dose was given at another time: an hour before, unless another is named."""
    usual: dict[str, Any] = {
        "by": PHARMACIST,
        "told_at": AT,
        "dispensing": Dispensing(
            at=at or AT - timedelta(hours=1), quantity="60 comprimés", batch="B12"
        ),
        "reason": "Heure mal recopiée.",
        "institution": HOSPITAL,
    }
    return _given(CorrectDispensing, usual, said)


def note_correction(**said: Any) -> NoteCorrection:
    usual: dict[str, Any] = {"by": EVALUATOR, "outcome": "Le premier jour reste le même."}
    return _given(NoteCorrection, usual, said)


def agree(part: Prescription | None = PART, **said: Any) -> RecordOralAgreement:
    usual: dict[str, Any] = {
        "by": ON_CALL,
        "number": "AST-7K2M",
        "institution": HOSPITAL,
        "vital_reason": "Défaillance hépatique",
        "prescription": part,
        "prescriber": DOCTOR,
        "called_back": True,
        "read_back": True,
    }
    return _given(RecordOralAgreement, usual, said)


def refuse_by_phone(part: Prescription | None = PART, **said: Any) -> RecordOralRefusal:
    usual: dict[str, Any] = {
        "by": ON_CALL,
        "institution": HOSPITAL,
        "reason": "Différable jusqu'à lundi.",
        "prescription": part,
        "prescriber": DOCTOR,
        "called_back": True,
    }
    return _given(RecordOralRefusal, usual, said)


def take_up(**said: Any) -> TakeUp:
    return _given(TakeUp, {"by": EVALUATOR, "no_interest": True}, said)


def check(**said: Any) -> CheckConformity:
    return _given(CheckConformity, {"by": "system", "sheet": SHEET}, said)


def ask(**said: Any) -> AskInformation:
    usual: dict[str, Any] = {
        "by": EVALUATOR,
        "question_id": QUESTION,
        "items": ("Date de la dernière imagerie",),
        "limit": TODAY + timedelta(days=5),
    }
    return _given(AskInformation, usual, said)


def answer(**said: Any) -> AnswerInformation:
    usual: dict[str, Any] = {"by": DOCTOR, "question_id": QUESTION, "text": "Le 12 novembre 2026."}
    return _given(AnswerInformation, usual, said)


def late(**said: Any) -> NoteDelay:
    return _given(NoteDelay, {"by": "clock", "at": AT + timedelta(days=40)}, said)


def attach(content: bytes = files.SMALL, **said: Any) -> AttachDocument:
    usual: dict[str, Any] = {
        "by": DOCTOR,
        "document_id": DOCUMENT,
        "document_kind": DocumentKind.TEST_RESULT,
        "file_name": "IRM.pdf",
        "content": content,
    }
    return _given(AttachDocument, usual, said)


def overdue(**said: Any) -> NoteInformationOverdue:
    usual: dict[str, Any] = {"by": "system", "at": AT + timedelta(days=6), "question_id": QUESTION}
    return _given(NoteInformationOverdue, usual, said)


def propose(proposal: Proposal = Proposal.GRANT, **said: Any) -> ProposeDecision:
    grounds: dict[str, Any] = (
        {"terms": TERMS} if proposal is Proposal.GRANT else {"reasons": REFUSAL}
    )
    usual: dict[str, Any] = {"by": EVALUATOR, "proposal": proposal, "sheet": SHEET}
    return _given(ProposeDecision, usual | grounds, said)


def grant(command: type[Grant] = Grant, **said: Any) -> Grant:
    usual: dict[str, Any] = {
        "by": SIGNATORY,
        "number": "AAC-19E0-ZZQ0-003V6",
        "terms": TERMS,
        "signature": SIGNATURE,
        "sheet": SHEET,
        "current_version": 3,
    }
    return _given(command, usual, said)


def regularise(**said: Any) -> Grant:
    return grant(Regularise, **said)


def refuse(**said: Any) -> Refuse:
    usual: dict[str, Any] = {"by": SIGNATORY, "reasons": REFUSAL, "signature": SIGNATURE}
    return _given(Refuse, usual | {"safety_follow_up": "Bilan à J7."}, said)


def withdraw(**said: Any) -> WithdrawRequest:
    return _given(WithdrawRequest, {"by": DOCTOR, "reason": "Patient inclus."}, said)


def report_withdrawal(**said: Any) -> ReportWithdrawal:
    usual: dict[str, Any] = {
        "by": PHARMACIST,
        "reason": "Patient inclus.",
        "prescriber_name": "Dr Anne Petit",
        "written": WrittenWish.SIGNED_PAPER,
    }
    return _given(ReportWithdrawal, usual, said)


def silence(**said: Any) -> EstablishSilence:
    usual: dict[str, Any] = {
        "by": "legal-account",
        "at": AT + timedelta(days=70),
        "effect": SilenceEffect.REJECTION,
        "signed_off_by": "legal-account",
    }
    return _given(EstablishSilence, usual, said)


def deposit(**said: Any) -> DepositDecision:
    return _given(DepositDecision, {"by": "system", "documents": ("ab12",)}, said)


def read(**said: Any) -> NoteFirstReading:
    return _given(NoteFirstReading, {"by": DOCTOR}, said)


def join(**said: Any) -> JoinReceipt:
    usual: dict[str, Any] = {"by": "system", "receipt_id": "n2-1", "node": "n2", "of_version": 1}
    return _given(JoinReceipt, usual, said)


RECEIVED = (draft(), to_pharmacy(), to_agency())
ASSESSED = (*RECEIVED, take_up(), check())
INTO: dict[State, tuple[RequestCommand, ...]] = {
    State.NOT_BEGUN: (),
    State.DRAFT: (draft(),),
    State.AT_PHARMACY: (draft(), to_pharmacy()),
    State.RETURNED: (draft(), to_pharmacy(), back()),
    State.TO_REGULARISE: (dispense(),),
    State.RECEIVED: RECEIVED,
    State.UNDER_ASSESSMENT: ASSESSED,
    State.INFORMATION_ASKED: (*ASSESSED, ask()),
    State.TO_SIGN: (*ASSESSED, propose()),
    State.GRANTED: (*ASSESSED, propose(), grant()),
    State.REFUSED: (*ASSESSED, propose(Proposal.REFUSE), refuse()),
    State.WITHDRAWN: (draft(), withdraw()),
    State.IMPLICIT: (*RECEIVED, silence()),
}
"""The shortest way into each state."""

TO_REGULARISE = (dispense(), to_agency(), take_up(), check(), propose())
"""A dose given out of hours, up to the proposal."""
RENEWAL = replace(PART, elapsed_data="Réponse partielle à six mois.", attests_interest=True)
