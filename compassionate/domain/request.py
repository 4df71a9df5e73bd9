"""The decider of one request (demande d'accès compassionnel).

Refusal codes: those of request_table.py for a command out of its state, of completeness.py for a
part that lacks something, of document_file.py for a document, and of request_guards.py for who may
and what the law allows.
"""

from collections.abc import Callable, Mapping
from typing import Any

from compassionate.domain.criteria import RULE_VERSION, checked, conforms
from compassionate.domain.deadlines import silence_due
from compassionate.domain.decision import AskedItem
from compassionate.domain.lateness import delay_on
from compassionate.domain.request_commands import (
    AskInformation,
    ChangePrescription,
    CheckConformity,
    DepositDecision,
    DraftRequest,
    EstablishSilence,
    Grant,
    NoteCorrection,
    NoteDelay,
    NoteFirstReading,
    NoteInformationOverdue,
    ProposeDecision,
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
from compassionate.domain.request_events import (
    CATEGORY,
    AccessRequestEvent,
    AssessmentBegun,
    ConformityChecked,
    CorrectionNoted,
    DecisionDeposited,
    DecisionProposed,
    DecisionRead,
    DelayNoted,
    InformationAsked,
    InformationOverdue,
    PrescriptionChanged,
    RequestDrafted,
    RequestGranted,
    RequestReceived,
    RequestRefused,
    RequestReturned,
    RequestSentToPharmacy,
    RequestWithdrawn,
    SilenceEstablished,
    WithdrawalReported,
)
from compassionate.domain.request_facts import RequestFacts, after, regularising
from compassionate.domain.request_flags import flags
from compassionate.domain.request_guards import refusals
from compassionate.domain.request_reports import REPORT_MAKES, Events, times_of
from compassionate.domain.request_table import refusal
from compassionate.domain.vocabulary import RequestKind, RequestState
from events.days import day_of
from events.decider import Decider
from events.errors import Problem, Refused


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


def _draft(_facts: RequestFacts, command: DraftRequest) -> Events:
    return [
        RequestDrafted(
            **times_of(command),
            kind=command.kind,
            prescription=command.prescription,
            institution=command.institution,
            prescriber=command.senior or command.by,
            renews=command.renews,
        )
    ]


def _change(_facts: RequestFacts, command: ChangePrescription) -> Events:
    return [PrescriptionChanged(**times_of(command), prescription=command.prescription)]


def _send_to_pharmacy(_facts: RequestFacts, command: SendToPharmacy) -> Events:
    return [RequestSentToPharmacy(**times_of(command), answer=command.answer)]


def _return(_facts: RequestFacts, command: ReturnToPrescriber) -> Events:
    return [RequestReturned(**times_of(command), reason=command.reason)]


def _send_to_agency(facts: RequestFacts, command: SendToAgency) -> Events:
    regularises = facts.state is RequestState.TO_REGULARISE
    kind = regularising(facts) if regularises else facts.kind or RequestKind.INITIAL
    received = RequestReceived(
        **times_of(command),
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
        **times_of(command),
        kind=command.kind,
        pharmacy=command.pharmacy,
        channel=command.channel,
        criteria_version=command.sheet.version,
        sheet_number=command.sheet_number,
    )
    return [drafted, sent, received]


def _take_up(_facts: RequestFacts, command: TakeUp) -> Events:
    return [AssessmentBegun(**times_of(command))]


def _check(facts: RequestFacts, command: CheckConformity) -> Events:
    if facts.prescription is None or command.sheet.version is None:
        return []
    findings = checked(command.sheet, facts.prescription)
    return [
        ConformityChecked(
            **times_of(command),
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
            **times_of(command), question_id=command.question_id, items=items, limit=command.limit
        )
    ]


def _overdue(_facts: RequestFacts, command: NoteInformationOverdue) -> Events:
    return [InformationOverdue(**times_of(command), question_id=command.question_id)]


def _delay(facts: RequestFacts, command: NoteDelay) -> Events:
    late = delay_on(facts, command.back_at, command.received_at, command.allowed)
    return [DelayNoted(**times_of(command), clock=late.clock, mark=late.mark)] if late else []


def _propose(_facts: RequestFacts, command: ProposeDecision) -> Events:
    return [
        DecisionProposed(
            **times_of(command),
            proposal=command.proposal,
            terms=command.terms,
            reasons=command.reasons,
        )
    ]


def _grant(facts: RequestFacts, command: Grant) -> Events:
    given = facts.first_given
    return [
        RequestGranted(
            **times_of(command),
            number=command.number,
            terms=command.terms,
            signature=command.signature,
            criteria_version=command.sheet.version,
            route=given.route if given else None,
            in_spite_of=command.in_spite_of,
            flags=flags(facts, command),
        )
    ]


def _refuse(_facts: RequestFacts, command: Refuse) -> Events:
    return [
        RequestRefused(
            **times_of(command),
            reasons=command.reasons,
            signature=command.signature,
            safety_follow_up=command.safety_follow_up,
            in_spite_of=command.in_spite_of,
        )
    ]


def _withdraw(_facts: RequestFacts, command: WithdrawRequest) -> Events:
    return [RequestWithdrawn(**times_of(command), reason=command.reason)]


def _report_withdrawal(_facts: RequestFacts, command: ReportWithdrawal) -> Events:
    if command.written is None:
        return []
    return [
        WithdrawalReported(
            **times_of(command),
            reason=command.reason,
            prescriber_name=command.prescriber_name.strip(),
            written=command.written,
        )
    ]


def _silence(facts: RequestFacts, command: EstablishSilence) -> Events:
    received_at = facts.received_at or command.received_at
    if command.effect is None:
        return []
    return [
        SilenceEstablished(
            **times_of(command),
            effect=command.effect,
            signed_off_by=command.signed_off_by or "",
            due=silence_due(received_at, command.effect, facts.asked) or day_of(received_at),
        )
    ]


def _note_correction(_facts: RequestFacts, command: NoteCorrection) -> Events:
    return [CorrectionNoted(**times_of(command), outcome=command.outcome)]


def _deposit(_facts: RequestFacts, command: DepositDecision) -> Events:
    return [DecisionDeposited(**times_of(command), documents=command.documents)]


def _read(_facts: RequestFacts, command: NoteFirstReading) -> Events:
    return [DecisionRead(**times_of(command))]


_MAKES: Mapping[type[Any], Callable[[RequestFacts, Any], Events]] = {
    **REPORT_MAKES,
    DraftRequest: _draft,
    ChangePrescription: _change,
    SendToPharmacy: _send_to_pharmacy,
    ReturnToPrescriber: _return,
    SendToAgency: _send_to_agency,
    SubmitRequest: _submit,
    TakeUp: _take_up,
    CheckConformity: _check,
    AskInformation: _ask,
    NoteInformationOverdue: _overdue,
    NoteDelay: _delay,
    ProposeDecision: _propose,
    Grant: _grant,
    Regularise: _grant,
    Refuse: _refuse,
    WithdrawRequest: _withdraw,
    ReportWithdrawal: _report_withdrawal,
    EstablishSilence: _silence,
    NoteCorrection: _note_correction,
    DepositDecision: _deposit,
    NoteFirstReading: _read,
}
