"""Declarations received around an instant: among which somebody seeks the one she means."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nsmallest
from uuid import UUID

from django.core.exceptions import PermissionDenied

from accounts import access
from accounts.access import ScopeKind, Someone
from events.errors import EventError
from events.event import stream_name
from events.handle import folded, history
from events.number import number_of
from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.events import CATEGORY
from pharmacovigilance.domain.known import report_after
from pharmacovigilance.domain.report import Report
from pharmacovigilance.models import OwnDeclarationRow
from pharmacovigilance.submissions import holder_of

BEFORE, AFTER = timedelta(days=3), timedelta(days=60)
OPENED = 60
RANKED = ("stream", "received_at", "drugs", "institution", "department")
"""The columns of a row that `prefer` may look at: there are thousands of rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearby:
    """One declaration with its whole report, to be compared; `report` is shown to nobody.

    `identity_shown` says whether the reader may see names in it.
    """

    id: UUID
    number: str
    version: int
    report: Report
    received_at: datetime
    institution: str | None
    identity_shown: bool


def received_near(
    user: Someone, at: datetime, prefer: Callable[[OwnDeclarationRow], int]
) -> Sequence[Nearby]:
    """Return declarations that somebody may see, received from 3 days before to 60 days after.

    The 60 of them that `prefer` ranks highest, and of equals the nearest. Raises PermissionDenied.
    """
    if not access.may_see_worklist(user):
        raise PermissionDenied
    rows = OwnDeclarationRow.objects.filter(received_at__range=(at - BEFORE, at + AFTER))
    scope = access.declaration_scope(user)
    if scope.kind is not ScopeKind.ALL:
        rows = rows.filter(department__in=scope.departments)

    def rank(row: OwnDeclarationRow) -> tuple[int, timedelta, str]:
        return -prefer(row), abs(row.received_at - at), row.stream

    # Every row is ranked before any is left out: after a long outage hundreds precede the right one.
    nearest = nsmallest(OPENED, rows.only(*RANKED), key=rank)
    found = [_opened(user, row.declaration_id) for row in nearest]
    return [one for one in found if one is not None]


def declared_as(user: Someone, identifier: UUID) -> Nearby | None:
    """Return one declaration to compare; None where there is none that somebody may see."""
    return _opened(user, identifier)


def _opened(user: Someone, identifier: UUID) -> Nearby | None:
    """Return one declaration, None where it may not be seen or cannot be read."""
    try:
        past = history(stream_name(CATEGORY, identifier))
    except EventError:
        return None
    facts = folded(DECLARATION, past)
    holder = holder_of(facts)
    if not facts.declared or facts.first_received_at is None:
        return None
    if not access.may_see_declaration(user, holder):
        return None
    return Nearby(
        id=identifier,
        number=number_of(identifier),
        version=past[-1].version,
        report=report_after([one.event for one in past]) or Report(),
        received_at=facts.first_received_at,
        institution=facts.institution,
        identity_shown=access.may_see_identity(user, holder),
    )
