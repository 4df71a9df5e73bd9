"""The decider of a rights-holder file: what is asked of the holder, and until when what may be kept.

Opened by the first request for a product in an indication, which informs the holder at once
(R5121-74-1 II). Refusal codes: those of SENTENCES.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from compassionate.domain.acts import Act, told
from compassionate.domain.deadlines import (
    EXTENSION_MONTHS,
    filing_due,
    maintained_until,
    undertaking_due,
)
from compassionate.domain.holder_events import (
    CATEGORY,
    EarlyAccessDecided,
    EarlyAccessFiled,
    FilingExtended,
    FilingMissed,
    FirstGranted,
    HolderAnswered,
    HolderFileEvent,
    HolderFileOpened,
    HolderInformed,
    UndertakingAsked,
    UndertakingReceived,
)
from compassionate.domain.vocabulary import AskedOfHolder
from events.days import day_of
from events.decider import Decider
from events.errors import Problem, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile(Act):
    """Open the file, in the stroke in which the first request is received."""

    product: str
    indication: str
    holder: str
    request_id: UUID
    rare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InformHolder(Act):
    """Inform the holder and ask for what the law lists."""

    certain_on: date
    document: str
    asked: tuple[AskedOfHolder, ...] = tuple(AskedOfHolder)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAnswer(Act):
    """Record what the holder sent."""

    answered: tuple[AskedOfHolder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskUndertaking(Act):
    """Ask for the undertaking to file, a commercial trial having been found."""

    certain_on: date
    trial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordUndertaking(Act):
    """Record the holder's undertaking to file for early access."""

    signed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteFirstGrant(Act):
    """Note the first authorisation, in the stroke that grants it."""

    granted_on: date
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendFiling(Act):
    """Extend the period to file, on a reasoned request."""

    months: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFiling(Act):
    """Record that the holder filed for early access."""

    filed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEarlyAccess(Act):
    """Record what the HAS decided."""

    granted: bool
    decided_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteFilingMissed(Act):
    """Note that the period to file ended without a filing."""


HolderCommand: TypeAlias = (
    OpenFile
    | InformHolder
    | RecordAnswer
    | AskUndertaking
    | RecordUndertaking
    | NoteFirstGrant
    | ExtendFiling
    | RecordFiling
    | RecordEarlyAccess
    | NoteFilingMissed
)

