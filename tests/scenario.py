"""Given these events, when this command, then these events — or this refusal.

`given(DECLARATION, *events).when(command).then(*events)`; `.refused("code", …)` asks for exactly
these codes, in any order; `.state` is the folded state after the command. Whatever the outcome,
folding given + made events must not raise, and a refusal must leave the state as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from events.decider import Decider
from events.errors import Problem, Refused

S = TypeVar("S")
C = TypeVar("C")
E = TypeVar("E")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[S, E]):
    """What a command made: its events, or the reasons of its refusal."""

    made: tuple[E, ...]
    problems: tuple[Problem, ...]
    state: S

    def then(self, *expected: E) -> "Outcome[S, E]":
        """Assert that exactly these events were made."""
        assert not self.problems, f"refused: {self.problems}"
        assert self.made == expected
        return self

    def then_types(self, *expected: type) -> "Outcome[S, E]":
        """Assert the types of the events that were made."""
        assert not self.problems, f"refused: {self.problems}"
        assert tuple(type(event) for event in self.made) == expected
        return self

    def refused(self, *codes: str) -> "Outcome[S, E]":
        """Assert that the command was refused for exactly these codes."""
        assert sorted(problem.code for problem in self.problems) == sorted(codes)
        return self

    def refused_at(self, *places: tuple[str, str]) -> "Outcome[S, E]":
        """Assert the exact (pointer, code) pairs of the refusal."""
        found = sorted((problem.pointer, problem.code) for problem in self.problems)
        assert found == sorted(places)
        return self


@dataclass(frozen=True, slots=True)
class Scenario(Generic[S, C, E]):
    """A stream's past."""

    decider: Decider[S, C, E]
    past: Sequence[E]

    def when(self, *commands: C) -> Outcome[S, E]:
        """Give the commands one after the other; the outcome is that of the last."""
        state = self.decider.fold(self.past)
        made: tuple[E, ...] = ()
        problems: tuple[Problem, ...] = ()
        for command in commands:
            before = state
            made, problems = (), ()
            try:
                made = tuple(self.decider.decide(state, command))
            except Refused as refusal:
                problems = refusal.problems
                assert problems, "a refusal gives its reasons"
            assert state == before, "deciding changes no state"
            state = self.decider.fold(made, state)
        return Outcome(made=made, problems=problems, state=state)

    @property
    def state(self) -> S:
        """Return the folded past."""
        return self.decider.fold(self.past)


def given(decider: Decider[S, C, E], *past: Any) -> Scenario[S, C, E]:
    """Start a scenario from what has happened."""
    return Scenario(decider, past)
