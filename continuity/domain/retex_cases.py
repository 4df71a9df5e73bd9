"""One request for compassionate access in an outage: how long it waited, and what ran out meanwhile.

A wait goes from the receipt to the decision, or to the end of the outage where none came: no clock is
read, and the same events give the same report.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from continuity.domain.ladder import Span
from continuity.domain.retex_figures import overlap_of
from continuity.domain.retex_timeline import instant, minutes
from events.touched import Case, Term

AFTERWARDS = timedelta(days=15)
"""A clock due so soon after the end could not make up for the time lost: one clock of a serious case."""
NONE = ""
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Down:
    """When service was missing, and the end of it or the last that is known."""

    spans: Sequence[Span]
    until: datetime

    def holds(self, at: datetime) -> bool:
        """Say whether service was missing at an instant."""
        return any(span.since <= at < (span.until or self.until) for span in self.spans)

    def touches(self, begins: datetime, ends: datetime | None) -> bool:
        """Say whether service was missing at a time between two instants."""
        last = ends or self.until
        return begins < last and overlap_of(begins, last, self.spans, self.until).lost_hours > 0


class Ran(NamedTuple):
    """A term that the outage touched: of what, and where its last day falls."""

    reference: str
    is_urgent: bool
    term: Term
    falls: str

    @property
    def kind(self) -> str:
        """Return which term, and where it falls."""
        return f"{self.term.clock}.{self.falls}"


def ran(reference: str, term: Term, down: Down, *, is_urgent: bool = False) -> Ran | None:
    """Return a term that the outage touched, None for another.

    What a text fixes runs no more after its last day; what the house means to do goes on being late.
    """
    last = min(term.ends_at, term.done_at or term.ends_at) if term.by_law else term.done_at
    if not down.touches(term.begins_at, last):
        return None
    return Ran(reference, is_urgent, term, falls(term, down))


def falls(term: Term, down: Down) -> str:
    """Return where a term ends: before the outage, inside it, in the fifteen days after, or later."""
    if term.ends_at <= down.spans[0].since:
        return "before"
    if term.ends_at <= down.until:
        return "inside"
    return "after" if term.ends_at <= down.until + AFTERWARDS else "later"


def has_expired(one: Ran) -> bool:
    """Say whether a term ended inside the outage with nothing done by then."""
    term = one.term
    return one.falls == "inside" and (term.done_at is None or term.done_at > term.ends_at)


def verdict(term: Term | None, down: Down) -> str:
    """Return whether something was done in time, late, or is open: past its term at the end, or not."""
    if term is None:
        return NONE
    if term.done_at is not None:
        return "late" if term.done_at > term.ends_at else "in_time"
    return "open_late" if term.ends_at <= down.until else "open"


def term_of(case: Case, clock: str) -> Term | None:
    """Return the term of one clock of a case."""
    return next((one for one in case.terms if one.clock == clock), None)


def goal_met(case: Case, down: Down) -> str:
    """Return the verdict on the goal of a case, nothing where no wait for a decision was touched."""
    term = term_of(case, "goal")
    is_touched = term is not None and down.touches(term.begins_at, term.done_at)
    return verdict(term, down) if is_touched else NONE


def is_late(case: Case, down: Down) -> bool:
    """Say whether it was decided after its goal, or was still undecided at the end, past it."""
    return goal_met(case, down) in {"late", "open_late"}


def to_review(case: Case, down: Down) -> list[str]:
    """Return why a clinician should look at what happened to the patient of a request."""
    reasons = {
        "urgent_late": case.is_urgent and is_late(case, down),
        "dose_refused": case.given is not None and case.given.outcome == "refused",
        "cover_lost": term_of(case, "length") is not None,
    }
    return [name for name, holds in reasons.items() if holds]


def row_of(one: Ran, down: Down) -> Json:
    """Return what is told of one term."""
    term = one.term
    waited = overlap_of(
        term.begins_at, max(term.done_at or down.until, term.begins_at), down.spans, down.until
    )
    late = None if term.done_at is None else max(term.done_at - term.ends_at, timedelta(0))
    return {
        "number": one.reference,
        "of": term.of,
        "clock": term.clock,
        "label": term.label,
        "source": term.source if term.by_law else None,
        "is_urgent": one.is_urgent,
        "begins": instant(term.begins_at),
        "ends": instant(term.ends_at),
        "falls": one.falls,
        "moved": term.was_moved,
        "done": instant(term.done_at) if term.done_at else None,
        "verdict": verdict(term, down),
        "late_minutes": None if late is None else minutes(late),
        "lost_hours": round(waited.lost_hours, 1),
        "share_percent": round(100 * waited.share, 1),
    }
