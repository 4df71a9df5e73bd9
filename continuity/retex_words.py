"""Codes of the report as its reader says them, French first."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.formats import get_format
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy as _

from continuity.beacon.words import LABELS
from continuity.domain.retex_masking import WITHHELD

_BOUNDS = re.compile(r"de (?P<least>[0-9]+) à (?P<most>[0-9]+)")
"""A total of which only the bounds are shown (`small_cells.BOUNDS`)."""
NOT_RECORDED = _("Non enregistré dans ce système à ce jour.")
NOT_PUBLISHED = _(
    "Titre, notes, causes, actions et preuves sont écrits librement et peuvent nommer quelqu’un : la "
    "forme publique n’en donne que la nature et la date. Seuls les bulletins, faits pour tous, y sont "
    "tels quels."
)
FORMS: Mapping[str, Promise] = {"internal": _("Forme interne"), "public": _("Forme publique")}
KINDS: Mapping[str, Promise] = {
    "availability": _("Disponibilité"),
    "integrity": _("Intégrité"),
    "confidentiality": _("Confidentialité"),
}
NATURES: Mapping[str, Promise] = {
    "technical": _("Technique"),
    "organisational": _("Organisationnelle"),
}
WHAT: Mapping[str, Promise] = {
    "incident_opened": _("Incident ouvert"),
    "incident_reopened": _("Incident rouvert"),
    "service_went_down": _("Panne d’un service"),
    "service_came_up": _("Service revenu"),
    "service_verified": _("Service vérifié"),
    "observation_began": _("Début d’observation"),
    "degraded_mode_activated": _("Mode dégradé activé"),
    "degraded_mode_ended": _("Mode dégradé levé"),
    "bulletin_issued": _("Bulletin"),
    "incident_noted": _("Note"),
    "cause_found": _("Cause"),
    "action_recorded": _("Action"),
    "service_restored": _("Fin de la panne"),
    "incident_closed": _("Incident clos"),
    "closing_refused": _("Clôture refusée"),
    "journal_line_unreadable": _("Ligne illisible du journal"),
}
NAMES: Mapping[str, Promise] = {
    **{name: _(french) for name, (french, _english) in LABELS.items()},
    "portal.channel": _("Portail"),
    "api": _("API"),
    "paper": _("Papier"),
    "phone": _("Téléphone"),
    "follow_up": _("Compléments"),
    "answer": _("Réponses"),
    "agency_serious.inside": _("15 jours, terme pendant la panne"),
    "agency_serious.after": _("15 jours, terme dans les quinze jours qui suivent"),
    "agency_non_serious.inside": _("90 jours, terme pendant la panne"),
    "agency_non_serious.after": _("90 jours, terme dans les quinze jours qui suivent"),
    "agency_serious.later": _("15 jours, terme plus lointain"),
    "agency_non_serious.later": _("90 jours, terme plus lointain"),
    "adverse_event": _("Effet indésirable"),
    "death_in_trial": _("Décès dans un essai"),
    "compassionate_oral_agreement": _("Réponse orale, accès compassionnel"),
    "out_of_hours_dispensing": _("Dispensation hors heures"),
    "other": _("Autre"),
    "to_match": _("à rapprocher"),
    "matched": _("rapprochée"),
    "duplicate": _("doublon"),
    "cancelled": _("annulée"),
    "lost": _("perdue"),
    "lacking": _("Numéros absents des blocs entamés"),
    "doubted": _("Numéro douteux"),
    "differing": _("Versions ou déclaration qui diffèrent"),
    "in_time": _("Saisies dans le premier jour ouvré"),
    "late": _("Saisies après"),
    "refused": _("Refusé"),
    "not_allowed": _("Dossier que l’expéditeur ne peut pas compléter"),
    "unknown_target": _("Dossier inconnu"),
    "conflicting_content": _("Contenus contradictoires"),
    "unreadable": _("Illisible"),
    "number_taken": _("Numéro pris"),
    "poison": _("Erreur répétée"),
    "clocks_running": _("Déclarations dont un délai légal courait"),
    "questions_open": _("Questions d’évaluateurs sans réponse"),
    "sheets_open": _("Fiches saisies, pas encore réglées"),
    "set_aside_open": _("Envois mis de côté, pas encore repris"),
    "sent_again": _("Envoi répété, accusé joint au premier"),
    "on_sheet": _("Fiche jointe à sa déclaration"),
    "differences_found": _("Écarts entre fiche et déclaration, trouvés"),
    "differences_settled": _("Écarts entre fiche et déclaration, tranchés"),
    "versions_settled": _("Écarts entre versions d’une fiche, tranchés"),
    "doubts_explained": _("Numéros douteux, expliqués"),
    "used": _("Entamé pendant la panne"),
    "unused": _("Non entamé pendant la panne"),
    "returned": _("état rendu depuis"),
    "not_returned": _("état non rendu depuis"),
    "recorded_anew": _("Enregistré à nouveau"),
    "sender_contacted": _("Expéditeur joint"),
    "nothing_needed": _("Rien à faire"),
    "open": _("à reprendre"),
    "done": _("repris"),
}


def named(code: str) -> str:
    """Return what a code means; of two parts, each."""
    if code in NAMES or "." not in code:
        return str(NAMES.get(code, code))
    first, _dot, second = code.partition(".")
    return f"{NAMES.get(first, first)}, {NAMES.get(second, second)}"


def what(code: str) -> str:
    """Return what happened."""
    return str(WHAT.get(code, code))


def labelled(label: str) -> str:
    """Return a label that a report holds in French."""
    return gettext(label)


def moment(at: str | None) -> str:
    """Return an instant: 17/06/2026 20:00 (+02:00)."""
    if at is None:
        return "–"
    read = datetime.fromisoformat(at)
    return f"{read:%d/%m/%Y %H:%M} ({read:%z})".replace("00)", ":00)")


def day(text: str | None) -> str:
    """Return a day: 17/06/2026."""
    return f"{date.fromisoformat(text):%d/%m/%Y}" if text else "–"


def duration(minutes: int | None) -> str:
    """Return a lasting time: 3 j 5 h, 2 h 30 min, 12 min."""
    if minutes is None:
        return "–"
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return gettext("%(days)d j %(hours)d h") % {"days": hours // 24, "hours": hours % 24}
    return f"{hours} h {rest:02} min" if hours else f"{rest} min"


def count(value: object) -> str:
    """Return a count, masked or not; what is not known is said to be so."""
    if value is None:
        return gettext("inconnu")
    bounds = _BOUNDS.fullmatch(str(value))
    if bounds:
        return gettext("de %(least)s à %(most)s") % bounds.groupdict()
    return gettext("masqué") if value == WITHHELD else str(value)


def inside(sentence: str | Promise) -> str:
    """Return a sentence as it stands behind a colon."""
    told = str(sentence)
    return told[:1].lower() + told[1:]


def or_dash(value: object) -> str:
    """Return a value, a dash for none."""
    return "–" if value is None else str(value)


def number_of(value: float) -> str:
    """Return a number with the comma, or the point, of the reader."""
    return f"{value:g}".replace(".", get_format("DECIMAL_SEPARATOR"))


def lateness(minutes_late: int) -> str:
    """Return by how much a bulletin was late."""
    return duration(minutes_late) if minutes_late else gettext("à l’heure")


def mean_of(usual: Mapping[str, Any]) -> str:
    """Return what was usual, with its bounds, masked or not."""
    mean = usual["mean"]
    if mean is None or mean == WITHHELD:
        return count(mean)
    return gettext("%(mean)s (de %(least)s à %(most)s, %(weeks)s semaines)") % {
        "mean": number_of(mean),
        "least": number_of(usual["least"]),
        "most": number_of(usual["most"]),
        "weeks": usual["weeks"],
    }
