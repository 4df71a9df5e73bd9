"""The decider of one letter's signature: who may sign it, once, under which certificate (CRPA L212-1, L212-2).

A letter has a stream of its own for it, named by the stream and the event that the letter tells. What was
signed is kept whole: it is the act, and no later version of the typesetter could make its bytes again.
Refusal codes: not_to_sign, not_the_signatory, already_signed, certificate_not_valid, patient_erased.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from compassionate.domain.acts import Act, told
from compassionate.domain.prescription import PatientText
from events.decider import Decider
from events.described import given, said
from events.errors import Problem, Refused
from events.event import DomainEvent

CATEGORY = "letter_signature"
SENTENCES = {
    "not_to_sign": "Cette lettre n'attend pas de signature : elle ne quitte pas le téléservice.",
    "not_the_signatory": "La lettre est signée par la personne qui a décidé (CRPA L212-1).",
    "already_signed": "Cette lettre est déjà signée.",
    "certificate_not_valid": (
        "Votre certificat de signature n'est pas valable aujourd'hui : demandez-en un autre."
    ),
    "patient_erased": "Les données de ce patient sont effacées : la lettre ne se signe plus.",
}


class ToSign(Protocol):
    """What is asked of a letter before it is signed."""

    @property
    def leaves(self) -> bool: ...
    @property
    def signatory(self) -> str | None: ...
    @property
    def patient_erased(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignLetter(Act):
    """Keep a letter that was signed.

    `leaves`: it leaves the téléservice, and is no act without a signature (L212-2); `signatory` decided
    what it tells; `valid` are the first and the last instant of the certificate; `document` is the signed
    file, base64.
    """

    stream: str
    version: int
    leaves: bool
    signatory: str | None
    patient_erased: bool
    certificate: str
    valid: tuple[datetime, datetime]
    digest: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSigned(DomainEvent):
    """A letter that leaves the téléservice was signed by its signatory's key (PAdES)."""

    TYPE: ClassVar[str] = "compassionate.letter_signed"

    by: str = given("Account of who signed")
    stream: str = given("Stream of the event that the letter tells")
    version: int = given("Version of that event in its stream")
    certificate: str = given("SHA-256 of the certificate")
    digest: str = given("SHA-256 of the signed file")
    document: PatientText = said("The signed file, PDF/A in base64", "Lettre signée")


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningFacts:
    """The signature of one letter, None before it."""

    signed: LetterSigned | None = None


def decide(facts: SigningFacts, command: SignLetter) -> Sequence[LetterSigned]:
    """Return the event that a signature makes, or raise Refused with every reason."""
    problems = list(_problems(facts, command))
    if problems:
        raise Refused(*problems)
    names = ("stream", "version", "certificate", "digest", "document")
    return [LetterSigned(**told(command, *names))]


def _problems(facts: SigningFacts, command: SignLetter) -> Iterator[Problem]:
    if facts.signed is not None:
        yield _problem("already_signed")
    yield from unsignable(command.by, command)
    begins, ends = command.valid
    if not begins <= command.at <= ends:
        yield _problem("certificate_not_valid", "/code")


def unsignable(by: str, letter: ToSign) -> Iterator[Problem]:
    """Yield why somebody can't sign a letter, whatever her key is."""
    if not letter.leaves:
        yield _problem("not_to_sign")
    elif letter.signatory != by:
        yield _problem("not_the_signatory")
    if letter.patient_erased:
        yield _problem("patient_erased")


def evolve(_facts: SigningFacts, event: LetterSigned) -> SigningFacts:
    """Return the facts after one event."""
    return SigningFacts(signed=event)


def _problem(code: str, pointer: str = "") -> Problem:
    return Problem(pointer, code, SENTENCES[code])


LETTER_SIGNING: Decider[SigningFacts, SignLetter, LetterSigned] = Decider(
    category=CATEGORY, initial=SigningFacts(), decide=decide, evolve=evolve
)
EVENTS: tuple[type[DomainEvent], ...] = (LetterSigned,)
