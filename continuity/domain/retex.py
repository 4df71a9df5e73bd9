"""The report of one incident, made from events alone: what was measured and what people said.

`content` gives it as plain JSON values, in the order of its fifteen points. What this software
records nothing of yet is said to be so, and never shown as zero. The public form names no
declaration and no person, and masks small cells.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from continuity.domain import retex_timeline as timeline
from continuity.domain.incident_events import Form, IncidentEvent, IncidentOpened
from continuity.domain.ladder import Rung, Told, rungs
from continuity.domain.retex_access import NOT_RECORDED, access_of, points as about_access
from continuity.domain.retex_cases import AFTERWARDS, Down
from continuity.domain.retex_figures import Usual, hours, late_by, overlap, usual, waits
from continuity.domain.retex_masking import WITHHELD, masked, whole
from continuity.domain.retex_sheets import (
    Desk,
    TypedSheet,
    about_sheets,
    are_publishable,
    declared_by_sheet,
    received_too,
    table,
)
from continuity.domain.retex_timeline import instant, minutes
from continuity.domain.sheet_words import SheetState
from events.days import PARIS
from events.small_cells import masked as masked_count
from events.touched import Arrival, RunningClock, Touched, Window

FORMAT = "retex/1"
DECLARATIONS = "pharmacovigilance"
REQUESTS = "compassionate"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything that a report is made from.

    `gaps` are times in which a node's beacon did not look, `counted` the events of the window in the
    whole log by type, `concurrent` the incidents that another node opened together with this one.
    """

    number: str
    events: Sequence[IncidentEvent]
    gaps: Sequence[tuple[str, datetime | None, datetime]] = ()
    touched: Mapping[str, Touched] = field(default_factory=dict)
    desk: Desk = field(default_factory=Desk)
    counted: Mapping[str, int] | None = None
    reopened_since: datetime | None = None
    concurrent: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage(Down):
    """When service was missing, and whether it is over."""

    is_over: bool

    @property
    def window(self) -> Window:
        """Return the time from the first failure to the end."""
        return Window(since=self.spans[0].since, until=self.until)


def outage_of(events: Sequence[IncidentEvent]) -> Outage | None:
    """Return when service was missing, None where no opening is known."""
    if not any(isinstance(one, IncidentOpened) for one in events):
        return None
    spans = timeline.spans(events)
    last = max(one.occurred_at for one in events)
    until = spans[-1].until
    return Outage(spans=spans, until=until or last, is_over=until is not None)


def content(material: Material, form: Form) -> Json:
    """Return the report without its version and hash. Raises ValueError: no opening is known."""
    outage = outage_of(material.events)
    if outage is None:
        raise ValueError(f"{material.number}: the log knows no opening of this incident")
    public = form is Form.PUBLIC
    touched = material.touched.get(DECLARATIONS)
    access = access_of(material.touched.get(REQUESTS), outage, material.desk)
    bulletins = [_rung(rung) for rung in _ladder(material.events, outage)]
    points = {
        "identity": _identity(material, outage, form),
        "timeline": timeline.rows(material.events, public=public),
        "services": timeline.services(material.events, outage.spans, outage.until),
        "at_start": _at_start(touched, material.desk, public=public),
        "declarations": _declarations(touched, outage, material.desk, public=public),
        "clocks": _clocks(touched, outage, public=public),
        "reconciliation": _reconciliation(material.desk, public=public),
        **_of_sheets(material.desk, public=public),
        **about_access(access, public=public),
        "communication": {"bulletins": bulletins, "unreached": dict(NOT_RECORDED)},
        "causes": timeline.causes(material.events, public=public),
        "actions": timeline.actions(material.events, public=public),
        "annexes": _annexes(material, public=public),
    }
    points["summary"] = _summary(points, outage)
    return {"format": FORMAT, "incident": material.number, "form": form.value, **points}


def _identity(material: Material, outage: Outage, form: Form) -> Json:
    openings = [one for one in material.events if isinstance(one, IncidentOpened)]
    first = openings[0]
    window = outage.window
    return {
        "number": material.number,
        "kind": first.kind.value,
        "title": "" if form is Form.PUBLIC else first.title,
        "nodes": sorted({one.node for one in openings}),
        "since": instant(window.since),
        "until": instant(window.until),
        "is_over": outage.is_over,
        "closed_at": timeline.closed_at(material.events),
        "not_observed": [
            {"node": node, "from": instant(since) if since else None, "to": instant(until)}
            for node, since, until in sorted(material.gaps, key=lambda gap: (gap[2], gap[0]))
        ],
        "form": form.value,
        **({} if form is Form.PUBLIC else _beside(material)),
    }


def _beside(material: Material) -> Json:
    """Return what stands beside an incident: it names others, and what was published before."""
    since = material.reopened_since
    return {
        "concurrent": list(material.concurrent),
        "reopened_since_published": instant(since) if since else None,
    }


