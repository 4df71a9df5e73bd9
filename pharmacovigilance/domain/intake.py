"""The commands that clinicians give, as a spool keeps them: kind, schema, class, urgency, bytes.

A kind is never renamed or removed; a change of shape raises its schema, adds a step to
COMMAND_UPCASTERS and a golden file (`tests/golden/commands/<kind>.<schema>.json`, never edited).
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import TypeAlias

from events.kept import Kind, Standing, Steps, read_kept
from pharmacovigilance.domain.commands import (
    AddFollowUp,
    AnswerInformation,
    DeclareAdverseEvent,
    WithdrawDeclaration,
)
from pharmacovigilance.domain.report import Information, Report
from pharmacovigilance.domain.seriousness import criteria_met
from pharmacovigilance.domain.upcasters import COMMAND_UPCASTERS
from pharmacovigilance.domain.vocabulary import SeriousnessCriterion

IntakeCommand: TypeAlias = (
    DeclareAdverseEvent | AddFollowUp | AnswerInformation | WithdrawDeclaration
)


class Priority(IntEnum):
    """Which command is offered to the log first, the smaller first."""

    DEATH = 0
    LIFE_THREATENING = 1
    SERIOUS = 2
    OTHER = 5
    WITHDRAWAL = 7


INTAKE: tuple[Kind, ...] = (
    Kind(
        name="pharmacovigilance.declare_adverse_event",
        schema=1,
        standing=Standing.REPORT_OF_FACT,
        cls=DeclareAdverseEvent,
    ),
    Kind(
        name="pharmacovigilance.add_follow_up",
        schema=1,
        standing=Standing.REPORT_OF_FACT,
        cls=AddFollowUp,
    ),
    Kind(
        name="pharmacovigilance.answer_information",
        schema=1,
        standing=Standing.REPORT_OF_FACT,
        cls=AnswerInformation,
    ),
    Kind(
        name="pharmacovigilance.withdraw_declaration",
        schema=1,
        standing=Standing.WISH,
        cls=WithdrawDeclaration,
    ),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in INTAKE}
_KIND_OF: Mapping[type, Kind] = {kind.cls: kind for kind in INTAKE}


def kind_of(command: IntakeCommand) -> Kind:
    """Return the kind of a command."""
    return _KIND_OF[type(command)]


def priority(command: IntakeCommand) -> Priority:
    """Return how urgent a command is, by what it says itself: nothing else is known of it then."""
    match command:
        case DeclareAdverseEvent(report=said) | AddFollowUp(information=said):
            return _urgency(said)
        case AnswerInformation():
            return Priority.OTHER
        case WithdrawDeclaration():
            return Priority.WITHDRAWAL


def from_bytes(
    name: str,
    schema: int,
    kept: bytes,
    *,
    kinds: Mapping[str, Kind] = KINDS,
    upcasters: Steps = COMMAND_UPCASTERS,
) -> IntakeCommand:
    """Return the command kept as a kind and schema, brought to the newest shape.

    Raises UnknownCommand (newer software reads it: it stays where it is), UnreadableCommand.
    """
    command: IntakeCommand = read_kept(name, schema, kept, kinds=kinds, upcasters=upcasters)
    return command


def _urgency(said: Report | Information) -> Priority:
    died = bool(said.death_date or said.death_cause)
    met = criteria_met(said.seriousness or (), said.reactions, death_reported=died)
    if SeriousnessCriterion.DEATH in met:
        return Priority.DEATH
    if SeriousnessCriterion.LIFE_THREATENING in met:
        return Priority.LIFE_THREATENING
    return Priority.SERIOUS if met else Priority.OTHER
