"""What happened to a request, a sheet, a file or an authorisation, line by line, the latest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from backoffice.access_parts import Fact, said_of
from compassionate.queries import RequestShown, Step
from events.event import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event: its three times, what it says to whoever may read it, and whether it is new to her."""

    step: Step
    said: Sequence[Fact]
    new: bool


def lines_of_request(shown: RequestShown, read_version: int | None) -> list[Line]:
    """Return the history of a request; what came after `read_version` is new to the reader."""
    events = {one.version: one.event for one in shown.events}
    return [
        Line(
            step=step,
            said=said_of(events[step.version]) if step.version in events else (),
            new=read_version is not None and step.version > read_version,
        )
        for step in reversed(shown.history)
    ]


def lines_of(events: Sequence[Recorded], *, told: bool = True) -> list[Line]:
    """Return the history of anything else, without what it says where that is not for the reader."""
    return [
        Line(
            step=Step(
                version=one.version,
                type=one.event.TYPE,
                occurred_at=one.event.occurred_at,
                received_at=one.event.received_at,
                recorded_at=one.recorded_at,
                role=str(one.metadata.get("actor", {}).get("role", "")),
            ),
            said=said_of(one.event) if told else (),
            new=False,
        )
        for one in reversed(events)
    ]
