"""Codes of the points about compassionate access as the report's reader says them, French first."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _now, gettext_lazy as _

from continuity.retex_words import count, named

REACHED = _("À l’agence pendant la panne")
WORDS: Mapping[str, Promise] = {
    "received": _("Reçue par l’agence"),
    "under_assessment": _("En évaluation"),
    "information_asked": _("Informations demandées"),
    "to_sign": _("À la signature"),
    "to_regularise": _("À régulariser"),
    "request": _("Demande"),
    "dose": _("Dose donnée hors heures"),
    "oral_agreement": _("Accord oral"),
    "oral_refusal": _("Refus oral"),
    "access_answer": _("Réponse à une question"),
    "portal": _("Portail"),
    "electronic": _("voie électronique"),
    "sheet": _("fiche numérotée"),
    "fax": _("télécopie"),
    "declared_mail": _("adresse de secours déclarée"),
    "at_once": _("Enregistré aussitôt"),
    "afterwards": _("Gardé, enregistré après coup"),
    "set_aside": _("Mis de côté"),
    "submit_request": _("Demande"),
    "declare_dispensing": _("Dose donnée hors heures"),
    "correct_dispensing": _("Correction d’une dose"),
    "record_oral_agreement": _("Accord oral"),
    "record_oral_refusal": _("Refus oral"),
    "answer_information": _("Réponse à une question"),
    "attach_document": _("Pièce jointe"),
    "withdraw_request": _("Retrait d’une demande"),
    "report_withdrawal": _("Retrait rapporté par la pharmacie"),
    "waited_at_start": _("En attente au début de la panne"),
    "reached": REACHED,
    "urgent": _("Non différable"),
    "deferrable": _("Différable"),
    "in_time": _("dans le délai"),
    "late": _("après le délai"),
    "open": _("sans décision, délai non passé à la fin de la panne"),
    "open_late": _("sans décision, délai passé à la fin de la panne"),
    "goal": _("Objectif de décision"),
    "silence": _("Décision implicite"),
    "regularisation": _("Régularisation"),
    "length": _("Fin d’une autorisation, renouvellement en attente"),
    "undertaking": _("Engagement à déposer une demande d’accès précoce"),
    "filing": _("Dépôt de la demande d’accès précoce"),
    "before": _("terme avant la panne"),
    "inside": _("terme pendant la panne"),
    "after": _("terme dans les quinze jours qui suivent"),
    "later": _("terme plus lointain"),
    "criteria_met": _("Dispensation hors heures, critères remplis"),
    "regularised": _("régularisée"),
    "refused": _("refusée"),
    "withdrawn": _("retirée"),
    "implicit": _("décision implicite"),
    "still_open": _("pas encore régularisée"),
    "urgent_late": _("Décision non différable, en retard"),
    "dose_refused": _("Dose donnée, régularisation refusée"),
    "cover_lost": _("Autorisation expirée, renouvellement en attente"),
}


def said(code: str) -> str:
    """Return what a code means, part by part."""
    parts = [str(WORDS[part]) if part in WORDS else named(part) for part in code.split(".")]
    return ", ".join(filter(None, parts))


def cells_said(cells: Mapping[str, int | str] | str) -> list[tuple[str, ...]]:
    """Return the rows of a table of counts; one that is withheld has no names to show."""
    if isinstance(cells, str):
        return [(_now("Tableau entier"), count(cells))]
    return [(said(code), count(cell)) for code, cell in cells.items()]
