"""How requests, authorisations, criteria sheets and files are put into words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django import template
from django.utils import timezone
from django.utils.formats import date_format, localize

from accounts.models import Role
from compassionate.domain import (
    authorisation_events as of_authorisation,
    criteria_events as of_sheet,
    holder_events as of_holder,
    request_events as of_request,
)
from compassionate.domain.deadlines import Days
from compassionate.domain.vocabulary import LABELS, UNREADABLE
from compassionate.streams import product_id
from events.days import PARIS
from events.event import DomainEvent
from events.number import number_of

register = template.Library()

SOON = timedelta(hours=1)
SOON_DAYS = 7
NAMES: dict[str, str] = {
    of_request.RequestDrafted.TYPE: "Demande commencée",
    of_request.PrescriptionChanged.TYPE: "Volet prescription modifié",
    of_request.RequestSentToPharmacy.TYPE: "Transmise à la pharmacie (PUI)",
    of_request.RequestReturned.TYPE: "Retournée au prescripteur",
    of_request.RequestReceived.TYPE: "Reçue par l’agence",
    of_request.DispensingDeclared.TYPE: "Dispensation hors heures déclarée",
    of_request.OralAgreementRecorded.TYPE: "Accord oral consigné",
    of_request.OralRefusalRecorded.TYPE: "Refus oral consigné",
    of_request.AssessmentBegun.TYPE: "Évaluation commencée, sans lien d’intérêts déclaré",
    of_request.ConformityChecked.TYPE: "Critères vérifiés par le logiciel",
    of_request.InformationAsked.TYPE: "Information demandée",
    of_request.InformationAnswered.TYPE: "Réponse reçue",
    of_request.InformationOverdue.TYPE: "Délai de réponse échu",
    of_request.DecisionProposed.TYPE: "Décision proposée",
    of_request.RequestGranted.TYPE: "Demande accordée",
    of_request.RequestRefused.TYPE: "Demande refusée",
    of_request.RequestWithdrawn.TYPE: "Demande retirée",
    of_request.SilenceEstablished.TYPE: "Décision implicite constatée",
    of_request.DecisionDeposited.TYPE: "Décision déposée",
    of_request.DecisionRead.TYPE: "Décision lue pour la première fois",
    of_request.RequestReceiptJoined.TYPE: "Accusé de réception joint",
    of_authorisation.AuthorisationIssued.TYPE: "Délivrée",
    of_authorisation.AuthorisationSuspended.TYPE: "Suspendue",
    of_authorisation.SuspensionLifted.TYPE: "Suspension levée",
    of_authorisation.AuthorisationWithdrawn.TYPE: "Retirée",
    of_authorisation.AuthorisationAbrogated.TYPE: "Abrogée",
    of_authorisation.CessationSet.TYPE: "Date de cessation fixée",
    of_authorisation.AuthorisationCeased.TYPE: "Cessée après l’AMM",
    of_authorisation.AuthorisationExpired.TYPE: "Expirée",
    of_authorisation.AuthorisationReplaced.TYPE: "Remplacée par une autre",
    of_sheet.CriteriaSheetOpened.TYPE: "Fiche ouverte",
    of_sheet.CriteriaPrepared.TYPE: "Critères préparés",
    of_sheet.CriteriaPublished.TYPE: "Critères publiés",
    of_sheet.ProtocolPublished.TYPE: "PUT-SP publié",
    of_sheet.ProductStatusChanged.TYPE: "Statut changé",
    of_sheet.ProductCessationSet.TYPE: "Date de cessation fixée",
    of_holder.HolderFileOpened.TYPE: "Dossier ouvert par la première demande",
    of_holder.HolderInformed.TYPE: "Titulaire informé et interrogé",
    of_holder.HolderAnswered.TYPE: "Réponse du titulaire",
    of_holder.UndertakingAsked.TYPE: "Engagement demandé",
    of_holder.UndertakingReceived.TYPE: "Engagement reçu",
    of_holder.FirstGranted.TYPE: "Première autorisation",
    of_holder.FilingExtended.TYPE: "Délai de dépôt prolongé",
    of_holder.EarlyAccessFiled.TYPE: "Accès précoce déposé",
    of_holder.EarlyAccessDecided.TYPE: "Décision de la HAS",
    of_holder.FilingMissed.TYPE: "Absence de dépôt constatée",
}
"""What happened, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock in words, and a CSS class besides."""

    words: str
    css: str
    at: date | datetime | None = None


@register.filter
def access_word(value: str | None) -> str:
    """Return the label of a stored value."""
    if value == UNREADABLE:
        return "Illisible, confiée à un exploitant"
    return LABELS.get(value or "", value or "").replace("'", "’")


@register.filter
def access_words(values: str | Iterable[str]) -> list[str]:
    """Return the labels of several stored values."""
    found = values.split() if isinstance(values, str) else sorted(values)
    return [access_word(one) for one in found]


@register.filter
def access_number(identifier: UUID) -> str:
    """Return the number that people read and say."""
    return number_of(identifier)


@register.filter
def access_event(event: DomainEvent | str) -> str:
    """Return the name of what happened."""
    kind = event if isinstance(event, str) else event.TYPE
    return NAMES.get(kind, kind)


@register.filter
def access_role(role: str) -> str:
    """Return in which role somebody acted."""
    return str(Role(role).label) if role in set(Role) else role


@register.filter
def access_name(names: Mapping[str, str], account: str) -> str:
    """Return the name behind an account, among those that the page knows."""
    return names.get(account, "")


@register.filter
def access_age(age: str | None) -> str:
    """Return an age of the lists in words."""
    count, _space, unit = (age or "").partition(" ")
    return f"{count} {access_word(unit)}" if unit else ""


@register.filter
def access_goal(goal: datetime | None) -> Clock:
    """Return how long is left until a decision should be there."""
    if goal is None or goal.year < 2000:
        return Clock(words="–", css="")
    left = goal - timezone.now()  # noqa: TID251  an edge of the house: what a reader sees now
    if left < timedelta(0):
        return Clock(words=f"Objectif dépassé de {_span(-left)}", css="site-clock--over", at=goal)
    css = "site-clock--soon" if left < SOON else ""
    return Clock(words=f"Reste {_span(left)}", css=css, at=goal)


@register.filter
def access_due(due: date | None) -> Clock:
    """Return how long is left until a day."""
    if due is None:
        return Clock(words="–", css="")
    days = (due - timezone.localdate(timezone=PARIS)).days
    if days < 0:
        return Clock(words=f"Dépassé de {_days(-days)}", css="site-clock--over", at=due)
    words = "Aujourd’hui" if days == 0 else f"Reste {_days(days)}"
    return Clock(words=words, css="site-clock--soon" if days <= SOON_DAYS else "", at=due)


@register.filter
def access_regularisation(days: Days) -> Clock:
    """Return how late a regularisation is."""
    today = timezone.localdate(timezone=PARIS)
    steps = (
        (days.last, "Au-delà de quinze jours ouvrés"),
        (days.escalated, "En retard de plus de cinq jours ouvrés : à porter plus haut"),
        (days.alarm, "En retard de plus de deux jours ouvrés : alarme"),
        (days.due, "En retard"),
    )
    for last, words in steps:
        if today > last:
            return Clock(words=words, css="site-clock--over", at=days.due)
    css = "site-clock--soon" if today == days.due else ""
    return Clock(words="Dans le délai", css=css, at=days.due)


@register.filter
def product_address(row: object) -> UUID:
    """Return the identifier of a product in an indication, as sheets and files are known by."""
    return product_id(getattr(row, "product", "") or "", getattr(row, "indication", "") or "")


@register.filter
def french(value: object) -> str:
    """Return one value as it is read."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "Oui" if value else "Non"
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value, PARIS), "SHORT_DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, float):
        return localize(int(value) if value.is_integer() else round(value, 1))
    return access_word(value) if isinstance(value, StrEnum) else str(value)


def _span(left: timedelta) -> str:
    minutes = int(left.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else _days(minutes // (24 * 60))


def _days(days: int) -> str:
    return f"{days} jour{'s' if days > 1 else ''}"
