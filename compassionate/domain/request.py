"""The decider of one request (demande d'accès compassionnel).

Refusal codes: those of request_table.py for a command out of its state, of completeness.py for a
part that lacks something, and of request_guards.py for who may and what the law allows.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from compassionate.domain.criteria import RULE_VERSION, checked, conforms
from compassionate.domain.deadlines import silence_due
from compassionate.domain.decision import AskedItem
from compassionate.domain.request_commands import (
    AnswerInformation,
    AskInformation,
    ChangePrescription,
    CheckConformity,
    Command,
    DeclareDispensing,
    DepositDecision,
    DraftRequest,
    EstablishSilence,
    Grant,
    JoinReceipt,
    NoteFirstReading,
    NoteInformationOverdue,
    ProposeDecision,
    RecordOralAgreement,
    RecordOralRefusal,
    Refuse,
    Regularise,
    RequestCommand,
    ReturnToPrescriber,
    SendToAgency,
    SendToPharmacy,
    SubmitRequest,
    TakeUp,
    WithdrawRequest,
)
from compassionate.domain.request_events import (
    CATEGORY,
    AccessRequestEvent,
    AssessmentBegun,
    ConformityChecked,
    DecisionDeposited,
    DecisionProposed,
    DecisionRead,
    DispensingDeclared,
    InformationAnswered,
    InformationAsked,
    InformationOverdue,
    OralAgreementRecorded,
    OralRefusalRecorded,
    PrescriptionChanged,
    RequestDrafted,
    RequestGranted,
    RequestReceiptJoined,
    RequestReceived,
    RequestRefused,
    RequestReturned,
    RequestSentToPharmacy,
    RequestWithdrawn,
    SilenceEstablished,
)
from compassionate.domain.request_facts import RequestFacts, after, regularising
from compassionate.domain.request_flags import flags
from compassionate.domain.request_guards import refusals
from compassionate.domain.request_table import refusal
from compassionate.domain.vocabulary import RequestKind, RequestState
from events.days import day_of
from events.decider import Decider
from events.errors import Problem, Refused

Events = Sequence[AccessRequestEvent]


def decide(facts: RequestFacts, command: RequestCommand) -> Events:
    """Return the events that a command makes, or raise Refused with every reason."""
    out_of_state = refusal(type(command), facts.state)
    if out_of_state is not None:
        raise Refused(Problem("", *out_of_state))
    reasons = refusals(facts, command)
    if reasons:
        raise Refused(*reasons)
    return _MAKES[type(command)](facts, command)


REQUEST: Decider[RequestFacts, RequestCommand, AccessRequestEvent] = Decider(
    category=CATEGORY, initial=RequestFacts(), decide=decide, evolve=after
)


def _times(command: Command) -> dict[str, Any]:
    return {
        "by": command.by,
        "occurred_at": command.occurred_at,
        "received_at": command.received_at,
    }


def _draft(_facts: RequestFacts, command: DraftRequest) -> Events:
    return [
        RequestDrafted(
            **_times(command),
            kind=command.kind,
            prescription=command.prescription,
            institution=command.institution,
            prescriber=command.senior or command.by,
            renews=command.renews,
        )
    ]


def _change(_facts: RequestFacts, command: ChangePrescription) -> Events:
    return [PrescriptionChanged(**_times(command), prescription=command.prescription)]


def _send_to_pharmacy(_facts: RequestFacts, command: SendToPharmacy) -> Events:
    return [RequestSentToPharmacy(**_times(command), answer=command.answer)]


def _return(_facts: RequestFacts, command: ReturnToPrescriber) -> Events:
    return [RequestReturned(**_times(command), reason=command.reason)]


def _send_to_agency(facts: RequestFacts, command: SendToAgency) -> Events:
    regularises = facts.state is RequestState.TO_REGULARISE
    kind = regularising(facts) if regularises else facts.kind or RequestKind.INITIAL
    received = RequestReceived(
        **_times(command),
        kind=kind,
        pharmacy=command.pharmacy,
        channel=command.channel,
        criteria_version=command.sheet.version,
        sheet_number=command.sheet_number,
    )
    return [received]


def _submit(_facts: RequestFacts, command: SubmitRequest) -> Events:
    """Make of a whole request the three events that two people would have made one by one."""
    author = command.prescriber or command.by
    drafted = RequestDrafted(
        by=author,
        occurred_at=command.occurred_at,
        received_at=command.received_at,
        kind=command.kind,
        prescription=command.prescription,
        institution=command.institution,
        prescriber=command.prescriber,
        renews=command.renews,
    )
    sent = RequestSentToPharmacy(
        by=author, occurred_at=command.occurred_at, received_at=command.received_at
    )
    received = RequestReceived(
        **_times(command),
        kind=command.kind,
        pharmacy=command.pharmacy,
        channel=command.channel,
        criteria_version=command.sheet.version,
        sheet_number=command.sheet_number,
    )
    return [drafted, sent, received]


def _declare(facts: RequestFacts, command: DeclareDispensing) -> Events:
    return [
        DispensingDeclared(
            **_times(command),
            dispensing=command.dispensing,
            institution=command.institution,
            prescriber=command.prescriber,
            prescription=command.prescription,
            prescriber_attests=command.prescriber_attests,
            pharmacist_attests=command.pharmacist_attests,
            criteria_version=command.sheet.version,
            sheet_number=command.sheet_number,
            flags=flags(facts, command),
        )
    ]


def _agree(facts: RequestFacts, command: RecordOralAgreement) -> Events:
    return [
        OralAgreementRecorded(
            **_times(command),
            number=command.number,
            institution=command.institution,
            vital_reason=command.vital_reason,
            prescriber=command.prescriber,
            prescription=command.prescription,
            conditions=command.conditions,
            sheet_number=command.sheet_number,
            flags=flags(facts, command),
        )
    ]


def _refuse_by_phone(facts: RequestFacts, command: RecordOralRefusal) -> Events:
    return [
        OralRefusalRecorded(
            **_times(command),
            institution=command.institution,
            reason=command.reason,
            prescriber=command.prescriber,
            prescription=command.prescription,
            sheet_number=command.sheet_number,
            flags=flags(facts, command),
        )
    ]


def _take_up(_facts: RequestFacts, command: TakeUp) -> Events:
    return [AssessmentBegun(**_times(command))]


def _check(facts: RequestFacts, command: CheckConformity) -> Events:
    if facts.prescription is None or command.sheet.version is None:
        return []
    findings = checked(command.sheet, facts.prescription)
    return [
        ConformityChecked(
            **_times(command),
            conforms=conforms(findings),
            findings=findings,
            criteria_version=command.sheet.version,
            rule_version=RULE_VERSION,
        )
    ]


def _ask(_facts: RequestFacts, command: AskInformation) -> Events:
    items = tuple([AskedItem(text=one.strip()) for one in command.items])
    return [
        InformationAsked(
            **_times(command), question_id=command.question_id, items=items, limit=command.limit
        )
    ]


def _answer(facts: RequestFacts, command: AnswerInformation) -> Events:
    return [
        InformationAnswered(
            **_times(command),
            question_id=command.question_id,
            text=command.text,
            prescription=command.prescription,
            flags=flags(facts, command),
        )
    ]


def _overdue(_facts: RequestFacts, command: NoteInformationOverdue) -> Events:
    return [InformationOverdue(**_times(command), question_id=command.question_id)]


def _propose(_facts: RequestFacts, command: ProposeDecision) -> Events:
    return [
        DecisionProposed(
            **_times(command),
            proposal=command.proposal,
            terms=command.terms,
            reasons=command.reasons,
        )
    ]


def _grant(facts: RequestFacts, command: Grant) -> Events:
    given = facts.first_given
    return [
        RequestGranted(
            **_times(command),
            number=command.number,
            terms=command.terms,
            signature=command.signature,
            criteria_version=facts.criteria_version,
            route=given.route if given else None,
            in_spite_of=command.in_spite_of,
            flags=flags(facts, command),
        )
    ]


def _refuse(_facts: RequestFacts, command: Refuse) -> Events:
    return [
        RequestRefused(
            **_times(command),
            reasons=command.reasons,
            signature=command.signature,
            safety_follow_up=command.safety_follow_up,
            in_spite_of=command.in_spite_of,
        )
    ]


def _withdraw(_facts: RequestFacts, command: WithdrawRequest) -> Events:
    return [RequestWithdrawn(**_times(command), reason=command.reason)]


def _silence(facts: RequestFacts, command: EstablishSilence) -> Events:
    received_at = facts.received_at or command.received_at
    return [
        SilenceEstablished(
            **_times(command),
            effect=command.effect,
            signed_off_by=command.signed_off_by or "",
            due=silence_due(received_at, command.effect, facts.asked) or day_of(received_at),
        )
    ]


def _deposit(_facts: RequestFacts, command: DepositDecision) -> Events:
    return [DecisionDeposited(**_times(command), documents=command.documents)]


def _read(_facts: RequestFacts, command: NoteFirstReading) -> Events:
    return [DecisionRead(**_times(command))]


def _join(_facts: RequestFacts, command: JoinReceipt) -> Events:
    return [
        RequestReceiptJoined(
            **_times(command),
            receipt_id=command.receipt_id,
            node=command.node,
            of_version=command.of_version,
        )
    ]


_MAKES: Mapping[type[Any], Callable[[RequestFacts, Any], Events]] = {
    DraftRequest: _draft,
    ChangePrescription: _change,
    SendToPharmacy: _send_to_pharmacy,
    ReturnToPrescriber: _return,
    SendToAgency: _send_to_agency,
    SubmitRequest: _submit,
    DeclareDispensing: _declare,
    RecordOralAgreement: _agree,
    RecordOralRefusal: _refuse_by_phone,
    TakeUp: _take_up,
    CheckConformity: _check,
    AskInformation: _ask,
    AnswerInformation: _answer,
    NoteInformationOverdue: _overdue,
    ProposeDecision: _propose,
    Grant: _grant,
    Regularise: _grant,
    Refuse: _refuse,
    WithdrawRequest: _withdraw,
    EstablishSilence: _silence,
    DepositDecision: _deposit,
    NoteFirstReading: _read,
    JoinReceipt: _join,
}
