"""manage.py authorisation_lists: what the ministers publish of authorisations (R5121-74-10)."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from typing_extensions import override

from compassionate import public_lists
from events.management.operator import DONE, OperatorCommand


class Command(OperatorCommand):
    """Count the authorisations granted, ended, suspended and withdrawn in a period, small cells masked."""

    help = __doc__ or ""
    examples = """\
  manage.py authorisation_lists --since 2026-10-01 --until 2026-10-31 --out october.csv
  manage.py authorisation_lists --since 2026-10-01 --until 2026-10-31 --out october.json
"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add the period and the file."""
        day: dict[str, Any] = {
            "type": date.fromisoformat,
            "metavar": "YYYY-MM-DD",
            "required": True,
        }
        parser.add_argument("--since", help="first day, in Paris", **day)
        parser.add_argument("--until", help="last day, included", **day)
        parser.add_argument(
            "--out", type=Path, metavar="FILE", required=True, help="a name in .csv or .json"
        )

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Count and write the file."""
        since, until, out = options["since"], options["until"], options["out"]
        if since > until:
            raise CommandError("--since is later than --until")
        write = {".csv": public_lists.as_csv, ".json": public_lists.as_json}.get(out.suffix)
        if write is None:
            raise CommandError("--out ends in .csv or .json")
        now = timezone.now()  # noqa: TID251  a command is an edge of the house
        told = public_lists.counted(since, until, now)
        out.write_bytes(write(told))
        answer = {"file": str(out), "lines": len(told.lines), "totals": dict(told.totals)}
        return answer, DONE
