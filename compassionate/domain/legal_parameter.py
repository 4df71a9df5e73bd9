"""The decider of what the law leaves open: settled from a day on, by a lawyer who signs it (CRPA L231-1).

Whether silence accepts or rejects hangs on decrees that somebody must have read (L231-4 to L231-6); how long a dose
may wait for its regularisation stands in no text. One stream for each parameter holds every value that it
had; none is taken back. Refusal codes: those of `SENTENCES`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from compassionate.domain.acts import Act, told
from compassionate.domain.deadlines import REGULARISE, REGULARISE_LAST
from compassionate.domain.vocabulary import SilenceEffect
from events.days import day_of
from events.decider import Decider
from events.described import described, given
from events.errors import Problem, Refused
from events.event import DomainEvent

CATEGORY = "legal_parameter"
SENTENCES = {
    "effect_unknown": "Choisissez ce que vaut le silence : acceptation ou rejet.",
    "days_unknown": "Écrivez un nombre de jours ouvrés, de 1 à 15.",
    "in_force_in_past": (
        "Un paramètre ne vaut pas pour le passé : il entre en vigueur aujourd'hui au plus tôt."
    ),
    "text_needed": "Donnez le fondement juridique : article, décret ou avis.",
    "text_too_long": "Le fondement juridique a 2 000 caractères au plus.",
    "reference_needed": "Donnez la référence de la note qui l'arrête.",
    "reference_too_long": "La référence de la note a 200 caractères au plus.",
}


class LegalParameter(StrEnum):
    """What a lawyer settles."""

    SILENCE_EFFECT = "silence_effect"
    REGULARISATION_DAYS = "regularisation_days"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetParameter(Act):
    """Settle a parameter from a day on, by a note that says on what legal basis; `name`: whose account it is."""

    name: str
    parameter: LegalParameter
    value: str
    in_force_from: date
    text: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSet(DomainEvent):
    """A lawyer settled what the law leaves open, from a day on (paramètre arrêté)."""

    TYPE: ClassVar[str] = "compassionate.parameter_set"

    by: str = given("Account of the lawyer who signs it")
    name: str = given("Name under which she signed")
    parameter: LegalParameter = given("What is settled: silence_effect or regularisation_days")
    value: str = given("A SilenceEffect, or a number of working days")
    in_force_from: date = given("First day")
    text: str = given("Legal basis", 2_000)
    reference: str = given("Reference of the note that settles it", 200)

    @property
    def signed_off_by(self) -> str:
        """Return who signed it and in which note, as a decision that rests on it says."""
        return f"{self.name}, {self.reference}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterFacts:
    """Every value that a parameter was given, in the order of signing."""

    values: tuple[ParameterSet, ...] = ()

    def at(self, instant: datetime) -> ParameterSet | None:
        """Return what is in force at an instant: of what was signed by then, the last that has begun.

        What is signed in the afternoon says nothing of what was received in the morning, and was
        acknowledged without it.
        """
        begun = [
            one
            for one in self.values
            if one.in_force_from <= day_of(instant) and one.occurred_at <= instant
        ]
        # The later of two that begin on one day replaces the earlier.
        return max(reversed(begun), key=lambda one: one.in_force_from, default=None)


def effect_of(settled: ParameterSet | None) -> SilenceEffect | None:
    """Return what silence means, None where nobody has settled it (CRPA L231-1)."""
    return SilenceEffect(settled.value) if settled else None


def days_to_regularise(facts: ParameterFacts, given_at: datetime | None) -> int:
    """Return within how many working days to regularise a dose: as settled when it was given.

    Those of the house where none were, or the dose has no hour.
    """
    settled = facts.at(given_at) if given_at else None
    return int(settled.value) if settled else REGULARISE


def decide(_facts: ParameterFacts, command: SetParameter) -> Sequence[ParameterSet]:
    """Return the event of a command, or raise Refused with every reason."""
    problems = list(_problems(command))
    if problems:
        raise Refused(*problems)
    names = ("name", "parameter", "in_force_from")
    texts = {name: getattr(command, name).strip() for name in ("value", "text", "reference")}
    return [ParameterSet(**told(command, *names), **texts)]


def _problems(command: SetParameter) -> Iterator[Problem]:
    value = command.value.strip()
    if command.parameter is LegalParameter.SILENCE_EFFECT:
        if value not in set(SilenceEffect):
            yield _problem("effect_unknown", "/value")
    elif value not in {str(days) for days in range(REGULARISE, REGULARISE_LAST + 1)}:
        yield _problem("days_unknown", "/value")
    if command.in_force_from < day_of(command.at):
        yield _problem("in_force_in_past", "/in_force_from")
    for name in ("text", "reference"):
        said, longest = getattr(command, name).strip(), described(ParameterSet)[name].length
        if not said:
            yield _problem(f"{name}_needed", f"/{name}")
        elif longest is not None and len(said) > longest:
            yield _problem(f"{name}_too_long", f"/{name}")


def evolve(facts: ParameterFacts, event: ParameterSet) -> ParameterFacts:
    """Return the facts after one event."""
    return ParameterFacts(values=(*facts.values, event))


def _problem(code: str, pointer: str) -> Problem:
    return Problem(pointer, code, SENTENCES[code])


LEGAL_PARAMETER: Decider[ParameterFacts, SetParameter, ParameterSet] = Decider(
    category=CATEGORY, initial=ParameterFacts(), decide=decide, evolve=evolve
)
EVENTS: tuple[type[DomainEvent], ...] = (ParameterSet,)
