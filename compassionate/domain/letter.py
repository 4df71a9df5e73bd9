"""What a letter is: plain words in their order, its digest, and the short code that proves it."""

import hmac
from dataclasses import dataclass
from datetime import date, datetime

from compassionate.domain.letter_texts import LetterKind
from compassionate.domain.prescription import PharmacyPart, Prescription
from compassionate.domain.vocabulary import OutOfHoursRoute, RequestKind, SilenceEffect

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_SYMBOLS = 8
READ_ALIKE = str.maketrans("OIL", "011", "- ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One part of a letter: paragraphs, then rows of label and value."""

    heading: str = ""
    paragraphs: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter as it is typeset; nothing in it is markup."""

    kind: LetterKind
    number: str
    dated_at: datetime
    sender: tuple[str, ...]
    to: tuple[str, ...]
    title: str
    subtitle_en: str
    blocks: tuple[Block, ...]
    mentions: tuple[str, ...]
    signatory: tuple[str, ...]
    code: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Who accounts and numbers stand for, resolved already; None where the person is erased."""

    agency: str
    address: tuple[str, ...]
    service: str
    mail: str
    phone: str
    signatory: str | None = None
    prescriber: str | None = None
    prescriber_contact: str | None = None
    institution: str = ""
    pharmacy: str = ""
    pharmacy_contact: str = ""
    holder: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFacts:
    """What a letter says beyond its event.

    `reference` names the request or the holder's file, `number` the authorisation. `rule_version`
    is said where the conformity was checked by the system, `implied` where it was signed off what
    the silence of the agency means. `holder`, `granted_on` and `filing_due` are of a product, and the
    last as the event leaves it.
    """

    reference: str
    number: str | None = None
    kind: RequestKind | None = None
    received_at: datetime | None = None
    prescription: Prescription | None = None
    pharmacy: PharmacyPart | None = None
    dispensing_class: str | None = None
    rule_version: str | None = None
    implied: SilenceEffect | None = None
    implied_on: date | None = None
    suspended_until: date | None = None
    route: OutOfHoursRoute | None = None
    agreement: str | None = None
    product: str = ""
    indication: str = ""
    holder: str = ""
    granted_on: date | None = None
    filing_due: date | None = None

    @property
    def patient_erased(self) -> bool:
        """Say whether the patient's key is destroyed: the initials are then read as None."""
        return self.prescription is not None and self.prescription.patient_initials is None


def verification_code(key: bytes, number: str, digest: bytes) -> str:
    """Return forty bits of a keyed digest as eight symbols that are read out without error."""
    named = number.encode("utf-8", "surrogatepass")
    made = hmac.digest(key, len(named).to_bytes(4, "big") + named + digest, "sha256")
    bits = int.from_bytes(made[:5], "big")
    symbols = [CROCKFORD[bits >> 5 * place & 31] for place in reversed(range(CODE_SYMBOLS))]
    return f"{''.join(symbols[:4])}-{''.join(symbols[4:])}"


def code_matches(typed: str, key: bytes, number: str, digest: bytes) -> bool:
    """Say whether what was typed is the code, in constant time; O, I and L are read as 0 and 1."""
    wanted = verification_code(key, number, digest).replace("-", "")
    read = typed.upper().translate(READ_ALIKE)
    return hmac.compare_digest(read.encode("utf-8", "surrogatepass"), wanted.encode())
