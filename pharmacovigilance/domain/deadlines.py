"""Legal clocks as data, and which of them run on a declaration.

Calendar days in Europe/Paris; day 0 is the first day on which the four minimum criteria are held,
and the last day is day 0 + 15 or + 90 (GVP VI.B.7). A restart adds the clock of the follow-up and
never lengthens one that runs: initial and follow-up information are each due (GVP VI.B.7.1).
"""

from collections.abc import Iterable
from datetime import date, timedelta
from operator import attrgetter
from typing import NamedTuple


class Rule(NamedTuple):
    """Who owes what to whom, within how many days, and by which text."""

    code: str
    scope: str
    serious: bool | None
    days: int
    label: str
    source: str


IMMEDIATE = Rule(
    code="reporter_immediate",
    scope="HCP_to_CRPV",
    serious=None,
    days=0,
    label="Déclaration immédiate par le professionnel de santé",
    source="CSP R5121-161",
)
SERIOUS = Rule(
    code="agency_serious",
    scope="NCA_to_EV",
    serious=True,
    days=15,
    label="Transmission d'un cas grave à EudraVigilance",
    source="CSP R5121-156 2° a; Dir. 2001/83/CE art. 107 bis; GVP VI, tableau VI.8",
)
NON_SERIOUS = Rule(
    code="agency_non_serious",
    scope="NCA_to_EV",
    serious=False,
    days=90,
    label="Transmission d'un cas non grave à EudraVigilance",
    source="CSP R5121-156 2° b; GVP VI, tableau VI.8",
)
RULES: tuple[Rule, ...] = (IMMEDIATE, SERIOUS, NON_SERIOUS)
"""`IMMEDIATE` is the reporter's own duty, met by declaring: no clock of the agency shows it."""

SOURCES = {rule.code: rule.source for rule in RULES}
"""The legal source of each kind of clock."""

_SPANS = {rule.days: timedelta(days=rule.days) for rule in RULES}


class Clock(NamedTuple):
    """One legal clock; `restarted_by` is the turn (1, 2…) that started it, None for the first.

    Follow-ups and answers are counted together: both are later information.
    """

    rule: Rule
    day_zero: date
    due: date
    restarted_by: int | None

    @property
    def kind(self) -> str:
        """Return the stable code of the clock's rule."""
        return self.rule.code

    @property
    def source(self) -> str:
        """Return the legal source."""
        return self.rule.source


class Turn(NamedTuple):
    """What one piece of information did: `number` is 0 for the declaration, then 1, 2…"""

    number: int
    day: date
    valid: bool
    serious: bool
    significant: bool


def completing(turns: Iterable[Turn]) -> int | None:
    """Return which turn completed the four criteria and so started the first clock, None before."""
    return next((turn.number for turn in turns if turn.valid), None)


def started(rule: Rule, day: date, restarted_by: int | None) -> Clock:
    """Return a clock that starts on `day`."""
    return Clock(rule, day, day + _SPANS[rule.days], restarted_by)


def would_be_due(received: date, *, serious: bool) -> date:
    """Return the day by which a case that is not valid yet is looked at, no clock saying one.

    As if it had been valid when it was received, so that a death whose patient is missing does not
    wait behind every case of 90 days: what is missing is asked for at once (GVP VI.B.3).
    """
    return received + _SPANS[(SERIOUS if serious else NON_SERIOUS).days]


def clocks(zero: date | None, turns: Iterable[Turn]) -> tuple[Clock, ...]:
    """Return the clocks that run, the earliest due first; none before the case is valid.

    At day 0: 15 days if serious, else 90. Later information: becoming serious, or significant
    information on a serious case, starts 15 days from its receipt; significant information on a
    case that is not serious starts 90. A downgrade ends the 15 days and leaves 90 from day 0.
    """
    if zero is None:
        return ()
    # By rule and day, the first one: the same day owes one report.
    running: dict[tuple[str, date], Clock] = {}
    was_serious: bool | None = None
    for number, day, valid, serious, significant in turns:
        if not valid:
            continue
        rule = SERIOUS if serious else NON_SERIOUS
        if was_serious is None or (was_serious and not serious):
            restarted_by = None if was_serious is None else number or None
            running = {(rule.code, zero): started(rule, zero, restarted_by)}
        elif significant or serious is not was_serious:
            day_zero = max(day, zero)
            if (rule.code, day_zero) not in running:
                running[rule.code, day_zero] = started(rule, day_zero, number or None)
        was_serious = serious
    return tuple(sorted(running.values(), key=attrgetter("due")))
