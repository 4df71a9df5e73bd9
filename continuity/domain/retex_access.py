"""The points of the report about compassionate access, from what that context tells of an outage (§7).

The public form counts requests and nothing else of persons, in tables that may stand beside one another
(`retex_masking.standing`); what else is told of them is for the agency.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from continuity.domain.retex_cases import (
    NONE,
    Down,
    Ran,
    goal_met,
    has_expired,
    is_late,
    ran,
    row_of,
    term_of,
    to_review,
    verdict,
)
from continuity.domain.retex_figures import Usual, hours, usual, waits
from continuity.domain.retex_masking import WITHHELD, masked, standing
from continuity.domain.retex_sheets import ORAL, Desk
from continuity.domain.retex_timeline import instant, minutes
from continuity.domain.sheet_words import SheetState
from events.small_cells import SMALLEST, Cell, masked as masked_count
from events.touched import Arrival, Case, Touched

Json = dict[str, Any]
NOT_RECORDED = {"recorded": "not_recorded"}
REACHING = frozenset({"request", "dose", "oral_agreement"})
ON_SHEET = "on_sheet"
TABLES = (
    "affected",
    "decision",
    "review",
    "when",
    "given",
    "silence",
    "recorded",
    "channel",
    "state_at_start",
)
"""Of the public form, the first that are asked for first: each may withhold those behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What the report is made of: the requests that the outage touched, and what came in it."""

    touched: Touched
    down: Down
    desk: Desk
    cases: Sequence[Case]
    arrivals: Sequence[Arrival]
    terms: Sequence[Ran]
    usual: Usual


def access_of(touched: Touched | None, down: Down, desk: Desk) -> Access | None:
    """Return what is told, None where nothing of compassionate access was ever recorded."""
    if touched is None or (touched.recorded_since is None and not touched.cases):
        return None
    cases = [one for one in touched.cases if down.touches(one.begins_at, one.closed_at)]
    within = [hour for span in down.spans for hour in hours(span, down.until)]
    of_cases = (
        ran(case.reference, term, down, is_urgent=case.is_urgent)
        for case in cases
        for term in case.terms
    )
    apart = (ran(name, term, down) for name, term in touched.apart)
    return Access(
        touched=touched,
        down=down,
        desk=desk,
        cases=cases,
        arrivals=[one for one in touched.arrivals if down.holds(one.received_at)],
        terms=sorted(filter(None, (*of_cases, *apart)), key=_first),
        usual=usual(within, touched.usual, touched.recorded_since),
    )


def _first(one: Ran) -> tuple[bool, bool, Any, str, str]:
    """What cannot wait stands first, then what a text fixes, then the earliest term."""
    return (
        not one.is_urgent,
        not one.term.by_law,
        one.term.ends_at,
        one.reference,
        one.term.clock,
    )


def points(access: Access | None, *, public: bool) -> Json:
    """Return points 5, 6, 7 and 11; without anything recorded, that nothing is."""
    if access is None:
        names = ("requests", "decisions_late", "patient_safety")
        return {name: dict(NOT_RECORDED) for name in names}
    if public:
        return _public(access)
    return {
        "requests": _requests(access),
        "decisions_late": _decisions(access),
        "given": _given(access),
        "patient_safety": _safety(access),
    }


def _requests(access: Access) -> Json:
    waited = waits([(one.received_at, one.recorded_at) for one in access.arrivals])
    rows = sorted(access.arrivals, key=lambda one: (one.received_at, one.reference, one.kind))
    aside = access.desk.access_set_aside
    return {
        "affected": len(access.cases),
        "open_at_start": sum(one.state_at_start is not None for one in access.cases),
        "state_at_start": _counted(one.state_at_start or NONE for one in access.cases),
        "urgent_at_start": sum(
            one.state_at_start is not None and one.is_urgent for one in access.cases
        ),
        "reached": len(_reached(access)),
        "received": _counted(one.kind for one in access.arrivals),
        "by_channel": _counted(f"{one.kind}.{one.channel}" for one in access.arrivals),
        "recorded": {
            "at_once": len(access.arrivals) - waited["count"],
            "afterwards": waited["count"],
            "set_aside": sum(aside.values()),
        },
        "set_aside": dict(sorted(aside.items())),
        "again": access.touched.again.get("sent_again", 0),
        "waited": waited,
        "usual": access.usual.told(),
        "never_sent": _never_sent(access),
        "unreadable": access.touched.counts.get("unreadable", 0),
        "rows": [_arrival(one) for one in rows],
    }


def _reached(access: Access) -> set[str]:
    """Return the requests of which a form, a dose or an agreement was received in the outage."""
    return {one.reference for one in access.arrivals if one.kind in REACHING}


def _never_sent(access: Access) -> int | None:
    """Return what was usual and neither came, nor was set aside, nor waits on a sheet to be matched."""
    mean = access.usual.mean
    if mean is None:
        return None
    elsewhere = sum(access.desk.access_set_aside.values()) + _on_sheets(access)
    return max(round(mean - len(_reached(access)) - elsewhere), 0)


def _on_sheets(access: Access) -> int:
    return sum(one.kind in ORAL and one.state == SheetState.TO_MATCH for one in access.desk.typed)


def _arrival(one: Arrival) -> Json:
    return {
        "number": one.reference,
        "kind": one.kind,
        "channel": one.channel,
        "node": one.node,
        "received_at": instant(one.received_at),
        "recorded_at": instant(one.recorded_at),
        "waited_minutes": minutes(one.recorded_at - one.received_at),
    }


def _decisions(access: Access) -> Json:
    expired = [one for one in access.terms if has_expired(one)]
    return {
        "count": sum(is_late(case, access.down) for case in access.cases),
        "goals": _counted(_goal_of(case, access.down) for case in access.cases),
        "clocks": _counted(one.kind for one in access.terms),
        "by_law": sum(one.term.by_law for one in access.terms),
        "moved": sum(one.term.was_moved for one in access.terms),
        "expired": _counted(one.term.clock for one in expired),
        "authorisations": {
            "renewal_waited": sum(term_of(one, "length") is not None for one in access.cases),
            "no_renewal": access.touched.counts.get("ended_without_renewal", 0),
        },
        "rows": [row_of(one, access.down) for one in access.terms],
    }


def _goal_of(case: Case, down: Down) -> str:
    found = goal_met(case, down)
    return found and f"{'urgent' if case.is_urgent else 'deferrable'}.{found}"


def _given_in(access: Access) -> list[Case]:
    """Return what was given or agreed to in the outage."""
    return [one for one in access.cases if one.given and access.down.holds(one.given.at)]


def _given(access: Access) -> Json:
    cases = _given_in(access)
    verdicts = [verdict(term_of(one, "regularisation"), access.down) for one in cases]
    return {
        "count": len(cases),
        "by_outcome": _counted(_outcome(one) for one in cases),
        "in_time": _counted(verdicts),
        "waited": _delays(cases),
        "rows": [_dose(one) for one in sorted(cases, key=lambda one: one.begins_at)],
    }


def _outcome(case: Case) -> str:
    return f"{case.given.route}.{case.given.outcome}" if case.given else NONE


def _delays(cases: Iterable[Case]) -> Json:
    """Return how long it took until what was given was regularised or refused (hours)."""
    found = sorted(
        (one.closed_at - one.given.at) / timedelta(hours=1)
        for one in cases
        if one.given and one.closed_at and one.given.outcome in {"regularised", "refused"}
    )
    return {
        "count": len(found),
        "median_hours": round(median(found), 1) if found else None,
        "longest_hours": round(found[-1], 1) if found else None,
    }


def _dose(case: Case) -> Json:
    assert case.given is not None  # noqa: S101  the caller asked for these
    return {
        "number": case.reference,
        "route": case.given.route,
        "at": instant(case.given.at),
        "outcome": case.given.outcome,
        "closed": instant(case.closed_at) if case.closed_at else None,
        "on_sheet": case.given.on_sheet,
    }


def _safety(access: Access) -> Json:
    """Return whom a clinician should look at; whether somebody did, no event tells."""
    found = [(one.reference, to_review(one, access.down)) for one in access.cases]
    rows = [{"number": number, "reasons": why} for number, why in sorted(found) if why]
    return {
        "to_review": len(rows),
        "reasons": _counted(reason for row in rows for reason in row["reasons"]),
        "reviewed": dict(NOT_RECORDED),
        "rows": rows,
    }


def _public(access: Access) -> Json:
    units = _units(access)
    # Sheets are counted elsewhere: all requests less those would be the few that have none.
    on_sheet = sum(unit["sheet"] == ON_SHEET for unit in units)
    shown = standing(units, TABLES, ("sheet",) if on_sheet >= SMALLEST else ())
    told = {
        name: WITHHELD if cells is None else {cell: n for cell, n in cells.items() if cell}
        for name, cells in shown.items()
    }
    affected = masked_count(len(units))
    if shown["affected"] is None and affected == len(units):
        affected = WITHHELD
    given = told["given"]
    late = _sum_of(told["decision"], ("late", "open_late"))
    return {
        "requests": {
            "affected": affected,
            **{name: told[name] for name in ("when", "state_at_start", "recorded", "channel")},
            **_usual_in_public(access, told["when"]),
        },
        "decisions_late": {
            "count": late,
            "goals": told["decision"],
            "silence": told["silence"],
            "authorisations": {
                "no_renewal": masked_count(access.touched.counts.get("ended_without_renewal", 0))
            },
            "apart": dict(masked(_counted(_apart_in(access))).cells),
        },
        "given": {
            "by_outcome": given,
            "waited": _delays_in_public(access, given),
        },
        "patient_safety": {
            "to_review": _sum_of(told["review"], ("to_review",)),
            "reviewed": dict(NOT_RECORDED),
        },
    }


def _units(access: Access) -> list[dict[str, str]]:
    """Return each request by its cell in every table; an empty name is the rest of a table."""
    first: dict[str, Arrival] = {}
    for one in sorted(access.arrivals, key=lambda one: one.received_at):
        if one.kind in REACHING:
            first.setdefault(one.reference, one)
    given = {one.reference for one in _given_in(access)}
    silences = {one.reference: one.falls for one in access.terms if one.term.clock == "silence"}
    return [
        {
            "affected": "affected",
            "decision": _goal_of(one, access.down),
            "review": "to_review" if to_review(one, access.down) else NONE,
            "when": "waited_at_start" if one.state_at_start else "reached",
            "given": _outcome(one) if one.reference in given else NONE,
            "sheet": ON_SHEET if one.given and one.given.on_sheet else NONE,
            "silence": f"silence.{silences[one.reference]}" if one.reference in silences else NONE,
            "recorded": _recorded(first.get(one.reference)),
            "channel": first[one.reference].channel if one.reference in first else NONE,
            "state_at_start": one.state_at_start or NONE,
        }
        for one in access.cases
    ]


def _recorded(one: Arrival | None) -> str:
    if one is None:
        return NONE
    waited = waits([(one.received_at, one.recorded_at)])["count"]
    return "afterwards" if waited else "at_once"


def _sum_of(cells: Json | str, endings: Sequence[str]) -> Cell:
    """Return how many are counted under these cells of a table that is shown; else withheld."""
    if isinstance(cells, str):
        return cells
    found: list[int] = [n for name, n in cells.items() if name.rpartition(".")[2] in endings]
    return sum(found)


def _delays_in_public(access: Access, given: Json | str) -> Json:
    """Return the middle of the delays: that of few is one's own, the longest always is."""
    told = _delays(_given_in(access)) if isinstance(given, dict) else {"count": 0}
    median_hours = told["median_hours"] if told["count"] >= SMALLEST else None
    return {"median_hours": median_hours}


def _usual_in_public(access: Access, when: Json | str) -> Json:
    """Return what is usual, and what lacks of it where nothing masked can be found by subtraction."""
    if access.usual.has_few:
        return {"usual": access.usual.withheld(), "never_sent": None}
    beside = sum(access.desk.access_set_aside.values()) + _on_sheets(access)
    # What was subtracted has to be what is told, else the difference of both tells of a few.
    new = {one.reference for one in access.cases if not one.state_at_start}
    is_clear = isinstance(when, dict) and not beside and new == _reached(access)
    never_sent = _never_sent(access) if is_clear else None
    return {"usual": access.usual.told(), "never_sent": never_sent}


def _apart_in(access: Access) -> list[str]:
    names = {name for name, _ in access.touched.apart}
    return [one.kind for one in access.terms if one.reference in names]


def _counted(names: Iterable[str]) -> dict[str, int]:
    """Count names; an empty one is nobody's."""
    return dict(sorted(Counter(name for name in names if name).items()))
