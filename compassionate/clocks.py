"""The days that come by themselves: what ends, what is overdue, who is to be reminded.

Each is noted as an event, once, whoever looks first: the identifier of the command is that of the day.
Nothing is noted on what a spool may still hold something for, nor while one is not heard of
(engineering/traps-intake.md 5): it is noted at the next look.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from compassionate import documents, notifying
from compassionate.domain.authorisation import AUTHORISATION
from compassionate.domain.authorisation_commands import (
    NoteCessation,
    NoteExpiry,
    NoteReminder,
    NoteSuspensionEnd,
)
from compassionate.domain.holder_file import HOLDER_FILE, NoteFilingMissed
from compassionate.domain.reminders import reminder_due
from compassionate.domain.request import REQUEST
from compassionate.domain.request_commands import NoteInformationOverdue
from compassionate.giving import CLOCK, noted
from compassionate.models import AccessRequestRow, AuthorisationRow, HolderFileRow
from compassionate.streams import authorisation_facts, request_facts
from events import spool_reports
from events.days import day_of
from events.decider import Decider

MOST = 500
"""Notes of one kind in one look; the next look goes on."""
IN_LIFE = ("active", "suspended")


class Due(NamedTuple):
    """One thing that is due: to which stream, and what is noted there."""

    decider: Decider[Any, Any, Any]
    stream: str
    command: Any


def look(now: datetime) -> int:
    """Note everything that has come due; return how many notes were written."""
    noted = sum(_noted(one, day_of(now)) for one in _due(now))
    return noted + sum(_deposited(row, now) for row in _undeposited())


def _due(now: datetime) -> Iterator[Due]:
    today = day_of(now)
    yield from _overdue(now, today)
    yield from _ended(now, today)
    yield from _reminders(now, today)
    yield from _missed(now, today)


def _overdue(now: datetime, today: date) -> Iterator[Due]:
    rows = AccessRequestRow.objects.filter(
        state="information_asked", question_limit__lt=today
    ).order_by("question_limit")
    for row in rows[:MOST]:
        question = request_facts(row.request_id).question
        if question is not None:
            command = NoteInformationOverdue(
                by=CLOCK.id, occurred_at=now, received_at=now, question_id=question
            )
            yield Due(REQUEST, row.stream, command)


def _ended(now: datetime, today: date) -> Iterator[Due]:
    rows = AuthorisationRow.objects.filter(state__in=IN_LIFE).filter(
        Q(ends_on__lt=today)
        | Q(ceases_on__lt=today)
        | Q(state="suspended", suspended_until__lt=today)
    )
    for row in rows.order_by("ends_on", "stream")[:MOST]:
        if row.ceases_on is not None and row.ceases_on < today:
            yield Due(AUTHORISATION, row.stream, NoteCessation(by=CLOCK.id, at=now))
        elif row.ends_on is not None and row.ends_on < today:
            yield Due(AUTHORISATION, row.stream, NoteExpiry(by=CLOCK.id, at=now))
        elif row.state == "suspended":
            yield Due(AUTHORISATION, row.stream, NoteSuspensionEnd(by=CLOCK.id, at=now))


def _reminders(now: datetime, today: date) -> Iterator[Due]:
    rows = AuthorisationRow.objects.filter(
        state__in=IN_LIFE,
        replaced_by__isnull=True,
        ends_on__gte=today,
        remind_on__lte=today,
    )
    for row in rows.order_by("remind_on", "stream")[:MOST]:
        facts = authorisation_facts(row.number or "")
        if facts.ends_on is None:
            continue
        days = reminder_due(facts.ends_on, today, facts.reminded)
        if days is not None:
            yield Due(AUTHORISATION, row.stream, NoteReminder(by=CLOCK.id, at=now, days=days))


def _missed(now: datetime, today: date) -> Iterator[Due]:
    rows = HolderFileRow.objects.filter(
        filing_due__lt=today, filed_on__isnull=True, maintained_until__isnull=True
    )
    for row in rows.order_by("filing_due")[:MOST]:
        yield Due(HOLDER_FILE, row.stream, NoteFilingMissed(by=CLOCK.id, at=now))


def _undeposited() -> QuerySet[AccessRequestRow]:
    rows = AccessRequestRow.objects.filter(
        state__in=("granted", "refused"), deposited_at__isnull=True
    )
    return rows.order_by("decided_at", "stream")[:MOST]


def _deposited(row: AccessRequestRow, now: datetime) -> bool:
    """Note that a decision lies where its addressee reads it, by what its bytes are."""
    return notifying.deposit(row.request_id, documents.decision_digests(row.request_id), now)


def _noted(due: Due, today: date) -> bool:
    """Note it, unless a spool may say otherwise or it was noted meanwhile."""
    if spool_reports.holders(due.stream):
        return False
    name = f"{type(due.command).__name__}/{today}"
    return noted(due.decider, due.stream, due.command, name)
