"""Codes of the report as a French reader says them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from continuity.beacon.page import LABELS
from continuity.domain.retex_masking import WITHHELD

NOT_RECORDED = "Non enregistré dans ce système à ce jour."
NOT_PUBLISHED = (
    "Titre, notes, causes, actions et preuves sont écrits librement et peuvent nommer quelqu’un : la "
    "forme publique n’en donne que la nature et la date. Seuls les bulletins, faits pour tous, y sont "
    "tels quels."
)
FORMS: Mapping[str, str] = {"internal": "Forme interne", "public": "Forme publique"}
KINDS: Mapping[str, str] = {
    "availability": "Disponibilité",
    "integrity": "Intégrité",
    "confidentiality": "Confidentialité",
}
NATURES: Mapping[str, str] = {"technical": "Technique", "organisational": "Organisationnelle"}
WHAT: Mapping[str, str] = {
    "incident_opened": "Incident ouvert",
    "incident_reopened": "Incident rouvert",
    "service_went_down": "Panne d’un service",
    "service_came_up": "Service revenu",
    "service_verified": "Service vérifié",
    "observation_began": "Début d’observation",
    "degraded_mode_activated": "Mode dégradé activé",
    "degraded_mode_ended": "Mode dégradé levé",
    "bulletin_issued": "Bulletin",
    "incident_noted": "Note",
    "cause_found": "Cause",
    "action_recorded": "Action",
    "service_restored": "Fin de la panne",
    "incident_closed": "Incident clos",
    "closing_refused": "Clôture refusée",
    "journal_line_unreadable": "Ligne illisible du journal",
}
NAMES: Mapping[str, str] = {
    **{name: french for name, (french, _) in LABELS.items()},
    "portal.channel": "Portail",
    "api": "API",
    "paper": "Papier",
    "phone": "Téléphone",
    "follow_up": "Compléments",
    "answer": "Réponses",
    "agency_serious.inside": "15 jours, terme pendant la panne",
    "agency_serious.after": "15 jours, terme dans les quinze jours qui suivent",
    "agency_non_serious.inside": "90 jours, terme pendant la panne",
    "agency_non_serious.after": "90 jours, terme dans les quinze jours qui suivent",
    "agency_serious.later": "15 jours, terme plus lointain",
    "agency_non_serious.later": "90 jours, terme plus lointain",
    "adverse_event": "Effet indésirable",
    "death_in_trial": "Décès dans un essai",
    "compassionate_oral_agreement": "Réponse orale, accès compassionnel",
    "out_of_hours_dispensing": "Dispensation hors heures",
    "other": "Autre",
    "to_match": "à rapprocher",
    "matched": "rapprochée",
    "duplicate": "doublon",
    "cancelled": "annulée",
    "lost": "perdue",
    "lacking": "Numéros absents des blocs entamés",
    "doubted": "Numéro douteux",
    "differing": "Versions ou déclaration qui diffèrent",
    "in_time": "Saisies dans le premier jour ouvré",
    "late": "Saisies après",
    "refused": "Refusé",
    "not_allowed": "Dossier que l’expéditeur ne peut pas compléter",
    "unknown_target": "Dossier inconnu",
    "conflicting_content": "Contenus contradictoires",
    "unreadable": "Illisible",
    "number_taken": "Numéro pris",
    "poison": "Erreur répétée",
    "clocks_running": "Déclarations dont un délai légal courait",
    "questions_open": "Questions d’évaluateurs sans réponse",
    "sheets_open": "Fiches saisies, pas encore réglées",
    "set_aside_open": "Envois mis de côté, pas encore repris",
    "sent_again": "Envoi répété, accusé joint au premier",
    "on_sheet": "Fiche jointe à sa déclaration",
    "differences_found": "Écarts entre fiche et déclaration, trouvés",
    "differences_settled": "Écarts entre fiche et déclaration, tranchés",
    "versions_settled": "Écarts entre versions d’une fiche, tranchés",
    "doubts_explained": "Numéros douteux, expliqués",
    "used": "Entamé pendant la panne",
    "unused": "Non entamé pendant la panne",
    "returned": "état rendu depuis",
    "not_returned": "état non rendu depuis",
    "recorded_anew": "Enregistré à nouveau",
    "sender_contacted": "Expéditeur joint",
    "nothing_needed": "Rien à faire",
    "open": "à reprendre",
    "done": "repris",
}


def named(code: str) -> str:
    """Return what a code means; of two parts, each."""
    if code in NAMES or "." not in code:
        return NAMES.get(code, code)
    first, _, second = code.partition(".")
    return f"{NAMES.get(first, first)}, {NAMES.get(second, second)}"


def what(code: str) -> str:
    """Return what happened."""
    return WHAT.get(code, code)


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
        return f"{hours // 24} j {hours % 24} h"
    return f"{hours} h {rest:02} min" if hours else f"{rest} min"


def count(value: object) -> str:
    """Return a count, masked or not; what is not known is said to be so."""
    return "inconnu" if value is None else str(value)


def inside(sentence: str) -> str:
    """Return a sentence as it stands behind a colon."""
    return sentence[:1].lower() + sentence[1:]


def or_dash(value: object) -> str:
    """Return a value, a dash for none."""
    return "–" if value is None else str(value)


def number_of(value: float) -> str:
    """Return a number with the French comma."""
    return f"{value:g}".replace(".", ",")


def lateness(minutes_late: int) -> str:
    """Return by how much a bulletin was late."""
    return duration(minutes_late) if minutes_late else "à l’heure"


def mean_of(usual: Mapping[str, Any]) -> str:
    """Return what was usual, with its bounds, masked or not."""
    mean = usual["mean"]
    if mean is None or mean == WITHHELD:
        return count(mean)
    return (
        f"{number_of(mean)} (de {number_of(usual['least'])} à {number_of(usual['most'])}, "
        f"{usual['weeks']} semaines)"
    )