SENTENCES = {
    "file_exists": "Ce dossier du titulaire existe déjà.",
    "unknown_file": "Ce dossier du titulaire n'existe pas.",
    "holder_needed": "Nommez le titulaire.",
    "already_informed": "Le titulaire est déjà informé.",
    "date_in_future": "Cette date est dans le futur.",
    "document_needed": "Déposez la lettre.",
    "nothing_answered": "Dites ce que le titulaire a envoyé.",
    "trial_needed": "Donnez les références de l'essai.",
    "already_undertaken": "L'engagement du titulaire est déjà reçu.",
    "already_asked": "L'engagement est déjà demandé au titulaire.",
    "already_granted": "Une première autorisation est déjà notée.",
    "not_granted": "Aucune autorisation n'est encore accordée : aucun délai ne court.",
    "extension_over_limit": "Une prolongation est de six mois au plus (CSP D5121-74-1-1 II).",
    "reason_needed": "Donnez les motifs de la demande du titulaire.",
    "period_over": "Le délai de dépôt est passé.",
    "period_running": "Le délai de dépôt n'est pas passé.",
    "already_filed": "La demande d'accès précoce est déjà déposée.",
    "not_filed": "Aucune demande d'accès précoce n'est déposée.",
    "already_decided": "La HAS a déjà décidé.",
    "already_missed": "L'absence de dépôt est déjà constatée.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderFacts:
    """One file; what is unsaid has not happened."""

    opened: HolderFileOpened | None = None
    informed: HolderInformed | None = None
    answered: frozenset[AskedOfHolder] = frozenset()
    asked_on: date | None = None
    undertaken_on: date | None = None
    granted_on: date | None = None
    extensions: tuple[int, ...] = ()
    filed_on: date | None = None
    decided: EarlyAccessDecided | None = None
    missed_on: date | None = None

    @property
    def undertaking_due(self) -> date | None:
        """Return the last day for the undertaking, None where none is waited for (R5121-74-9 II)."""
        if self.asked_on is None or self.undertaken_on is not None:
            return None
        return undertaking_due(self.asked_on)

    @property
    def filing_due(self) -> date | None:
        """Return the last day to file, None before the first grant (D5121-74-1-1 I, II)."""
        if self.granted_on is None or self.opened is None:
            return None
        return filing_due(self.granted_on, rare=self.opened.rare, extensions=self.extensions)

    @property
    def maintained_until(self) -> date | None:
        """Return until when what is in force may be kept or renewed; None: nothing limits it yet.

        From the end of the period without a filing, or from a refusal (D5121-74-1-1 III).
        """
        if self.decided is not None and not self.decided.granted:
            return maintained_until(self.decided.decided_on)
        return maintained_until(self.missed_on) if self.missed_on else None


def decide(facts: HolderFacts, command: HolderCommand) -> Sequence[HolderFileEvent]:
    """Return the event that a command makes, or raise Refused with every reason."""
    if isinstance(command, OpenFile) is (facts.opened is not None):
        raise Refused(_problem("file_exists" if facts.opened else "unknown_file"))
    reasons = list(_GUARDS[type(command)](facts, command))
    if reasons:
        raise Refused(*reasons)
    return [_MAKES[type(command)](facts, command)]


def evolve(facts: HolderFacts, event: HolderFileEvent) -> HolderFacts:
    """Return the facts after one event."""
    return _TRANSITIONS[type(event)](facts, event)


HOLDER_FILE: Decider[HolderFacts, HolderCommand, HolderFileEvent] = Decider(
    category=CATEGORY, initial=HolderFacts(), decide=decide, evolve=evolve
)


def _problem(code: str, pointer: str = "") -> Problem:
    return Problem(pointer, code, SENTENCES[code])


def _past(command: Act, day: date, name: str) -> Iterator[Problem]:
    if day > day_of(command.at):
        yield _problem("date_in_future", f"/{name}")


def _open(_facts: HolderFacts, command: OpenFile) -> Iterator[Problem]:
    if not command.holder.strip():
        yield _problem("holder_needed", "/holder")


def _inform(facts: HolderFacts, command: InformHolder) -> Iterator[Problem]:
    if facts.informed is not None:
        yield _problem("already_informed")
    if not command.document.strip():
        yield _problem("document_needed", "/document")
    yield from _past(command, command.certain_on, "certain_on")


def _answer(_facts: HolderFacts, command: RecordAnswer) -> Iterator[Problem]:
    if not command.answered:
        yield _problem("nothing_answered", "/answered")


def _ask(facts: HolderFacts, command: AskUndertaking) -> Iterator[Problem]:
    if facts.undertaken_on is not None:
        yield _problem("already_undertaken")
    elif facts.asked_on is not None:
        yield _problem("already_asked")
    if not command.trial.strip():
        yield _problem("trial_needed", "/trial")
    yield from _past(command, command.certain_on, "certain_on")


def _undertake(facts: HolderFacts, command: RecordUndertaking) -> Iterator[Problem]:
    if facts.undertaken_on is not None:
        yield _problem("already_undertaken")
    yield from _past(command, command.signed_on, "signed_on")


def _first(facts: HolderFacts, command: NoteFirstGrant) -> Iterator[Problem]:
    if facts.granted_on is not None:
        yield _problem("already_granted")
    yield from _past(command, command.granted_on, "granted_on")


def _extend(facts: HolderFacts, command: ExtendFiling) -> Iterator[Problem]:
    if not 1 <= command.months <= EXTENSION_MONTHS:
        yield _problem("extension_over_limit", "/months")
    if not command.reason.strip():
        yield _problem("reason_needed", "/reason")
    yield from _period(facts, command)


def _period(facts: HolderFacts, command: Act) -> Iterator[Problem]:
    if facts.filing_due is None:
        yield _problem("not_granted")
    elif facts.filed_on is not None:
        yield _problem("already_filed")
    elif facts.missed_on is not None or day_of(command.at) > facts.filing_due:
        yield _problem("period_over")


def _file(facts: HolderFacts, command: RecordFiling) -> Iterator[Problem]:
    """A filing is a fact, also when it is late or comes before any grant."""
    if facts.filed_on is not None:
        yield _problem("already_filed")
    yield from _past(command, command.filed_on, "filed_on")


def _decided(facts: HolderFacts, command: RecordEarlyAccess) -> Iterator[Problem]:
    if facts.filed_on is None:
        yield _problem("not_filed")
    if facts.decided is not None:
        yield _problem("already_decided")
    yield from _past(command, command.decided_on, "decided_on")


def _missed(facts: HolderFacts, command: NoteFilingMissed) -> Iterator[Problem]:
    if facts.filing_due is None:
        yield _problem("not_granted")
    elif facts.filed_on is not None:
        yield _problem("already_filed")
    elif facts.missed_on is not None:
        yield _problem("already_missed")
    elif day_of(command.at) <= facts.filing_due:
        yield _problem("period_running")


_GUARDS: Mapping[type[Any], Callable[[HolderFacts, Any], Iterator[Problem]]] = {
    OpenFile: _open,
    InformHolder: _inform,
    RecordAnswer: _answer,
    AskUndertaking: _ask,
    RecordUndertaking: _undertake,
    NoteFirstGrant: _first,
    ExtendFiling: _extend,
    RecordFiling: _file,
    RecordEarlyAccess: _decided,
    NoteFilingMissed: _missed,
}


def _miss(facts: HolderFacts, command: NoteFilingMissed) -> FilingMissed:
    return FilingMissed(**told(command), due=facts.filing_due or day_of(command.at))


_MAKES: Mapping[type[Any], Callable[[HolderFacts, Any], HolderFileEvent]] = {
    OpenFile: lambda _, one: HolderFileOpened(
        **told(one, "product", "indication", "holder", "request_id", "rare")
    ),
    InformHolder: lambda _, one: HolderInformed(**told(one, "asked", "certain_on", "document")),
    RecordAnswer: lambda _, one: HolderAnswered(**told(one, "answered")),
    AskUndertaking: lambda _, one: UndertakingAsked(**told(one, "certain_on", "trial")),
    RecordUndertaking: lambda _, one: UndertakingReceived(**told(one, "signed_on")),
    NoteFirstGrant: lambda _, one: FirstGranted(**told(one, "granted_on", "number")),
    ExtendFiling: lambda _, one: FilingExtended(**told(one, "months", "reason")),
    RecordFiling: lambda _, one: EarlyAccessFiled(**told(one, "filed_on")),
    RecordEarlyAccess: lambda _, one: EarlyAccessDecided(**told(one, "granted", "decided_on")),
    NoteFilingMissed: _miss,
}
_TRANSITIONS: Mapping[type[Any], Callable[[HolderFacts, Any], HolderFacts]] = {
    HolderFileOpened: lambda facts, event: replace(facts, opened=event),
    HolderInformed: lambda facts, event: replace(facts, informed=event),
    HolderAnswered: lambda facts, event: replace(
        facts, answered=facts.answered | set(event.answered)
    ),
    UndertakingAsked: lambda facts, event: replace(facts, asked_on=event.certain_on),
    UndertakingReceived: lambda facts, event: replace(facts, undertaken_on=event.signed_on),
    FirstGranted: lambda facts, event: replace(facts, granted_on=event.granted_on),
    FilingExtended: lambda facts, event: replace(
        facts, extensions=(*facts.extensions, event.months)
    ),
    EarlyAccessFiled: lambda facts, event: replace(facts, filed_on=event.filed_on),
    EarlyAccessDecided: lambda facts, event: replace(facts, decided=event),
    FilingMissed: lambda facts, event: replace(facts, missed_on=event.due),
}
