"""How compassionate access is put into words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import template
from django.utils.translation import gettext as _, gettext_lazy

from accounts.models import Role
from compassionate.domain import request_events as happened
from compassionate.domain.document_events import DocumentReceived
from compassionate.domain.vocabulary import LABELS
from compassionate.queries import RequestShown, Step
from events.event import Recorded
from events.number import number_of
from portal.problems import in_readers_language

register = template.Library()

UNREADABLE = gettext_lazy("Illisible, confiée à un exploitant")
NAMES = {
    happened.RequestDrafted.TYPE: gettext_lazy("Demande commencée"),
    happened.PrescriptionChanged.TYPE: gettext_lazy("Prescription modifiée"),
    happened.RequestSentToPharmacy.TYPE: gettext_lazy("Envoyée à la pharmacie"),
    happened.RequestReturned.TYPE: gettext_lazy("Retournée au prescripteur par la pharmacie"),
    happened.RequestReceived.TYPE: gettext_lazy("Demande reçue par l’agence"),
    happened.DispensingDeclared.TYPE: gettext_lazy("Dose donnée hors heures, déclarée"),
    happened.DispensingCorrected.TYPE: gettext_lazy("Dose déclarée, corrigée"),
    happened.CorrectionNoted.TYPE: gettext_lazy(
        "Suite donnée à une dose dite ou corrigée après la décision"
    ),
    happened.OralAgreementRecorded.TYPE: gettext_lazy("Accord oral de l’astreinte, consigné"),
    happened.OralRefusalRecorded.TYPE: gettext_lazy("Refus oral de l’astreinte, consigné"),
    happened.AssessmentBegun.TYPE: gettext_lazy("Évaluation commencée"),
    happened.ConformityChecked.TYPE: gettext_lazy("Critères vérifiés"),
    happened.InformationAsked.TYPE: gettext_lazy("Information demandée"),
    happened.InformationAnswered.TYPE: gettext_lazy("Réponse reçue"),
    DocumentReceived.TYPE: gettext_lazy("Pièce reçue"),
    happened.DelayNoted.TYPE: gettext_lazy("Délai de l’agence dépassé"),
    happened.InformationOverdue.TYPE: gettext_lazy("Délai de réponse passé"),
    happened.DecisionProposed.TYPE: gettext_lazy("Décision proposée"),
    happened.RequestGranted.TYPE: gettext_lazy("Accès accordé"),
    happened.RequestRefused.TYPE: gettext_lazy("Accès refusé"),
    happened.RequestWithdrawn.TYPE: gettext_lazy("Demande retirée"),
    happened.WithdrawalReported.TYPE: gettext_lazy(
        "Retrait du prescripteur, rapporté par sa pharmacie"
    ),
    happened.SilenceEstablished.TYPE: gettext_lazy("Décision implicite constatée"),
    happened.DecisionDeposited.TYPE: gettext_lazy("Décision déposée"),
    happened.DecisionRead.TYPE: gettext_lazy("Décision lue"),
    happened.RequestReceiptJoined.TYPE: gettext_lazy("Accusé de réception joint"),
}
TEXTS = (
    "answer", "reason", "text", "vital_reason", "conditions", "safety_follow_up", "outcome", "file_name",
)  # fmt: skip
"""Fields in which an event of a request holds what somebody wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event of the history in words; `texts` only for whoever may read them."""

    name: str
    who: str
    occurred_at: datetime
    received_at: datetime
    recorded_at: datetime
    texts: Sequence[str]


@register.filter
def number(identifier: UUID) -> str:
    """Return the number that people read and say."""
    return number_of(identifier)


@register.filter
def access_words(code: str | None) -> str:
    """Return the label of a stored value."""
    if not code:
        return "–"
    return in_readers_language(LABELS[code]) if code in LABELS else str(UNREADABLE)


@register.simple_tag
def access_steps(shown: RequestShown, me: Any = None) -> list[Line]:
    """Return the history, the latest first; `me` is whoever reads, called "you"."""
    my_id = str(getattr(me, "public_id", ""))
    told = {one.version: one for one in shown.events}
    return [_line(step, told.get(step.version), my_id) for step in reversed(shown.history)]


def _line(step: Step, recorded: Recorded | None, my_id: str) -> Line:
    event = recorded.event if recorded else None
    mine = my_id and getattr(event, "by", None) == my_id
    role = str(Role(step.role).label) if step.role in set(Role) else ""
    return Line(
        name=str(NAMES.get(step.type, step.type)),
        who=_("vous") if mine else role,
        occurred_at=step.occurred_at,
        received_at=step.received_at,
        recorded_at=step.recorded_at,
        texts=list(_texts(event)),
    )


def _texts(event: object) -> list[str]:
    items = [item.text or "" for item in getattr(event, "items", ())]
    return [text for name in TEXTS if (text := getattr(event, name, None))] + items
