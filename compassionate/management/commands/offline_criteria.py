"""manage.py offline_criteria: the référentiel of this node as a PDF/A to send to hospital pharmacies each week."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from typing_extensions import override

from compassionate import criteria_kit
from compassionate.criteria_file import signed
from events.management.operator import DONE, PARTIAL, OperatorCommand

OLD = timedelta(days=1)
"""The drain writes the file twice a minute: one of yesterday says that something is wrong."""


class Command(OperatorCommand):
    """Write the document from this node's signed file, without the database; exit code 3: the file is old."""

    help = __doc__ or ""
    examples = """\
  manage.py offline_criteria --out referentiel.pdf
  manage.py offline_criteria --out referentiel.pdf --json     version, date, digest and key besides
"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add where it goes."""
        parser.add_argument("--out", type=Path, metavar="FILE", required=True)

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Write it."""
        file = signed()
        if file is None:
            raise CommandError(
                "DATA_DIR/criteria.json is missing, or it was touched: is a drain running?"
            )
        options["out"].write_bytes(criteria_kit.printed(file))
        now = timezone.now()  # noqa: TID251  a command is an edge of the house
        answer = {
            "file": str(options["out"]),
            "version": criteria_kit.version_of(file),
            "made_at": file.kept.made_at,
            "sha256": file.digest,
            "key": file.key,
        }
        return answer, PARTIAL if now - file.kept.made_at > OLD else DONE
