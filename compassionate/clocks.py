"""The days that come by themselves: what ends, what is overdue, who is to be reminded.

Each is noted as an event, once, whoever looks first: the identifier of the command is that of the day.
Nothing is noted on what a spool may still hold something for, nor while one is not heard of
(engineering/traps-intake.md 5): it is noted at the next look.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q

from compassionate import documents, notifying, outages
from compassionate.domain.authorisation import AUTHORISATION
from compassionate.domain.authorisation_commands import (
    ApplyCessation,
    NoteCessation,
    NoteExpiry,
    NoteReminder,
    NoteSuspensionEnd,
)
from compassionate.domain.criteria_events import ProductCessationSet
from compassionate.domain.deadlines import service_back
from compassionate.domain.follow_up import FOLLOW_UP, STALE_AFTER, NoteDataDue
from compassionate.domain.holder_file import HOLDER_FILE, NoteFilingMissed, NoteInformationDue
from compassionate.domain.lateness import delay_on
from compassionate.domain.legal_parameter import LegalParameter, days_to_regularise
from compassionate.domain.reminders import information_reminder_due, reminder_due
from compassionate.domain.request import REQUEST
from compassionate.domain.request_commands import NoteDelay, NoteInformationOverdue
from compassionate.giving import CLOCK, noted
from compassionate.models import (
    AccessRequestRow,
    AuthorisationRow,
    CriteriaSheetRow,
    DelayRow,
    DepositRow,
    FollowUpReminderRow,
    HolderFileRow,
)
from compassionate.queries import ALIVE, NOT_ENDED
from compassionate.streams import (
    authorisation_facts,
    holder_facts,
    parameter_facts,
    request_facts,
    request_facts_of,
)
from events import spool_reports
from events.days import day_of
from events.decider import Decider
from events.handle import history

MOST = 500
"""Notes of one kind in one look; the next look goes on."""


class Due(NamedTuple):
    """One thing that is due: to which stream, and what is noted there, once for `once` (a day unless said)."""

    decider: Decider[Any, Any, Any]
    stream: str
    command: Any
    once: str = ""


def look(now: datetime) -> int:
    """Note everything that has come due; return how many notes were written."""
    noted = sum(_noted(one, day_of(now)) for one in _due(now))
    return noted + sum(_deposited(row, now) for row in _undeposited())


def _due(now: datetime) -> Iterator[Due]:
    today = day_of(now)
    yield from _overdue(now, today)
    yield from _ceasing(now, today)
    yield from _ended(now, today)
    yield from _reminders(now, today)
    yield from islice(_delays(now), MOST)
    yield from _data(now, today)
    yield from _uninformed(now, today)
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


def _ceasing(now: datetime, today: date) -> Iterator[Due]:
    """Let what was decided of a product end each of its authorisations (R5121-74-9 I)."""
    for sheet in CriteriaSheetRow.objects.filter(ceases_on__isnull=False):
        events = [one.event for one in history(sheet.stream)]
        *before, last = [one for one in events if isinstance(one, ProductCessationSet)]
        if last.signature is None:
            continue
        # One that was put off: those that it had ended, and that have not ceased yet, go on.
        ends_later = Q(ends_on__gt=last.ceases_on) | Q(ceases_on__in=[b.ceases_on for b in before])
        rows = AuthorisationRow.objects.filter(
            ends_later, product=sheet.product, indication=sheet.indication, state__in=NOT_ENDED
        ).exclude(Q(ceases_on=last.ceases_on) | Q(replaced_on__lte=today))
        command = ApplyCessation(
            by=last.signature.signatory,
            at=now,
            marketing_authorised_on=last.marketing_authorised_on,
            ceases_on=last.ceases_on,
            exceptional=last.exceptional,
            # The holder's letter leaves; the prescriber reads hers where she reads every other.
            signature=replace(last.signature, through_service=True, signed=False),
        )
        for row in rows.order_by("stream")[:MOST]:
            yield Due(AUTHORISATION, row.stream, command, once=f"{last.ceases_on}/{len(before)}")


def _ended(now: datetime, today: date) -> Iterator[Due]:
    # What was replaced ends no more, though a suspension was put on it before.
    replaced = Q(replaced_on__lte=today)
    rows = AuthorisationRow.objects.filter(~replaced, state__in=NOT_ENDED).filter(
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
        state__in=ALIVE, replaced_by__isnull=True, ends_on__gte=today, remind_on__lte=today
    )
    for row in rows.order_by("remind_on", "stream")[:MOST]:
        facts = authorisation_facts(row.number or "")
        if facts.ends_on is None:
            continue
        days = reminder_due(facts.ends_on, today, facts.reminded)
        if days is not None:
            command = NoteReminder(by=CLOCK.id, at=now, days=days)
            yield Due(AUTHORISATION, row.stream, command)


def _delays(now: datetime) -> Iterator[Due]:
    """Look at every row that has come, and not at the first few: after an outage many are not late yet."""
    known, settled = outages.known(now), parameter_facts(LegalParameter.REGULARISATION_DAYS)
    for row in DelayRow.objects.filter(at__lte=now).order_by("at", "stream"):
        back_at = service_back(row.given_at, known) if row.given_at else None
        allowed = days_to_regularise(settled, row.given_at)
        late = delay_on(request_facts_of(row.stream), back_at, now, allowed)
        if late is not None:
            command = NoteDelay(
                by=CLOCK.id, occurred_at=now, received_at=now, back_at=back_at, allowed=allowed
            )
            # Named by what is noted: of several that came, it need not be the one of the row.
            yield Due(REQUEST, row.stream, command, once=f"{late.clock}/{late.mark}")


def _data(now: datetime, today: date) -> Iterator[Due]:
    """Remind of data that are due; not of what would have come after it was replaced or stopped."""
    over = AuthorisationRow.objects.filter(
        number=OuterRef("number"), owed_until__lt=OuterRef("due_on")
    )
    rows = FollowUpReminderRow.objects.filter(
        ~Exists(over), due_on__lte=today, due_on__gte=today - STALE_AFTER
    )
    for row in rows.order_by("due_on", "stream")[:MOST]:
        yield Due(FOLLOW_UP, row.stream, NoteDataDue(by=CLOCK.id, at=now))


def _uninformed(now: datetime, today: date) -> Iterator[Due]:
    """Remind the agency of a holder that is still to be informed of a first request."""
    rows = HolderFileRow.objects.filter(remind_on__lte=today)
    for row in rows.order_by("remind_on", "stream")[:MOST]:
        facts = holder_facts(row.product, row.indication)
        if facts.informed is not None or facts.opened is None:
            continue
        days = information_reminder_due(facts.opened.occurred_at, today, facts.reminded)
        if days is not None:
            yield Due(HOLDER_FILE, row.stream, NoteInformationDue(by=CLOCK.id, at=now, days=days))


def _missed(now: datetime, today: date) -> Iterator[Due]:
    rows = HolderFileRow.objects.filter(
        filing_due__lt=today, filed_on__isnull=True, maintained_until__isnull=True
    )
    for row in rows.order_by("filing_due")[:MOST]:
        yield Due(HOLDER_FILE, row.stream, NoteFilingMissed(by=CLOCK.id, at=now))


def _undeposited() -> Iterator[DepositRow]:
    """Return decisions to deposit: the oldest; of those that wait for a signature, the newest.

    What is never signed is thus in nobody's way.
    """
    rows = DepositRow.objects.order_by("decided_at", "stream")
    yield from rows.filter(leaves=False)[:MOST]
    yield from rows.filter(leaves=True).reverse()[:MOST]


def _deposited(row: DepositRow, now: datetime) -> bool:
    """Note that a decision lies where its addressee reads it, by what its bytes are.

    One that leaves the téléservice is no act before it is signed (CRPA L212-1).
    """
    digests = documents.decision_digests(row.identifier)
    return bool(digests) and notifying.deposit(row.identifier, digests, now)


def _noted(due: Due, today: date) -> bool:
    """Note it, unless a spool may say otherwise or it was noted meanwhile."""
    if spool_reports.holders(due.stream):
        return False
    name = f"{type(due.command).__name__}/{due.once or today}"
    return noted(due.decider, due.stream, due.command, name)
