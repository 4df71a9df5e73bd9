"""How declarations, their clocks and their history are put into words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from accounts.models import Role
from events.number import number_of
from pharmacovigilance.domain import events as happened
from pharmacovigilance.domain.dates import day_in_paris
from pharmacovigilance.domain.deadlines import RULES
from pharmacovigilance.domain.flags import SENTENCES, Flag
from pharmacovigilance.domain.history import Moved, Step
from pharmacovigilance.domain.places import CENTRES, DEPARTMENTS
from pharmacovigilance.domain.report import Information
from pharmacovigilance.domain.vocabulary import (
    Channel,
    Coded,
    Criterion,
    SeriousnessCriterion,
    Status,
)
from pharmacovigilance.queries import DeclarationShown
from portal.problems import in_readers_language
from portal.report_view import Section, sections

register = template.Library()

SOON_DAYS = 5
LISTS: dict[str, type[Coded]] = {
    "status": Status,
    "criterion": Criterion,
    "seriousness": SeriousnessCriterion,
    "channel": Channel,
}
UNREADABLE = gettext_lazy("Illisible, confiée à un exploitant")
EVENT_NAMES = {
    happened.AdverseEventDeclared.TYPE: gettext_lazy("Déclaration reçue"),
    happened.FollowUpReceived.TYPE: gettext_lazy("Complément reçu"),
    happened.DeclarationWithdrawn.TYPE: gettext_lazy("Déclaration retirée"),
    happened.InformationRequested.TYPE: gettext_lazy("Information demandée"),
    happened.InformationProvided.TYPE: gettext_lazy("Réponse reçue"),
    happened.ReceiptJoined.TYPE: gettext_lazy("Accusé de réception joint"),
    happened.ReceiptDisjoined.TYPE: gettext_lazy("Accusé de réception détaché"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """What is left until a due date: words for everybody, a CSS class besides."""

    words: str
    css: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event of the history in words."""

    name: str
    who: str
    occurred_at: datetime
    received_at: datetime
    recorded_at: datetime
    note: str
    text: str | None
    sections: Sequence[Section]


@register.filter
def number(identifier: UUID) -> str:
    """Return the number that people read and say."""
    return number_of(identifier)


@register.filter
def words(codes: str | Iterable[str] | None, name: str) -> str:
    """Return the labels of stored codes (one text separated by spaces, or several)."""
    members = LISTS[name]
    found = codes.split() if isinstance(codes, str) else codes or ()
    return ", ".join(
        in_readers_language(members(code).label) if code in set(members) else str(UNREADABLE)
        for code in found
    )


@register.filter
def department(code: str | None) -> str:
    """Return a département as `75 – Paris`."""
    return f"{code} – {DEPARTMENTS[code]}" if code in DEPARTMENTS else code or ""


@register.filter
def centre(code: str | None) -> str:
    """Return the name of a regional centre."""
    return CENTRES[code].name if code in CENTRES else code or ""


@register.filter
def remaining(due: date | None, at: datetime | None = None) -> Remaining:
    """Return how long is left until a due date, on the day in Paris of an instant, else today."""
    if due is None:
        return Remaining(words=_("Pas d’échéance"), css="")
    days = (due - (day_in_paris(at) if at else timezone.localdate())).days
    if days < 0:
        late = ngettext("En retard de %(days)d jour", "En retard de %(days)d jours", -days)
        return Remaining(words=late % {"days": -days}, css="site-clock--over")
    if days == 0:
        return Remaining(words=_("Aujourd’hui"), css="site-clock--over")
    left = ngettext("Reste %(days)d jour", "Reste %(days)d jours", days) % {"days": days}
    return Remaining(words=left, css="site-clock--soon" if days <= SOON_DAYS else "")


@register.filter
def clock_label(kind: str) -> str:
    """Return what a legal clock asks for."""
    return in_readers_language(next((rule.label for rule in RULES if rule.code == kind), kind))


@register.filter
def flag_words(flag: Flag | str) -> str:
    """Return the sentence of something odd."""
    sentence = SENTENCES.get(flag, flag) if isinstance(flag, str) else flag.detail
    return in_readers_language(sentence)


