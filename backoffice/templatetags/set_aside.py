"""How submissions that the log refused are put into words."""

from django import template
from django.utils.translation import gettext_lazy

from accounts.models import Role
from compassionate.domain.request_events import CATEGORY as REQUESTS
from continuity.domain.set_aside_events import Done, Reason
from continuity.set_aside_projection import UNREADABLE
from events.event import identifier_of
from events.number import number_of
from pharmacovigilance.domain.events import CATEGORY as DECLARATIONS
from pharmacovigilance.domain.intake import Priority

register = template.Library()

FILES = (f"{DECLARATIONS}-", f"{REQUESTS}-")

REASONS = {
    Reason.REFUSED: gettext_lazy("Refusé dans l’état actuel du dossier"),
    Reason.NOT_ALLOWED: gettext_lazy("Dossier que l’expéditeur ne peut pas compléter"),
    Reason.UNKNOWN_TARGET: gettext_lazy("Dossier inconnu"),
    Reason.CONFLICTING_CONTENT: gettext_lazy("Deux contenus différents pour un même envoi"),
    Reason.UNREADABLE: gettext_lazy("Envoi que le logiciel ne sait pas lire"),
    Reason.NUMBER_TAKEN: gettext_lazy("Numéro déjà pris par un autre dossier"),
    Reason.POISON: gettext_lazy("Erreur répétée à l’enregistrement"),
    UNREADABLE: gettext_lazy("Envoi illisible ici, confié à un exploitant"),
}
WHAT_IS_MEANT = {
    Reason.REFUSED: gettext_lazy(
        "Les règles du dossier le refusent aujourd’hui. Voyez si la demande est encore utile."
    ),
    Reason.NOT_ALLOWED: gettext_lazy(
        "L’expéditeur n’est ni le déclarant, ni sa pharmacie, ni le centre qui suit ce dossier. On "
        "lui a dit que le dossier est introuvable : ne lui confirmez pas qu’il existe."
    ),
    Reason.UNKNOWN_TARGET: gettext_lazy(
        "Aucun dossier ne porte ce numéro, et plus aucun serveur ne le garde en attente."
    ),
    Reason.CONFLICTING_CONTENT: gettext_lazy(
        "Un autre contenu est enregistré sous le même identifiant. Comparez les deux."
    ),
    Reason.UNREADABLE: gettext_lazy(
        "Abîmé, ou écrit par une version plus récente. La clé de secours l’ouvre peut-être."
    ),
    Reason.NUMBER_TAKEN: gettext_lazy(
        "Deux déclarations ont reçu le même numéro. Celle-ci est à enregistrer de nouveau."
    ),
    Reason.POISON: gettext_lazy("Chaque essai échoue. Prévenez un exploitant, l’envoi est gardé."),
}
URGENCIES = {
    Priority.DEATH: gettext_lazy("Décès"),
    Priority.LIFE_THREATENING: gettext_lazy("Pronostic vital"),
    Priority.SERIOUS: gettext_lazy("Grave"),
    Priority.OTHER: gettext_lazy("Non grave"),
    Priority.WITHDRAWAL: gettext_lazy("Retrait"),
}
KINDS = {
    "pharmacovigilance.declare_adverse_event": gettext_lazy("Déclaration"),
    "pharmacovigilance.add_follow_up": gettext_lazy("Complément"),
    "pharmacovigilance.answer_information": gettext_lazy("Réponse à une question"),
    "pharmacovigilance.withdraw_declaration": gettext_lazy("Retrait"),
    "compassionate.submit_request": gettext_lazy("Demande d’accès compassionnel"),
    "compassionate.declare_dispensing": gettext_lazy("Dispensation hors heures"),
    "compassionate.correct_dispensing": gettext_lazy("Correction d’une dose déclarée"),
    "compassionate.record_oral_agreement": gettext_lazy("Accord oral de l’astreinte"),
    "compassionate.record_oral_refusal": gettext_lazy("Refus oral de l’astreinte"),
    "compassionate.answer_information": gettext_lazy("Réponse à une question de l’agence"),
    "compassionate.attach_document": gettext_lazy("Pièce jointe à une demande"),
    "compassionate.withdraw_request": gettext_lazy("Retrait d’une demande"),
    "compassionate.report_withdrawal": gettext_lazy("Retrait d’une demande, rapporté"),
}
DONE = {
    Done.RECORDED_ANEW: gettext_lazy("Enregistré à nouveau"),
    Done.SENDER_CONTACTED: gettext_lazy("Expéditeur contacté"),
    Done.NOTHING_NEEDED: gettext_lazy("Aucune suite nécessaire"),
}
SEALED_BECAUSE = {
    "not_for_you": gettext_lazy("Votre rôle ne permet pas de lire ce qui a été envoyé."),
    "erased": gettext_lazy("Les données de cette personne ont été effacées."),
    "no_key": gettext_lazy(
        "Le contenu reste scellé : ce serveur n’a pas la clé qui ouvre les envois."
    ),
    "does_not_open": gettext_lazy(
        "Le contenu ne s’ouvre pas avec la clé de ce serveur. Il est gardé tel qu’il a été reçu."
    ),
}


@register.filter
def reason_words(code: str) -> str:
    """Return why the log did not take it."""
    return str(REASONS.get(code, code))


@register.filter
def reason_meant(code: str) -> str:
    """Return what whoever takes it up should know."""
    return str(WHAT_IS_MEANT.get(Reason(code), ""))


@register.filter
def kind_words(kind: str) -> str:
    """Return what was sent."""
    return str(KINDS.get(kind, kind))


@register.filter
def urgency_words(priority: int) -> str:
    """Return how urgent it is."""
    return str(URGENCIES.get(Priority(priority), "")) if priority in set(Priority) else ""


@register.filter
def done_words(done: str) -> str:
    """Return what was done with it."""
    return str(DONE.get(Done(done), done)) if done in set(Done) else done


@register.filter
def sealed_words(because: str) -> str:
    """Return why the content is not shown."""
    return str(SEALED_BECAUSE[because])


@register.filter
def role_words(role: str | None) -> str:
    """Return the role in which something was sent."""
    return str(Role(role).label) if role in set(Role) else ""


@register.filter
def target_number(stream: str | None) -> str:
    """Return the number of the declaration or request that a stream is, an empty text for anything else."""
    if not stream or not stream.startswith(FILES):
        return ""
    return number_of(identifier_of(stream))
