"""What a centre, or the agency's pilot, says of a paper form or a call: when it came, and how."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils.translation import gettext as _

from accounts import access
from accounts.access import Someone
from events.days import PARIS
from pharmacovigilance.domain.dates import is_possible
from pharmacovigilance.domain.receipt import receipt_problems
from pharmacovigilance.domain.vocabulary import Channel
from portal.answers import iso_date
from portal.report_fields import RECEIPT
from portal.report_form import ReportForm

WHOLE_DATE = len("2026-03-14")
_TIME = re.compile(r"([01]?[0-9]|2[0-3])\s?[:hH]\s?([0-5][0-9])?", re.ASCII)
_DAY, _HOUR, _CHANNEL = (field.name for field in RECEIPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How a declaration came in; `received_at` only where that was before it was typed."""

    channel: Channel
    received_at: datetime | None = None


DIRECT = Receipt(channel=Channel.PORTAL)


def is_asked(user: Someone, form: ReportForm) -> bool:
    """Say whether the page asks for the receipt, or did so before the session ended."""
    return access.may_transcribe(user) or any(field.name in form.typed for field in RECEIPT)


def receipt_of(user: Someone, form: ReportForm, now: datetime) -> Receipt:
    """Return how a declaration came in; what is wrong with it is said at its field."""
    if not is_asked(user, form):
        return DIRECT
    if not access.may_transcribe(user):
        sentence = _(
            "Seul un centre régional, ou le pilote de l’agence, enregistre ce qu’il a reçu sur "
            "papier ou par téléphone."
        )
        form.general_errors.append(sentence)
        return DIRECT
    channel = _channel(form)
    received_at = _received_at(form)
    if received_at is not None:
        form.take_problems(receipt_problems(received_at, channel, now))
    return Receipt(channel=channel, received_at=received_at)


def _channel(form: ReportForm) -> Channel:
    typed = _text(form, _CHANNEL)
    if typed in {Channel.PAPER, Channel.PHONE}:
        return Channel(typed)
    form.add_error(_CHANNEL, _("Choisissez la voie de réception."))
    return Channel.PAPER


def _received_at(form: ReportForm) -> datetime | None:
    """Return the instant in Paris; a day without an hour begins at midnight."""
    day, hour = iso_date(_text(form, _DAY)), _text(form, _HOUR)
    read = _TIME.fullmatch(hour) if hour else None
    if not day:
        form.add_error(_DAY, _("Indiquez le jour de réception."))
    elif len(day) != WHOLE_DATE or not is_possible(day):
        form.add_error(_DAY, _("Écrivez un jour entier, par exemple 14/03/2026."))
    if hour and read is None:
        form.add_error(_HOUR, _("Écrivez une heure, par exemple 14:30."))
    if _DAY in form.errors or _HOUR in form.errors:
        return None
    at = time(int(read[1]), int(read[2] or 0)) if read else time.min
    return datetime.combine(date.fromisoformat(day), at, PARIS)


def _text(form: ReportForm, name: str) -> str:
    return "".join(form.typed.get(name, [])[:1]).strip()
