"""How requests, authorisations, criteria sheets and files are put into words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django import template
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.formats import date_format, localize
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from accounts import compassionate as may
from accounts.models import Role
from compassionate import hospital
from compassionate.domain import (
    authorisation_events as of_authorisation,
    criteria_events as of_sheet,
    holder_events as of_holder,
    request_events as of_request,
)
from compassionate.domain.deadlines import Days
from compassionate.domain.document_events import DocumentReceived
from compassionate.domain.vocabulary import LABELS, UNREADABLE
from compassionate.models import AuthorisationRow
from compassionate.streams import product_id
from events.days import PARIS
from events.event import DomainEvent
from events.number import number_of
from portal.problems import in_readers_language

register = template.Library()

SOON = timedelta(hours=1)
SOON_DAYS = 7
NAMES: dict[str, Promise] = {
    of_request.RequestDrafted.TYPE: gettext_lazy("Demande commencée"),
    of_request.PrescriptionChanged.TYPE: gettext_lazy("Volet prescription modifié"),
    of_request.RequestSentToPharmacy.TYPE: gettext_lazy("Transmise à la pharmacie (PUI)"),
    of_request.RequestReturned.TYPE: gettext_lazy("Retournée au prescripteur"),
    of_request.RequestReceived.TYPE: gettext_lazy("Reçue par l’agence"),
    of_request.DispensingDeclared.TYPE: gettext_lazy("Dispensation hors heures déclarée"),
    of_request.DispensingCorrected.TYPE: gettext_lazy("Dose déclarée, corrigée par la pharmacie"),
    of_request.CorrectionNoted.TYPE: gettext_lazy(
        "Suite donnée à une dose dite ou corrigée après la décision"
    ),
    of_request.OralAgreementRecorded.TYPE: gettext_lazy("Accord oral consigné"),
    of_request.OralRefusalRecorded.TYPE: gettext_lazy("Refus oral consigné"),
    of_request.AssessmentBegun.TYPE: gettext_lazy(
        "Évaluation commencée, sans lien d’intérêts déclaré"
    ),
    of_request.ConformityChecked.TYPE: gettext_lazy("Critères vérifiés par le logiciel"),
    of_request.InformationAsked.TYPE: gettext_lazy("Information demandée"),
    of_request.InformationAnswered.TYPE: gettext_lazy("Réponse reçue"),
    DocumentReceived.TYPE: gettext_lazy("Pièce reçue"),
    of_request.InformationOverdue.TYPE: gettext_lazy("Délai de réponse échu"),
    of_request.DelayNoted.TYPE: gettext_lazy("Délai de la maison dépassé"),
    of_request.DecisionProposed.TYPE: gettext_lazy("Décision proposée"),
    of_request.RequestGranted.TYPE: gettext_lazy("Demande accordée"),
    of_request.RequestRefused.TYPE: gettext_lazy("Demande refusée"),
    of_request.RequestWithdrawn.TYPE: gettext_lazy("Demande retirée"),
    of_request.WithdrawalReported.TYPE: gettext_lazy(
        "Retrait du prescripteur, rapporté par sa pharmacie"
    ),
    of_request.SilenceEstablished.TYPE: gettext_lazy("Décision implicite constatée"),
    of_request.DecisionDeposited.TYPE: gettext_lazy("Décision déposée"),
    of_request.DecisionRead.TYPE: gettext_lazy("Décision lue pour la première fois"),
    of_request.RequestReceiptJoined.TYPE: gettext_lazy("Accusé de réception joint"),
    of_authorisation.AuthorisationIssued.TYPE: gettext_lazy("Délivrée"),
    of_authorisation.AuthorisationSuspended.TYPE: gettext_lazy("Suspendue"),
    of_authorisation.SuspensionLifted.TYPE: gettext_lazy("Suspension levée"),
    of_authorisation.AuthorisationWithdrawn.TYPE: gettext_lazy("Retirée"),
    of_authorisation.AuthorisationAbrogated.TYPE: gettext_lazy("Abrogée"),
    of_authorisation.CessationSet.TYPE: gettext_lazy("Date de cessation fixée"),
    of_authorisation.AuthorisationCeased.TYPE: gettext_lazy("Cessée après l’AMM"),
    of_authorisation.AuthorisationExpired.TYPE: gettext_lazy("Expirée"),
    of_authorisation.AuthorisationReplaced.TYPE: gettext_lazy("Remplacée par une autre"),
    of_authorisation.ReplacementVoided.TYPE: gettext_lazy(
        "Remplacement sans effet : elle continue"
    ),
    of_sheet.CriteriaSheetOpened.TYPE: gettext_lazy("Fiche ouverte"),
    of_sheet.CriteriaPrepared.TYPE: gettext_lazy("Critères préparés"),
    of_sheet.CriteriaPublished.TYPE: gettext_lazy("Critères publiés"),
    of_sheet.CriteriaCancelled.TYPE: gettext_lazy("Version à venir annulée"),
    of_sheet.ProtocolPublished.TYPE: gettext_lazy("PUT-SP publié"),
    of_sheet.ProductStatusChanged.TYPE: gettext_lazy("Statut changé"),
    of_sheet.ProductCessationSet.TYPE: gettext_lazy("Date de cessation fixée"),
    of_sheet.CessationTold.TYPE: gettext_lazy("Cessation portée à la connaissance"),
    of_holder.HolderFileOpened.TYPE: gettext_lazy("Dossier ouvert par la première demande"),
    of_holder.HolderInformationReminded.TYPE: gettext_lazy("Rappel : titulaire à informer"),
    of_holder.HolderInformed.TYPE: gettext_lazy("Titulaire informé et interrogé"),
    of_holder.HolderAnswered.TYPE: gettext_lazy("Réponse du titulaire"),
    of_holder.UndertakingAsked.TYPE: gettext_lazy("Engagement demandé"),
    of_holder.UndertakingReceived.TYPE: gettext_lazy("Engagement reçu"),
    of_holder.FirstGranted.TYPE: gettext_lazy("Première autorisation"),
    of_holder.FilingExtended.TYPE: gettext_lazy("Délai de dépôt prolongé"),
    of_holder.ExtensionTold.TYPE: gettext_lazy("Prolongation portée à la connaissance"),
    of_holder.EarlyAccessFiled.TYPE: gettext_lazy("Accès précoce déposé"),
    of_holder.EarlyAccessDecided.TYPE: gettext_lazy("Décision de la HAS"),
    of_holder.FilingMissed.TYPE: gettext_lazy("Absence de dépôt constatée"),
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
        return _("Illisible, confiée à un exploitant")
    return in_readers_language(LABELS.get(value or "", value or ""))


@register.filter
def access_state(row: AuthorisationRow) -> str:
    """Return the state of a listed authorisation today."""
    today = timezone.localdate(timezone=PARIS)
    return hospital.state_on(row, today)


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
    return str(NAMES.get(kind, kind))


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
        return Clock(
            words=_("Objectif dépassé de %(span)s") % {"span": _span(-left)},
            css="site-clock--over",
            at=goal,
        )
    css = "site-clock--soon" if left < SOON else ""
    return Clock(words=_("Reste %(span)s") % {"span": _span(left)}, css=css, at=goal)


@register.filter
def access_due(due: date | None) -> Clock:
    """Return how long is left until a day."""
    if due is None:
        return Clock(words="–", css="")
    days = (due - timezone.localdate(timezone=PARIS)).days
    if days < 0:
        return Clock(
            words=_("Dépassé de %(span)s") % {"span": _days(-days)}, css="site-clock--over", at=due
        )
    words = _("Aujourd’hui") if days == 0 else _("Reste %(span)s") % {"span": _days(days)}
    return Clock(words=words, css="site-clock--soon" if days <= SOON_DAYS else "", at=due)


@register.filter
def access_regularisation(days: Days) -> Clock:
    """Return how late a regularisation is."""
    today = timezone.localdate(timezone=PARIS)
    steps = (
        (days.last, _("Au-delà de quinze jours ouvrés")),
        (days.escalated, _("En retard de plus de cinq jours ouvrés : à porter plus haut")),
        (days.alarm, _("En retard de plus de deux jours ouvrés : alarme")),
        (days.due, _("En retard")),
    )
    for last, words in steps:
        if days.counts(last) and today > last:
            return Clock(words=words, css="site-clock--over", at=days.due)
    css = "site-clock--soon" if today == days.due else ""
    return Clock(words=_("Dans le délai"), css=css, at=days.due)


@register.filter
def product_address(row: object) -> UUID:
    """Return the identifier of a product in an indication, as sheets and files are known by."""
    return product_id(getattr(row, "product", "") or "", getattr(row, "indication", "") or "")


@register.filter
def access_value(value: object) -> str:
    """Return one value as it is read."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("Oui") if value else _("Non")
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
    return ngettext("%(days)d jour", "%(days)d jours", days) % {"days": days}


@register.simple_tag(takes_context=True)
def counts_lists(context: Mapping[str, Any]) -> bool:
    """Say whether the reader counts the lists that the ministers publish."""
    return may.may_count_lists(getattr(context["request"], "user", AnonymousUser()))
