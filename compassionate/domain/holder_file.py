"""The decider of a rights-holder file: what is asked of the holder, and until when what may be kept.

Opened by the first request for a product in an indication, which informs the holder at once
(R5121-74-1 II). Refusal codes: those of SENTENCES, and `hash_needed`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from compassionate.domain.acts import Act, hash_problems, told
from compassionate.domain.deadlines import EXTENSION_MONTHS
from compassionate.domain.decision import Signature
from compassionate.domain.decision_guards import signature_problems
from compassionate.domain.holder_events import (
    CATEGORY,
    EarlyAccessDecided,
    EarlyAccessFiled,
    ExtensionTold,
    FilingExtended,
    FilingMissed,
    FirstGranted,
    HolderAnswered,
    HolderFileEvent,
    HolderFileOpened,
    HolderInformationReminded,
    HolderInformed,
    UndertakingAsked,
    UndertakingReceived,
)
from compassionate.domain.holder_facts import HolderFacts, evolve
from compassionate.domain.reminders import information_reminder_due
from compassionate.domain.telling import TOLD, Tell, telling_problems
from compassionate.domain.vocabulary import LABELS, AskedOfHolder, NoPeriod
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
class NoteInformationDue(Act):
    """Note that the agency is reminded to inform the holder, so many working days after the request."""

    days: int


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
    signature: Signature
    unentitled: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TellExtension(Tell):
    """Record that the holder or the ministers were told of an extension (D5121-74-1-1 II)."""


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
    | NoteInformationDue
    | RecordAnswer
    | AskUndertaking
    | RecordUndertaking
    | NoteFirstGrant
    | ExtendFiling
    | TellExtension
    | RecordFiling
    | RecordEarlyAccess
    | NoteFilingMissed
)

SENTENCES = {
    "file_exists": "Ce dossier du titulaire existe déjà.",
    "unknown_file": "Ce dossier du titulaire n'existe pas.",
    "holder_needed": "Nommez le titulaire.",
    "already_informed": "Le titulaire est déjà informé.",
    "no_reminder_due": "Aucun rappel n'est à donner ce jour.",
    "date_in_future": "Cette date est dans le futur.",
    "document_needed": "Déposez la lettre.",
    "nothing_answered": "Dites ce que le titulaire a envoyé.",
    "trial_needed": "Donnez les références de l'essai.",
    "already_undertaken": "L'engagement du titulaire est déjà reçu.",
    "already_asked": "L'engagement est déjà demandé au titulaire.",
    "already_granted": "Une première autorisation est déjà notée.",
    **{one.value: LABELS[one] for one in NoPeriod},
    "extension_over_limit": "Une prolongation est de six mois au plus (CSP D5121-74-1-1 II).",
    "reason_needed": "Donnez les motifs de la demande du titulaire.",
    "period_over": "Le délai de dépôt est passé.",
    "period_running": "Le délai de dépôt n'est pas passé.",
    "already_filed": "La demande d'accès précoce est déjà déposée.",
    "not_filed": "Aucune demande d'accès précoce n'est déposée.",
    "already_decided": "La HAS a déjà décidé.",
    "already_missed": "L'absence de dépôt est déjà constatée.",
}


def decide(facts: HolderFacts, command: HolderCommand) -> Sequence[HolderFileEvent]:
    """Return the event that a command makes, or raise Refused with every reason."""
    if isinstance(command, OpenFile) is (facts.opened is not None):
        raise Refused(_problem("file_exists" if facts.opened else "unknown_file"))
    reasons = list(_GUARDS[type(command)](facts, command))
    if reasons:
        raise Refused(*reasons)
    return [_MAKES[type(command)](facts, command)]


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
    else:
        yield from hash_problems(command.document)
    yield from _past(command, command.certain_on, "certain_on")


def _information_due(facts: HolderFacts, command: NoteInformationDue) -> Iterator[Problem]:
    if facts.informed is not None or facts.opened is None:
        yield _problem("already_informed")
        return
    due = information_reminder_due(facts.opened.occurred_at, day_of(command.at), facts.reminded)
    if due != command.days:
        yield _problem("no_reminder_due")


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
    yield from signature_problems(command.by, command.signature, command.unentitled)
    yield from _period(facts, command)


def _tell(facts: HolderFacts, command: TellExtension) -> Iterator[Problem]:
    yield from telling_problems(command, facts.decided_on, facts.told)


def _period(facts: HolderFacts, command: Act) -> Iterator[Problem]:
    if facts.filing_due is None:
        yield _problem(facts.no_period or NoPeriod.NOT_OWED)
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
        yield _problem(facts.no_period or NoPeriod.NOT_OWED)
    elif facts.filed_on is not None:
        yield _problem("already_filed")
    elif facts.missed_on is not None:
        yield _problem("already_missed")
    elif day_of(command.at) <= facts.filing_due:
        yield _problem("period_running")


_GUARDS: Mapping[type[Any], Callable[[HolderFacts, Any], Iterator[Problem]]] = {
    OpenFile: _open,
    InformHolder: _inform,
    NoteInformationDue: _information_due,
    RecordAnswer: _answer,
    AskUndertaking: _ask,
    RecordUndertaking: _undertake,
    NoteFirstGrant: _first,
    ExtendFiling: _extend,
    TellExtension: _tell,
    RecordFiling: _file,
    RecordEarlyAccess: _decided,
    NoteFilingMissed: _missed,
}


def _miss(facts: HolderFacts, command: NoteFilingMissed) -> FilingMissed:
    return FilingMissed(**told(command), due=facts.filing_due or day_of(command.at))


def _reminded(facts: HolderFacts, command: NoteInformationDue) -> HolderInformationReminded:
    due = facts.information_due or day_of(command.at)
    return HolderInformationReminded(**told(command, "days"), due=due)


_MAKES: Mapping[type[Any], Callable[[HolderFacts, Any], HolderFileEvent]] = {
    OpenFile: lambda _, one: HolderFileOpened(
        **told(one, "product", "indication", "holder", "request_id", "rare")
    ),
    NoteInformationDue: _reminded,
    InformHolder: lambda _, one: HolderInformed(**told(one, "asked", "certain_on", "document")),
    RecordAnswer: lambda _, one: HolderAnswered(**told(one, "answered")),
    AskUndertaking: lambda _, one: UndertakingAsked(**told(one, "certain_on", "trial")),
    RecordUndertaking: lambda _, one: UndertakingReceived(**told(one, "signed_on")),
    NoteFirstGrant: lambda _, one: FirstGranted(**told(one, "granted_on", "number")),
    ExtendFiling: lambda _, one: FilingExtended(**told(one, "months", "reason", "signature")),
    TellExtension: lambda _, one: ExtensionTold(**told(one, *TOLD)),
    RecordFiling: lambda _, one: EarlyAccessFiled(**told(one, "filed_on")),
    RecordEarlyAccess: lambda _, one: EarlyAccessDecided(**told(one, "granted", "decided_on")),
    NoteFilingMissed: _miss,
}
