"""The number on a degraded-mode sheet: `DG-759900012-00007-K`, site, rank and check symbol.

The site is a FINESS number or an agency's code. The check symbol is that of declaration numbers:
Σ αⁱ·dᵢ over GF(2⁵), in Crockford's alphabet (no I, L, O, U), so that every wrong symbol and every
exchange of two symbols is caught when a number is read out or copied by hand.
"""

import re
from dataclasses import dataclass
from uuid import UUID, uuid5

from typing_extensions import override

from accounts.identifiers import is_department

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LAST_RANK = 99_999
SHEETS = UUID("3f0b1f0e-4a57-5d0e-9a0b-7a55c3d1c9b4")

_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
_MISREAD = str.maketrans("OIL", "011")
_SITE = re.compile(r"[0-9][0-9AB][0-9]{7}|[A-HJKMNP-TV-Z]{2,8}")
_SHAPE = re.compile(r"DG(?P<site>[0-9A-Z]+)(?P<rank>[0-9]{5})(?P<check>[0-9A-Z])")
_WRITTEN = re.compile(r"[A-Z0-9][A-Z0-9 ./-]{0,39}")
_POLYNOMIAL = 0b100101


class NotASheetNumber(ValueError):
    """This is not the number of a sheet: a symbol is wrong, missing or in another's place."""


@dataclass(frozen=True, slots=True, order=True)
class SheetNumber:
    """One sheet of one site; `rank` counts from 1."""

    site: str
    rank: int

    @override
    def __str__(self) -> str:
        """Return the number as it is printed and read aloud."""
        digits = f"{self.rank:05}"
        return f"DG-{self.site}-{digits}-{_check(self.site + digits)}"


def is_site(text: str) -> bool:
    """Say whether a text has the shape of a site: a FINESS number or 2 to 8 letters of an agency."""
    return _SITE.fullmatch(text) is not None


def department_of(site: str) -> str | None:
    """Return the département of a site, None for an agency's code.

    A FINESS number starts with it; overseas with 97, then 0 and the third figure of the code.
    """
    place = site[:2]
    overseas = f"97{site[3:4]}" if site[:3] == "970" else ""
    return next((code for code in (place, overseas) if is_department(code)), None)


def parse(text: str) -> SheetNumber:
    """Return the number that somebody typed; case, spaces, hyphens and O, I, L are forgiven.

    Raises NotASheetNumber.
    """
    bare = text.upper().replace("-", "").replace(" ", "")
    read = _SHAPE.fullmatch("DG" + bare[2:].translate(_MISREAD)) if bare[:2] == "DG" else None
    if read is None or not is_site(read["site"]) or not bare.isascii():
        raise NotASheetNumber
    number = SheetNumber(site=read["site"], rank=int(read["rank"]))
    if number.rank < 1 or _check(read["site"] + read["rank"]) != read["check"]:
        raise NotASheetNumber
    return number


def as_written(text: str) -> str:
    """Return a number that is none, as it stands on the paper: upper case, single spaces.

    Raises NotASheetNumber where the text could be more than a number.
    """
    tidy = " ".join(text.upper().split())
    if _WRITTEN.fullmatch(tidy) is None:
        raise NotASheetNumber
    return tidy


def sheet_id(number: str) -> UUID:
    """Return the identifier of a sheet: the same for everybody who holds its number."""
    return uuid5(SHEETS, f"sheet/{number}")


def site_id(site: str) -> UUID:
    """Return the identifier under which the blocks of a site are issued."""
    return uuid5(SHEETS, f"site/{site}")


def _check(symbols: str) -> str:
    """Return Σ αⁱ·dᵢ by Horner's rule: each step multiplies by α, the polynomial x."""
    total = 0
    for symbol in symbols:
        doubled = (total ^ _VALUE[symbol]) << 1
        total = doubled ^ _POLYNOMIAL if doubled & 0b100000 else doubled
    return ALPHABET[total]