@register.filter
def in_words(sentence: str) -> str:
    """Return a sentence of the domain in the reader's language."""
    return in_readers_language(sentence)


@register.filter
def report_sections(case: DeclarationShown) -> list[Section]:
    """Return the titled facts of a case's report."""
    return sections(case.report, case.facts.seriousness)


@register.simple_tag
def steps(case: DeclarationShown, me: Any = None) -> list[Line]:
    """Return the history, the latest first; `me` is whoever reads, called "you"."""
    my_id = str(getattr(me, "public_id", ""))
    return [_line(step, my_id) for step in reversed(case.history)]


@register.filter
def fact_time(instant: datetime) -> str:
    """Return when a fact happened; a midnight in Paris stands for the whole day."""
    local = timezone.localtime(instant)
    whole_day = local.hour == local.minute == local.second == 0
    return date_format(local, "SHORT_DATE_FORMAT" if whole_day else "SHORT_DATETIME_FORMAT")


@register.filter
def local_input(instant: datetime | None) -> str:
    """Return an instant as a browser's date and time field takes it, in Paris time.

    Up to the next second: a field holds no fraction, and one cut off would leave out the very
    event that was recorded then.
    """
    if instant is None:
        return ""
    up = timedelta(microseconds=-instant.microsecond % 1_000_000)
    return timezone.localtime(instant + up).strftime("%Y-%m-%dT%H:%M:%S")


def _line(step: Step, my_id: str) -> Line:
    event = step.event
    news = getattr(event, "information", None)
    return Line(
        name=str(EVENT_NAMES.get(step.type, step.type)),
        who=_actor(step, my_id),
        occurred_at=step.occurred_at,
        received_at=step.received_at,
        recorded_at=step.recorded_at,
        note=_moved(event, step.moved),
        text=getattr(event, "text", None) or getattr(event, "reason", None),
        sections=sections(news) if isinstance(news, Information) else (),
    )


def _moved(event: object, moved: Moved | None) -> str:
    """Return what a joined or disjoined receipt changed; nothing of any other event."""
    if moved is None:
        return ""
    if isinstance(event, happened.ReceiptDisjoined):
        return _disjoined(event, moved)
    return _joined(event, moved) if isinstance(event, happened.ReceiptJoined) else ""


def _disjoined(event: happened.ReceiptDisjoined, moved: Moved) -> str:
    told = {"sheet": event.receipt_id}
    if moved.day_zero and moved.day_zero_now is not None:
        sentence = _(
            "La fiche %(sheet)s est d’un autre cas, sa réception ne compte plus : le jour 0 "
            "revient au %(day)s."
        )
        told["day"] = date_format(moved.day_zero_now, "SHORT_DATE_FORMAT")
    elif moved.receipt:
        sentence = _(
            "La fiche %(sheet)s est d’un autre cas, sa réception ne compte plus ; le jour 0 ne "
            "change pas."
        )
    else:
        sentence = _(
            "La fiche %(sheet)s est d’un autre cas, sa réception ne compte plus ; aucune date ne "
            "change."
        )
    return sentence % told


def _joined(event: happened.ReceiptJoined, moved: Moved) -> str:
    told = {
        "instant": date_format(timezone.localtime(event.received_at), "SHORT_DATETIME_FORMAT"),
        "node": event.node,
    }
    if moved.day_zero and moved.day_zero_now is not None:
        sentence = _(
            "Un premier accusé de réception du %(instant)s (nœud %(node)s) avance le jour 0 "
            "au %(day)s."
        )
        told["day"] = date_format(moved.day_zero_now, "SHORT_DATE_FORMAT")
    elif moved.receipt:
        sentence = _(
            "Un premier accusé de réception du %(instant)s (nœud %(node)s) avance la réception ; "
            "le jour 0 ne change pas."
        )
    else:
        sentence = _(
            "Un autre accusé de réception du %(instant)s (nœud %(node)s) est gardé ; "
            "aucune date ne change."
        )
    return sentence % told


def _actor(step: Step, my_id: str) -> str:
    if my_id and step.actor == my_id:
        return _("vous")
    return str(Role(step.role).label) if step.role in set(Role) else ""
