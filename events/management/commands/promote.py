"""manage.py promote: make a standby the primary, after the old one was fenced."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from events import epochs, promotion
from events.epochs import Same
from events.management.operator import DONE, FAILED, PARTIAL, OperatorCommand
from events.promotion import Steps


class Command(OperatorCommand):
    """Fence the old primary, promote a standby, open an epoch, tell every node."""

    help = __doc__ or ""
    examples = """\
  manage.py promote --to db2 --dry-run
  manage.py promote --to db2 --attest-fenced "J. Martin, power of db1 cut at the rack"

Two servers have no majority: that the old one is fenced is a person's word, and is recorded.
Nothing is lost by waiting: every node goes on taking declarations into its spool.
"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add the target and the attestation."""
        parser.add_argument("--to", required=True, metavar="NAME", help="of databases.json")
        parser.add_argument("--attest-fenced", metavar="TEXT", help="who fenced the old, and how")
        parser.add_argument("--dry-run", action="store_true", help="look at the target only")

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Promote; exit 3 when a node could not be told, 1 when the target's log was changed."""
        databases = promotion.configured()
        target = databases.node(options["to"])
        if options["dry_run"]:
            return self._look(databases, target)
        if not options["attest_fenced"]:
            raise CommandError(
                "--attest-fenced is needed: who made sure that the old one is gone?"
            )
        with self.progress() as report:
            steps = Steps(report=report)
            opened = promotion.promote(databases, target, options["attest_fenced"], steps)
        answer = {
            "promoted": target.name,
            "opened": asdict(opened) if opened else None,
            "steps": steps.done,
            "seconds": round(sum(step["seconds"] for step in steps.done), 3),
        }
        return answer, PARTIAL if steps.done[-1]["failed"] else DONE

    def _look(
        self, databases: promotion.Databases, target: promotion.Node
    ) -> tuple[dict[str, Any], int]:
        with promotion.session(target) as connection:
            found = promotion.caught_up(connection)
            finding = epochs.check(connection)
        others = [node for node in databases.nodes if node != target]
        answer = {
            "target": target.name,
            "standing": asdict(found),
            "remembered": "same" if isinstance(finding, Same) else finding.why,
            "would": {
                "stop": [node.name for node in others if node.stop],
                "mark": [node.fence for node in others if node.fence],
                "tell": databases.node_dirs,
            },
        }
        return answer, DONE if found.is_standby else FAILED
