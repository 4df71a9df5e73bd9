"""The letters about a product in an indication, to its rights holder and to the ministers; no patient.

Each is made from the event that it tells and the facts given: no clock, no base.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from compassionate.domain import letter_texts as texts
from compassionate.domain.criteria_events import ProductCessationSet
from compassionate.domain.deadlines import undertaking_due
from compassionate.domain.decision import Signature
from compassionate.domain.holder_events import FilingExtended, HolderInformed, UndertakingAsked
from compassionate.domain.letter import Block, Letter, LetterFacts, Names
from compassionate.domain.letter_requests import (
    Rows,
    cessation,
    contact,
    decided,
    filled,
    made,
    recourse,
)
from compassionate.domain.letter_texts import LetterKind, day
from compassionate.domain.vocabulary import Addressee

Maker: TypeAlias = Callable[[Any, LetterFacts, Names], Letter]


def product_letter_of(event: Any, to: Addressee, facts: LetterFacts, names: Names) -> Letter:
    """Return the letter that tells an event to somebody. Raises KeyError: there is none."""
    return PRODUCT_LETTERS[type(event)][to](event, facts, names)


def _file_rows(facts: LetterFacts) -> Rows:
    rows = (("Dossier", facts.reference), ("Médicament", facts.product))
    return (*rows, ("Indication", facts.indication)) if facts.indication else rows


def _with_holder(facts: LetterFacts) -> Rows:
    return (*_file_rows(facts), ("Titulaire", facts.holder))


def _informed(event: HolderInformed, facts: LetterFacts, names: Names) -> Letter:
    """Inform the holder of the first request and ask for the list of R5121-74-1 II."""
    asked = tuple((f"{place}.", texts.ASKED[one]) for place, one in enumerate(event.asked, 1))
    certain = (("Date certaine", day(event.certain_on)),)
    head = made(LetterKind.HOLDER_INFORMED, event, names, number=facts.reference, to=names.holder)
    blocks = (
        Block(paragraphs=(texts.FIRST_REQUEST,), rows=(*_file_rows(facts), *certain)),
        Block(heading="Éléments à transmettre", paragraphs=(texts.SEND,), rows=asked),
        contact(names),
    )
    return filled(head, blocks, (texts.INFORMED_UNDER,))


def _undertaking(event: UndertakingAsked, facts: LetterFacts, names: Names) -> Letter:
    """Ask for the undertaking to file, within one month (R5121-74-9 II)."""
    rows = (
        *_file_rows(facts),
        ("Essai", event.trial),
        ("Date certaine de la demande", day(event.certain_on)),
        ("Engagement attendu au plus tard le", day(undertaking_due(event.certain_on))),
    )
    head = made(LetterKind.UNDERTAKING, event, names, number=facts.reference, to=names.holder)
    blocks = (Block(paragraphs=(texts.TRIAL_FOUND,), rows=rows), contact(names))
    return filled(head, blocks, (texts.UNDERTAKING_UNDER,))


def _extension(event: FilingExtended, facts: LetterFacts) -> tuple[Rows, Block]:
    """Return the terms of an extension, and why the holder asked for it."""
    rows: Rows = (("Prolongation", f"{event.months}\u00a0mois"),)
    if facts.granted_on is not None:
        rows = (("Première autorisation le", day(facts.granted_on)), *rows)
    if facts.filing_due is not None:
        rows += (("Nouveau terme du délai de dépôt", day(facts.filing_due)),)
    return rows, Block(heading="Motifs de la demande", paragraphs=(event.reason,))


def _extended(event: FilingExtended, facts: LetterFacts, names: Names) -> Letter:
    """Tell the holder that the period to file is extended (D5121-74-1-1 II)."""
    rows, why = _extension(event, facts)
    head = made(LetterKind.FILING_EXTENDED, event, names, number=facts.reference, to=names.holder)
    blocks = (
        Block(paragraphs=(texts.CODE_IN_VIEW, texts.EXTENDS), rows=(*_file_rows(facts), *rows)),
        why,
        recourse(),
    )
    return _signed(head, blocks, (texts.EXTENDED_UNDER,), event.signature, names)


def _extended_to_ministers(event: FilingExtended, facts: LetterFacts, names: Names) -> Letter:
    """Inform the ministers of an extension (D5121-74-1-1 II)."""
    rows, why = _extension(event, facts)
    kind = LetterKind.FILING_EXTENDED_MINISTERS
    head = made(kind, event, names, number=facts.reference, to=texts.MINISTERS)
    opening = Block(paragraphs=(texts.EXTENSION_TOLD,), rows=(*_with_holder(facts), *rows))
    return filled(head, (opening, why, contact(names)), (texts.EXTENSION_TOLD_UNDER,))


def _ceased(event: ProductCessationSet, facts: LetterFacts, names: Names) -> Letter:
    """Tell the holder of the marketing authorisation from when on access stops (R5121-74-9 I)."""
    rows, why = cessation(event)
    kind = LetterKind.PRODUCT_CESSATION
    head = made(kind, event, names, number=facts.reference, to=names.holder)
    opening = (texts.CODE_IN_VIEW, texts.PRODUCT_CEASES)
    blocks = (Block(paragraphs=opening, rows=(*_file_rows(facts), *rows)), *why, recourse())
    return _signed(head, blocks, (texts.CEASED_UNDER,), event.signature, names)


def _ceased_to_ministers(event: ProductCessationSet, facts: LetterFacts, names: Names) -> Letter:
    """Inform the ministers of a cessation (R5121-74-9 I)."""
    rows, why = cessation(event)
    kind = LetterKind.PRODUCT_CESSATION_MINISTERS
    head = made(kind, event, names, number=facts.reference, to=texts.MINISTERS)
    opening = Block(paragraphs=(texts.CESSATION_TOLD,), rows=(*_with_holder(facts), *rows))
    return filled(head, (opening, *why, contact(names)), (texts.CESSATION_TOLD_UNDER,))


def _signed(
    head: Letter,
    blocks: tuple[Block, ...],
    law: tuple[str, ...],
    signature: Signature | None,
    names: Names,
) -> Letter:
    """Return a decision with who took it; of one that names nobody, the service's."""
    if signature is None:
        return filled(head, blocks, law)
    signatory, waived = decided(signature, names)
    return filled(head, blocks, (*law, *waived), signatory)


PRODUCT_LETTERS: Mapping[type[Any], Mapping[Addressee, Maker]] = {
    HolderInformed: {Addressee.HOLDER: _informed},
    UndertakingAsked: {Addressee.HOLDER: _undertaking},
    FilingExtended: {
        Addressee.HOLDER: _extended,
        Addressee.MINISTERS: _extended_to_ministers,
    },
    ProductCessationSet: {
        Addressee.HOLDER: _ceased,
        Addressee.MINISTERS: _ceased_to_ministers,
    },
}
"""Which event is told to whom, and by which letter."""
