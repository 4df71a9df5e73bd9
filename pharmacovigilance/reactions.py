"""What leaves the house because of an event: e-mails to the declarant, without any health data."""

from collections.abc import Iterable

from django.conf import settings

from accounts.models import User
from events.event import StoredEvent, identifier_of
from events.handle import opening
from events.number import number_of
from events.reactions import Intent, Letter, Reaction
from pharmacovigilance.domain.events import AdverseEventDeclared, InformationRequested

DECLARANT = "declarant"
RECEIVED, QUESTION = "declaration.received", "declaration.question"

TEMPLATES = {AdverseEventDeclared.TYPE: RECEIVED, InformationRequested.TYPE: QUESTION}
LETTERS = {
    RECEIVED: (
        "Votre déclaration {number} est enregistrée",
        (
            "Bonjour,\n\n"
            "Votre déclaration {number} est enregistrée. Gardez ce numéro : il suffit à la retrouver.\n"
            "Pour la relire ou la compléter, connectez-vous : {address}\n\n"
            "Ce message ne contient volontairement aucune donnée de santé. N'y répondez pas.\n"
        ),
    ),
    QUESTION: (
        "Une question sur votre déclaration {number}",
        (
            "Bonjour,\n\n"
            "Un évaluateur vous pose une question sur votre déclaration {number}.\n"
            "Pour la lire et y répondre, connectez-vous : {address}\n\n"
            "Ce message ne contient volontairement aucune donnée de santé. N'y répondez pas.\n"
        ),
    ),
}


def plan(stored: StoredEvent) -> Iterable[Intent]:
    """Ask for one message to whoever sent the declaration; her address is looked up when it goes."""
    return [Intent(recipient=DECLARANT, template=TEMPLATES[stored.type])]


def compose(recipient: str, template: str, stream: str) -> Letter | None:
    """Write a message; None when the declarant has no account or no address.

    Raises UnknownEventType, UnreadableEvent: the message waits.
    """
    address = _address_of_declarant(stream) if recipient == DECLARANT else None
    if not address:
        return None
    subject, body = LETTERS[template]
    told = {
        "number": number_of(identifier_of(stream)),
        "address": f"{settings.PUBLIC_URL}/declarations/",
    }
    return Letter(address=address, subject=subject.format(**told), body=body.format(**told))


def _address_of_declarant(stream: str) -> str | None:
    first = opening(stream).event
    if not isinstance(first, AdverseEventDeclared) or first.declarant is None:
        return None
    person = User.objects.filter(public_id=first.declarant, is_active=True).first()
    return person.email if person else None


REACTIONS: tuple[Reaction, ...] = (
    Reaction(name="declaration", types=frozenset(TEMPLATES), plan=plan, compose=compose),
)
