"""What is known of one rights-holder file, folded from its events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from compassionate.domain.deadlines import (
    filing_due,
    holder_information_due,
    maintained_until,
    undertaking_due,
)
from compassionate.domain.holder_events import (
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
from compassionate.domain.reminders import information_remind_on
from compassionate.domain.telling import Told, ToTell, still_to_tell
from compassionate.domain.vocabulary import AskedOfHolder, NoPeriod
from events.days import day_of


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderFacts:
    """One file; what is unsaid has not happened.

    `owed_since` is the first day on which an undertaking to file was asked for or given: where there
    is none, nothing has to be filed (L5121-12-1 II al. 2).
    """

    opened: HolderFileOpened | None = None
    informed: HolderInformed | None = None
    answered: frozenset[AskedOfHolder] = frozenset()
    asked_on: date | None = None
    undertaken_on: date | None = None
    owed_since: date | None = None
    granted_on: date | None = None
    extended: tuple[FilingExtended, ...] = ()
    told: Told = frozenset()
    filed_on: date | None = None
    decided: EarlyAccessDecided | None = None
    missed_on: date | None = None
    reminded: frozenset[int] = frozenset()

    @property
    def information_due(self) -> date | None:
        """Return by when the house means to inform the holder, or meant to (R5121-74-1 II)."""
        return holder_information_due(self.opened.occurred_at) if self.opened else None

    @property
    def informed_late(self) -> bool:
        """Say whether the holder was informed after that day."""
        due = self.information_due
        return self.informed is not None and due is not None and self.informed.certain_on > due

    @property
    def remind_on(self) -> date | None:
        """Return the day from which the next reminder to inform the holder is due."""
        if self.opened is None or self.informed is not None:
            return None
        return information_remind_on(self.opened.occurred_at, self.reminded)

    @property
    def undertaking_due(self) -> date | None:
        """Return the last day for the undertaking, None where none is waited for (R5121-74-9 II)."""
        if self.asked_on is None or self.undertaken_on is not None:
            return None
        return undertaking_due(self.asked_on)

    @property
    def filing_due(self) -> date | None:
        """Return the last day to file, None where `no_period` says why none runs (D5121-74-1-1 I, II).

        From the first grant; where the trial was found after it, from the day on which the
        undertaking was asked for: no period is over before anybody knew of it.
        """
        if self.granted_on is None or self.owed_since is None or self.opened is None:
            return None
        began_on = max(self.granted_on, self.owed_since)
        return filing_due(began_on, rare=self.opened.rare, extensions=self.extensions)

    @property
    def extensions(self) -> tuple[int, ...]:
        """Return the months of each extension, in order."""
        return tuple(one.months for one in self.extended)

    @property
    def no_period(self) -> NoPeriod | None:
        """Return why no period to file runs, None where one does."""
        if self.owed_since is None:
            return NoPeriod.NOT_OWED
        return NoPeriod.NOT_GRANTED if self.granted_on is None else None

    @property
    def decided_on(self) -> Mapping[int, date]:
        """Return the day of each extension, by its rank from 1."""
        days = [day_of(one.occurred_at) for one in self.extended]
        return dict(enumerate(days, 1))

    @property
    def to_tell(self) -> tuple[ToTell, ...]:
        """Return which extensions are still to be told, and to whom (D5121-74-1-1 II)."""
        return still_to_tell(self.decided_on, self.told)

    @property
    def maintained_until(self) -> date | None:
        """Return until when what is in force may be kept or renewed; None: nothing limits it yet.

        From the end of the period without a filing, or from a refusal (D5121-74-1-1 III).
        """
        if self.decided is not None and not self.decided.granted:
            return maintained_until(self.decided.decided_on)
        return maintained_until(self.missed_on) if self.missed_on else None

    def limit_on(self, day: date) -> date | None:
        """Return the same as of a day: it is the day that ends the period, not the note of it."""
        noted, due = self.maintained_until, self.filing_due
        over = due is not None and self.filed_on is None and day > due
        return maintained_until(due) if noted is None and due is not None and over else noted


def evolve(facts: HolderFacts, event: HolderFileEvent) -> HolderFacts:
    """Return the facts after one event."""
    return _TRANSITIONS[type(event)](facts, event)


def _owed(facts: HolderFacts, day: date) -> HolderFacts:
    return replace(facts, owed_since=min(facts.owed_since or day, day))


def _answered(facts: HolderFacts, event: HolderAnswered) -> HolderFacts:
    answered = replace(facts, answered=facts.answered | set(event.answered))
    if AskedOfHolder.UNDERTAKING not in event.answered:
        return answered
    return _owed(answered, day_of(event.occurred_at))


def _not_filed(facts: HolderFacts, event: FilingMissed) -> HolderFacts:
    """An earlier rule noted it of files in which nothing was due then, from which nothing follows."""
    return replace(facts, missed_on=event.due) if event.due == facts.filing_due else facts


_TRANSITIONS: Mapping[type[Any], Callable[[HolderFacts, Any], HolderFacts]] = {
    HolderFileOpened: lambda facts, event: replace(facts, opened=event),
    HolderInformationReminded: lambda facts, event: replace(
        facts, reminded=facts.reminded | {event.days}
    ),
    HolderInformed: lambda facts, event: replace(facts, informed=event),
    HolderAnswered: _answered,
    UndertakingAsked: lambda facts, event: replace(
        _owed(facts, event.certain_on), asked_on=event.certain_on
    ),
    UndertakingReceived: lambda facts, event: replace(
        _owed(facts, event.signed_on), undertaken_on=event.signed_on
    ),
    FirstGranted: lambda facts, event: replace(facts, granted_on=event.granted_on),
    FilingExtended: lambda facts, event: replace(facts, extended=(*facts.extended, event)),
    ExtensionTold: lambda facts, event: replace(
        facts, told=facts.told | {(event.decision, event.to)}
    ),
    EarlyAccessFiled: lambda facts, event: replace(facts, filed_on=event.filed_on),
    EarlyAccessDecided: lambda facts, event: replace(facts, decided=event),
    FilingMissed: _not_filed,
}
