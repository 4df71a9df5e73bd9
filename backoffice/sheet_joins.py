"""What a sheet does to the declaration that it stands for: its receipt counts there too.

As long as it stands for it, by a match or as a duplicate of the declaration or of a sheet that was
matched to it: where that is undone or changed, the receipt leaves with it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Someone
from continuity import sheet_queries
from continuity.domain.sheet_facts import SheetFacts, nearest
from continuity.domain.sheet_number import sheet_id
from events.errors import Problem, Refused
from events.event import identifier_of
from events.number import NotANumber, parse
from pharmacovigilance.nearby import Nearby, declared_as
from pharmacovigilance.sheet_receipts import disjoin_sheet, join_sheet, would_count


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The receipt of one version of a sheet, the declaration it leaves and the one it goes to."""

    receipt: str
    received_at: datetime
    left: UUID | None
    reached: UUID | None


def declared_under(user: Someone, reference: str) -> Nearby | None:
    """Return the declaration of a number; None where there is none that somebody may see."""
    try:
        return declared_as(user, parse(reference)) if reference else None
    except NotANumber:
        return None


def move_receipts(user: Someone, before: SheetFacts, after: SheetFacts, reason: str) -> None:
    """Take a sheet's receipts, and those of its duplicates, to what it will stand for; twice is once.

    Raises Refused where one leaves a declaration that she may not see, or would count for such a one.
    """
    moves = list(_moves(before, after))
    # Before any leaves: else it counted nowhere.
    joins = list(_joins(moves))
    for reached in {reached for _move, reached in joins}:
        if declared_as(user, reached) is None:
            sentence = _(
                "La fiche d’origine est rapprochée d’une déclaration que vous ne suivez pas : "
                "demandez à l’agence de dire ce doublon."
            )
            raise Refused(Problem("", "original_elsewhere", sentence))
    for move in moves:
        _leave(user, move, reason)
    for move, reached in joins:
        join_sheet(user, reached, receipt_id=move.receipt, received_at=move.received_at)


def receipt_of(facts: SheetFacts, place: int) -> str:
    """Return what a version is known by: the first by the number alone, a later one has its place."""
    return facts.number if place == 1 else f"{facts.number}/{place}"


def _leave(user: Someone, move: Move, reason: str) -> None:
    if move.left is None:
        return
    try:
        disjoin_sheet(user, move.left, receipt_id=move.receipt, reason=reason)
    except Http404:
        sentence = _(
            "La déclaration rapprochée n’est pas de celles que vous suivez : demandez à "
            "l’agence de défaire ce rapprochement."
        )
        raise Refused(Problem("", "match_elsewhere", sentence)) from None


def _moves(before: SheetFacts, after: SheetFacts) -> Iterator[Move]:
    """Yield the receipts that will count for another declaration than they do, or for none."""
    for was, now in ((before, after), *((one, one) for one in _duplicates(before))):
        for place, recording in enumerate(was.recordings, start=1):
            left = _stands_for(before, was, place) if place in was.retained else None
            reached = _stands_for(after, now, place) if place in now.retained else None
            if left != reached:
                yield Move(
                    receipt=receipt_of(was, place),
                    received_at=recording.received_at,
                    left=left,
                    reached=reached,
                )


def _joins(moves: Iterable[Move]) -> Iterator[tuple[Move, UUID]]:
    """Yield the receipts that will count for the declaration that they reach, with that one."""
    for move in moves:
        reached = move.reached
        if reached is not None and would_count(reached, move.receipt, move.received_at):
            yield move, reached


def _duplicates(facts: SheetFacts) -> Iterator[SheetFacts]:
    """Yield the sheets that are duplicates of a sheet, and the duplicates of those."""
    known, waiting = {facts.number}, [facts.number]
    while waiting:
        for one in sheet_queries.doubling(waiting.pop()):
            if one.number not in known:
                known.add(one.number)
                waiting.append(one.number)
                yield one


def _stands_for(changed: SheetFacts, facts: SheetFacts, place: int) -> UUID | None:
    """Return the declaration of a version, its own or that of what it doubles; None without one.

    `changed` is a sheet as it is to be taken, whatever the log says of it.
    """
    passed: set[str] = set()
    while facts.number not in passed:
        match = facts.match_of(place)
        if match is not None:
            return identifier_of(match.stream) if match.stream else None
        if facts.doubles is None or place not in facts.doubled:
            return None
        try:
            return parse(facts.doubles)
        except NotANumber:
            passed.add(facts.number)
        recording = facts.recordings[place - 1]
        same = facts.doubles == changed.number
        facts = changed if same else sheet_queries.facts_of(sheet_id(facts.doubles))
        held = nearest(facts, recording)
        if held is None:
            return None
        place = held
    return None
