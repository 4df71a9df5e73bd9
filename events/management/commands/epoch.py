"""manage.py epoch: is this the log that is remembered outside, and what to do when it is not."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from events import epochs, promotion, registry, replay, store
from events.epochs import Opened, Same
from events.management.operator import DONE, FAILED, PARTIAL, OperatorCommand


class Command(OperatorCommand):
    """Compare the log with CHECKPOINT_DIR; open an epoch where it was restored or moved."""

    help = __doc__ or ""
    examples = """\
  manage.py epoch                                 does the log hold what is remembered?
  manage.py epoch settle                          open one if it was cleanly restored, else nothing
  manage.py epoch open --reason "restored from last night's backup, J. Martin"
  manage.py epoch open --accept-changed --reason "…"   although events before its end were changed
  manage.py epoch resume --reason "the checkpoints are mounted again, J. Martin"
"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add what to do."""
        parser.add_argument(
            "action", nargs="?", default="status", choices=["status", "settle", "open", "resume"]
        )
        parser.add_argument("--reason", metavar="TEXT", help="who decided, and why; kept for ever")
        parser.add_argument("--accept-changed", action="store_true", help="see the examples")

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Look, or act; exit 1 while the log is not the one that is remembered."""
        action, reason = options["action"], options["reason"]
        if action in {"open", "resume"} and not reason:
            raise CommandError(f"epoch {action} needs --reason: who decided, and why")
        if action == "status":
            return self._status()
        if action == "resume":
            return {"resumed": epochs.resume(reason)}, DONE
        opened = epochs.settle() if action == "settle" else self._open(reason, options)
        if opened is None:
            return {"opened": None}, DONE
        self._rebuild(opened)
        # Messages that wait for a person are a part left behind.
        return {"opened": asdict(opened)}, PARTIAL if opened.held else DONE

    def _open(self, reason: str, options: dict[str, Any]) -> Opened:
        is_well = isinstance(epochs.check(), Same) and epochs.halted() is None
        if is_well and not promotion.is_misnamed():
            raise CommandError("the log is the one that is remembered: no epoch is needed")
        return epochs.open_epoch(reason, accept_changed=options["accept_changed"])

    def _rebuild(self, opened: Opened) -> None:
        stale = [one for one in registry.projections() if one.name in opened.stale]
        with self.progress() as report:
            replay.rebuild_all(stale, workers=2, resume=False, dispatch=None, report=report)

    def _status(self) -> tuple[dict[str, Any], int]:
        finding, why, is_misnamed = epochs.check(), epochs.halted(), promotion.is_misnamed()
        is_well = isinstance(finding, Same) and why is None and not is_misnamed
        rows = store.session("projector").execute(
            "SELECT epoch, opened_at, fork_position, reason FROM events_epoch ORDER BY epoch"
        )
        names = ("epoch", "opened_at", "fork", "reason")
        answer = {
            "finding": type(finding).__name__.lower(),
            "why": None if isinstance(finding, Same) else finding.why,
            "halted": why,
            "misnamed": is_misnamed,
            "epochs": [dict(zip(names, row, strict=True)) for row in rows],
        }
        return answer, DONE if is_well else FAILED
