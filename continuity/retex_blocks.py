"""What the report is built of: sentences and tables, for every way of printing it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.utils.translation import gettext as _

from continuity.retex_words import count, named

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; `widths` are shares of the page."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


Block: TypeAlias = str | Table


def facts(caption: str, *told: tuple[str, str]) -> Table:
    """Return a table of names and what each is."""
    return Table(caption=caption, head=(), rows=told, widths=(2, 3))


def table(
    caption: str,
    head: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    widths: tuple[int, ...],
) -> Iterator[Table]:
    """Yield a table, nothing where it has no rows."""
    if rows:
        yield Table(caption=caption, head=head, rows=tuple(rows), widths=widths)


def cells_of(cells: Json | str) -> list[tuple[str, ...]]:
    """Return the rows of a table of counts; one that is withheld has no names to show."""
    if isinstance(cells, str):
        return [(_("Tableau entier"), count(cells))]
    return [(named(name) or _("sans accusé"), count(cell)) for name, cell in cells.items()]
