"""What leaves the house because of an event: e-mails with a number and a link, without any health data.

The worklist is the truth; a mail only says that there is something to look at (§5.7).
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from django.conf import settings

from accounts.models import Role, User
from compassionate.domain.authorisation import AUTHORISATION
from compassionate.domain.authorisation_events import (
    AuthorisationAbrogated,
    AuthorisationExpired,
    AuthorisationSuspended,
    AuthorisationWithdrawn,
    CessationSet,
    RenewalReminded,
    SuspensionLifted,
)
from compassionate.domain.follow_up_events import FollowUpReminded
from compassionate.domain.holder_events import HolderFileOpened, HolderInformationReminded
from compassionate.domain.holder_file import HOLDER_FILE
from compassionate.domain.letter_signing import LETTER_SIGNING, LetterSigned
from compassionate.domain.request import REQUEST
from compassionate.domain.request_events import (
    DelayNoted,
    InformationAnswered,
    InformationAsked,
    RequestGranted,
    RequestReceived,
    RequestRefused,
    RequestReturned,
    RequestSentToPharmacy,
    SilenceEstablished,
)
from compassionate.domain.vocabulary import LateClock, RequestState
from compassionate.streams import (
    authorisation_facts_of,
    authorisation_stream,
    follow_up_facts_of,
    request_facts,
)
from events.event import StoredEvent, identifier_of
from events.handle import folded, history
from events.number import number_of
from events.reactions import Intent, Letter, Reaction

PRESCRIBER, PHARMACIST, AGENCY = "prescriber", "pharmacist", "agency"
DECIDED, CHANGED = "request.decided", "authorisation.changed"
SIGNED = "N'y répondez pas. Ce message ne contient volontairement aucune donnée de santé."

OF_REQUEST: dict[str, tuple[str, tuple[str, ...]]] = {
    RequestSentToPharmacy.TYPE: ("request.at_pharmacy", (PRESCRIBER,)),
    RequestReturned.TYPE: ("request.returned", (PRESCRIBER,)),
    RequestReceived.TYPE: ("request.received", (PRESCRIBER, PHARMACIST)),
    InformationAsked.TYPE: ("request.question", (PRESCRIBER, PHARMACIST)),
    RequestGranted.TYPE: (DECIDED, (PRESCRIBER, PHARMACIST)),
    RequestRefused.TYPE: (DECIDED, (PRESCRIBER, PHARMACIST)),
    SilenceEstablished.TYPE: (DECIDED, (PRESCRIBER, PHARMACIST)),
    InformationAnswered.TYPE: ("request.answered", (PHARMACIST,)),
    DelayNoted.TYPE: ("request.late", (AGENCY,)),
}
OF_AUTHORISATION: dict[str, tuple[str, bool]] = {
    RenewalReminded.TYPE: ("authorisation.ends", False),
    AuthorisationExpired.TYPE: ("authorisation.ended", True),
    AuthorisationSuspended.TYPE: (CHANGED, True),
    SuspensionLifted.TYPE: (CHANGED, True),
    AuthorisationWithdrawn.TYPE: (CHANGED, True),
    AuthorisationAbrogated.TYPE: (CHANGED, True),
    CessationSet.TYPE: (CHANGED, True),
}
"""The message to the prescriber, and whether it goes to the pharmacy, which dispenses, too."""
OF_HOLDER_FILE: dict[str, str] = {
    HolderFileOpened.TYPE: "holder.first_request",
    HolderInformationReminded.TYPE: "holder.reminded",
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
    DECIDED: (
        "L'agence a décidé de la demande {number}",
        "La décision sur la demande {number} est dans votre dossier, où elle se lit et s'imprime.",
    ),
    "request.answered": (
        "Une réponse est venue sur la demande {number}",
        "La question de l'agence sur la demande {number} a reçu une réponse, que vous pouvez lire.",
    ),
    "request.late": (
        "La demande {number} attend depuis trop longtemps",
        "La demande {number} dépasse un délai de la maison : décision non différable, ou dose à régulariser.",
    ),
    "request.regularise": (
        "Une dose est à régulariser : {number}",
        "La dose ou l'accord oral de la demande {number} attend d'être régularisé : envoyez les deux volets.",
    ),
    "follow_up.due": (
        "Des données de suivi sont dues : {number}",
        "Des données de suivi (PUT-SP) sont dues pour l'autorisation {number} (CSP R5121-74-5).",
    ),
    "authorisation.ended": (
        "L'autorisation {number} a pris fin",
        "L'autorisation {number} a pris fin : aucune dose n'est plus dispensée sous ce numéro.",
    ),
    "authorisation.ends": (
        "L'autorisation {number} prend bientôt fin",
        (
            "L'autorisation {number} prend bientôt fin. Aucun texte ne la prolonge pendant l'examen "
            "d'un renouvellement : demandez-le à temps."
        ),
    ),
    CHANGED: (
        "L'autorisation {number} a changé",
        "Une décision modifie l'autorisation {number}. Lisez-la avant toute dispensation.",
    ),
    "holder.first_request": (
        "Un titulaire à informer : première demande {number}",
        (
            "La demande {number} est la première pour un produit dans une indication. Informez-en le "
            "titulaire sans attendre, par un moyen qui donne date certaine (CSP R5121-74-1 II)."
        ),
    ),
    "holder.reminded": (
        "Un titulaire n'est pas informé : première demande {number}",
        (
            "Le titulaire n'est pas encore informé de la première demande {number}, alors que le code de "
            "la santé publique le veut sans attendre (R5121-74-1 II)."
        ),
    ),
}


def plan_request(stored: StoredEvent) -> Iterable[Intent]:
    """Ask for a message to whoever has to know of it; a pharmacy's people are told of its inbox."""
    template, roles = OF_REQUEST[stored.type]
    if template == DECIDED and _leaves(stored):
        # It is no act before it is signed, and whoever came to read it would find nothing.
        return []
    found = [Intent(recipient=role, template=template) for role in roles]
    if stored.type == RequestSentToPharmacy.TYPE:
        facts = request_facts(identifier_of(stored.stream))
        if facts.state is not RequestState.AT_PHARMACY:
            # A whole request passes the pharmacy in the stroke that sends it: it waits for nobody there.
            return []
        found += [
            Intent(recipient=one, template="request.inbox") for one in _pharmacy(facts.institution)
        ]
    if stored.type == DelayNoted.TYPE and _clock(stored) == LateClock.REGULARISATION:
        facts = request_facts(identifier_of(stored.stream))
        # Once both parts are at the agency, the delay is the agency's.
        to = _pharmacy(facts.institution) if facts.state is RequestState.TO_REGULARISE else ()
        found += [Intent(recipient=one, template="request.regularise") for one in to]
    if stored.type == RequestReceived.TYPE:
        part = request_facts(identifier_of(stored.stream)).prescription
        if part is not None and part.deferrable is not True:
            found.append(Intent(recipient=AGENCY, template="request.urgent"))
    return found


