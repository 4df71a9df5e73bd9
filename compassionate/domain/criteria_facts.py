"""What is known of one criteria sheet, folded from its events; what was in force at an instant stays known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from compassionate.domain.criteria import CriteriaSheet
from compassionate.domain.criteria_events import (
    CessationTold,
    CriteriaCancelled,
    CriteriaEvent,
    CriteriaPrepared,
    CriteriaPublished,
    CriteriaSheetOpened,
    ProductCessationSet,
    ProductStatusChanged,
    ProtocolPublished,
)
from compassionate.domain.telling import Told, ToTell, still_to_tell
from compassionate.domain.vocabulary import ProductStatus
from events.days import day_of

AT_ONCE = timedelta(minutes=1)
"""How soon what is published at once is in force: every request received from then on finds it recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFacts:
    """One sheet with every version of it; `statuses` and `cessations` by the instant they were set.

    `cancelled` are the versions that were to come and never will.
    """

    opened: CriteriaSheetOpened | None = None
    prepared: CriteriaPrepared | None = None
    published: tuple[CriteriaPublished, ...] = ()
    cancelled: frozenset[int] = frozenset()
    protocols: tuple[ProtocolPublished, ...] = ()
    statuses: tuple[tuple[datetime, ProductStatus], ...] = ()
    cessations: tuple[tuple[datetime, date], ...] = ()
    told: Told = frozenset()

    @property
    def status(self) -> ProductStatus | None:
        """Return by which derogation it is given now."""
        return self.statuses[-1][1] if self.statuses else None

    @property
    def decided_on(self) -> Mapping[int, date]:
        """Return the day on which each cessation was fixed, by its rank from 1."""
        return {rank: day_of(at) for rank, (at, _day) in enumerate(self.cessations, 1)}

    @property
    def to_tell(self) -> tuple[ToTell, ...]:
        """Return to whom the cessation that holds is still to be told (R5121-74-9 I).

        Of one that another has replaced nobody is told any more.
        """
        last = dict(list(self.decided_on.items())[-1:])
        return still_to_tell(last, self.told)

    @property
    def versions(self) -> tuple[CriteriaPublished, ...]:
        """Return the versions that were or will be in force, by the instant from which they are."""
        found = [one for one in self.published if one.version not in self.cancelled]
        return tuple(sorted(found, key=lambda one: (one.in_force_from, one.version)))

    def in_force(self, at: datetime) -> CriteriaPublished | None:
        """Return the version by which what is received at an instant is judged."""
        begun = [one for one in self.versions if one.in_force_from <= at]
        return begun[-1] if begun else None

    def version_known_at(self, at: datetime) -> int | None:
        """Return the version that a decision of an instant knows of.

        What is published at once is in force in a moment: it has it for its own.
        """
        newest = self.in_force(at + AT_ONCE)
        return newest.version if newest else None

    def to_come(self, at: datetime) -> tuple[CriteriaPublished, ...]:
        """Return the versions that are published for later than an instant."""
        return tuple([one for one in self.versions if one.in_force_from > at])


def sheet_at(
    facts: SheetFacts,
    at: datetime,
    *,
    decided_at: datetime | None = None,
    undertaking_on: date | None = None,
) -> CriteriaSheet:
    """Return what a request received at `at` is judged by (§5.3 5); `undertaking_on` is the holder's.

    The criteria are those of its receipt. Status, cessation and very early access bind a decision as
    they stand when it is taken, `decided_at` (§5.3 10, 11, 15). Raises ValueError: no such sheet.
    """
    if facts.opened is None:
        raise ValueError("no such sheet")
    now = decided_at or at
    last = facts.in_force(at)
    statuses = [status for since, status in facts.statuses if since <= now]
    cessations = [one for one in facts.cessations if one[0] <= now]
    sheet = CriteriaSheet(
        product=facts.opened.product,
        indication=facts.opened.indication,
        status=statuses[-1] if statuses else facts.statuses[0][1],
        ceases_on=cessations[-1][1] if cessations else None,
        cessation_fixed_at=cessations[0][0] if cessations else None,
        undertaking_on=undertaking_on,
        very_early=_is_very_early(facts, now),
    )
    if last is None:
        return sheet
    return replace(
        sheet,
        version=last.version,
        in_force_from=last.in_force_from,
        criteria=last.criteria,
        max_days=last.max_days,
    )


def _is_very_early(facts: SheetFacts, now: datetime) -> bool:
    """Said when the sheet was opened, before any criteria, or by the version in force."""
    last = facts.in_force(now)
    opened = facts.opened is not None and facts.opened.very_early
    return last.very_early if last else opened


def evolve(facts: SheetFacts, event: CriteriaEvent) -> SheetFacts:
    """Return the facts after one event."""
    return _TRANSITIONS[type(event)](facts, event)


_TRANSITIONS: Mapping[type[Any], Callable[[SheetFacts, Any], SheetFacts]] = {
    CriteriaSheetOpened: lambda facts, event: replace(
        facts, opened=event, statuses=((event.occurred_at, event.status),)
    ),
    CriteriaPrepared: lambda facts, event: replace(facts, prepared=event),
    CriteriaPublished: lambda facts, event: replace(
        facts, prepared=None, published=(*facts.published, event)
    ),
    CriteriaCancelled: lambda facts, event: replace(
        facts, cancelled=facts.cancelled | {event.version}
    ),
    ProtocolPublished: lambda facts, event: replace(facts, protocols=(*facts.protocols, event)),
    ProductStatusChanged: lambda facts, event: replace(
        facts, statuses=(*facts.statuses, (event.occurred_at, event.status))
    ),
    ProductCessationSet: lambda facts, event: replace(
        facts, cessations=(*facts.cessations, (event.occurred_at, event.ceases_on))
    ),
    CessationTold: lambda facts, event: replace(
        facts, told=facts.told | {(event.decision, event.to)}
    ),
}
