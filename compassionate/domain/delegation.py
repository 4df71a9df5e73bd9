"""The decider of a signatory's delegations: who may sign what, from when, by which act (CRPA L212-1).

A decision by somebody without the power to take it is void, whoever notices first. One stream for each
signatory holds every delegation that she was given. Refusal codes: those of `SENTENCES`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, TypeAlias

from compassionate.domain.acts import Act, told
from compassionate.domain.vocabulary import Delegated
from events.days import day_of
from events.decider import Decider
from events.described import described, given, said
from events.errors import Problem, Refused
from events.event import DomainEvent

CATEGORY = "signature_delegation"


SENTENCES = {
    "reference_needed": "Donnez la référence de l'acte de délégation.",
    "reference_known": "Une délégation de cette référence est déjà enregistrée pour cette personne.",
    "reference_too_long": "La référence a 200 caractères au plus.",
    "quality_needed": "Indiquez la qualité du signataire (CRPA L212-1).",
    "quality_too_long": "La qualité a 200 caractères au plus.",
    "acts_needed": "Dites ce que cette délégation permet de signer.",
    "ends_before_it_begins": "La fin précède le début.",
    "begins_before_publication": (
        "Une délégation ne vaut qu'une fois publiée : elle ne peut commencer avant."
    ),
    "published_in_future": "La date de publication est dans le futur.",
    "delegates_to_herself": "Personne n'enregistre sa propre délégation.",
    "delegation_unknown": (
        "Aucune délégation de cette référence n'est enregistrée pour vous : le service juridique "
        "l'enregistre, puis vous signez."
    ),
    "no_such_delegation": "Cette personne n'a aucune délégation de cette référence.",
    "delegation_not_in_force": "Cette délégation ne vaut pas ce jour-là.",
    "delegation_of_other_acts": "Cette délégation ne permet pas de signer cet acte.",
    "already_ended": "Cette délégation a déjà pris fin.",
    "reason_needed": "Donnez le motif : il reste au dossier.",
    "day_in_past": "La fin ne se décide pas pour le passé : des décisions y ont pu être signées.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDelegation(Act):
    """Record the act by which somebody may sign; both days included, no last day where none is said."""

    signatory: str
    reference: str
    quality: str
    acts: tuple[Delegated, ...]
    published_on: date
    begins_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndDelegation(Act):
    """Let a delegation end earlier than it said, after a last day."""

    reference: str
    last_day: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationEvent(DomainEvent):
    """Every event of a delegation names who recorded it, and which."""

    by: str = given("Account of who recorded it")
    reference: str = given("Reference of the act of delegation", 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureDelegated(DelegationEvent):
    """Somebody may sign in the name of the director (délégation de signature)."""

    TYPE: ClassVar[str] = "compassionate.signature_delegated"

    signatory: str = given("Account of who may sign")
    quality: str = given("Quality in which she signs", 200)
    acts: tuple[Delegated, ...] = given("What she may sign")
    published_on: date = given("Day on which the act was published")
    begins_on: date = given("First day")
    ends_on: date | None = said("Last day")

    def in_force(self, day: date) -> bool:
        """Say whether it holds on a day."""
        return self.begins_on <= day and not self.is_over(day)

    def is_over(self, day: date) -> bool:
        """Say whether its last day has passed."""
        return self.ends_on is not None and self.ends_on < day


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationEnded(DelegationEvent):
    """A delegation ends earlier than it said (fin de délégation)."""

    TYPE: ClassVar[str] = "compassionate.delegation_ended"

    last_day: date = given("Last day")
    reason: str = given("Why", 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationFacts:
    """What one signatory was given, by reference, in the order of recording; each with its last day now."""

    given: Mapping[str, SignatureDelegated]

    def for_act(self, act: Delegated, day: date) -> SignatureDelegated | None:
        """Return the newest delegation by which an act may be signed on a day."""
        found = [one for one in self.given.values() if act in one.acts and one.in_force(day)]
        return found[-1] if found else None


def delegation_problems(
    facts: DelegationFacts, reference: str, act: Delegated, day: date
) -> Iterator[Problem]:
    """Yield why somebody may not sign an act under a delegation on a day."""
    one = facts.given.get(reference.strip())
    if one is None:
        yield _problem("delegation_unknown", "/signature/delegation")
        return
    if not one.in_force(day):
        yield _problem("delegation_not_in_force", "/signature/delegation")
    if act not in one.acts:
        yield _problem("delegation_of_other_acts", "/signature/delegation")


def decide(
    facts: DelegationFacts, command: RecordDelegation | EndDelegation
) -> Sequence[DelegationEvent]:
    """Return the event of a command, or raise Refused with every reason."""
    problems = list(_GUARDS[type(command)](facts, command))
    if problems:
        raise Refused(*problems)
    reference = command.reference.strip()
    if isinstance(command, EndDelegation):
        return [DelegationEnded(**told(command, "last_day", "reason"), reference=reference)]
    names = ("signatory", "quality", "acts", "published_on", "begins_on", "ends_on")
    return [SignatureDelegated(**told(command, *names), reference=reference)]


def _record(facts: DelegationFacts, command: RecordDelegation) -> Iterator[Problem]:
    if not command.reference.strip():
        yield _problem("reference_needed", "/reference")
    elif command.reference.strip() in facts.given:
        yield _problem("reference_known", "/reference")
    yield from _lengths(command)
    if command.by == command.signatory:
        yield _problem("delegates_to_herself", "/signatory")
    if not command.quality.strip():
        yield _problem("quality_needed", "/quality")
    if not command.acts:
        yield _problem("acts_needed", "/acts")
    yield from _days(command)


def _lengths(command: RecordDelegation) -> Iterator[Problem]:
    for name in ("reference", "quality"):
        longest = described(SignatureDelegated)[name].length
        if longest is not None and len(getattr(command, name).strip()) > longest:
            yield _problem(f"{name}_too_long", f"/{name}")


def _days(command: RecordDelegation) -> Iterator[Problem]:
    if command.published_on > day_of(command.at):
        yield _problem("published_in_future", "/published_on")
    if command.begins_on < command.published_on:
        yield _problem("begins_before_publication", "/begins_on")
    if command.ends_on is not None and command.ends_on < command.begins_on:
        yield _problem("ends_before_it_begins", "/ends_on")


def _end(facts: DelegationFacts, command: EndDelegation) -> Iterator[Problem]:
    one = facts.given.get(command.reference.strip())
    if one is None:
        yield _problem("no_such_delegation", "/reference")
    elif one.ends_on is not None and one.ends_on <= command.last_day:
        yield _problem("already_ended", "/last_day")
    if command.last_day < day_of(command.at):
        yield _problem("day_in_past", "/last_day")
    if not command.reason.strip():
        yield _problem("reason_needed", "/reason")


def evolve(facts: DelegationFacts, event: DelegationEvent) -> DelegationFacts:
    """Return the facts after one event."""
    if isinstance(event, SignatureDelegated):
        made = event
    elif isinstance(event, DelegationEnded):
        made = replace(facts.given[event.reference], ends_on=event.last_day)
    else:
        raise TypeError(type(event).__name__)
    return DelegationFacts(given={**facts.given, event.reference: made})


def _problem(code: str, pointer: str) -> Problem:
    return Problem(pointer, code, SENTENCES[code])


_GUARDS: Mapping[type[Any], Callable[[DelegationFacts, Any], Iterator[Problem]]] = {
    RecordDelegation: _record,
    EndDelegation: _end,
}
DelegationCommand: TypeAlias = RecordDelegation | EndDelegation
DELEGATION: Decider[DelegationFacts, DelegationCommand, DelegationEvent] = Decider(
    category=CATEGORY, initial=DelegationFacts(given={}), decide=decide, evolve=evolve
)
EVENTS: tuple[type[DomainEvent], ...] = (SignatureDelegated, DelegationEnded)