def plan_authorisation(stored: StoredEvent) -> Iterable[Intent]:
    """Ask for a message to the prescriber, and to the pharmacy that must not dispense any more."""
    template, pharmacy_too = OF_AUTHORISATION[stored.type]
    return _of_authorisation(stored.stream, template, pharmacy_too=pharmacy_too)


def plan_follow_up(stored: StoredEvent) -> Iterable[Intent]:
    """Ask for one message to the prescriber, or to the pharmacy of one who cannot be reached."""
    begun = follow_up_facts_of(stored.stream).begun
    if begun is None:
        return []
    about = authorisation_stream(begun.number)
    return _of_authorisation(about, "follow_up.due", pharmacy_too=False)


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
    """Write a message about an authorisation; None when nobody has that part or no address."""
    facts = authorisation_facts_of(stream)
    account = facts.prescriber if recipient == PRESCRIBER else recipient
    return _letter(account, template, facts.number or "", "acces/autorisations/")


def compose_follow_up(recipient: str, template: str, stream: str) -> Letter | None:
    """Write a message about a follow-up to the prescriber of its authorisation."""
    begun = follow_up_facts_of(stream).begun
    if begun is None:
        return None
    return compose_authorisation(recipient, template, authorisation_stream(begun.number))


def plan_signed(stored: StoredEvent) -> Iterable[Intent]:
    """Ask for the message that waited for a signature; what tells a rights holder has none."""
    about = str(_said(stored)["stream"])
    if about.startswith(f"{REQUEST.category}-"):
        return [Intent(recipient=one, template=DECIDED) for one in (PRESCRIBER, PHARMACIST)]
    if about.startswith(f"{AUTHORISATION.category}-"):
        return _of_authorisation(about, CHANGED, pharmacy_too=True)
    return []


def compose_signed(recipient: str, template: str, stream: str) -> Letter | None:
    """Write a message about a letter that was signed."""
    signed = folded(LETTER_SIGNING, history(stream)).signed
    if signed is None:
        return None
    compose = compose_request if template == DECIDED else compose_authorisation
    return compose(recipient, template, signed.stream)


def _of_authorisation(stream: str, template: str, *, pharmacy_too: bool) -> list[Intent]:
    facts = authorisation_facts_of(stream)
    # A prescriber without an account, or who left, reads no mail: her hospital's pharmacy asked for her.
    told = pharmacy_too or not _is_reached(facts.prescriber)
    pharmacy = _pharmacy(facts.institution) if told else []
    return [Intent(recipient=one, template=template) for one in (PRESCRIBER, *pharmacy)]


def _is_reached(account: str | None) -> bool:
    people = (
        User.objects.filter(public_id=account, is_active=True) if account else User.objects.none()
    )
    return people.exclude(email="").exists()


def _leaves(stored: StoredEvent) -> bool:
    signature = _said(stored).get("signature") or {}
    return not signature.get("through_service", True)


def _clock(stored: StoredEvent) -> str:
    return str(_said(stored)["clock"])


def _said(stored: StoredEvent) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.json.decode(stored.payload)
    return said


def plan_holder_file(stored: StoredEvent) -> Iterable[Intent]:
    """Ask for one message to the agency."""
    return [Intent(recipient=AGENCY, template=OF_HOLDER_FILE[stored.type])]


def compose_holder_file(recipient: str, template: str, stream: str) -> Letter | None:
    """Write a message about a rights holder, by the number of the first request: no product."""
    del recipient
    opened = folded(HOLDER_FILE, history(stream)).opened
    number = number_of(opened.request_id) if opened else ""
    return _letter_to(settings.AGENCY_MAIL, template, number, "agence/acces/titulaires/")


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
        name="letter_signed",
        category=LETTER_SIGNING.category,
        types=frozenset({LetterSigned.TYPE}),
        plan=plan_signed,
        compose=compose_signed,
    ),
    Reaction(
        name="authorisation",
        types=frozenset(OF_AUTHORISATION),
        plan=plan_authorisation,
        compose=compose_authorisation,
    ),
    Reaction(
        name="follow_up",
        types=frozenset({FollowUpReminded.TYPE}),
        plan=plan_follow_up,
        compose=compose_follow_up,
    ),
    Reaction(
        name="holder_file",
        types=frozenset(OF_HOLDER_FILE),
        plan=plan_holder_file,
        compose=compose_holder_file,
    ),
)
