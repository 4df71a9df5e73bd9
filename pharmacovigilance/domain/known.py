"""The report as it is known now: the declaration with its follow-ups laid over it."""

from collections.abc import Iterable, Sequence
from dataclasses import is_dataclass, replace
from typing import Any, TypeVar

from events.described import described
from pharmacovigilance.domain.events import AdverseEventDeclared, FollowUpReceived
from pharmacovigilance.domain.report import (
    Drug,
    Information,
    Reaction,
    Report,
)
from pharmacovigilance.domain.vocabulary import SeriousnessCriterion, in_order

T = TypeVar("T")

ADDED_TEXTS = frozenset({"narrative", "lab_results", "medical_history"})
LISTS = frozenset({"drugs", "reactions", "blood_products", "seriousness", "circumstances"})


def tidied(node: T) -> T:
    """Return a report or information without what says nothing, its criteria once and in order."""
    changes: dict[str, Any] = {}
    for name, about in described(type(node)).items():
        value = getattr(node, name)
        if value is None or value == ():
            continue
        tidy = _tidied_value(value, is_plain=about.inner is None)
        if tidy is not value:
            changes[name] = tidy
    return replace(node, **changes) if changes else node  # type: ignore[type-var]


def with_information(report: Report, news: Information) -> Report:
    """Return the report after a follow-up; what it leaves unsaid stays."""
    return replace(
        _merged(report, news, skipped=LISTS),
        drugs=_items(report.drugs, news.drugs, Drug),
        reactions=_items(report.reactions, news.reactions, Reaction),
        blood_products=report.blood_products + news.blood_products,
        seriousness=report.seriousness if news.seriousness is None else news.seriousness,
        circumstances=report.circumstances if news.circumstances is None else news.circumstances,
    )


def report_after(events: Iterable[object]) -> Report | None:
    """Return the report as known after the events of a declaration; None before it is declared."""
    report: Report | None = None
    for event in events:
        if isinstance(event, AdverseEventDeclared):
            report = event.report
        elif isinstance(event, FollowUpReceived) and report is not None:
            report = with_information(report, event.information)
    return report


def _tidied_value(value: Any, *, is_plain: bool) -> Any:
    """Return the very same object where there is nothing to tidy."""
    if isinstance(value, tuple):
        tidy = _tidied_list(value) if is_plain else _tidied_items(value)
        return value if tidy == value else tidy
    if not is_plain:
        return tidied(value)
    return value if not isinstance(value, str) or value.strip() else None


def _tidied_items(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return items tidied, without those that only name a known one and say nothing of it.

    They would count as significant and start a clock.
    """
    return tuple([item for item in map(tidied, values) if not _only_named(item)])


def _only_named(item: Any) -> bool:
    index = getattr(item, "index", None)
    return index is not None and item == type(item)(index=index)


def _tidied_list(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if isinstance(values[0], SeriousnessCriterion):
        return in_order(values)
    return tuple(dict.fromkeys(values))


def _items(known: Sequence[T], news: Sequence[Any], cls: type[T]) -> tuple[T, ...]:
    """Return the items after a follow-up, by the same rule of places as the facts."""
    items = list(known)
    for new in news:
        plain = cls(**{name: getattr(new, name) for name in described(cls)})
        if new.index is not None and 0 <= new.index < len(known):
            items[new.index] = _merged(items[new.index], plain)
        else:
            items.append(plain)
    return tuple(items)


def _merged(known: T, news: object, skipped: frozenset[str] = frozenset()) -> T:
    changes: dict[str, Any] = {}
    for name in described(type(known)):
        value = None if name in skipped else getattr(news, name)
        if value is None or value == ():
            continue
        former = getattr(known, name)
        if former is not None and is_dataclass(value):
            value = _merged(former, value)
        elif former is not None and name in ADDED_TEXTS:
            value = former if value in former else f"{former}\n\n{value}"
        changes[name] = value
    return replace(known, **changes) if changes else known  # type: ignore[type-var]
