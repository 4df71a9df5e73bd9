"""Who has to be told of a decision about a product, by means that give a date certain, and who was.

An extension of the period to file is told to the ministers (D5121-74-1-1 II) and, being a decision on its
request, to the holder (CRPA L221-8); a cessation after a marketing authorisation to both (R5121-74-9 I).
Refusal codes: those of SENTENCES, and `hash_needed`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeAlias

from compassionate.domain.acts import Act, hash_problems
from compassionate.domain.vocabulary import Addressee, DatedMeans
from events.days import day_of
from events.errors import Problem

SENTENCES = {
    "unknown_decision": "Aucune décision de ce rang n'est à faire savoir.",
    "already_told": "Cette information est déjà consignée.",
    "told_in_future": "Cette date est dans le futur.",
    "told_before_decision": "Cette date précède la décision.",
}

Told: TypeAlias = frozenset[tuple[int, Addressee]]
"""Which decisions, by their rank from 1, were told to whom."""


class ToTell(NamedTuple):
    """One thing that is still to be told: the rank of the decision from 1, to whom, and since when."""

    decision: int
    to: Addressee
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell(Act):
    """Record that somebody was told of a decision; `document` is the SHA-256 of the letter that left."""

    decision: int
    to: Addressee
    means: DatedMeans
    certain_on: date
    document: str


TOLD = ("decision", "to", "means", "certain_on", "document")
"""What a command and its event say alike."""


def still_to_tell(decided: Mapping[int, date], told: Told) -> tuple[ToTell, ...]:
    """Return what is still to be told of decisions, given by rank with their days."""
    return tuple(
        ToTell(decision=rank, to=to, since=day)
        for rank, day in decided.items()
        for to in Addressee
        if (rank, to) not in told
    )


def telling_problems(command: Tell, decided: Mapping[int, date], told: Told) -> Iterator[Problem]:
    """Yield why it is refused to record that somebody was told."""
    decided_on = decided.get(command.decision)
    if decided_on is None:
        yield _problem("unknown_decision", "/decision")
    elif (command.decision, command.to) in told:
        yield _problem("already_told", "")
    elif command.certain_on < decided_on:
        yield _problem("told_before_decision", "/certain_on")
    if command.certain_on > day_of(command.at):
        yield _problem("told_in_future", "/certain_on")
    yield from hash_problems(command.document)


def _problem(code: str, pointer: str) -> Problem:
    return Problem(pointer, code, SENTENCES[code])
