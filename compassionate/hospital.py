"""What the hospital's pages read beside the lists: a criteria sheet, a follow-up, what a day makes of it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts import access
from accounts.access import Someone
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.criteria import CriteriaSheet
from compassionate.domain.criteria_events import CriteriaSheetOpened, ProtocolPublished
from compassionate.domain.criteria_facts import sheet_at
from compassionate.domain.criteria_sheet import CRITERIA
from compassionate.domain.deadlines import REMINDERS
from compassionate.domain.decision import Suspension, Terms
from compassionate.domain.follow_up import FollowUpFacts, owed
from compassionate.domain.prescription import Prescription
from compassionate.domain.vocabulary import AuthorisationState
from compassionate.models import AuthorisationRow
from compassionate.streams import (
    follow_up_facts,
    product_id,
    sheet_facts,
    sheet_for,
)
from events.event import stream_name
from events.handle import folded, history


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetShown:
    """One criteria sheet: what it was opened for, what is in force, its newest protocol."""

    id: UUID
    opened: CriteriaSheetOpened
    sheet: CriteriaSheet
    protocol: ProtocolPublished | None


def criteria_sheet(user: Someone, identifier: UUID, at: datetime) -> SheetShown:
    """Return a sheet of the référentiel at an instant. Raises PermissionDenied, Http404."""
    if not access.may_read(user):
        raise PermissionDenied
    past = history(stream_name(CRITERIA.category, identifier))
    facts = folded(CRITERIA, past)
    if facts.opened is None:
        raise Http404
    return SheetShown(
        id=identifier,
        opened=facts.opened,
        sheet=sheet_at(facts, at),
        protocol=facts.protocols[-1] if facts.protocols else None,
    )


def sheet_now(part: Prescription, at: datetime) -> tuple[CriteriaSheet, SheetShown | None]:
    """Return by what a prescriber's part would be judged at an instant, and its sheet if it has one."""
    facts = sheet_facts(part.product, part.indication)
    sheet = sheet_for(part, at)
    if facts.opened is None:
        return sheet, None
    shown = SheetShown(
        id=product_id(facts.opened.product, facts.opened.indication),
        opened=facts.opened,
        sheet=sheet,
        protocol=facts.protocols[-1] if facts.protocols else None,
    )
    return sheet, shown


def follow_up(facts: AuthorisationFacts) -> FollowUpFacts:
    """Return what follows an authorisation; whose it is, the caller has asked."""
    return owed(follow_up_facts(facts.number or ""), facts.owed_until)


def state_on(row: AuthorisationRow, day: date) -> str:
    """Return the state of a listed authorisation on a day, by the rules of the authorisation itself.

    That of a row which cannot be read is its own.
    """
    if row.begins_on is None or row.ends_on is None:
        return row.state
    suspended = AuthorisationState(row.state) is AuthorisationState.SUSPENDED
    until = row.suspended_until or row.ends_on
    facts = AuthorisationFacts(
        state=AuthorisationState(row.state),
        terms=Terms(begins_on=row.begins_on, ends_on=row.ends_on),
        suspensions=(Suspension(first=row.begins_on, last=until),) if suspended else (),
        ceases_on=row.ceases_on,
        replaced_by=row.replaced_by,
        replaced_on=row.replaced_on,
    )
    return facts.state_on(day).value


def reminder(ends_on: date | None, day: date) -> int | None:
    """Return which mark before its end an authorisation has passed: 60, 30, 7 or 0 days."""
    if ends_on is None or ends_on < day:
        return None
    return min((mark for mark in REMINDERS if (ends_on - day).days <= mark), default=None)
