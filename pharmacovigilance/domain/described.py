"""Fields of a report: what each means, and its E2B element."""

from dataclasses import field
from typing import Any


def said(
    meaning: str, element: str | None = None, length: int | None = None, default: Any = None
) -> Any:
    """Return a dataclass field that may be left unsaid (None), with its description."""
    return field(
        default=default, metadata={"meaning": meaning, "element": element, "length": length}
    )


def given(meaning: str, element: str | None = None, length: int | None = None) -> Any:
    """Return a dataclass field that must be given, with its description."""
    return field(metadata={"meaning": meaning, "element": element, "length": length})
