"""The letters about a request or an authorisation, each made from the event that it tells: no clock, no base."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, TypeAlias, get_args

from compassionate.domain import letter_texts as texts
from compassionate.domain.authorisation_events import (
    AuthorisationAbrogated,
    AuthorisationSuspended,
    AuthorisationWithdrawn,
    CessationSet,
    SuspensionLifted,
)
from compassionate.domain.grounds import WithdrawalGround
from compassionate.domain.letter import Block, Letter, LetterFacts, Names
from compassionate.domain.letter_requests import (
    acknowledgement,
    authorisation_rows,
    cessation,
    decided,
    filled,
    grant,
    made,
    question,
    reasons,
    recourse,
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
    new = (("Fait nouveau", shown(event.new_fact)),) if event.on_new_fact else ()
    return _opened(
        letter, texts.SUSPENDS, facts, ("Suspendue jusqu'au", f"{day(event.until)} inclus"), *new
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
    law = (texts.SUSPENDED_UNDER, texts.PROTOCOL)
    if event.signature is None:
        # Its last day ended it, whenever that was noted: an outage prolongs nothing (R5121-74-8).
        last = facts.suspended_until or day_of(event.occurred_at) - timedelta(days=1)
        letter = filled(head, (), law)
        return _opened(letter, texts.TERM_CAME, facts, ("Dernier jour de suspension", day(last)))
    since = ("Levée le", day(day_of(event.occurred_at)))
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
    rows, why = cessation(event)
    letter = filled(head, (*why, recourse()), (texts.CEASED_UNDER, *waived), signatory)
    return _opened(letter, texts.CEASES, facts, *rows)


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
}
