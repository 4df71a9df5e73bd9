"""Which projections exist; contexts add theirs when Django starts."""

from collections.abc import Iterable
from typing import Any

from events.projection import Projection

_projections: dict[str, Projection[Any]] = {}
_last: set[str] = set()


def register(projections: Iterable[Projection[Any]], *, last: bool = False) -> None:
    """Add projections under their names; `last` for those that no patient waits for."""
    for projection in projections:
        _projections[projection.name] = projection
        if last:
            _last.add(projection.name)


def projections() -> list[Projection[Any]]:
    """Return every projection, in the order of registration (the clinically urgent first)."""
    return sorted(_projections.values(), key=lambda one: one.name in _last)


def projection(name: str) -> Projection[Any]:
    """Return one projection. Raises KeyError."""
    return _projections[name]
