"""The decider of one submission that the log did not take: set aside once, taken up once.

Setting aside is a report of fact: refused only where it was done already (`already_set_aside`).
Refusal codes of taking up: not_set_aside, already_taken_up, reason_needed, too_long,
unreadable_character, stream_needed, stream_unexpected.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias, assert_never

from continuity.domain.set_aside_events import (
    CATEGORY,
    LONGEST_REASON,
    Done,
    SetAsideEvent,
    SubmissionSetAside,
    SubmissionTakenUp,
)
from events.decider import Decider
from events.errors import Problem, Refused
from events.texts import is_readable

STREAM = re.compile(r"[a-z_]+-[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Put a submission before a person; `what` is the event, made where the spool is read."""

    what: SubmissionSetAside


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeUp:
    """Say what was done with it, and why; `at` is now, `recorded_as` a stream."""

    by: str
    done: Done
    why: str
    at: datetime
    recorded_as: str | None = None


SetAsideCommand: TypeAlias = SetAside | TakeUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What is known of one submission."""

    set_aside: SubmissionSetAside | None = None
    taken_up: SubmissionTakenUp | None = None


def decide(desk: Desk, command: SetAsideCommand) -> Sequence[SetAsideEvent]:
    """Return the events that a command makes, or raise Refused with every reason."""
    match command:
        case SetAside():
            if desk.set_aside is not None:
                sentence = "Cet envoi est déjà mis de côté."
                raise Refused(Problem("", "already_set_aside", sentence))
            return [command.what]
        case TakeUp():
            reasons = [*_state_refusals(desk), *_refusals(command)]
            if reasons:
                raise Refused(*reasons)
            return [_taken_up(command)]
        case _:
            assert_never(command)


def evolve(desk: Desk, event: SetAsideEvent) -> Desk:
    """Return what is known after one event."""
    match event:
        case SubmissionSetAside():
            return replace(desk, set_aside=event)
        case SubmissionTakenUp():
            return replace(desk, taken_up=event)
        case _:
            assert_never(event)


SUBMISSION: Decider[Desk, SetAsideCommand, SetAsideEvent] = Decider(
    category=CATEGORY, initial=Desk(), decide=decide, evolve=evolve
)


def _taken_up(command: TakeUp) -> SubmissionTakenUp:
    return SubmissionTakenUp(
        occurred_at=command.at,
        received_at=command.at,
        by=command.by,
        done=command.done,
        recorded_as=command.recorded_as,
        why=command.why.strip(),
    )


def _state_refusals(desk: Desk) -> Iterator[Problem]:
    if desk.set_aside is None:
        yield Problem("", "not_set_aside", "Aucun envoi n'est mis de côté sous ce reçu.")
    if desk.taken_up is not None:
        yield Problem("", "already_taken_up", "Cet envoi est déjà repris : relisez la page.")


def _refusals(command: TakeUp) -> Iterator[Problem]:
    why = command.why.strip()
    if not why:
        yield Problem("/why", "reason_needed", "Donnez le motif : il reste au dossier.")
    if len(why) > LONGEST_REASON:
        sentence = f"Ce texte dépasse {LONGEST_REASON} caractères ({len(why)})."
        yield Problem("/why", "too_long", sentence)
    if not is_readable(why):
        sentence = "Ce texte contient un caractère illisible : retapez-le."
        yield Problem("/why", "unreadable_character", sentence)
    anew = command.done is Done.RECORDED_ANEW
    if anew and (command.recorded_as is None or not STREAM.fullmatch(command.recorded_as)):
        sentence = "Donnez le numéro de la déclaration où l'envoi est enregistré."
        yield Problem("/recorded_as", "stream_needed", sentence)
    if not anew and command.recorded_as is not None:
        sentence = "Un numéro va avec « Enregistré à nouveau » : retirez-le, ou changez la suite."
        yield Problem("/recorded_as", "stream_unexpected", sentence)
