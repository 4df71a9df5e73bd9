"""One answer between the browser's text and the JSON of the API."""

import re
from typing import Any

from portal.report_fields import Field, Kind

_DAY = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})")
_MONTH = re.compile(r"(\d{1,2})[/.\- ](\d{4})")
_ISO = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")


def to_json(field: Field, typed: list[str]) -> Any:
    """Return the value that the API takes, None when nothing was said.

    What cannot be read as asked is passed on as typed, for the API to refuse with its own words.
    """
    said = [text for text in (clean(one) for one in typed) if text]
    if not said:
        return None
    if field.kind is Kind.MANY:
        return said
    if field.kind is Kind.MANY_WHOLE:
        return [whole(text) for text in said]
    reader = {Kind.DATE: iso_date, Kind.NUMBER: number, Kind.WHOLE: whole}.get(field.kind, str)
    return reader(said[0])


def to_text(value: Any) -> list[str]:
    """Return what the form shows for a JSON value."""
    if value is None:
        return []
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    return [str(value)]


def iso_date(text: str) -> str:
    """Return a date typed the French way in ISO 8601, of the same precision."""
    if match := _DAY.fullmatch(text):
        day, month, year = match.groups()
        return f"{year}-{month:0>2}-{day:0>2}"
    if match := _MONTH.fullmatch(text):
        month, year = match.groups()
        return f"{year}-{month:0>2}"
    return text


def french_date(text: str) -> str:
    """Return an ISO 8601 date of any precision the way it is read in France."""
    match = _ISO.fullmatch(text)
    if match is None:
        return text
    return "/".join(part for part in reversed(match.groups()) if part)


def clean(text: str) -> str:
    """Return a posted text with the line ends of a text file, and nothing around it."""
    return text.replace("\r\n", "\n").strip()


def number(text: str) -> float | str:
    """Return a number typed the French way or not; as typed where it is none."""
    try:
        read = float(text.replace(",", ".").replace(" ", ""))
    except ValueError:
        return text
    return read if abs(read) < 1e9 else text


def whole(text: str) -> int | str:
    """Return a whole number; as typed where it is none."""
    return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else text
