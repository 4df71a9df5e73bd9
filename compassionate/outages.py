"""The outages of the service: told by whoever keeps incidents, which this context does not know."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

Outages: TypeAlias = Sequence[tuple[datetime, datetime]]
"""From when, and when the service was back; an outage that goes on is back now at the earliest."""
_known: list[Callable[[datetime], Outages]] = []


def tell(known: Callable[[datetime], Outages]) -> None:
    """Say who knows the outages."""
    _known[:] = [known]


def known(now: datetime) -> Outages:
    """Return the outages until an instant, the latest first."""
    return _known[0](now) if _known else ()
