"""The letters of compassionate access, each made from the event that it tells: no clock, no base."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, TypeAlias, get_args

from compassionate.domain import letter_texts as texts
from compassionate.domain.authorisation_events import (
    AuthorisationAbrogated,
    AuthorisationSuspended,
    AuthorisationWithdrawn,
    CessationSet,
    SuspensionLifted,
)
from compassionate.domain.deadlines import undertaking_due
from compassionate.domain.decision import APPEAL
from compassionate.domain.holder_events import HolderInformed, UndertakingAsked
from compassionate.domain.letter import Block, Letter, LetterFacts, Names
from compassionate.domain.letter_requests import (
    acknowledgement,
    authorisation_rows,
    contact,
    decided,
    filled,
    grant,
    made,
    question,
    reasons,
    refusal,
    silence,
    to_prescriber,
)
from compassionate.domain.letter_texts import LetterKind, day, shown
from compassionate.domain.request_events import (
    InformationAsked,
    RequestGranted,
    RequestReceived,
    RequestRefused,
    SilenceEstablished,
)
from compassionate.domain.vocabulary import WithdrawalGround
from events.days import day_of

LetterEvent: TypeAlias = (
    RequestReceived
    | InformationAsked
    | RequestGranted
    | RequestRefused
    | SilenceEstablished
    | AuthorisationSuspended
    | SuspensionLifted
    | AuthorisationWithdrawn
    | AuthorisationAbrogated
    | CessationSet
    | HolderInformed
    | UndertakingAsked
)


LETTER_EVENTS: tuple[type[Any], ...] = get_args(LetterEvent)


def letter_of(
    event: LetterEvent,
    facts: LetterFacts,
    names: Names,
    *,
    code: str | None = None,
    address: str | None = None,
) -> Letter:
    """Return the letter that tells an event.

    `code` and the `address` at which it is checked are added once the digest of the letter
    without them is known.
    """
    return replace(_LETTERS[type(event)](event, facts, names), code=code, address=address)


def _stopped(
    kind: LetterKind, event: Any, facts: LetterFacts, names: Names, law: tuple[str, ...]
) -> Letter:
    """Return a decision that ends or suspends an authorisation, without its own rows."""
    signatory, waived = decided(event.signature, names)
    number = facts.number or facts.reference
    head = made(kind, event, names, number=number, to=to_prescriber(names, facts))
    heard = texts.HEARD if event.heard_on else texts.NOT_HEARD
    blocks = (*reasons(event.reasons), _hearing(event.heard_on, event.urgency))
    return filled(head, blocks, (*law, texts.REASONED_STOP, heard, *waived), signatory)


def _hearing(heard_on: date | None, urgency: str | None) -> Block:
    if heard_on:
        rows = (("Observations recueillies le", day(heard_on)),)
        return Block(heading="Procédure contradictoire", rows=rows)
    return Block(heading="Urgence", paragraphs=(shown(urgency),))


def _opened(letter: Letter, sentence: str, facts: LetterFacts, *rows: tuple[str, str]) -> Letter:
    """Put what is decided, and of what, before the rest."""
    named = authorisation_rows(facts)
    return replace(
        letter, blocks=(Block(paragraphs=(sentence,), rows=(*named, *rows)), *letter.blocks)
    )


def _suspension(event: AuthorisationSuspended, facts: LetterFacts, names: Names) -> Letter:
    law = (texts.SUSPENDED_UNDER,)
    letter = _stopped(LetterKind.SUSPENSION, event, facts, names, law)
    return _opened(
        letter, texts.SUSPENDS, facts, ("Suspendue jusqu'au", f"{day(event.until)} inclus")
    )


def _withdrawal(event: AuthorisationWithdrawn, facts: LetterFacts, names: Names) -> Letter:
    illegal = event.ground is WithdrawalGround.ILLEGAL
    law = (texts.ILLEGAL_UNDER if illegal else texts.WITHDRAWN_UNDER,)
    letter = _stopped(LetterKind.WITHDRAWAL, event, facts, names, law)
    return _opened(
        letter, texts.WITHDRAWS, facts, ("Fondement du retrait", texts.GROUNDS[event.ground])
    )


def _abrogation(event: AuthorisationAbrogated, facts: LetterFacts, names: Names) -> Letter:
    law = (texts.ABROGATED_UNDER,)
    letter = _stopped(LetterKind.ABROGATION, event, facts, names, law)
    return _opened(
        letter, texts.ABROGATES, facts, ("Effet", f"à compter du {day(day_of(event.occurred_at))}")
    )


def _lifted(event: SuspensionLifted, facts: LetterFacts, names: Names) -> Letter:
    """Tell the end of a suspension: by a decision, or because its term came."""
    number = facts.number or facts.reference
    to = to_prescriber(names, facts)
    head = made(LetterKind.SUSPENSION_LIFTED, event, names, number=number, to=to)
    since = ("Levée le", day(day_of(event.occurred_at)))
    law = (texts.SUSPENDED_UNDER, texts.PROTOCOL)
    if event.signature is None:
        letter = filled(head, (), law)
        return _opened(letter, texts.TERM_CAME, facts, since)
    signatory, waived = decided(event.signature, names)
    said = event.reason is not None or facts.patient_erased
    why = (Block(heading="Motif", paragraphs=(shown(event.reason),)),) if said else ()
    letter = filled(head, why, (*law, *waived), signatory)
    return _opened(letter, texts.LIFTS, facts, since)


def _cessation(event: CessationSet, facts: LetterFacts, names: Names) -> Letter:
    """Tell from when on a marketing authorisation takes the place (R5121-74-9 I)."""
    signatory, waived = decided(event.signature, names)
    number = facts.number or facts.reference
    to = to_prescriber(names, facts)
    head = made(LetterKind.CESSATION, event, names, number=number, to=to)
    why = (
        (Block(heading="Prolongation exceptionnelle", paragraphs=(event.exceptional,)),)
        if event.exceptional
        else ()
    )
    appeal = Block(heading="Voies et délais de recours", paragraphs=(APPEAL,))
    letter = filled(head, (*why, appeal), (texts.CEASED_UNDER, *waived), signatory)
    return _opened(
        letter,
        texts.CEASES,
        facts,
        ("AMM délivrée le", day(event.marketing_authorised_on)),
        ("Dernier jour de l'accès compassionnel", day(event.ceases_on)),
    )


def _file_rows(facts: LetterFacts) -> tuple[tuple[str, str], ...]:
    rows = (("Dossier", facts.reference), ("Médicament", facts.product))
    return (*rows, ("Indication", facts.indication)) if facts.indication else rows


def _informed(event: HolderInformed, facts: LetterFacts, names: Names) -> Letter:
    """Inform the holder of the first request and ask for the list of R5121-74-1 II; no patient."""
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


_LETTERS: Mapping[type[Any], Callable[[Any, LetterFacts, Names], Letter]] = {
    RequestReceived: acknowledgement,
    InformationAsked: question,
    RequestGranted: grant,
    RequestRefused: refusal,
    SilenceEstablished: silence,
    AuthorisationSuspended: _suspension,
    SuspensionLifted: _lifted,
    AuthorisationWithdrawn: _withdrawal,
    AuthorisationAbrogated: _abrogation,
    CessationSet: _cessation,
    HolderInformed: _informed,
    UndertakingAsked: _undertaking,
}
