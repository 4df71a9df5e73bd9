"""The number of an authorisation, `AAC-K7QX-2M4P-9TRWC`: as it is printed, and as people type it."""

from uuid import UUID

from events.number import NotANumber, number_of, parse

PREFIX = "AAC"


def numbered(identifier: UUID) -> str:
    """Return the number of an authorisation, as its letter prints it."""
    return f"{PREFIX}-{number_of(identifier)}"


def as_printed(typed: str) -> str | None:
    """Return what somebody typed as its letter prints it, None where it is no such number.

    Case, spaces, hyphens, a missing prefix and O, I, L are forgiven; the check symbol is not.
    """
    bare = typed.replace("-", "").replace(" ", "").strip().upper()
    for symbols in (bare, bare.removeprefix(PREFIX)):
        try:
            return numbered(parse(symbols))
        except NotANumber:
            continue
    return None