def _at_start(touched: Touched | None, desk: Desk, *, public: bool) -> Json:
    """Return what waited when the outage began; whether a letter did, no event tells.

    In public without the clocks: those that ran in the outage less these are those that began in it.
    """
    if touched is None:
        return dict(NOT_RECORDED)
    told = {**touched.at_start, **desk.at_start}
    if public:
        told.pop("clocks_running", None)
        return {name: masked_count(count) for name, count in sorted(told.items())}
    return dict(sorted(told.items()))


def _ladder(events: Iterable[IncidentEvent], outage: Outage) -> list[Rung]:
    told = [Told(at=at, promised=promised) for at, promised in timeline.bulletins(events)]
    return rungs(outage.spans, told, outage.until)


def _rung(rung: Rung) -> Json:
    return {
        "due": instant(rung.due) if rung.due else None,
        "promised": instant(rung.promised) if rung.promised else None,
        "at": instant(rung.at) if rung.at else None,
        "late_minutes": minutes(rung.late),
        "late_on_promise_minutes": minutes(rung.late_on_promise),
    }


def _declarations(touched: Touched | None, outage: Outage, desk: Desk, *, public: bool) -> Json:
    if touched is None:
        return dict(NOT_RECORDED)
    declared = [one for one in touched.arrivals if one.kind == "declaration"]
    within = [hour for span in outage.spans for hour in hours(span, outage.until)]
    inside = [one for one in declared if outage.holds(one.received_at)]
    before = usual(within, touched.usual, touched.recorded_since)
    waited = waits([(one.received_at, one.recorded_at) for one in inside])
    by_sheet = declared_by_sheet(desk.typed)
    both = received_too(by_sheet, [one.reference for one in inside])
    told: Json = {
        "received": len(inside),
        "by_channel": _counted(one.channel for one in inside),
        "by_node": _counted(one.node or "" for one in inside),
        "by_hour": _per_hour(inside, [hour.start for hour in within]),
        "others_received": _counted(
            one.kind for one in touched.arrivals if one.kind != "declaration"
        ),
        "recorded": {
            "at_once": len(inside) - waited["count"],
            "afterwards": waited["count"],
        },
        "waited": waited,
        "usual": before.told(),
        "by_sheet": len(by_sheet),
        "by_sheet_too": both,
        "never_sent": _never_sent(before.mean, len(inside) + len(by_sheet) - both),
        "again": dict(touched.again),
    }
    if public:
        return _without_small_cells(told, before, desk.typed)
    rows = sorted(inside, key=lambda one: (one.received_at, one.reference))
    return told | {"rows": [_arrival(one) for one in rows]}


def _never_sent(usual_count: float | None, received: int) -> int | None:
    return None if usual_count is None else max(round(usual_count - received), 0)


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _per_hour(arrivals: Iterable[Arrival], starts: Iterable[datetime]) -> dict[str, int]:
    counted = Counter(instant(one.received_at.replace(minute=0, second=0)) for one in arrivals)
    return {instant(start): counted[instant(start)] for start in dict.fromkeys(starts)}


def _without_small_cells(told: Json, before: Usual, sheets: Sequence[TypedSheet]) -> Json:
    """Return the figures of the declarations as they may be published.

    Four tables share the total `received`: what one withholds, the others would give back.
    Those of `sheets` are told by state too.
    """
    public = dict(told)
    for name in ("by_channel", "by_node", "by_hour"):
        shown = whole(told[name])
        public[name] = WITHHELD if shown is None else dict(shown)
    recorded = whole(told["recorded"])
    # Both of its names stand there always, so that they tell of nobody.
    public["recorded"] = recorded or dict.fromkeys(told["recorded"], WITHHELD)
    public["others_received"] = dict(masked(told["others_received"]).cells)
    public["received"] = masked_count(told["received"])
    count = public["recorded"]["afterwards"]
    # A time of few is the time of one; and what is estimated by subtraction gives back the rest.
    public["waited"] = (
        {"count": count, "median_minutes": None, "longest_minutes": None}
        if isinstance(count, str)
        else told["waited"] | {"longest_minutes": None}
    )
    if before.has_few:
        public["usual"] = before.withheld()
        public["never_sent"] = None
    public["by_sheet"] = masked_count(told["by_sheet"])
    if public["by_sheet"] == told["by_sheet"] and told["by_sheet"] and not are_publishable(sheets):
        public["by_sheet"] = WITHHELD
    parted = whole(_parted(told, sum(one.state == SheetState.MATCHED for one in sheets)))
    public["by_sheet_too"] = WITHHELD if parted is None else parted["both"]
    # That of the sheets stands beside the two counts of them.
    public["again"] = {"sent_again": masked_count(told["again"].get("sent_again", 0))}
    if any(public[name] != told[name] for name in ("received", "by_sheet", "by_sheet_too")):
        public["never_sent"] = None
    return public


