"""How long and how often to measure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`rounds` interleaved rounds, `seconds` for each window of writing, `quick` for a first look."""

    rounds: int
    quick: bool

    @property
    def seconds(self) -> float:
        """Return the length of one window of writes or requests."""
        return 2.0 if self.quick else 5.0
