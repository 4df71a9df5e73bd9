"""Pages of a list by keyset: a signed cursor names the last row that was shown."""

import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import BooleanField, Model, QuerySet
from django.db.models.expressions import RawSQL

from events.errors import Problem, Refused

R = TypeVar("R", bound=Model)

LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[R]):
    """Some rows of a list, and the cursor to what follows; None at the end."""

    rows: Sequence[R]
    next_cursor: str | None


def page(rows: QuerySet[R], size: int, name: str, key: Callable[[R], Sequence[str]]) -> Page[R]:
    """Read one row more than asked: it tells whether anything follows, without a count."""
    wanted = max(1, min(size, LARGEST_PAGE))
    found = list(rows[: wanted + 1])
    shown = found[:wanted]
    more = len(found) > wanted
    return Page(
        rows=shown,
        next_cursor=signing.dumps(key(shown[-1]), salt=f"cursor.{name}") if more else None,
    )


def after(columns: Sequence[str], values: Sequence[Any]) -> RawSQL:
    """Compare whole rows: only so does PostgreSQL start its index scan at the cursor."""
    names, places = ", ".join(columns), ", ".join(["%s"] * len(columns))
    return RawSQL(f"({names}) > ({places})", tuple(values), BooleanField())  # noqa: S611  own names


def is_cursor(cursor: str, name: str) -> bool:
    """Say whether this server made the cursor, for the list of that name."""
    try:
        keys_in(cursor, name)
    except Refused:
        return False
    return True


def keys_in(cursor: str, name: str) -> list[str]:
    """Return the keys in a cursor that this server made. Raises Refused."""
    try:
        keys: list[str] = signing.loads(cursor, salt=f"cursor.{name}")
    except (signing.BadSignature, binascii.Error, ValueError) as error:
        sentence = "Ce curseur n'est pas valable : reprenez la liste du début."
        raise Refused(Problem("?cursor", "invalid_cursor", sentence)) from error
    return keys
