"""Dataclass fields that say what they mean: sentence, French label on forms, greatest length."""

from dataclasses import field
from typing import Any


def said(meaning: str, label: str = "", length: int | None = None, default: Any = None) -> Any:
    """Return a dataclass field that may be left unsaid, with its description."""
    return field(default=default, metadata={"meaning": meaning, "label": label, "length": length})


def given(meaning: str, length: int | None = None) -> Any:
    """Return a dataclass field that must be given, with its description."""
    return field(metadata={"meaning": meaning, "length": length})
