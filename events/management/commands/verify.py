"""manage.py verify: is the log what its blocks say?"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from typing_extensions import override

from events import seal
from events.management.operator import DONE, FAILED, OperatorCommand
from events.verify import verify_log


class Command(OperatorCommand):
    """Recompute every leaf, root and hash of the log; compare with a checkpoint from outside."""

    help = __doc__ or ""
    examples = """\
  manage.py verify
  manage.py verify --from 100000
  manage.py verify --checkpoint .data/checkpoints/latest.json
"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add where to begin and what to compare with."""
        parser.add_argument("--from", type=int, default=1, dest="first", metavar="P")
        parser.add_argument("--checkpoint", type=Path, metavar="FILE")

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Verify; exit 1 when something does not hold."""
        file = options["checkpoint"]
        checkpoint = seal.read(file) if file else None
        with self.progress() as report:
            verdict = verify_log(
                first=options["first"],
                checkpoint=checkpoint,
                report=lambda done, total: report("verify", done, total),
            )
        return asdict(verdict), DONE if verdict.ok else FAILED
