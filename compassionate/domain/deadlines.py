"""The clocks of compassionate access as data, and the days on which they end.

Calendar days in Europe/Paris; the last day is the day returned. An outage stops none of them: it
is `received_at`, by any channel, that starts a clock (CRPA L112-13). `law` says whether a text
fixes the length, or the house does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from compassionate.domain.vocabulary import SilenceEffect
from events.days import day_of, months_after, working_days_after

SILENCE_MONTHS = 2
SUSPENSION_MONTHS = 3
SUSPENSION_APART_MONTHS = 3
CESSATION_MONTHS = 3
ILLEGALITY_MONTHS = 4
UNDERTAKING_MONTHS = 1
REASONS_MONTHS = 1
FILING_MONTHS, RARE_FILING_MONTHS = 12, 18
EXTENSION_MONTHS = 6
MAINTENANCE_MONTHS = 12
ANSWER_MONTHS = 12
"""What the agency may give at most to answer it; a longer time is a year that was mistyped."""
REMINDERS = (60, 30, 7, 0)
GOAL_NOT_DEFERRABLE = timedelta(hours=4)
GOAL_CONFORMING, GOAL_OTHER = 1, 3
INFORM_HOLDER, INFORM_HOLDER_REMINDERS = 1, (1, 2, 5)
UNREAD_DAYS = 15
REGULARISE, REGULARISE_ALARM, REGULARISE_ESCALATE, REGULARISE_LAST = 1, 2, 5, 15


class Rule(NamedTuple):
    """One clock: its length in words, what starts it, its source; `law`: a text fixes it."""

    code: str
    label: str
    length: str
    starts: str
    source: str
    law: bool


class Days(NamedTuple):
    """Last day to regularise, and the days by which it is an alarm, escalated, beyond all."""

    due: date
    alarm: date
    escalated: date
    last: date

    def counts(self, day: date) -> bool:
        """Say whether an alarm of the house counts: none does within the days that are allowed."""
        return day >= self.due


RULES: tuple[Rule, ...] = (
    Rule("registration", "Accusé d'enregistrement (AEE)", "1 working day", "receipt", "CRPA R112-11-2", law=True),
    Rule("acknowledgement", "Accusé de réception (ARE)", "10 working days", "receipt", "CRPA R112-11-2", law=True),
    Rule("silence", "Décision implicite", "2 months", "receipt, or completion", "CRPA L231-1, L231-4, L114-3, L114-5", law=True),
    Rule("goal", "Objectif de décision", "4 hours, 1 or 3 working days", "receipt", "the house", law=False),
    Rule("regularisation", "Régularisation", "1 working day, or what a lawyer settled; alarms at 2 and 5; 15 at most", "dose or oral agreement", "the house", law=False),
    Rule("length", "Durée d'une autorisation", "1 year", "its first day", "CSP L5121-12-1, R5121-74-3", law=True),
    Rule("reminders", "Rappels de renouvellement", "60, 30, 7 and 0 days before", "its last day", "the house, for CSP R5121-74-4", law=False),
    Rule("holder_information", "Information du titulaire", "1 working day; reminders on that day, at 2 and at 5", "receipt of the first request", "the house, for CSP R5121-74-1 II", law=False),
    Rule("undertaking", "Engagement à déposer une AAP", "1 month", "request with a date certain", "CSP R5121-74-9 II", law=True),
    Rule("filing", "Dépôt de l'AAP", "12 months, 18 if rare; 6 more each time", "first grant, or where the undertaking is asked for later, that day", "CSP L5121-12-1 II, D5121-74-1-1 I, II", law=True),
    Rule("maintenance", "Maintien sans AAP", "12 months", "end of the period, or refusal by the HAS", "CSP D5121-74-1-1 III", law=True),
    Rule("suspension", "Suspension", "3 months", "the decision", "CSP R5121-74-8", law=True),
    Rule("suspension_goes_on", "Suspension qui en prolonge une autre", "3 months after it at most, unless a new fact is told", "the end of the one before", "the house, for CSP R5121-74-8", law=False),
    Rule("cessation", "Arrêt après l'AMM", "3 months", "the marketing authorisation", "CSP R5121-74-9 I", law=True),
    Rule("reasons", "Motifs d'un refus en urgence", "1 month", "the request for them", "CRPA L211-6", law=True),
    Rule("notification", "Notification d'une décision déposée, non lue", "15 days, then the day of the deposit", "the deposit", "CRPA L221-8, R112-20", law=True),
    Rule("illegality", "Retrait d'une décision illégale", "4 months", "the grant", "CRPA L242-1", law=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request for information: from when, until when at most, and when it was answered."""

    on: date
    limit: date
    answered_on: date | None = None


def registration_due(received_at: datetime) -> date:
    """Return the last day for the AEE, where it was not instant (CRPA R112-11-2)."""
    return working_days_after(day_of(received_at), 1)


def acknowledgement_due(received_at: datetime) -> date:
    """Return the last day for the ARE (CRPA R112-11-2)."""
    return working_days_after(day_of(received_at), 10)


def silence_due(
    received_at: datetime, effect: SilenceEffect, asked: Iterable[Asked]
) -> date | None:
    """Return the last day of the statutory term; None while it has not begun (CRPA L231-1).

    A term that ends in rejection stands still while information is asked for, its limit at most
    (L114-3, R112-11-4). One that ends in acceptance begins when the request is complete (L114-5).
    """
    start, still = day_of(received_at), timedelta()
    for one in sorted(asked, key=lambda item: item.on):
        if one.on > _later(months_after(start, SILENCE_MONTHS), still):
            # The term had passed: no later question takes away what it decided.
            break
        if effect is SilenceEffect.ACCEPTANCE:
            if one.answered_on is None:
                return None
            start = max(start, one.answered_on)
        else:
            still += max(min(one.answered_on or one.limit, one.limit) - one.on, timedelta())
    return _later(months_after(start, SILENCE_MONTHS), still)


