"""What an outage touched of the declarations: what was received meanwhile, and whose clocks ran."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import msgspec

from events import reading
from events.codec import catalogue
from events.errors import EventError
from events.event import StoredEvent, identifier_of
from events.number import number_of
from events.projection import View, whole
from events.touched import Arrival, RunningClock, Times, Touched, Window
from pharmacovigilance.domain.dates import day_in_paris
from pharmacovigilance.domain.deadlines import RULES, Rule, completing
from pharmacovigilance.domain.events import (
    EVENTS,
    AdverseEventDeclared,
    DeclarationWithdrawn,
    FollowUpReceived,
    InformationProvided,
    InformationRequested,
    ReceiptJoined,
)
from pharmacovigilance.domain.facts import TRANSITIONS, CaseFacts
from pharmacovigilance.domain.received import SHEET_NODE
from pharmacovigilance.models import DeadlineRow

KINDS = {
    AdverseEventDeclared.TYPE: "declaration",
    FollowUpReceived.TYPE: "follow_up",
    InformationProvided.TYPE: "answer",
}
"""What informs, each time a turn of its declaration, numbered from 0 in the stream's order."""

VIEWS = {event.TYPE: whole(event) for event in EVENTS}
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def touched_by(window: Window) -> Touched:
    """Return what was received in the window, what was usual, and every clock that ran in it."""
    arrived = reading.received(list(KINDS), window)
    rows = _rows(window)
    times = reading.times(sorted({row.stream for row in rows}))
    turns = {stream: _turns(past) for stream, past in times.items()}
    completed = _completed(rows, turns)
    return Touched(
        arrivals=[_arrival(one) for one in arrived],
        clocks=[_clock(row, turns.get(row.stream, ()), completed) for row in rows],
        usual=reading.usual([AdverseEventDeclared.TYPE], window),
        recorded_since=reading.first_received([AdverseEventDeclared.TYPE]),
        again=_again(arrived, window),
        at_start={
            "clocks_running": _running(rows, times, window.since),
            "questions_open": _asked(window.since),
        },
    )


def _again(arrived: Sequence[StoredEvent], window: Window) -> dict[str, int]:
    """Return how many further receipts were joined to what arrived in the window, or given in it.

    Of one sent again to a node, and of one that was taken on a numbered sheet too.
    """
    inside = {(one.stream, one.version) for one in arrived}
    beside = reading.told({stream for stream, _ in inside}, [ReceiptJoined.TYPE])
    given = reading.received([ReceiptJoined.TYPE], window)
    found = {(one.stream, one.version): msgspec.json.decode(one.payload) for one in given}
    for one in beside:
        said = msgspec.json.decode(one.payload)
        if (one.stream, said["of_version"]) in inside:
            found[one.stream, one.version] = said
    sheets = sum(said["node"] == SHEET_NODE for said in found.values())
    return {"sent_again": len(found) - sheets, "on_sheet": sheets}


def _running(
    rows: Sequence[DeadlineRow], times: Mapping[str, Sequence[Times]], at: datetime
) -> int:
    """Return how many declarations that were received before an instant had a clock that ran then."""
    day = day_in_paris(at)
    ran = {row.stream for row in rows if row.day_zero <= day <= row.due}
    return sum(any(_is_before(one, at) for one in times.get(stream, ())) for stream in ran)


def _is_before(one: Times, at: datetime) -> bool:
    return one.type == AdverseEventDeclared.TYPE and one.received_at < at


def _asked(start: datetime) -> int:
    """Return how many questions of reviewers were unanswered at an instant; withdrawn is closed."""
    types = [InformationRequested.TYPE, InformationProvided.TYPE, DeclarationWithdrawn.TYPE]
    unanswered: set[tuple[str, str]] = set()
    for one in reading.received(types, Window(since=LONG_AGO, until=start)):
        if one.type == DeclarationWithdrawn.TYPE:
            unanswered = {key for key in unanswered if key[0] != one.stream}
            continue
        key = (one.stream, msgspec.json.decode(one.payload)["question_id"])
        if one.type == InformationRequested.TYPE:
            unanswered.add(key)
        else:
            unanswered.discard(key)
    return len(unanswered)


def _arrival(stored: StoredEvent) -> Arrival:
    said = msgspec.json.decode(stored.payload)
    return Arrival(
        reference=number_of(identifier_of(stored.stream)),
        kind=KINDS[stored.type],
        channel=said.get("channel", ""),
        node=reading.issuer_of(stored),
        received_at=stored.received_at,
        recorded_at=stored.recorded_at,
    )


def _rows(window: Window) -> list[DeadlineRow]:
    first, last = day_in_paris(window.since), day_in_paris(window.until)
    rows = DeadlineRow.objects.filter(due__gte=first, day_zero__lte=last)
    return list(rows.order_by("due", "stream", "row_key"))


def _turns(times: Iterable[Times]) -> list[Times]:
    return [one for one in times if one.type in KINDS]


def _completed(
    rows: Sequence[DeadlineRow], turns: Mapping[str, Sequence[Times]]
) -> dict[str, int | None]:
    """Return by stream which turn completed the four criteria, None where nobody can read it.

    Asked of the log where more than the declaration may have: a row says nothing of it.
    """
    first = {row.stream for row in rows if row.restarted_by is None}
    asked = sorted(stream for stream in first if len(turns.get(stream, ())) > 1)
    found: dict[str, int | None] = {}
    for stream, events in reading.told_by_stream(asked, list(VIEWS)):
        found[stream] = _completing(events)
    return found


def _completing(past: Iterable[StoredEvent]) -> int | None:
    facts = CaseFacts()
    # No further than that: what came later may be unreadable.
    with suppress(EventError):
        for one in past:
            facts = TRANSITIONS[one.type](facts, _said(one), one.received_at)
            if facts.valid:
                break
    return completing(facts.turns)


def _said(stored: StoredEvent) -> View:
    """Return what an event says, sealed fields as they are: the facts read none of them."""
    view, payload = VIEWS[stored.type], stored.payload.encode()
    return catalogue.view(view, stored.type, stored.schema_version, payload)


def _clock(
    row: DeadlineRow, turns: Sequence[Times], completed: Mapping[str, int | None]
) -> RunningClock:
    rule = RULES_BY_CODE[row.clock]
    return RunningClock(
        reference=number_of(row.declaration_id),
        clock=row.clock,
        label=rule.label,
        source=rule.source,
        day_zero=row.day_zero,
        due=row.due,
        known_at=_known_at(row.restarted_by or completed.get(row.stream, 0), turns),
    )


def _known_at(turn: int | None, turns: Sequence[Times]) -> datetime | None:
    """Return when the log held the turn that started a clock."""
    return turns[turn].recorded_at if turn is not None and turn < len(turns) else None


RULES_BY_CODE: Mapping[str, Rule] = {rule.code: rule for rule in RULES}
