"""Dataclass fields that say what they mean: sentence, French label, E2B element, length, personal."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from typing import Any, get_args, get_type_hints

from events.event import Personal


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What is known about one field: `length` counts characters, `subject` owns the data.

    `inner` is the dataclass that the field holds, itself or in a tuple; None for a plain value.
    """

    name: str
    meaning: str
    label: str
    element: str | None
    length: int | None
    subject: str | None
    inner: type | None
    hint: Any


def said(meaning: str, label: str = "", length: int | None = None, default: Any = None) -> Any:
    """Return a dataclass field that may be left unsaid, with its description."""
    return field(default=default, metadata={"meaning": meaning, "label": label, "length": length})


def given(meaning: str, length: int | None = None) -> Any:
    """Return a dataclass field that must be given, with its description."""
    return field(metadata={"meaning": meaning, "length": length})


def described(cls: Any) -> Mapping[str, Described]:
    """Return the description of every field of a dataclass, in order."""
    return _described(cls)


@cache
def _described(cls: type) -> Mapping[str, Described]:
    hints = get_type_hints(cls, include_extras=True)
    return {
        item.name: Described(
            name=item.name,
            meaning=item.metadata.get("meaning", ""),
            label=item.metadata.get("label", ""),
            element=item.metadata.get("element"),
            length=item.metadata.get("length"),
            subject=_subject(hints[item.name]),
            inner=inner_dataclass(hints[item.name]),
            hint=hints[item.name],
        )
        for item in fields(cls)
    }


def leaves(node: Any) -> list[tuple[str, Described, Any]]:
    """Return (JSON pointer, description, value) for every value said inside a dataclass."""
    found: list[tuple[str, Described, Any]] = []
    _collect(node, "", found)
    return found


def personal_said(node: Any) -> tuple[str, ...]:
    """Return the JSON pointers of the personal fields that hold a value."""
    return tuple([pointer for pointer, about, _ in leaves(node) if about.subject is not None])


def inner_dataclass(hint: Any) -> type | None:
    """Return the dataclass that a hint holds (itself, optional, or in a tuple), or None."""
    if isinstance(hint, type) and is_dataclass(hint):
        return hint
    for option in get_args(hint):
        found = inner_dataclass(option)
        if found is not None:
            return found
    return None


def _collect(node: Any, pointer: str, found: list[tuple[str, Described, Any]]) -> None:
    for name, about in described(type(node)).items():
        value = getattr(node, name)
        if value is None or value == ():
            continue
        here = f"{pointer}/{name}"
        many = isinstance(value, tuple)
        if about.inner is None and not many:
            found.append((here, about, value))
        elif about.inner is None:
            found.extend([(f"{here}/{place}", about, item) for place, item in enumerate(value)])
        elif many:
            for place, item in enumerate(value):
                _collect(item, f"{here}/{place}", found)
        else:
            _collect(value, here, found)


def _subject(hint: Any) -> str | None:
    for mark in getattr(hint, "__metadata__", ()):
        if isinstance(mark, Personal):
            return mark.subject
    return None
