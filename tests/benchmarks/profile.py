"""Where the time of our own code goes, for a figure that misses its target."""

import cProfile
import pstats
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.lab import ROOT

SHOWN = 10


def explained(title: str, call: Callable[[], Any], times: int = 1) -> str:
    """Return the functions that took most of the time of `times` calls, as lines of a list.

    Waiting for PostgreSQL shows as `wait` and as the functions that read its answers.
    """
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(times):
        call()
    profile.disable()
    found: Any = pstats.Stats(profile)
    rows = sorted(found.stats.items(), key=lambda item: item[1][2], reverse=True)[:SHOWN]
    lines = [
        f"  - {own / found.total_tt:.0%} `{_named(where)}`, {calls / times:,.1f} calls each"
        for where, (_, calls, own, _, _) in rows
    ]
    return "\n".join([f"  {title}:", "", *lines])


def _named(where: tuple[str, int, str]) -> str:
    file, line, function = where
    path = Path(file)
    if path.is_relative_to(ROOT) and ".venv" not in path.parts:
        return f"{path.relative_to(ROOT)}:{line} {function}"
    return f"{path.name} {function}" if file != "~" else function
