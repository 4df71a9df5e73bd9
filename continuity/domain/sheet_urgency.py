"""In which order sheets are taken up after an outage: the smaller, the sooner.

Deaths and what threatens life first, then doses already given or promised (they wait for their
regularisation), then other serious reactions, then the rest.
"""

from collections.abc import Sequence

from continuity.domain.sheet_words import SheetKind, SheetSeriousness

DEATH, LIFE_THREATENING, GIVEN, SERIOUS, OTHER = range(5)

_BY_KIND = {
    SheetKind.DEATH_IN_TRIAL: DEATH,
    SheetKind.COMPASSIONATE_ORAL_AGREEMENT: GIVEN,
    SheetKind.OUT_OF_HOURS_DISPENSING: GIVEN,
}


def seriousness_of(kind: str, written: Sequence[SheetSeriousness]) -> tuple[SheetSeriousness, ...]:
    """Return the criteria that a sheet says are met: a death is one whether or not it was ticked."""
    if kind != SheetKind.DEATH_IN_TRIAL or SheetSeriousness.DEATH in written:
        return tuple(written)
    return (SheetSeriousness.DEATH, *written)


def urgency(kind: str, seriousness: Sequence[str]) -> int:
    """Return the rank of a sheet by its kind and the seriousness criteria written on it."""
    if SheetSeriousness.DEATH in seriousness:
        return DEATH
    if SheetSeriousness.LIFE_THREATENING in seriousness:
        return LIFE_THREATENING
    by_kind = next((rank for one, rank in _BY_KIND.items() if one == kind), OTHER)
    return min(by_kind, SERIOUS if seriousness else OTHER)
