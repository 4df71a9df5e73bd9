"""The parts of a request, and what each event says, as titled facts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from backoffice.templatetags.agency_access import french
from events.described import described
from events.event import DomainEvent

LEFT_OUT = frozenset({"criteria", "criteria_version", "deferrable"})
"""What the page shows in a place of its own."""
ASKED_OF_RENEWALS = frozenset({"attests_interest"})
LABELS: Mapping[str, str] = {
    "answer": "Réponse",
    "appeal": "Voies de recours",
    "asked": "Demandé",
    "answered": "Reçu",
    "at": "Dispensé le",
    "batch": "Lot",
    "begins_on": "Premier jour",
    "ceases_on": "Dernier jour",
    "certain_on": "Date certaine",
    "channel": "Voie",
    "conditions": "Conditions",
    "conforms": "Tous les critères conformes",
    "criteria_version": "Version des critères",
    "declare_to": "Effets indésirables déclarés à",
    "decided_on": "Décidé le",
    "delegation": "Délégation",
    "document": "Empreinte du document (SHA-256)",
    "dosage": "Posologie",
    "due": "Terme",
    "effect": "Effet",
    "ends_on": "Dernier jour",
    "every_days": "Suivi dû aux jours",
    "exceptional": "Motif de la prolongation",
    "fact": "En fait",
    "filed_on": "Déposé le",
    "flags": "À vérifier",
    "granted": "Accordé",
    "granted_on": "Accordée le",
    "ground": "Fondement",
    "heard_on": "Entendu le",
    "holder": "Titulaire",
    "in_force_from": "En vigueur le",
    "in_spite_of": "Malgré des envois en attente",
    "institution": "Établissement (FINESS)",
    "items": "Ce qui manque",
    "kind": "Type de demande",
    "law": "En droit",
    "limit": "Dernier jour pour répondre",
    "marketing_authorised_on": "AMM du",
    "max_days": "Durée maximale (jours)",
    "months": "Mois de prolongation",
    "number": "Numéro",
    "pharmacist_attests": "Le pharmacien atteste les critères",
    "prescriber_attests": "Le prescripteur atteste les critères",
    "proposal": "Proposition",
    "quality": "Qualité",
    "quantity": "Quantité",
    "reason": "Motif",
    "replaces": "Remplace",
    "route": "Voie de la première dose",
    "rule_version": "Version de la vérification",
    "safety_follow_up": "Suivi de sécurité",
    "sheet_number": "Fiche de mode dégradé",
    "signed_off_by": "Effet validé par",
    "signed_on": "Signé le",
    "status": "Statut",
    "text": "Réponse",
    "trial": "Essai",
    "until": "Jusqu’au",
    "urgency": "Urgence",
    "version": "Version",
    "vital_reason": "Urgence vitale",
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
            yield Fact(labels[item.name].label.replace("'", "’"), french(value))


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
            yield Fact(LABELS[item.name], _in_words(value))


def _in_words(value: Any) -> str:
    if not isinstance(value, tuple):
        return french(value)
    told = [one.text if hasattr(one, "text") else one for one in value]
    joint = ", " if all(isinstance(one, int | StrEnum) for one in told) else "\n"
    return joint.join(french(one) for one in told)
