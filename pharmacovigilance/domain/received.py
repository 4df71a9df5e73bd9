"""When each piece of information of a declaration was received; the earliest receipt counts.

One command may be received twice: by a node that could not reach the log, and by another that
could. Both receipts are true, and the information counts from the earlier one (GVP VI.B.7: the
clock starts with the first receipt by the competent authority). That of a numbered sheet is joined
on a person's finding that both are one case; where another finding undoes it, it counts no more.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from pharmacovigilance.domain.dates import day_in_paris
from pharmacovigilance.domain.deadlines import Turn
from pharmacovigilance.domain.validity import NOTHING_HELD, Held, Shows, held_since

T = TypeVar("T")


SHEET_NODE = "DG"
"""The node of a sheet's receipt: the degraded mode; the name of a real node is in lower case."""


class Received(NamedTuple):
    """When the information of one event was received, and which criteria it shows.

    `own` is the receipt of the event itself, `at` the earliest of all that count.
    """

    version: int
    at: datetime
    shows: Shows
    own: datetime


class JoinedReceipt(NamedTuple):
    """A further receipt of one event, which counts unless it is disjoined."""

    receipt_id: str
    node: str
    of_version: int
    at: datetime

    @property
    def of_sheet(self) -> bool:
        """Say whether a sheet was received, and not the command itself by another node."""
        return self.node == SHEET_NODE


class Dated(NamedTuple):
    """What of the facts follows from the dates of receipt; the two stand one for one."""

    received: tuple[Received, ...]
    turns: tuple[Turn, ...]


def receipt_of(received: Sequence[Received], version: int) -> Received | None:
    """Return the receipt of one event, None where it informed of nothing."""
    return next((one for one in received if one.version == version), None)


def joined_as(joined: Iterable[JoinedReceipt], receipt_id: str) -> JoinedReceipt | None:
    """Return a joined receipt, None where it is not joined or not any more."""
    return next((one for one in joined if one.receipt_id == receipt_id), None)


def earliest(own: Received, joined: Iterable[JoinedReceipt]) -> datetime:
    """Return the earliest receipt of one event: its own, or one that is joined to it."""
    return min([own.own, *(one.at for one in joined if one.of_version == own.version)])


def before_sheets(
    received: Sequence[Received], joined: Iterable[JoinedReceipt], version: int
) -> datetime:
    """Return the earliest receipt of an event that informs, sheets apart: it counts for good."""
    own = next(one for one in received if one.version == version)
    return earliest(own, [one for one in joined if not one.of_sheet])


def recounted(
    received: tuple[Received, ...],
    turns: tuple[Turn, ...],
    joined: Iterable[JoinedReceipt],
    version: int,
) -> Dated | None:
    """Return the dates once the event of that version counts from the earliest of its receipts.

    None where that changes nothing: it does so already, or the event informed of nothing (no date
    counts from a withdrawal or a question).
    """
    own = receipt_of(received, version)
    if own is None:
        return None
    at = earliest(own, joined)
    if at == own.at:
        return None
    place = received.index(own)
    turn = turns[place]._replace(day=day_in_paris(at))
    return Dated(
        received=_with(received, place, own._replace(at=at)),
        turns=_with(turns, place, turn),
    )


def held_by(received: Iterable[Received]) -> Held:
    """Return the first day on which each criterion was held, from everything received."""
    held = NOTHING_HELD
    for one in received:
        held = held_since(held, one.shows, day_in_paris(one.at))
    return held


def _with(items: tuple[T, ...], place: int, item: T) -> tuple[T, ...]:
    return (*items[:place], item, *items[place + 1 :])
