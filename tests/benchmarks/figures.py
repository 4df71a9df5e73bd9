"""What a benchmark gives back, and how it is written down."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round measured; ratios are taken within it, never between rounds."""

    ours: float
    floor: float | None = None
    peers: Mapping[str, float] = field(default_factory=dict)
    notes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One bound: `value` of `what`, at least or at most, of the median or of the worst round."""

    what: str
    value: float
    at_most: bool = False
    every_round: bool = False

    def met(self, got: float | None) -> bool:
        """Return whether the bound holds."""
        if got is None:
            return False
        return got <= self.value if self.at_most else got >= self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. `unit` says whether more is better: a time is better when small."""

    name: str
    unit: str
    rounds: Sequence[Round]
    targets: Sequence[Target] = ()
    memory_mb: float | None = None
    facts: Mapping[str, float] = field(default_factory=dict)
    why: str = ""

    @property
    def ours(self) -> float:
        """Return the median of our rounds."""
        return statistics.median(one.ours for one in self.rounds)

    @property
    def floor(self) -> float | None:
        """Return the median of the floor's rounds."""
        found = [one.floor for one in self.rounds if one.floor is not None]
        return statistics.median(found) if found else None

    @property
    def floor_ratios(self) -> list[float]:
        """Return ours over the floor, round by round; for a time, the floor over ours."""
        return [self._ratio(one.ours, one.floor) for one in self.rounds if one.floor]

    @property
    def peers(self) -> dict[str, float]:
        """Return each peer's median."""
        names = sorted({name for one in self.rounds for name in one.peers})
        return {
            name: statistics.median(one.peers[name] for one in self.rounds if name in one.peers)
            for name in names
        }

    @property
    def peer_ratios(self) -> list[float]:
        """Return ours over the best peer, round by round; for a time, the peer over ours."""
        best = min if self.is_time else max
        return [
            self._ratio(one.ours, best(one.peers.values())) for one in self.rounds if one.peers
        ]

    @property
    def is_time(self) -> bool:
        """Return whether less is better."""
        return self.unit in {"ms", "s"}

    def _ratio(self, ours: float, other: float) -> float:
        return other / ours if self.is_time else ours / other

    def got(self, what: str) -> float | None:
        """Return the value that a target speaks of."""
        known: dict[str, float | None] = {
            "ours": self.ours,
            "ratio_floor": _median(self.floor_ratios),
            "ratio_best_peer": _median(self.peer_ratios),
            "memory_mb": self.memory_mb,
            **self.notes,
            **self.facts,
        }
        return known.get(what)

    @property
    def notes(self) -> dict[str, float]:
        """Return the median of each note that the rounds made."""
        names = [name for one in self.rounds for name in one.notes]
        return {
            name: statistics.median(one.notes[name] for one in self.rounds if name in one.notes)
            for name in dict.fromkeys(names)
        }

    def judged(self, target: Target) -> float | None:
        """Return the value that a target is held against: the median, or the worst of all rounds."""
        if not target.every_round:
            return self.got(target.what)
        told = [{"ours": one.ours, **one.notes}.get(target.what) for one in self.rounds]
        known = [value for value in told if value is not None]
        if not known:
            return None
        return max(known) if target.at_most else min(known)

    def missed(self) -> list[Target]:
        """Return the targets that are not met."""
        return [target for target in self.targets if not target.met(self.judged(target))]

    def as_json(self) -> dict[str, Any]:
        """Return the figure in the shape that docs and scripts rely on."""
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": _short(self.ours),
            "floor": _short(self.floor),
            "ratio_floor": _short(_median(self.floor_ratios)),
            "peers": {name: _short(value) for name, value in self.peers.items()},
            "ratio_best_peer": _short(_median(self.peer_ratios)),
            "memory_mb": _short(self.memory_mb),
            "rounds": len(self.rounds),
            "spread": {
                "ours": _span([one.ours for one in self.rounds]),
                "ratio_floor": _span(self.floor_ratios),
                "ratio_best_peer": _span(self.peer_ratios),
            },
            "targets": [
                {
                    "what": target.what,
                    "at_most" if target.at_most else "at_least": target.value,
                    "every_round": target.every_round,
                    "got": _short(self.judged(target)),
                    "met": target.met(self.judged(target)),
                }
                for target in self.targets
            ],
            "facts": {name: _short(value) for name, value in {**self.notes, **self.facts}.items()},
            "why": self.why,
        }


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None


def _span(values: Sequence[float]) -> list[float | None] | None:
    return [_short(min(values)), _short(max(values))] if values else None


def _short(value: float | None) -> float | None:
    """Return a number with three significant digits, or whole from a thousand on."""
    if value is None:
        return None
    return round(value) if abs(value) >= 1000 else float(f"{value:.3g}")


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the sorted values lie; 0 for none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0
