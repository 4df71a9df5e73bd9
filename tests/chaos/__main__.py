"""Break everything: `python -m tests.chaos [--seeds N] [--minutes M] [--only KIND] [--kills N]`."""

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import Any

from tests.chaos import seeds, table
from tests.chaos.field import FAULTS
from tests.chaos.ground import template
from tests.chaos.kinds import wanted

SEEDS, KILLS = 5, 200
ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    """Run every seed, print the table, write chaos.json; 1 where something did not hold."""
    asked = _parse()
    # Whoever ends this ends what it started: disks, stacks, servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    told: list[seeds.Seed] = []
    result: dict[str, Any] = {"missed": ["no seed was asked for"]}
    with template() as made:
        say(f"a seeded stack to copy after {time.monotonic() - began:.0f} s")
        numbers = range(asked.first, asked.first + asked.seeds)
        for done, number in enumerate(numbers):
            # What is left, in equal parts: a slow seed takes nothing from the others' faults.
            left = asked.minutes * 60 - (time.monotonic() - began)
            until = time.monotonic() + left / (asked.seeds - done) * 0.88
            faults = wanted(asked.only)
            told.append(
                seeds.run(
                    made, number, faults, kills=asked.kills, until=until, say=say,
                    first=table.first(told),
                )
            )  # fmt: skip
            # After each: whoever ends this early has what was shown so far.
            result = table.as_json(told, seconds=time.monotonic() - began, whole=_whole(asked))
            table.write(result, ROOT / "chaos.json")
    if told:
        print(table.markdown(result))
    return int(any(seed.broken for seed in told) or bool(result["missed"]))


def _whole(asked: argparse.Namespace) -> bool:
    """Say whether this is the run that is asked to show everything."""
    return not asked.only and asked.seeds >= SEEDS and asked.kills >= KILLS


def say(text: str) -> None:
    """Tell how far it is, on standard error."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many stacks (5)")
    parser.add_argument("--first", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--minutes", type=float, default=60, help="for everything (60)")
    parser.add_argument(
        "--kills", type=int, default=KILLS, help="counted kills for each seed (200)"
    )
    parser.add_argument("--only", action="append", choices=sorted(FAULTS), metavar="KIND")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
