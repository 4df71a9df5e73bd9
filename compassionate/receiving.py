"""Hand over to the intake what hospitals and the on-call tell.

What is impossible is refused before it is kept: its sender is told every reason while she is there.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from accounts.access import Person
from accounts.sender import claims_of, told_as_her_right
from compassionate import criteria_file
from compassionate.domain.completeness import form_problems
from compassionate.domain.criteria import CriteriaSheet
from compassionate.domain.intake import IntakeCommand, priority
from compassionate.domain.prescription import Prescription
from compassionate.domain.request import REQUEST
from compassionate.domain.request_commands import (
    CorrectDispensing,
    DeclareDispensing,
    SubmitRequest,
)
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.request_guards import whatever_the_sheet, whatever_was_told
from compassionate.domain.vocabulary import RequestState
from compassionate.giving import Keyed, envelope
from compassionate.streams import request_id_of, request_stream, sheet_for
from events import intake
from events.acknowledged import Acknowledged, acknowledged
from events.days import day_of
from events.errors import LogAway, Refused
from events.handle import Envelope, recorded_commands
from events.line import line
from events.number import bits_of
from events.submission import Kind, Submission

UNREAD = CriteriaSheet(product="", indication="")
"""Stands for the criteria sheet until it is read where the log is."""
SOME = RequestFacts(state=RequestState.RECEIVED, prescription=Prescription())
"""What may be known of a request that is named: its state is looked at where the log is."""


def received(
    kind: Kind, command: IntakeCommand, person: Person, request_id: UUID | None, keyed: Keyed
) -> Acknowledged:
    """Give a command to the intake and say what its sender is told."""
    sent: Envelope = envelope(person, request_id or "", keyed)
    target = request_id or request_id_of(sent.command_id)
    try:
        _refuse_the_impossible(command, RequestFacts() if request_id is None else SOME)
    except Refused:
        # What was taken once is answered as then, whatever the criteria say since.
        if not _is_known(sent):
            raise
    submission = Submission(
        kind=kind,
        stream=request_stream(target),
        command=command,
        envelope=sent,
        sender=claims_of(person),
        priority=priority(command),
        number=bits_of(target),
        stamped_at=command.received_at,
    )
    with told_as_her_right():
        return acknowledged(submission, intake.receive(submission))


def _is_known(sent: Envelope) -> bool:
    try:
        with line().borrowed(intake.deadline()):
            return sent.command_id in recorded_commands([sent.command_id])
    except LogAway:
        return False


def _refuse_the_impossible(command: IntakeCommand, facts: RequestFacts) -> None:
    """Raise Refused with every reason that is one whatever the log holds."""
    if isinstance(command, CorrectDispensing):
        wrong = list(whatever_was_told(command))
        if wrong:
            raise Refused(*wrong)
        return
    if not isinstance(command, SubmitRequest | DeclareDispensing):
        REQUEST.decide(facts, command)
        return
    sheet = _sheet_now(command)
    if sheet is not None:
        REQUEST.decide(facts, replace(command, sheet=sheet))
    elif isinstance(command, SubmitRequest):
        today = day_of(command.received_at)
        found = [
            *form_problems(command.prescription, command.kind, UNREAD, today),
            *whatever_the_sheet(command),
        ]
        if found:
            raise Refused(*found)
    else:
        # What refuses the report of a dose is in no sheet; that only flags it.
        REQUEST.decide(facts, command)


def _sheet_now(command: Any) -> CriteriaSheet | None:
    """Return the criteria sheet in force: the log's, or while that is away this node's file's.

    None where nobody can say.
    """
    part: Prescription | None = command.prescription
    try:
        with line().borrowed(intake.deadline()):
            return sheet_for(part, command.received_at)
    except LogAway:
        if part is None:
            return None
        return criteria_file.sheet_of(part.product, part.indication, command.received_at)