def _later(day: date, span: timedelta) -> date:
    """Add days, to the end of the calendar at most: a limit that somebody mistyped closes no file."""
    return day + min(span, date.max - day)


def unread_limit(deposited_at: datetime) -> date:
    """Return the last day on which a first reading still fixes the notification (CRPA R112-20)."""
    return day_of(deposited_at) + timedelta(days=UNREAD_DAYS)


def notified_on(deposited_at: datetime, read_at: datetime | None, today: date) -> date | None:
    """Return the day of a decision's notification; None while it is not notified (CRPA L221-8).

    What lies in the téléservice is received on its first reading; unread for fifteen days, on the day
    of its deposit (R112-20).
    """
    limit = unread_limit(deposited_at)
    if read_at is not None and day_of(read_at) <= limit:
        return day_of(read_at)
    return day_of(deposited_at) if today > limit else None


def first_silence(received_at: datetime, asked: Iterable[Asked]) -> date | None:
    """Return the earlier of the two days by which silence might decide: neither may be reached."""
    known = tuple(asked)
    days = [silence_due(received_at, effect, known) for effect in SilenceEffect]
    return min((day for day in days if day is not None), default=None)


def goal(received_at: datetime, *, deferrable: bool | None, conforms: bool | None) -> datetime:
    """Return by when the house means to decide; what nobody called deferrable is not."""
    if not deferrable:
        return received_at + GOAL_NOT_DEFERRABLE
    days = GOAL_CONFORMING if conforms else GOAL_OTHER
    return received_at + (working_days_after(day_of(received_at), days) - day_of(received_at))


def service_back(at: datetime, outages: Iterable[tuple[datetime, datetime]]) -> datetime | None:
    """Return when the outage ended, or is now, in which something was given; None where there was none."""
    return max((back for since, back in outages if since <= at < back), default=None)


def regularisation_days(
    given_at: datetime, back_at: datetime | None = None, allowed: int = REGULARISE
) -> Days:
    """Return by when to regularise, and the days by which somebody is alarmed that it is not done.

    `back_at`: when the outage ended in which it was given or agreed to. `allowed`: the working days that
    were settled when it was.
    """
    begins = max(given_at, back_at or given_at)
    counts = (allowed, REGULARISE_ALARM, REGULARISE_ESCALATE, REGULARISE_LAST)
    return Days(*(working_days_after(day_of(begins), count) for count in counts))


def latest_end(begins_on: date) -> date:
    """Return the last day that an authorisation may have: a year, both days included."""
    return begins_on + timedelta(days=364)


def holder_information_due(opened_at: datetime) -> date:
    """Return the last day to inform the holder of a first request, which the law wants at once.

    "Immediately" (R5121-74-1 II) has no length: the house gives itself a working day.
    """
    return working_days_after(day_of(opened_at), INFORM_HOLDER)


def undertaking_due(asked_on: date) -> date:
    """Return the last day for the holder's undertaking (R5121-74-9 II)."""
    return months_after(asked_on, UNDERTAKING_MONTHS)


def filing_due(began_on: date, *, rare: bool, extensions: Iterable[int] = ()) -> date:
    """Return the last day to file for early access; `extensions` in months (D5121-74-1-1 I, II)."""
    months = RARE_FILING_MONTHS if rare else FILING_MONTHS
    return months_after(began_on, months + sum(extensions))


def maintained_until(ended_on: date) -> date:
    """Return until when what is in force may be kept without an AAP (D5121-74-1-1 III)."""
    return months_after(ended_on, MAINTENANCE_MONTHS)


def suspension_limit(decided_on: date, before: Sequence[tuple[date, date]] = ()) -> date:
    """Return the last day that a suspension may have (R5121-74-8).

    `before`: first and last day of each that it goes on from, in order. The three months are those
    of the first, and stand still on the days between them.
    """
    firsts = [*(first for first, _ in before), decided_on]
    ends = [last for _, last in before]
    apart = [max((first - last).days - 1, 0) for last, first in zip(ends, firsts[1:], strict=True)]
    return months_after(firsts[0], SUSPENSION_MONTHS) + timedelta(days=sum(apart))


def goes_on_until(ended_on: date) -> date:
    """Return the last day on which a suspension that begins goes on from one that ended on a day.

    No text says how far apart two on one ground must be: the house takes the length that the text
    has for one, so that nobody is suspended for more than half of the time without a new fact.
    """
    return months_after(ended_on, SUSPENSION_APART_MONTHS)


def cessation_limit(marketing_authorised_on: date) -> date:
    """Return the last day that access may go on after a marketing authorisation (R5121-74-9 I)."""
    return months_after(marketing_authorised_on, CESSATION_MONTHS)


def reasons_due(asked_on: date) -> date:
    """Return the last day to give the reasons of an urgent refusal (CRPA L211-6)."""
    return months_after(asked_on, REASONS_MONTHS)


def illegality_limit(granted_on: date) -> date:
    """Return the last day to withdraw an illegal grant (CRPA L242-1)."""
    return months_after(granted_on, ILLEGALITY_MONTHS)
