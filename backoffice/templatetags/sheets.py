"""How numbered sheets are put into words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.models import Role
from backoffice.sheet_sides import RECEIVED, in_words
from continuity.domain import sheet_events as happened
from continuity.domain.matching import Sign, Verdict
from continuity.domain.sheet_content import label, values_said
from continuity.domain.sheet_deadline import Lateness, due, lateness
from continuity.domain.sheet_facts import Recording, SheetFacts
from continuity.domain.sheet_words import LABELS
from continuity.sheet_queries import Pair, Step
from events.days import PARIS, day_of
from portal.problems import in_readers_language

register = template.Library()

QUESTIONS = {
    "number_never_issued": gettext_lazy("Numéro jamais remis"),
    "block_expired": gettext_lazy("Carnet périmé à cette date"),
    "not_a_sheet_number": gettext_lazy("Numéro mal formé"),
    "recordings_differ": gettext_lazy("Deux versions diffèrent"),
    "declaration_differs": gettext_lazy("Écart avec la déclaration"),
    "loss_to_confirm": gettext_lazy("Perte à confirmer"),
}
LATENESS = {
    Lateness.IN_TIME: gettext_lazy("Dans le délai"),
    Lateness.LATE: gettext_lazy("En retard"),
    Lateness.ALARM: gettext_lazy("En retard de plus de deux jours ouvrés"),
    Lateness.ESCALATED: gettext_lazy("En retard de plus de cinq jours ouvrés"),
    Lateness.BEYOND: gettext_lazy("En retard de plus de quinze jours ouvrés"),
}
URGENCIES = (
    gettext_lazy("Décès"),
    gettext_lazy("Pronostic vital"),
    gettext_lazy("Dose donnée ou promise"),
    gettext_lazy("Grave"),
    gettext_lazy("Autre"),
)
SIGNS = {
    Sign.NUMBER_QUOTED: gettext_lazy("cite le numéro de la fiche"),
    Sign.SAME_PATIENT: gettext_lazy("même patient, à vérifier"),
    Sign.SAME_DRUG: gettext_lazy("même produit"),
    Sign.SAME_REACTION: gettext_lazy("même effet"),
    Sign.SAME_INSTITUTION: gettext_lazy("même établissement"),
    Sign.SAME_CALLER: gettext_lazy("même appelant"),
    Sign.SAME_DEPARTMENT: gettext_lazy("même département"),
    Sign.NEAR_IN_TIME: gettext_lazy("reçue à trois jours près"),
}
VERDICTS = {
    Verdict.SAME: gettext_lazy("Identique"),
    Verdict.DIFFERENT: gettext_lazy("Différent"),
    Verdict.ONLY_ON_SHEET: gettext_lazy("Seulement sur la fiche"),
    Verdict.ONLY_ELSEWHERE: gettext_lazy("Seulement dans la déclaration"),
}
EVENT_NAMES = {
    happened.SheetRecorded.TYPE: gettext_lazy("Fiche saisie"),
    happened.SheetRecordedAgain.TYPE: gettext_lazy("Saisie une nouvelle fois"),
    happened.SheetNumberExplained.TYPE: gettext_lazy("Numéro expliqué"),
    happened.SheetMatched.TYPE: gettext_lazy("Rapprochée"),
    happened.DifferenceFound.TYPE: gettext_lazy("Écart constaté"),
    happened.DifferenceSettled.TYPE: gettext_lazy("Écart tranché"),
    happened.SheetDuplicate.TYPE: gettext_lazy("Déclarée en doublon"),
    happened.SheetCancelled.TYPE: gettext_lazy("Annulée"),
    happened.SheetLostProposed.TYPE: gettext_lazy("Perte signalée"),
    happened.SheetLostConfirmed.TYPE: gettext_lazy("Perte confirmée"),
}
ABOUT = {
    "kind": gettext_lazy("Nature"),
    "channel": gettext_lazy("Voie"),
    "occurred_at": gettext_lazy("Appel ou écrit le"),
    RECEIVED: gettext_lazy("Reçu le"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When a sheet is to be acknowledged, and how late it is today."""

    on: date
    words: str
    css: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One field in which two versions of a sheet may differ; no text where it is hidden."""

    name: str
    first: str
    other: str
    differs: bool
    hidden: bool


@register.filter
def sheet_word(value: str) -> str:
    """Return the label of a stored value."""
    return in_readers_language(LABELS.get(value, value))


@register.filter
def sheet_field(name: str) -> str:
    """Return the label of a field."""
    return str(ABOUT[name]) if name in ABOUT else in_readers_language(label(name))


@register.filter
def sheet_fields(names: Iterable[str] | str) -> str:
    """Return the labels of several fields."""
    found = names.split() if isinstance(names, str) else names
    return ", ".join(sheet_field(name) for name in found)


@register.filter
def sheet_questions(codes: str | Sequence[str]) -> list[str]:
    """Return what a person has still to answer, in words."""
    found = codes.split() if isinstance(codes, str) else codes
    return [str(QUESTIONS[code]) for code in found]


@register.filter
def sheet_due(received: datetime | None) -> Due | None:
    """Return by when a sheet that was received is to be acknowledged."""
    if received is None or received.year < 2000:
        return None
    day, today = day_of(received), timezone.localdate(timezone=PARIS)
    late = lateness(day, today)
    css = "" if late is Lateness.IN_TIME else "site-clock--over"
    return Due(on=due(day), words=str(LATENESS[late]), css=css)


@register.filter
def sheet_urgency(rank: int) -> str:
    """Return an urgency in words."""
    return str(URGENCIES[rank])


@register.filter
def sheet_signs(signs: Iterable[Sign]) -> str:
    """Return what speaks for one case, in words."""
    return ", ".join(str(SIGNS[sign]) for sign in signs)


@register.filter
def sheet_verdict(verdict: Verdict) -> str:
    """Return a verdict in words."""
    return str(VERDICTS[verdict])


@register.filter
def sheet_facts(recording: Recording) -> list[tuple[str, str]]:
    """Return what a version of a sheet says, as label and text."""
    said = values_said(recording.content).items()
    return [(sheet_field(name), in_words(name, value)) for name, value in said]


@register.simple_tag
def sheet_pair(facts: SheetFacts, pair: Pair) -> list[Side]:
    """Return two versions of a sheet field by field, those that differ first."""
    first, other = facts.recordings[pair.held - 1], facts.recordings[pair.judged - 1]
    one, two = (
        {name: getattr(version, name) for name in ABOUT} | dict(values_said(version.content))
        for version in (first, other)
    )
    names = dict.fromkeys([*one, *two, *sorted(pair.hidden)])
    found = [_side(name, one.get(name), two.get(name), pair) for name in names]
    return sorted(found, key=lambda side: not side.differs)


@register.filter
def sheet_step(step: Step) -> str:
    """Return the name of an event."""
    return str(EVENT_NAMES[step.type])


@register.filter
def sheet_who(step: Step) -> str:
    """Return in which role somebody acted."""
    return str(Role(step.role).label) if step.role in set(Role) else step.role


def _side(name: str, mine: object, theirs: object, pair: Pair) -> Side:
    return Side(
        name=sheet_field(name),
        first=in_words(name, mine) if mine is not None else "",
        other=in_words(name, theirs) if theirs is not None else "",
        differs=name in pair.differing,
        hidden=name in pair.hidden,
    )
