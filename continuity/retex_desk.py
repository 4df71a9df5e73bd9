"""What the desk of sheets, the blocks and what was set aside tell of an outage, for its report."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from django.db.models import Q, QuerySet

from continuity import sheet_queries
from continuity.domain.retex import REQUESTS, Outage
from continuity.domain.retex_sheets import Desk, TypedSheet, block_state
from continuity.domain.sheet import SHEET
from continuity.domain.sheet_events import (
    DifferenceFound,
    DifferenceSettled,
    SheetNumberExplained,
)
from continuity.domain.sheet_words import UNREADABLE, Between, NumberDoubt
from continuity.set_aside_models import SetAsideRow
from continuity.sheet_models import SheetBlockRow, SheetRow
from events import reading
from events.days import PARIS
from events.handle import history
from events.touched import Times, Window


def desk(outage: Outage) -> Desk:
    """Return everything that the desk tells of an outage; `sheets` None: no block was ever issued."""
    rows = _rows(outage)
    issued = SheetBlockRow.objects.exists()
    return Desk(
        sheets=_by_state(outage) if issued else None,
        typed=[_typed(row) for row in rows if row.received_at and row.recorded_at],
        settled=_settled([row.stream for row in rows]) if issued else None,
        blocks=_blocks(outage, rows) if issued else None,
        set_aside=_set_aside(outage.window),
        taken_up=_taken_up(outage.window),
        access_set_aside=_access_set_aside(outage.window),
        at_start=_at_start(outage.window.since),
    )


def _rows(outage: Outage) -> list[SheetRow]:
    until = outage.until if outage.is_over else None
    inside = SheetRow.objects.filter(sheet_queries.within(outage.window.since, until))
    typed = inside.filter(received_at__isnull=False, recorded_at__isnull=False)
    return list(typed.order_by("stream"))


def _by_state(outage: Outage) -> Mapping[str, int]:
    until = outage.until if outage.is_over else None
    return sheet_queries.sheets_by_state(outage.window.since, until)


def _typed(row: SheetRow) -> TypedSheet:
    assert row.received_at is not None  # noqa: S101  the caller asked for these
    assert row.recorded_at is not None  # noqa: S101
    return TypedSheet(
        kind=row.kind,
        state=row.state,
        received=row.received_at.astimezone(PARIS).date(),
        typed=row.recorded_at.astimezone(PARIS).date(),
        doubted=any(doubt in row.questions.split() for doubt in NumberDoubt),
        differing=bool(row.differing),
        matched_to=tuple(row.matched_to.split()),
    )


def _settled(streams: Sequence[str]) -> Mapping[str, int]:
    """Return how many differences from a declaration were found and settled, and doubts explained."""
    types = (DifferenceFound.TYPE, DifferenceSettled.TYPE, SheetNumberExplained.TYPE)
    events = reading.told(streams, types)
    rulings = [
        msgspec.json.decode(one.payload)["between"]
        for one in events
        if one.type == DifferenceSettled.TYPE
    ]
    return {
        "differences_found": sum(one.type == DifferenceFound.TYPE for one in events),
        "differences_settled": rulings.count(Between.DECLARATION.value),
        "versions_settled": rulings.count(Between.RECORDINGS.value),
        "doubts_explained": sum(one.type == SheetNumberExplained.TYPE for one in events),
    }


def _blocks(outage: Outage, rows: Sequence[SheetRow]) -> Mapping[str, int]:
    """Return how many blocks that were valid in the outage were used in it, and told of since."""
    since, until = outage.window.since, outage.until
    valid = SheetBlockRow.objects.filter(
        issued_at__lt=until, valid_until__gte=since.astimezone(PARIS).date()
    )
    used = {(row.site, row.rank) for row in rows}
    return Counter(
        block_state(
            is_used=any(site == one.site and one.first <= rank <= one.last for site, rank in used),
            is_returned=one.returned_at is not None and one.returned_at >= since,
        )
        for one in valid
    )


def _set_aside(window: Window) -> Mapping[str, int]:
    rows = _received_in(window).values_list("reason", "open")
    return Counter(f"{reason}.{'open' if open_ else 'done'}" for reason, open_ in rows)


def _taken_up(window: Window) -> Mapping[str, int]:
    return Counter(_received_in(window).filter(open=False).values_list("done", flat=True))


def _access_set_aside(window: Window) -> Mapping[str, int]:
    """Return what was set aside of compassionate access: its context is the first part of a kind."""
    found = _received_in(window).filter(kind__startswith=f"{REQUESTS}.")
    return Counter(kind.partition(".")[2] for kind in found.values_list("kind", flat=True))


def _received_in(window: Window) -> QuerySet[SetAsideRow]:
    return SetAsideRow.objects.filter(received_at__gte=window.since, received_at__lt=window.until)


def _at_start(since: datetime) -> Mapping[str, int]:
    """Return what waited on the desks when an outage began."""
    waited = Q(open=True) | Q(taken_up_at__gte=since)
    rows = list(SheetRow.objects.order_by("stream"))
    times = reading.times([row.stream for row in rows])
    return {
        "sheets_open": sum(_was_open(row, times.get(row.stream, ()), since) for row in rows),
        "set_aside_open": SetAsideRow.objects.filter(waited, set_aside_at__lt=since).count(),
    }


def _was_open(row: SheetRow, times: Sequence[Times], at: datetime) -> bool:
    """Say whether a sheet of which something was recorded waited then; what nobody can read, waits."""
    if not times or times[0].recorded_at >= at:
        return False
    if row.state == UNREADABLE or times[-1].recorded_at < at:
        return row.open
    past = [one.event for one in history(row.stream) if one.recorded_at < at]
    return SHEET.fold(past).is_open  # type: ignore[arg-type]
