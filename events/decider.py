"""The rules of one kind of stream, as three pure functions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Generic, TypeVar

S = TypeVar("S")
C = TypeVar("C")
E = TypeVar("E")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider(Generic[S, C, E]):
    """`decide` turns a state and a command into events or raises Refused; `evolve` folds one event.

    Both are pure: the time and the identifiers arrive inside the command.
    """

    category: str
    initial: S
    decide: Callable[[S, C], Sequence[E]]
    evolve: Callable[[S, E], S]

    def fold(self, events: Iterable[E], state: S | None = None) -> S:
        """Return the state after `events`, from the initial state or from `state`."""
        return reduce(self.evolve, events, self.initial if state is None else state)
