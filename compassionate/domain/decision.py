"""What a decision on a request says, and who signs it."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from compassionate.domain.grounds import RefusalGround
from compassionate.domain.prescription import PatientText
from compassionate.domain.vocabulary import Proposal
from events.described import given, said
from events.event import Personal

IN_SPITE_OF = "Why it was decided though a spool may still have held something for it"
SignatoryText = Annotated[str | None, Personal("signatory")]

APPEAL = (
    "Recours gracieux auprès de l'agence, ou recours contentieux devant le tribunal administratif, "
    "dans les deux mois de la notification (CJA R421-1)."
)
"""The routes of appeal that every refusal, suspension and withdrawal names (CRPA R112-11-1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """From when to when, and under which conditions; both days included."""

    begins_on: date = given("First day")
    ends_on: date = given("Last day")
    dosage: PatientText = said("Dosage authorised", "Posologie autorisée", 2_000)
    conditions: PatientText = said("Conditions", "Conditions", 4_000)

    @property
    def days(self) -> int:
        """Return its length in days."""
        return (self.ends_on - self.begins_on).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """Why, in law and in fact (CRPA L211-2 7°, L211-5), and where to appeal."""

    law: str = given("Reasons in law", 4_000)
    fact: PatientText = given("Reasons in fact", 20_000)
    appeal: str = said("Routes of appeal", "Voies de recours", 2_000, default=APPEAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalReasons(Reasons):
    """Why a request is refused, and on which conditions of the law that rests (CSP R5121-74-2)."""

    grounds: tuple[RefusalGround, ...] = said("Conditions of the law that it rests on", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """From when to when an authorisation is suspended; both days included."""

    first: date = given("First day")
    last: date = given("Last day")
    on_new_fact: bool = said("For a new fact: it goes on from none before it", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedItem:
    """One thing that is missing from a request."""

    text: PatientText = given("What is missing", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who decides (CRPA L212-1): name, quality, and the delegation by which.

    `through_service`: notified by the téléservice, the only case in which no signature on the
    document is needed (L212-2 1°); elsewhere `signed` says that the document bears one.
    """

    signatory: str = given("Account of the signatory")
    quality: str = given("Quality of the signatory", 200)
    delegation: str = given("Reference of the delegation", 200)
    through_service: bool = said("Notified by the téléservice", default=True)
    signed: bool = said("The document bears a signature", default=False)
    name: SignatoryText = said("First name and name of the signatory", "Signataire", 200)

    @property
    def leaves(self) -> bool:
        """Say whether the decision leaves the téléservice, and is no act before its letter is signed."""
        return not self.through_service


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What an evaluator proposed."""

    by: str
    proposal: Proposal
    terms: Terms | None
    reasons: RefusalReasons | None
