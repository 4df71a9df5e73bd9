"""The event that was written last: by it, who goes on asking notices that the log was restored."""

from dataclasses import dataclass
from uuid import UUID

from events.store import session

WRITTEN = "SELECT id, command_id FROM events_event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """What was written last, numbered or not: gone from a log that was restored to before it."""

    id: int
    command_id: UUID


def newest() -> Newest | None:
    """Return what was written last; None of an empty log."""
    row = session().execute(f"{WRITTEN} ORDER BY id DESC LIMIT 1").fetchone()
    return None if row is None else Newest(id=row[0], command_id=row[1])


def holds(one: Newest | None) -> bool:
    """Say whether the log still holds what was its newest; True of nothing."""
    if one is None:
        return True
    row = session().execute(f"{WRITTEN} WHERE id = %s", [one.id]).fetchone()
    return row == (one.id, one.command_id)
