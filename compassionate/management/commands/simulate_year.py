"""Act out a year of compassionate access, as the agency lives it."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import CommandParser
from typing_extensions import override

from compassionate.management.year import Acts
from compassionate.management.year_people import (
    before_the_year,
    delegate,
    publish_sheets,
    seed_people,
)
from compassionate.management.year_shapes import DAYS, FIRST_DAY, of_part
from events.management.operator import DONE, OperatorCommand

PATIENTS = 25_000


class Command(OperatorCommand):
    """Acts out every request, decision and follow-up of a year; run again, nothing is done twice."""

    help = "Simulate a year of compassionate access through its own actions."
    examples = """\
  manage.py simulate_year --patients 100           a small agency, for a look
  manage.py simulate_year                          the agency's own year: 25,000 patients
  manage.py simulate_year --part 1 --parts 2       one of two processes that share the patients"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add how many patients, and which of several processes this is."""
        parser.add_argument("--patients", type=int, default=PATIENTS)
        parser.add_argument("--seed", type=int, default=1, help="part of every key")
        parser.add_argument("--part", type=int, default=0, help="which of the processes this is")
        parser.add_argument(
            "--parts", type=int, default=1, help="processes that share the patients"
        )

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Act the year out; the answer counts what was done and what was refused, by code."""
        first = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
        people = seed_people()
        delegate(people, before_the_year(first))
        publish_sheets(people, before_the_year(first))
        patients = of_part(options["part"], options["parts"], options["patients"])
        acts = Acts(people, options["seed"])
        begun, reached = time.monotonic(), 0
        with self.progress() as show:
            for at in acts.of(patients):
                day = min(max((at - first) // timedelta(days=1), 0), DAYS)
                if day > reached:
                    reached = day
                    show("days", reached, DAYS)
        return _answer(acts.counted, time.monotonic() - begun), DONE


def _answer(counted: Counter[str], seconds: float) -> dict[str, Any]:
    refused = {
        name.removeprefix("refused."): count
        for name, count in counted.items()
        if name.startswith("refused.")
    }
    done = {name: count for name, count in counted.items() if not name.startswith("refused.")}
    return {"done": done, "refused_by_code": refused, "seconds": round(seconds, 1)}
