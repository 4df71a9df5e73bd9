"""The letters about a product, to its rights holder and to the ministers, and what is still to be told.

A letter is made when somebody reads it, from the streams as they were at its event: the same event gives
the same bytes. A decision leaves the téléservice: its letter to the holder waits for a signature (CRPA L212-2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts import compassionate as may
from accounts.access import Someone
from compassionate.agency_queries import Folded
from compassionate.documents import (
    Unsigned,
    leaves,
    service,
    signatory_of,
    signed_file,
    waits_for_signature,
)
from compassionate.domain.criteria_events import (
    CessationTold,
    CriteriaSheetOpened,
    ProductCessationSet,
)
from compassionate.domain.criteria_sheet import CRITERIA
from compassionate.domain.holder_events import ExtensionTold, FilingExtended, HolderFileOpened
from compassionate.domain.holder_facts import HolderFacts
from compassionate.domain.holder_file import HOLDER_FILE
from compassionate.domain.letter import LetterFacts, Names
from compassionate.domain.product_letters import PRODUCT_LETTERS, product_letter_of
from compassionate.domain.vocabulary import Addressee, DatedMeans
from compassionate.letter_pdf import as_pdf
from events.event import Recorded, stream_name
from events.handle import folded, history
from events.number import number_of

DECISIONS = (FilingExtended, ProductCessationSet)
TELLINGS = (ExtensionTold, CessationTold)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductLetter:
    """One letter that there is; of a decision also its rank from 1, and how it was told, if it was.

    `due`: it is still to be told. `waits`: its `signatory` has not signed it with her key; on paper it
    may be signed all the same, and is then told.
    """

    version: int
    type: str
    to: Addressee
    decision: int | None
    certain_on: date | None
    means: DatedMeans | None
    due: bool
    waits: bool
    signatory: str | None


def letters_of(one: Folded[Any]) -> Sequence[ProductLetter]:
    """Return the letters of a rights holder's file or of a criteria sheet, the latest first."""
    told = {
        (each.event.decision, each.event.to): each.event
        for each in one.events
        if isinstance(each.event, TELLINGS)
    }
    found, rank = [], 0
    for each in one.events:
        decides = isinstance(each.event, DECISIONS)
        rank += decides
        for to in PRODUCT_LETTERS.get(type(each.event), ()):
            said: Any = told.get((rank, to)) if decides else each.event
            due = decides and any((rank, to) == left[:2] for left in one.facts.to_tell)
            signs = decides and to is Addressee.HOLDER
            letter = ProductLetter(
                version=each.version,
                type=each.event.TYPE,
                to=to,
                decision=rank if decides else None,
                certain_on=said.certain_on if said else None,
                means=getattr(said, "means", None),
                due=due,
                waits=due and signs and waits_for_signature(each),
                signatory=signatory_of(each.event) if signs else None,
            )
            found.append(letter)
    return list(reversed(found))


def letter_to_tell(one: Folded[Any], decision: int, to: Addressee) -> ProductLetter:
    """Return the letter that tells somebody a decision, by its rank from 1. Raises StopIteration."""
    return next(each for each in letters_of(one) if (each.decision, each.to) == (decision, to))


def file_letter(user: Someone, identifier: UUID, version: int, to: Addressee) -> bytes:
    """Return a letter of a rights holder's file as PDF/A. Raises Http404, PermissionDenied."""
    return _letter(user, HOLDER_FILE.category, identifier, version, to)


def sheet_letter(user: Someone, identifier: UUID, version: int, to: Addressee) -> bytes:
    """Return a letter of a criteria sheet as PDF/A. Raises Http404, PermissionDenied."""
    return _letter(user, CRITERIA.category, identifier, version, to)


def _letter(user: Someone, category: str, identifier: UUID, version: int, to: Addressee) -> bytes:
    if not may.may_handle_holder_file(user):
        raise PermissionDenied
    past = history(stream_name(category, identifier))
    found = _found(past, version, to)
    signed = signed_file(found.stream, version) if to is Addressee.HOLDER else None
    return signed or _made(identifier, past, found, to)


def unsigned_of_product(category: str, identifier: UUID, version: int) -> Unsigned:
    """Return the letter to the holder of one decision as it is made, for its signatory. Raises Http404."""
    past = history(stream_name(category, identifier))
    found = _found(past, version, Addressee.HOLDER)
    signatory = signatory_of(found.event)
    if signatory is None:
        raise Http404
    made = _made(identifier, past, found, Addressee.HOLDER)
    left = leaves(found.event)
    return Unsigned(pdf=made, leaves=left, signatory=signatory, patient_erased=False)


def _found(past: Sequence[Recorded], version: int, to: Addressee) -> Recorded:
    found = next((one for one in past if one.version == version), None)
    if found is None or to not in PRODUCT_LETTERS.get(type(found.event), ()):
        raise Http404
    return found


def _made(identifier: UUID, past: Sequence[Recorded], found: Recorded, to: Addressee) -> bytes:
    facts = _facts(identifier, past, found)
    return as_pdf(product_letter_of(found.event, to, facts, _names(facts, found.event)))


def _facts(identifier: UUID, past: Sequence[Recorded], found: Recorded) -> LetterFacts:
    """Return what a letter says beyond its event: as it was then, whatever came since."""
    then = [one for one in past if one.version <= found.version]
    opened: Any = then[0].event
    sheet = _sheet_opened(identifier, found) or opened
    file: HolderFacts = (
        folded(HOLDER_FILE, then) if isinstance(opened, HolderFileOpened) else HolderFacts()
    )
    return LetterFacts(
        reference=number_of(identifier),
        product=getattr(sheet, "product_name", opened.product),
        indication=getattr(sheet, "indication_text", opened.indication),
        holder=opened.holder,
        granted_on=file.granted_on,
        filing_due=file.filing_due,
    )


def _sheet_opened(identifier: UUID, found: Recorded) -> CriteriaSheetOpened | None:
    """Return how the criteria sheet of the same product was opened, if it was by then."""
    for one in history(stream_name(CRITERIA.category, identifier)):
        if isinstance(one.event, CriteriaSheetOpened) and one.recorded_at <= found.recorded_at:
            return one.event
    return None


def _names(facts: LetterFacts, event: Any) -> Names:
    signature = getattr(event, "signature", None)
    return Names(
        **service(), signatory=signature.name if signature else None, holder=(facts.holder,)
    )
