"""Run the benchmarks: `python -m tests.benchmarks [--only NAME] [--rounds N] [--quick]`."""

import argparse
import sys
import time

from tests.benchmarks import lab, report
from tests.benchmarks.figures import Figure
from tests.benchmarks.options import Options
from tests.benchmarks.progress import say
from tests.benchmarks.suites import SUITES


def main() -> int:
    """Measure, print the table, write bench.json; with every suite run, the document too."""
    asked = _parse()
    options = Options(rounds=asked.rounds or (1 if asked.quick else 3), quick=asked.quick)
    chosen = {
        name: suite for name, suite in SUITES.items() if not asked.only or name in asked.only
    }
    began = time.monotonic()
    figures: list[Figure] = []
    with lab.opened() as cluster:
        server = cluster.described()
        for name, suite in chosen.items():
            say(f"{name}, {time.monotonic() - began:.0f} s after the start")
            figures += suite(cluster, options)
    report.show(figures)
    report.write_json(figures)
    if not asked.only and not asked.quick:
        report.write_document(figures, server, options)
    say(f"done in {time.monotonic() - began:.0f} s")
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=sorted(SUITES), help="one suite; may be repeated"
    )
    parser.add_argument("--rounds", type=int, help="interleaved rounds (3, quick: 1)")
    parser.add_argument("--quick", action="store_true", help="a first look, under three minutes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
