"""Which projections exist; contexts add theirs when Django starts."""

from collections.abc import Iterable
from typing import Any

from events.projection import Projection

_projections: dict[str, Projection[Any]] = {}


def register(projections: Iterable[Projection[Any]]) -> None:
    """Add projections under their names."""
    for projection in projections:
        _projections[projection.name] = projection


def projections() -> list[Projection[Any]]:
    """Return every projection, in the order of registration (the clinically urgent first)."""
    return list(_projections.values())


def projection(name: str) -> Projection[Any]:
    """Return one projection. Raises KeyError."""
    return _projections[name]
