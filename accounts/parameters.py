"""The query parameters of a call: every problem of theirs is found before any is raised."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import NamedTuple

from django.http import QueryDict

from events.days import read_instant
from events.errors import Problem, Refused
from events.paging import is_cursor

LONGEST_NAME = 40


class Rule(NamedTuple):
    """What a parameter must keep: a stable code, and the sentence that says it."""

    code: str
    sentence: str


FLAG = Rule("invalid_parameter", "vaut true ou false")
INSTANT = Rule(
    "invalid_parameter",
    "est une date ISO 8601, avec son heure ou sans, comme 2026-03-14T09:30:00Z",
)
CURSOR = Rule("invalid_cursor", "n’est pas un curseur de cette liste : reprenez-la du début")


class Parameters:
    """What an address asks for after its `?`.

    Each method reads one parameter, None where it is not given. `check`, called last, raises all
    that is wrong, with whatever no method has asked for.
    """

    def __init__(self, given: QueryDict) -> None:
        self._given = dict(given.lists())
        self._known: list[str] = []
        self._problems: list[Problem] = []

    def flag(self, name: str) -> bool | None:
        """Return a truth."""
        value = self._read(name, {"true", "false"}.__contains__, FLAG)
        return None if value is None else value == "true"

    def instant(self, name: str) -> datetime | None:
        """Return an instant; without an offset it is Paris time."""
        value = self._read(name, read_instant, INSTANT)
        return None if value is None else read_instant(value)

    def code(self, name: str, codes: Collection[str]) -> str | None:
        """Return one of a closed list's codes."""
        rule = Rule("unknown_code", f"prend l’un de ces codes : {', '.join(codes)}")
        return self._read(name, codes.__contains__, rule)

    def cursor(self, listed: str) -> str | None:
        """Return the cursor to a further page of a list."""
        return self._read("cursor", lambda text: is_cursor(text, listed), CURSOR)

    def check(self) -> None:
        """Raise Refused with every problem, if there is one."""
        rest = [name for name in self._given if name not in self._known]
        takes = f"retirez-le, cet appel prend : {', '.join(sorted(self._known))}"
        unknown = Rule("unknown_parameter", f"n’existe pas ici : {takes}")
        self._problems.extend(_problem(name, unknown) for name in rest)
        if self._problems:
            raise Refused(*self._problems)

    def _read(self, name: str, accepts: Callable[[str], object], rule: Rule) -> str | None:
        """Return a parameter's value, None where it is not given or cannot be taken."""
        self._known.append(name)
        values = self._given.get(name, ())
        if len(values) > 1:
            repeated = Rule("repeated_parameter", "est donné plusieurs fois : donnez-le une fois")
            self._problems.append(_problem(name, repeated))
        if not all(map(accepts, values)):
            self._problems.append(_problem(name, rule))
            return None
        return values[-1] if values else None


def _problem(name: str, rule: Rule) -> Problem:
    """Return a problem of one parameter; its name may be anything."""
    shown = "".join(char if char.isprintable() else "?" for char in name[:LONGEST_NAME])
    return Problem(f"?{shown}", rule.code, f"Le paramètre « {shown} » {rule.sentence}.")
