"""The drugs and the reactions of a declaration as they are known, by their places.

A place never changes its meaning: information on a known item is laid over it, and what names an
unknown place is added.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from pharmacovigilance.domain.said import ChangedDrug, ChangedReaction


class DrugKnown(NamedTuple):
    """A drug as it is known now."""

    name: str | None
    role: str | None
    kind: str | None


class ReactionKnown(NamedTuple):
    """A reaction as it is known now."""

    term: str | None
    outcome: str | None


Known = TypeVar("Known", DrugKnown, ReactionKnown)


def drugs_after(
    known: tuple[DrugKnown, ...], news: Sequence[ChangedDrug]
) -> tuple[tuple[DrugKnown, ...], bool]:
    """Return the drugs after a follow-up, and whether it spoke of one that is not known."""
    return _changed(known, news, _drug)


def reactions_after(
    known: tuple[ReactionKnown, ...], news: Sequence[ChangedReaction]
) -> tuple[tuple[ReactionKnown, ...], bool]:
    """Return the reactions after a follow-up, and whether it spoke of one that is not known."""
    return _changed(known, news, _reaction)


def _changed(
    known: tuple[Known, ...], news: Sequence[Any], apply: Callable[[Known | None, Any], Known]
) -> tuple[tuple[Known, ...], bool]:
    if not news:
        return known, False
    items = list(known)
    lost = False
    for new in news:
        if new.index is not None and 0 <= new.index < len(known):
            items[new.index] = apply(items[new.index], new)
        else:
            lost = lost or new.index is not None
            items.append(apply(None, new))
    return tuple(items), lost


def _drug(known: DrugKnown | None, new: ChangedDrug) -> DrugKnown:
    if known is None:
        return DrugKnown(new.name, new.role, new.kind)
    return DrugKnown(new.name or known.name, new.role or known.role, new.kind or known.kind)


def _reaction(known: ReactionKnown | None, new: ChangedReaction) -> ReactionKnown:
    if known is None:
        return ReactionKnown(new.term, new.outcome)
    return ReactionKnown(new.term or known.term, new.outcome or known.outcome)
