"""The decider of one declaration.

A declaration, a follow-up, an answer and a joined receipt are reports of fact: refused only for impossible data,
accepted in every state and flagged where odd. A withdrawal and a question are wishes, which may
be refused. Refusal codes: already_declared, unknown_declaration, already_withdrawn, withdrawn,
not_the_declarant, only_reviewers_ask, question_exists, already_joined, unknown_version,
receipt_not_joined, not_a_sheets_receipt, and those of checks.py. `already_joined` says that there
is nothing left to do. To take a sheet's receipt back mends a date: possible in every state.
"""

from collections.abc import Sequence
from typing import assert_never

from events.decider import Decider
from events.described import personal_said
from events.errors import Problem, Refused
from pharmacovigilance.domain.checks import refusals
from pharmacovigilance.domain.commands import (
    AddFollowUp,
    AnswerInformation,
    AskInformation,
    DeclarationCommand,
    DeclareAdverseEvent,
    DisjoinReceipt,
    JoinReceipt,
    WithdrawDeclaration,
)
from pharmacovigilance.domain.events import (
    CATEGORY,
    AdverseEventDeclared,
    DeclarationEvent,
    DeclarationWithdrawn,
    FollowUpReceived,
    InformationProvided,
    InformationRequested,
    ReceiptDisjoined,
    ReceiptJoined,
)
from pharmacovigilance.domain.facts import TRANSITIONS, CaseFacts
from pharmacovigilance.domain.known import tidied
from pharmacovigilance.domain.received import joined_as
from pharmacovigilance.domain.vocabulary import Party


def decide(facts: CaseFacts, command: DeclarationCommand) -> Sequence[DeclarationEvent]:
    """Return the events that a command makes, or raise Refused with every reason."""
    reasons = [*_state_refusals(facts, command), *refusals(command)]
    if reasons:
        raise Refused(*reasons)
    match command:
        case DeclareAdverseEvent():
            return [_declared(command)]
        case AddFollowUp():
            return [_followed_up(command)]
        case WithdrawDeclaration(reason=reason, by=by):
            return [
                DeclarationWithdrawn(
                    occurred_at=command.occurred_at,
                    received_at=command.received_at,
                    reason=reason,
                    by=by,
                )
            ]
        case AskInformation(question_id=question_id, text=text):
            return [
                InformationRequested(
                    occurred_at=command.occurred_at,
                    received_at=command.received_at,
                    question_id=question_id,
                    text=text,
                )
            ]
        case AnswerInformation(question_id=question_id, text=text, by=by):
            return [
                InformationProvided(
                    occurred_at=command.occurred_at,
                    received_at=command.received_at,
                    question_id=question_id,
                    text=text,
                    by=by,
                )
            ]
        case JoinReceipt() | DisjoinReceipt():
            return [_counted(command)]
        case _:
            assert_never(command)


def evolve(facts: CaseFacts, event: DeclarationEvent) -> CaseFacts:
    """Return the facts after one event."""
    return TRANSITIONS[event.TYPE](facts, event, event.received_at)


DECLARATION: Decider[CaseFacts, DeclarationCommand, DeclarationEvent] = Decider(
    category=CATEGORY, initial=CaseFacts(), decide=decide, evolve=evolve
)


def _declared(command: DeclareAdverseEvent) -> AdverseEventDeclared:
    report = tidied(command.report)
    return AdverseEventDeclared(
        occurred_at=command.occurred_at,
        received_at=command.received_at,
        report=report,
        channel=command.channel,
        declarant=command.declarant,
        institution=command.institution,
        patient_pseudonym=command.patient_pseudonym,
        unverified=command.unverified,
        received_in=command.received_in,
        filled=personal_said(report),
    )


def _followed_up(command: AddFollowUp) -> FollowUpReceived:
    information = tidied(command.information)
    return FollowUpReceived(
        occurred_at=command.occurred_at,
        received_at=command.received_at,
        information=information,
        by=command.by,
        patient_pseudonym=command.patient_pseudonym,
        filled=personal_said(information),
    )


def _counted(command: JoinReceipt | DisjoinReceipt) -> ReceiptJoined | ReceiptDisjoined:
    if isinstance(command, DisjoinReceipt):
        return ReceiptDisjoined(
            occurred_at=command.occurred_at,
            received_at=command.received_at,
            receipt_id=command.receipt_id,
            reason=command.reason,
        )
    return ReceiptJoined(
        occurred_at=command.received_at,
        received_at=command.received_at,
        receipt_id=command.receipt_id,
        node=command.node,
        of_version=command.of_version,
    )


def _state_refusals(facts: CaseFacts, command: DeclarationCommand) -> list[Problem]:
    """Return what the state of the declaration forbids."""
    if isinstance(command, DeclareAdverseEvent):
        taken = Problem("", "already_declared", "Cette déclaration existe déjà.")
        return [taken] if facts.declared else []
    if not facts.declared:
        return [Problem("", "unknown_declaration", "Cette déclaration n'existe pas.")]
    if isinstance(command, WithdrawDeclaration):
        return _withdrawal_refusals(facts, command)
    if isinstance(command, AskInformation):
        return _question_refusals(facts, command)
    if isinstance(command, DisjoinReceipt):
        return _disjoin_refusals(facts, command)
    return _join_refusals(facts, command) if isinstance(command, JoinReceipt) else []


def _withdrawal_refusals(facts: CaseFacts, command: WithdrawDeclaration) -> list[Problem]:
    found = []
    if command.by is not Party.DECLARANT:
        sentence = "Seul le déclarant ou son établissement retire une déclaration."
        found.append(Problem("", "not_the_declarant", sentence))
    if facts.withdrawn:
        found.append(Problem("", "already_withdrawn", "Cette déclaration est déjà retirée."))
    return found


def _question_refusals(facts: CaseFacts, command: AskInformation) -> list[Problem]:
    found = []
    if command.by is not Party.REVIEWER:
        sentence = "Seul un évaluateur demande des informations."
        found.append(Problem("", "only_reviewers_ask", sentence))
    if facts.withdrawn:
        found.append(Problem("", "withdrawn", "Cette déclaration est retirée."))
    if command.question_id in (*facts.open_questions, *facts.closed_questions):
        found.append(Problem("", "question_exists", "Cette question est déjà posée."))
    return found


def _join_refusals(facts: CaseFacts, command: JoinReceipt) -> list[Problem]:
    found = []
    if joined_as(facts.joined, command.receipt_id) is not None:
        found.append(Problem("/receipt_id", "already_joined", "Cet accusé est déjà joint."))
    if not 1 <= command.of_version <= facts.version:
        sentence = "Cet accusé porte sur un événement que la déclaration n'a pas."
        found.append(Problem("/of_version", "unknown_version", sentence))
    return found


def _disjoin_refusals(facts: CaseFacts, command: DisjoinReceipt) -> list[Problem]:
    joined = joined_as(facts.joined, command.receipt_id)
    if joined is None:
        sentence = "Cet accusé n'est pas joint à cette déclaration."
        return [Problem("/receipt_id", "receipt_not_joined", sentence)]
    if not joined.of_sheet:
        sentence = "Cet accusé est celui de l'envoi lui-même, et non d'une fiche : il reste joint."
        return [Problem("/receipt_id", "not_a_sheets_receipt", sentence)]
    return []
