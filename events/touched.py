"""What an outage touched, told by each context of its own streams for the report of an incident."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, TypeAlias

WEEKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time from the first failure to the end of the outage."""

    since: datetime
    until: datetime


class Times(NamedTuple):
    """What happened, when it was received and when it was recorded."""

    type: str
    received_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One thing received in the window; `reference` is the number that people know it by."""

    reference: str
    kind: str
    channel: str
    node: str | None
    received_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningClock:
    """One legal clock; `known_at` is when the log held what started it."""

    reference: str
    clock: str
    label: str
    source: str
    day_zero: date
    due: date
    known_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term to the instant; `by_law`: a text fixes it, else the house does.

    `done_at` is when what it waits for came, None while it has not; `was_moved`: what was received in
    the window gave it another last day; `of` names what it is the term of, where that has a number.
    """

    clock: str
    label: str
    source: str
    by_law: bool
    begins_at: datetime
    ends_at: datetime
    done_at: datetime | None
    was_moved: bool = False
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was given, or agreed to, before any decision: by which route, and what became of it."""

    route: str
    at: datetime
    outcome: str
    on_sheet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing that waited for a decision in the window, or reached the house in it.

    `begins_at` is when the house had it, or when it was given, if earlier; `state_at_start` is unsaid
    where it did not wait yet when the window began.
    """

    reference: str
    is_urgent: bool
    begins_at: datetime
    closed_at: datetime | None
    state_at_start: str | None = None
    terms: Sequence[Term] = ()
    given: Given | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What one context tells.

    `usual` counts what was received by hour (number of the hour since 1970, UTC) in the eight weeks
    before; `recorded_since` is when the first thing of this kind was received, None if nothing was.
    `again` counts the further receipts of what was received in the window, or that were given in it,
    by what gave them; `at_start` what waited when the window began. `cases` are what waited for a
    decision, `apart` the terms of what is no case, each with its name, and `counts` what else was
    counted.
    """

    arrivals: Sequence[Arrival]
    clocks: Sequence[RunningClock]
    usual: Mapping[int, int]
    recorded_since: datetime | None
    again: Mapping[str, int] = field(default_factory=dict)
    at_start: Mapping[str, int] = field(default_factory=dict)
    cases: Sequence[Case] = ()
    apart: Sequence[tuple[str, Term]] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


Teller: TypeAlias = Callable[[Window], Touched]
_tellers: dict[str, Teller] = {}


def register(context: str, teller: Teller) -> None:
    """Let a context tell what an outage touched."""
    _tellers[context] = teller


def touched(window: Window) -> dict[str, Touched]:
    """Return what each context tells of a window; one that is not in it records nothing yet."""
    return {context: teller(window) for context, teller in sorted(_tellers.items())}
