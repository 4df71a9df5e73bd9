"""The parts of a request, and what each event says, as titled facts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.templatetags.agency_access import access_value
from events.described import described
from events.event import DomainEvent
from portal.problems import in_readers_language

LEFT_OUT = frozenset({"criteria", "criteria_version", "deferrable"})
"""What the page shows in a place of its own."""
ASKED_OF_RENEWALS = frozenset({"attests_interest"})
LABELS: Mapping[str, Promise] = {
    "answer": _("Réponse"),
    "appeal": _("Voies de recours"),
    "asked": _("Demandé"),
    "answered": _("Reçu"),
    "at": _("Dispensé le"),
    "batch": _("Lot"),
    "begins_on": _("Premier jour"),
    "ceases_on": _("Dernier jour"),
    "certain_on": _("Date certaine"),
    "channel": _("Voie"),
    "conditions": _("Conditions"),
    "conforms": _("Tous les critères conformes"),
    "criteria_version": _("Version des critères"),
    "declare_to": _("Effets indésirables déclarés à"),
    "decided_on": _("Décidé le"),
    "decision": _("Décision n°"),
    "delegation": _("Délégation"),
    "document_kind": _("Nature de la pièce"),
    "document": _("Empreinte du document (SHA-256)"),
    "dosage": _("Posologie"),
    "due": _("Terme"),
    "effect": _("Effet du silence"),
    "ends_on": _("Dernier jour"),
    "every_days": _("Suivi dû aux jours"),
    "exceptional": _("Motif de la prolongation"),
    "fact": _("En fait"),
    "file_name": _("Fichier"),
    "filed_on": _("Déposé le"),
    "flags": _("À vérifier"),
    "granted": _("Accordé"),
    "granted_on": _("Accordée le"),
    "ground": _("Fondement"),
    "grounds": _("Le refus repose sur"),
    "heard_on": _("Entendu le"),
    "holder": _("Titulaire"),
    "in_force_from": _("En vigueur le"),
    "in_spite_of": _("Malgré des envois en attente"),
    "institution": _("Établissement (FINESS)"),
    "items": _("Ce qui manque"),
    "keeps": _("Versions à venir gardées"),
    "kind": _("Type de demande"),
    "law": _("En droit"),
    "limit": _("Dernier jour pour répondre"),
    "marketing_authorised_on": _("AMM du"),
    "means": _("Moyen d’envoi"),
    "max_days": _("Durée maximale (jours)"),
    "months": _("Mois de prolongation"),
    "new_fact": _("Fait nouveau"),
    "number": _("Numéro"),
    "of_versions": _("Corrige ce que dit la version"),
    "outcome": _("Suite donnée"),
    "pharmacist_attests": _("Le pharmacien atteste les critères"),
    "prescriber_name": _("Prescripteur"),
    "prescriber_attests": _("Le prescripteur atteste les critères"),
    "proposal": _("Proposition"),
    "quality": _("Qualité"),
    "quantity": _("Quantité"),
    "reason": _("Motif"),
    "replaces": _("Remplace"),
    "route": _("Voie de la première dose"),
    "rule_version": _("Version de la vérification"),
    "safety_follow_up": _("Suivi de sécurité"),
    "sheet_number": _("Fiche de mode dégradé"),
    "signed_off_by": _("Effet validé par"),
    "signed_on": _("Signé le"),
    "status": _("Statut"),
    "text": _("Réponse"),
    "to": _("À"),
    "told_at": _("Heure déclarée jusqu’ici"),
    "trial": _("Essai"),
    "until": _("Jusqu’au"),
    "urgency": _("Urgence"),
    "version": _("Version"),
    "vital_reason": _("Urgence vitale"),
    "written": _("Par quel écrit"),
}
"""What the history says of an event: a field without a label here is not shown in it."""
NESTED = frozenset({"terms", "reasons", "signature", "dispensing"})


class Fact(NamedTuple):
    """One titled fact."""

    label: str
    value: str


def facts_of_part(part: Any) -> Sequence[Fact]:
    """Return what a part of a request says, field by field; what is unsaid is left out."""
    return list(_facts(part)) if part is not None else []


def _facts(part: Any) -> Iterator[Fact]:
    labels = described(type(part))
    for item in fields(part):
        value = getattr(part, item.name)
        if item.name in LEFT_OUT or value in (None, "", ()):
            continue
        if item.name in ASKED_OF_RENEWALS and value is False:
            continue
        if is_dataclass(value):
            yield from _facts(value)
        elif labels[item.name].label:
            yield Fact(in_readers_language(labels[item.name].label), access_value(value))


def said_of(event: DomainEvent) -> Sequence[Fact]:
    """Return what an event says, for its line of the history."""
    return list(_said(event))


def _said(node: Any) -> Iterator[Fact]:
    for item in fields(node):
        value = getattr(node, item.name)
        if value in (None, "", ()) or (value is False and item.name != "conforms"):
            continue
        if item.name in NESTED:
            yield from _said(value)
        elif item.name in LABELS:
            yield Fact(str(LABELS[item.name]), _in_words(value))


def _in_words(value: Any) -> str:
    if not isinstance(value, tuple):
        return access_value(value)
    told = [one.text if hasattr(one, "text") else one for one in value]
    joint = ", " if all(isinstance(one, int | StrEnum) for one in told) else "\n"
    return joint.join(access_value(one) for one in told)
