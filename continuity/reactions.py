"""What leaves the house because of an event: e-mails without any health data."""

from collections.abc import Iterable
from uuid import UUID

import msgspec
from django.conf import settings

from accounts.models import User
from continuity.domain.set_aside_events import CATEGORY, Reason, SubmissionSetAside, told_to_sender
from events.event import StoredEvent
from events.handle import opening
from events.reactions import Intent, Letter, Reaction

SENDER = "sender"
NAME = "submission"

WHAT_TO_DO: dict[Reason, str] = {
    Reason.REFUSED: (
        "Le dossier a changé entre-temps et la demande ne peut plus y être suivie telle quelle. "
        "Une personne la lit. Relisez le dossier : si elle est encore utile, refaites-la.\n"
    ),
    Reason.UNKNOWN_TARGET: (
        "Le dossier visé n'a pas été trouvé parmi ceux que vous pouvez compléter. "
        "Vérifiez son numéro et renvoyez, ou faites une nouvelle déclaration.\n"
    ),
    Reason.CONFLICTING_CONTENT: (
        "Deux contenus différents sont arrivés sous le même envoi. Une personne les compare. "
        "Vous n'avez rien à refaire.\n"
    ),
    Reason.UNREADABLE: (
        "Il n'a pas pu être lu automatiquement. Une personne s'en occupe. "
        "Si vous le pouvez, renvoyez-le : la première date reste acquise.\n"
    ),
    Reason.NUMBER_TAKEN: (
        "Son numéro est déjà pris par un autre dossier. Une personne l'enregistre de nouveau. "
        "Vous n'avez rien à refaire.\n"
    ),
    Reason.POISON: (
        "Une erreur de notre côté a empêché de l'enregistrer. Une personne s'en occupe. "
        "Vous n'avez rien à refaire.\n"
    ),
}
SUBJECT = "Votre envoi {receipt_id} attend une personne"
BODY = (
    "Bonjour,\n\n"
    "Votre envoi est bien reçu, à la date de son accusé de réception {receipt_id} : "
    "cette date reste acquise. Il n'a pas pu être enregistré tel quel.\n"
    "{what_to_do}"
    "Où il en est : {address}\n\n"
    "Ce message ne contient volontairement aucune donnée de santé. N'y répondez pas.\n"
)


def plan(stored: StoredEvent) -> Iterable[Intent]:
    """Ask for one message to whoever sent it, where she has an account.

    The template tells the reason as the sender may know it: nothing kept of the message says more.
    """
    said = msgspec.json.decode(stored.payload)
    if said.get("sender") is None:
        return []
    reason = told_to_sender(Reason(said["reason"]))
    return [Intent(recipient=SENDER, template=f"{NAME}.{reason.value}")]


def compose(recipient: str, template: str, stream: str) -> Letter | None:
    """Write a message; None when the sender has no account or no address.

    Raises UnknownEventType, UnreadableEvent: the message waits.
    """
    first = opening(stream).event
    if recipient != SENDER or not isinstance(first, SubmissionSetAside):
        return None
    address = _address_of(first.sender)
    if not address:
        return None
    told = {
        "receipt_id": first.receipt_id,
        "what_to_do": WHAT_TO_DO[Reason(template.removeprefix(f"{NAME}."))],
        "address": f"{settings.PUBLIC_URL}/recus/{first.receipt_id}/",
    }
    return Letter(
        address=address,
        subject=SUBJECT.format(receipt_id=first.receipt_id),
        body=BODY.format(**told),
    )


def _address_of(account: str | None) -> str | None:
    try:
        identifier = UUID(account or "")
    except ValueError:
        return None
    person = User.objects.filter(public_id=identifier, is_active=True).first()
    return person.email if person else None


REACTIONS: tuple[Reaction, ...] = (
    Reaction(
        name=NAME,
        category=CATEGORY,
        types=frozenset({SubmissionSetAside.TYPE}),
        plan=plan,
        compose=compose,
    ),
)
