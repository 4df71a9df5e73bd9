"""Authorisations near their last day or past it, and what is to renew each. Nothing here writes."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts import compassionate as may
from accounts.access import ScopeKind, Someone
from compassionate.domain.deadlines import REMINDERS
from compassionate.domain.vocabulary import AuthorisationState
from compassionate.models import AccessRequestRow, AuthorisationRow
from compassionate.queries import ALIVE, INBOX, QUEUE, REACHED, UNSENT, within
from events.paging import Page, after, keys_in, page

EXPIRING_DAYS = REMINDERS[0]
"""Days before its last day from which an authorisation is listed, and after it if nothing replaced it."""
SENT = (*QUEUE, *INBOX)
NOT_ENDED_OTHERWISE = (*ALIVE, AuthorisationState.EXPIRED.value)


def expiring(
    user: Someone,
    today: date,
    *,
    waiting: bool | None = None,
    cursor: str | None = None,
    size: int = 50,
) -> Page[AuthorisationRow]:
    """Return what ends within EXPIRING_DAYS, the first to end first, each with what renews it.

    No text keeps an authorisation alive while its renewal waits (R5121-74-4): `renewal` says so, and
    `waiting` narrows to those that one waits for, or to the others. Raises PermissionDenied, and Refused
    for a cursor of another list.
    """
    until = today + timedelta(days=EXPIRING_DAYS)
    rows = _unreplaced(user).filter(state__in=ALIVE, ends_on__range=(today, until))
    if waiting is not None:
        waits = Exists(_begun(user).filter(renews=OuterRef("number")))
        rows = rows.filter(waits if waiting else ~waits)
    return _listed(user, rows, f"expiring.{waiting}", cursor, size)


def lapsed(
    user: Someone,
    today: date,
    *,
    waiting: bool | None = None,
    cursor: str | None = None,
    size: int = 50,
) -> Page[AuthorisationRow]:
    """Return what ended with no renewal granted: as long as one that was sent waits, else EXPIRING_DAYS.

    The first that ended first: its patient has been without an authorisation longest. `waiting` narrows
    to those that a renewal waits for. Raises PermissionDenied, and Refused for a cursor of another list.
    """
    waits = Q(Exists(_begun(user).filter(state__in=SENT, renews=OuterRef("number"))))
    since = today - timedelta(days=EXPIRING_DAYS)
    kept = waits if waiting else waits | Q(ends_on__gte=since)
    rows = _unreplaced(user).filter(kept, state__in=NOT_ENDED_OTHERWISE, ends_on__lt=today)
    return _listed(user, rows, f"lapsed.{waiting}", cursor, size)


def renewal_of(user: Someone, number: str) -> AccessRequestRow | None:
    """Return what is to renew an authorisation already: of several, the one that went furthest."""
    return _renewals(user, [number]).get(number)


def name_renewals(user: Someone, rows: Sequence[AuthorisationRow]) -> None:
    """Put with each authorisation what is to renew it."""
    renewals = _renewals(user, [row.number for row in rows if row.number])
    for row in rows:
        row.renewal = renewals.get(row.number or "")


def _unreplaced(user: Someone) -> QuerySet[AuthorisationRow]:
    if not may.may_see_authorisations(user):
        raise PermissionDenied
    return within(AuthorisationRow.objects.filter(replaced_by__isnull=True), user)


def _begun(user: Someone) -> QuerySet[AccessRequestRow]:
    """Return renewals that nothing was decided of; what a hospital still writes is none of the agency's."""
    rows = AccessRequestRow.objects.filter(state__in=(*SENT, *UNSENT))
    return rows.filter(REACHED) if may.request_scope(user).kind is ScopeKind.ALL else rows


def _renewals(user: Someone, numbers: Sequence[str]) -> dict[str, AccessRequestRow]:
    begun = list(_begun(user).filter(renews__in=numbers))
    # Of several the one that went furthest: a draft left behind hides none that was sent.
    begun.sort(key=lambda one: (one.state in QUEUE, one.state not in UNSENT, one.stream))
    return {one.renews: one for one in begun}


def _listed(
    user: Someone, rows: QuerySet[AuthorisationRow], name: str, cursor: str | None, size: int
) -> Page[AuthorisationRow]:
    rows = rows.order_by("ends_on", "stream")
    if cursor is not None:
        ends_on, stream = keys_in(cursor, name)
        rows = rows.filter(after(("ends_on", "stream"), (date.fromisoformat(ends_on), stream)))
    found = page(rows, size, name, lambda row: [str(row.ends_on), row.stream])
    name_renewals(user, found.rows)
    return found
