"""The list of recorded readings, folded from their streams; what a reader typed stays ciphertext."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from typing_extensions import override

from accounts.domain.reading_events import CATEGORY, FileRead
from events.projection import Projection, Row, Seen, Table, View

READINGS = Table(
    "readings",
    (
        "reader", "file", "opened", "number", "letter", "document", "as_of", "place", "ground", "reference",
        "read_at",
    ),
)  # fmt: skip


class FileReadView(View, frozen=True, gc=False):
    """What is read of one reading."""

    by: str
    file: str
    opened: str
    number: str
    place: str
    ground: str
    reference: str | None
    letter: int | None = None
    document: UUID | None = None
    as_of: datetime | None = None


class Readings(Projection[tuple[Row, ...]]):
    """One row for each opening of a file; a reason that led to none shows nothing."""

    name = "readings"
    category = CATEGORY
    tables = (READINGS,)
    views = {FileRead.TYPE: FileReadView}

    @override
    def initial(self) -> tuple[Row, ...]:
        """Return no reading."""
        return ()

    @override
    def evolve(self, state: tuple[Row, ...], seen: Seen) -> tuple[Row, ...]:
        """Return the rows after one event."""
        said = seen.data
        row = (
            f"{seen.version:06}",
            said.by,
            said.file,
            said.opened,
            said.number,
            said.letter,
            said.document,
            said.as_of,
            said.place,
            said.ground,
            said.reference,
            seen.recorded_at,
        )
        return (*state, row)

    @override
    def rows(self, stream: str, state: tuple[Row, ...]) -> Sequence[Sequence[Row]]:
        """Return a row for each opening."""
        return (state,)


PROJECTIONS: tuple[Projection[Any], ...] = (Readings(),)
