"""Who read what, when and why: the list of recorded readings, for whoever audits."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Q

from accounts import access
from accounts.access import Someone
from accounts.models import ReadingRow
from events.handle import opened
from events.paging import Page, keys_in, page

LIST = "readings"


def readings(
    user: Someone,
    *,
    files: Collection[str] | None = None,
    cursor: str | None = None,
    size: int = 50,
) -> Page[ReadingRow]:
    """Return the recorded readings of everybody, or of some files, the last first.

    Raises PermissionDenied, and Refused for a cursor that was not made here.
    """
    if not access.may_audit(user):
        raise PermissionDenied
    rows = ReadingRow.objects.order_by("-read_at", "-stream")
    if files is not None:
        rows = rows.filter(file__in=files)
    if cursor is not None:
        read_at, stream = keys_in(cursor, LIST)
        last = datetime.fromisoformat(read_at)
        rows = rows.filter(Q(read_at__lte=last), Q(read_at__lt=last) | Q(stream__lt=stream))
    found = page(rows, size, LIST, lambda row: [row.read_at.isoformat(), row.stream])
    _open_references(found.rows)
    return found


def _open_references(rows: Sequence[ReadingRow]) -> None:
    sealed = [(row.stream, "patient", row.reference or "") for row in rows]
    for row, said in zip(rows, opened(sealed) if sealed else (), strict=True):
        row.said = said or ""
