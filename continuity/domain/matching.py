"""A sheet beside what arrived electronically: what differs, and how alike they are.

Both sides are given as texts by field name, so that nothing here knows a declaration. A person
always decides: an exact number proposes, likeness ranks, neither matches.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

_APART = re.compile(r"[\W_]+")
_SPACES = re.compile(r"\s+")
LONG_TEXTS = frozenset({"narrative"})
NAMES = frozenset({"caller_name", "institution_name"})
NEAR_DAYS = 3
SHORTEST_NUMBER = len("dgxx00001k")


class Verdict(StrEnum):
    """What a comparison says of one field."""

    SAME = "same"
    DIFFERENT = "different"
    ONLY_ON_SHEET = "only_on_sheet"
    ONLY_ELSEWHERE = "only_elsewhere"


OPENS_QUESTION = frozenset({Verdict.DIFFERENT, Verdict.ONLY_ON_SHEET})
"""Verdicts that a person must judge; what only the declaration says is lost to nobody."""


class Sign(StrEnum):
    """One reason to think that a sheet and a declaration are the same case, strongest first."""

    NUMBER_QUOTED = "number_quoted"
    SAME_PATIENT = "same_patient"
    SAME_DRUG = "same_drug"
    SAME_REACTION = "same_reaction"
    SAME_INSTITUTION = "same_institution"
    SAME_CALLER = "same_caller"
    SAME_DEPARTMENT = "same_department"
    NEAR_IN_TIME = "near_in_time"


WEIGHTS = {
    Sign.NUMBER_QUOTED: 100,
    Sign.SAME_PATIENT: 20,
    Sign.SAME_DRUG: 6,
    Sign.SAME_REACTION: 5,
    Sign.SAME_INSTITUTION: 3,
    Sign.SAME_CALLER: 4,
    Sign.SAME_DEPARTMENT: 2,
    Sign.NEAR_IN_TIME: 2,
}
WORTH_SHOWING = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One field on both sides; a side is empty where it says nothing, None where it is hidden."""

    name: str
    sheet: str | None
    elsewhere: str | None
    verdict: Verdict


def compare(
    sheet: Mapping[str, str],
    elsewhere: Mapping[str, Sequence[str]],
    *,
    hidden_sheet: frozenset[str] = frozenset(),
    hidden_elsewhere: frozenset[str] = frozenset(),
) -> tuple[Compared, ...]:
    """Compare field by field, in the order of the sheet; a list on the other side holds any of it.

    What the reader may not see is compared all the same, or two patients could be taken for one;
    its text is left out.
    """
    names = [*sheet, *(name for name in elsewhere if name not in sheet)]
    found = []
    for name in names:
        mine, theirs = sheet.get(name, ""), [one for one in elsewhere.get(name, ()) if one]
        if mine or theirs:
            compared = Compared(
                name=name,
                sheet=None if name in hidden_sheet else mine,
                elsewhere=None if name in hidden_elsewhere else " · ".join(theirs),
                verdict=_verdict(name, mine, theirs),
            )
            found.append(compared)
    return tuple(found)


def differing(compared: Iterable[Compared]) -> tuple[str, ...]:
    """Return the names of the fields that a person must judge."""
    return tuple(one.name for one in compared if one.verdict in OPENS_QUESTION)


def quotes(number: str, text: str | None) -> bool:
    """Say whether a text quotes the number of a sheet, however it is spaced."""
    sought = _bare(number)
    return len(sought) >= SHORTEST_NUMBER and sought in _bare(text or "")


def alike(one: str | None, other: str | None) -> bool:
    """Say whether two short texts say the same, or one is the beginning of the other's words."""
    mine, theirs = plain(one or ""), plain(other or "")
    if not mine or not theirs:
        return False
    shorter, longer = sorted((mine, theirs), key=len)
    return f"{longer} ".startswith(f"{shorter} ")


def same_name(one: str | None, other: str | None) -> bool:
    """Say whether a name is the other with further words: a title, a given name, a city."""
    mine, theirs = set(plain(one or "").split()), set(plain(other or "").split())
    return bool(mine and theirs) and (mine <= theirs or theirs <= mine)


def likeness(signs: Iterable[Sign]) -> int:
    """Return how strongly signs speak for one case; from WORTH_SHOWING on a person is asked."""
    return sum(WEIGHTS[sign] for sign in set(signs))


def plain(text: str) -> str:
    """Return a text without accents, case or punctuation, words apart by one space."""
    return _APART.sub(" ", _tidy(text)).strip()


def _verdict(name: str, mine: str, theirs: Sequence[str]) -> Verdict:
    if not theirs:
        return Verdict.ONLY_ON_SHEET
    if not mine:
        return Verdict.ONLY_ELSEWHERE
    if name in LONG_TEXTS:
        same = any(_tidy(mine) in _tidy(one) for one in theirs)
    elif name in NAMES:
        same = any(same_name(mine, one) for one in theirs)
    else:
        same = any(_tidy(mine) == _tidy(one) for one in theirs)
    return Verdict.SAME if same else Verdict.DIFFERENT


def _tidy(text: str) -> str:
    """Return a text without accents or case; signs stay, because < 5 is not > 5."""
    bare = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    kept = "".join(symbol for symbol in bare if not unicodedata.combining(symbol))
    return _SPACES.sub(" ", kept).strip()


def _bare(text: str) -> str:
    return _APART.sub("", text.casefold())