def _parted(told: Json, matched: int) -> dict[str, int]:
    """Return who was received, on a sheet and by both: the counts that are told give each by each."""
    both = told["by_sheet_too"]
    return {
        "both": both,
        "electronically": told["received"] - both,
        "on_sheet": told["by_sheet"] - both,
        "matched": abs(matched - both),
    }


def _arrival(one: Arrival) -> Json:
    return {
        "number": one.reference,
        "channel": one.channel,
        "node": one.node,
        "received_at": instant(one.received_at),
        "recorded_at": instant(one.recorded_at),
        "waited_minutes": minutes(one.recorded_at - one.received_at),
    }


def _clocks(touched: Touched | None, outage: Outage, *, public: bool) -> Json:
    if touched is None:
        return dict(NOT_RECORDED)
    rows = [_clock(one, outage) for one in touched.clocks]
    rows = [row for row in rows if row["lost_hours"] > 0]
    by_kind = _counted(f"{row['clock']}.{row['falls']}" for row in rows)
    late = sum(row["recorded_late_minutes"] > 0 for row in rows)
    totals: Json = {
        "count": len(rows),
        "by_kind": by_kind,
        "recorded_after_due": late,
        "sent": dict(NOT_RECORDED),
    }
    if public:
        kinds, lateness = whole(by_kind), whole({"late": late, "in_time": len(rows) - late})
        return totals | {
            "count": masked_count(len(rows)),
            "by_kind": WITHHELD if kinds is None else dict(kinds),
            "recorded_after_due": WITHHELD if lateness is None else late,
        }
    return totals | {"rows": rows}


def _clock(one: RunningClock, outage: Outage) -> Json:
    lost = overlap(one.day_zero, one.due, outage.spans, outage.until)
    last_day = outage.until.astimezone(PARIS).date()
    return {
        "number": one.reference,
        "clock": one.clock,
        "label": one.label,
        "source": one.source,
        "day_zero": one.day_zero.isoformat(),
        "due": one.due.isoformat(),
        "falls": _falls(one.due, last_day),
        "lost_hours": round(lost.lost_hours, 1),
        "share_percent": round(100 * lost.share, 1),
        "known_at": instant(one.known_at) if one.known_at else None,
        "recorded_late_minutes": minutes(late_by(one.due, one.known_at)),
    }


def _falls(due: date, last_day: date) -> str:
    if due <= last_day:
        return "inside"
    return "after" if due <= last_day + AFTERWARDS else "later"


def _reconciliation(desk: Desk, *, public: bool) -> Json:
    told: Json = {
        name: dict(NOT_RECORDED) if cells is None else table(cells, public=public)
        for name, cells in (
            ("sheets", desk.sheets),
            ("blocks", desk.blocks),
            ("set_aside", desk.set_aside),
        )
    }
    # Beside the open questions and the reasons, what was done with them gives back what these mask.
    hidden = WITHHELD if public else desk.settled
    return told | {
        "settled": dict(NOT_RECORDED) if desk.settled is None else hidden,
        "taken_up": WITHHELD if public else dict(sorted(desk.taken_up.items())),
    }


def _of_sheets(desk: Desk, *, public: bool) -> Json:
    if desk.sheets is None:
        return {"oral_agreements": dict(NOT_RECORDED), "legal": dict(NOT_RECORDED)}
    return about_sheets(desk.typed, public=public)


def _summary(points: Json, outage: Outage) -> Json:
    lasted = sum(((s.until or outage.until) - s.since for s in outage.spans), timedelta(0))
    bulletins = points["communication"]["bulletins"]
    declarations, clocks = points["declarations"], points["clocks"]
    late = points["decisions_late"]
    return {
        "down_minutes": minutes(lasted),
        "services": sorted({row["service"] for row in points["services"]}),
        "declarations_received": declarations.get("received"),
        "declarations_recorded_afterwards": declarations.get("recorded", {}).get("afterwards")
        if "received" in declarations
        else None,
        "declarations_never_sent": declarations.get("never_sent"),
        "clocks_touched": clocks.get("count"),
        "clocks_recorded_after_due": clocks.get("recorded_after_due"),
        "bulletins": sum(one["at"] is not None for one in bulletins),
        "bulletins_late": sum(one["late_minutes"] > 0 for one in bulletins),
        "requests_affected": _of(points["requests"], "affected"),
        "decisions_late": _of(late, "count"),
        "patients_to_review": _of(points["patient_safety"], "to_review"),
        **({"access_clocks": late["by_law"]} if "by_law" in late else {}),
    }


def _of(told: Json, name: str) -> Any:
    """Return one figure of a point, or that nothing of it is recorded."""
    return told.get(name, dict(NOT_RECORDED))


def _annexes(material: Material, *, public: bool) -> Json:
    types = _counted(one.TYPE for one in material.events)
    told = {"events": sum(types.values()), "by_type": types, "masking": "5" if public else None}
    # Types of one count or two are declarations and sheets one by one; and they share totals.
    return told if public else told | {"log_by_type": material.counted}
