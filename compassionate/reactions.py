"""What leaves the house because of an event: e-mails with a number and a link, without any health data.

The worklist is the truth; a mail only says that there is something to look at (§5.7).
"""

from collections.abc import Iterable

from django.conf import settings

from accounts.models import Role, User
from compassionate.domain.authorisation_events import (
    AuthorisationAbrogated,
    AuthorisationSuspended,
    AuthorisationWithdrawn,
    CessationSet,
    RenewalReminded,
    SuspensionLifted,
)
from compassionate.domain.request_events import (
    InformationAsked,
    RequestGranted,
    RequestReceived,
    RequestRefused,
    RequestReturned,
    RequestSentToPharmacy,
)
from compassionate.streams import authorisation_facts_of, request_facts
from events.event import StoredEvent, identifier_of
from events.number import number_of
from events.reactions import Intent, Letter, Reaction

PRESCRIBER, PHARMACIST, AGENCY = "prescriber", "pharmacist", "agency"
SIGNED = "N'y répondez pas. Ce message ne contient volontairement aucune donnée de santé."

OF_REQUEST: dict[str, tuple[str, tuple[str, ...]]] = {
    RequestSentToPharmacy.TYPE: ("request.at_pharmacy", (PRESCRIBER,)),
    RequestReturned.TYPE: ("request.returned", (PRESCRIBER,)),
    RequestReceived.TYPE: ("request.received", (PRESCRIBER, PHARMACIST)),
    InformationAsked.TYPE: ("request.question", (PRESCRIBER, PHARMACIST)),
    RequestGranted.TYPE: ("request.decided", (PRESCRIBER, PHARMACIST)),
    RequestRefused.TYPE: ("request.decided", (PRESCRIBER, PHARMACIST)),
}
OF_AUTHORISATION: dict[str, str] = {
    RenewalReminded.TYPE: "authorisation.ends",
    AuthorisationSuspended.TYPE: "authorisation.changed",
    SuspensionLifted.TYPE: "authorisation.changed",
    AuthorisationWithdrawn.TYPE: "authorisation.changed",
    AuthorisationAbrogated.TYPE: "authorisation.changed",
    CessationSet.TYPE: "authorisation.changed",
}
LETTERS = {
    "request.at_pharmacy": (
        "La demande {number} est à la pharmacie",
        "La demande {number} attend la pharmacie de votre établissement.",
    ),
    "request.inbox": (
        "Une demande attend votre pharmacie : {number}",
        "La demande {number} attend que votre pharmacie la complète et l'envoie à l'agence.",
    ),
    "request.returned": (
        "La pharmacie vous retourne la demande {number}",
        "La pharmacie vous a retourné la demande {number} avec son motif.",
    ),
    "request.received": (
        "L'agence a reçu la demande {number}",
        "L'agence a reçu la demande {number}. Son accusé de réception est dans votre dossier.",
    ),
    "request.urgent": (
        "Une demande qui ne peut être différée : {number}",
        "La demande {number} est reçue ; son traitement ne peut être différé.",
    ),
    "request.question": (
        "L'agence pose une question sur la demande {number}",
        "L'agence a besoin d'une information pour la demande {number}, avant une date limite.",
    ),
    "request.decided": (
        "L'agence a décidé de la demande {number}",
        "La décision sur la demande {number} est dans votre dossier, où elle se lit et s'imprime.",
    ),
    "authorisation.ends": (
        "L'autorisation {number} prend bientôt fin",
        (
            "L'autorisation {number} prend bientôt fin. Aucun texte ne la prolonge pendant l'examen "
            "d'un renouvellement : demandez-le à temps."
        ),
    ),
    "authorisation.changed": (
        "L'autorisation {number} a changé",
        "Une décision modifie l'autorisation {number}. Lisez-la avant toute dispensation.",
    ),
}


def plan_request(stored: StoredEvent) -> Iterable[Intent]:
    """Ask for a message to whoever has to know of it; a pharmacy's people are told of its inbox."""
    template, roles = OF_REQUEST[stored.type]
    found = [Intent(recipient=role, template=template) for role in roles]
    if stored.type == RequestSentToPharmacy.TYPE:
        institution = request_facts(identifier_of(stored.stream)).institution
        found += [
            Intent(recipient=one, template="request.inbox") for one in _pharmacy(institution)
        ]
    if stored.type == RequestReceived.TYPE:
        part = request_facts(identifier_of(stored.stream)).prescription
        if part is not None and part.deferrable is not True:
            found.append(Intent(recipient=AGENCY, template="request.urgent"))
    return found


def plan_authorisation(stored: StoredEvent) -> Iterable[Intent]:
    """Ask for one message to the prescriber."""
    return [Intent(recipient=PRESCRIBER, template=OF_AUTHORISATION[stored.type])]


def compose_request(recipient: str, template: str, stream: str) -> Letter | None:
    """Write a message about a request; None when nobody has that part or no address."""
    request_id = identifier_of(stream)
    if recipient == AGENCY:
        return _letter_to(settings.AGENCY_MAIL, template, number_of(request_id), "agence/acces/")
    facts = request_facts(request_id)
    account = {PRESCRIBER: facts.prescriber, PHARMACIST: facts.pharmacist}.get(
        recipient, recipient
    )
    return _letter(account, template, number_of(request_id), "acces/")


def compose_authorisation(recipient: str, template: str, stream: str) -> Letter | None:
    """Write a message about an authorisation; None when it has no prescriber, or she no address."""
    del recipient
    facts = authorisation_facts_of(stream)
    return _letter(facts.prescriber, template, facts.number or "", "acces/autorisations/")


def _pharmacy(institution: str | None) -> list[str]:
    """Return the accounts of a hospital's pharmacists."""
    rows = User.objects.filter(
        role=Role.HOSPITAL_PHARMACIST, institution__finess=institution or "", is_active=True
    )
    return [str(one) for one in rows.order_by("pk").values_list("public_id", flat=True)]


def _letter(account: str | None, template: str, number: str, where: str) -> Letter | None:
    person = User.objects.filter(public_id=account, is_active=True).first() if account else None
    return _letter_to(person.email if person else "", template, number, where)


def _letter_to(mail: str, template: str, number: str, where: str) -> Letter | None:
    if not mail:
        return None
    subject, text = LETTERS[template]
    address = f"{settings.PUBLIC_URL}/{where}"
    body = f"Bonjour,\n\n{text}\nConnectez-vous : {address}\n\n{SIGNED}\n"
    return Letter(
        address=mail,
        subject=subject.format(number=number),
        body=body.format(number=number),
    )


REACTIONS: tuple[Reaction, ...] = (
    Reaction(
        name="access_request",
        types=frozenset(OF_REQUEST),
        plan=plan_request,
        compose=compose_request,
    ),
    Reaction(
        name="authorisation",
        types=frozenset(OF_AUTHORISATION),
        plan=plan_authorisation,
        compose=compose_authorisation,
    ),
)
