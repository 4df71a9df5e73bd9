"""manage.py replay: status, catch up, rebuild, verify."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from celery import current_app
from django.core.management.base import CommandError, CommandParser
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import get_current_timezone, make_aware
from typing_extensions import override

from events import compare, rebuild, registry, replay
from events.management.operator import DONE, FAILED, PARTIAL, OperatorCommand
from events.projection import Projection
from events.replay import Bounds


class Command(OperatorCommand):
    """Bring read models to the end of the log, rebuild them beside the ones in use, check them."""

    help = __doc__ or ""
    examples = """\
  manage.py replay --status                     where everything stands
  manage.py replay --status --watch             the same, every second
  manage.py replay                              catch up
  manage.py replay --projection declarations --from 1200   refold what changed since position 1200
  manage.py replay --rebuild --workers 2        rebuild all, swap when complete
  manage.py replay --rebuild --resume           go on with an interrupted rebuild
  manage.py replay --rebuild --as-of 2026-06-25 build a table beside, as known on that day
  manage.py replay --verify                     rebuilt == live?
"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add the modes and their bounds."""
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument("--status", action="store_true", help="show lag and parked streams")
        mode.add_argument("--rebuild", action="store_true", help="make the tables again")
        mode.add_argument("--verify", action="store_true", help="compare tables with the log")
        mode.add_argument("--work", action="store_true", help="take partitions of a rebuild")
        parser.add_argument("--projection", action="append", metavar="N", help="only this one")
        parser.add_argument("--from", type=int, dest="first", metavar="P", help="first position")
        parser.add_argument("--to", type=int, dest="last", metavar="P", help="last position")
        parser.add_argument("--as-of", metavar="T", help="--to the last recorded by then")
        parser.add_argument("--workers", type=int, default=2, metavar="N", help="default 2")
        parser.add_argument("--resume", action="store_true", help="keep finished partitions")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")
        parser.add_argument("--watch", action="store_true", help="with --status: again and again")

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Dispatch to the mode asked for."""
        chosen = self._projections(options["projection"])
        self._refuse_what_would_be_ignored(options)
        if options["status"]:
            return self._status(chosen, watch=options["watch"])
        if options["work"]:
            return {"built": sum(rebuild.work(projection) for projection in chosen)}, DONE
        bounds, moment = self._bounds(options)
        if options["dry_run"]:
            return self._dry_run(chosen, bounds), DONE
        return self._replay(chosen, bounds, moment, options)

    def _replay(
        self,
        chosen: Sequence[Projection[Any]],
        bounds: Bounds,
        moment: datetime | None,
        options: dict[str, Any],
    ) -> tuple[dict[str, Any], int]:
        if options["verify"]:
            return self._verify(chosen, bounds)
        if options["rebuild"] and bounds.last is not None:
            moment = moment or replay.recorded_at(bounds.last)
            return self._aside(chosen, moment)
        if options["rebuild"]:
            return self._rebuild(chosen, options)
        with self.progress() as report:
            return self._with_parked(
                {"caught_up": replay.catch_up(chosen, bounds, report)}, chosen
            )

    def _projections(self, names: Sequence[str] | None) -> list[Projection[Any]]:
        known = {projection.name: projection for projection in registry.projections()}
        unknown = [name for name in names or () if name not in known]
        if unknown:
            raise CommandError(
                f"no projection {', '.join(unknown)}; there are: {', '.join(known)}"
            )
        return [known[name] for name in names] if names else list(known.values())

    def _refuse_what_would_be_ignored(self, options: dict[str, Any]) -> None:
        if options["workers"] < 1:
            raise CommandError("--workers is at least 1")
        if options["watch"] and not options["status"]:
            raise CommandError("--watch goes with --status")
        # To catch up is to go on where it stopped: there, --resume asks for what happens anyhow.
        if options["resume"] and (options["status"] or options["verify"] or options["work"]):
            raise CommandError("--resume goes with --rebuild")
        bounded = any(options[name] is not None for name in ("first", "last", "as_of"))
        if bounded and (options["status"] or options["work"]):
            raise CommandError("--status and --work know no --from, --to or --as-of")
        if not options["rebuild"]:
            return
        if options["first"] is not None:
            raise CommandError(
                "a table is rebuilt from the first event on; leave out --rebuild to refold what"
                " changed since --from"
            )
        if bounded and options["resume"]:
            raise CommandError("a table as of a moment is built at once: leave out --resume")

    def _bounds(self, options: dict[str, Any]) -> tuple[Bounds, datetime | None]:
        if options["as_of"] is None:
            first, last = options["first"], options["last"]
            given = [position for position in (first, last) if position is not None]
            if any(position < 1 for position in given) or given != sorted(given):
                raise CommandError("positions begin at 1 and --from is not after --to")
            return Bounds(first=first, last=last), None
        if options["first"] is not None or options["last"] is not None:
            raise CommandError("--as-of stands alone: leave out --from and --to")
        moment = parse_instant(options["as_of"])
        last = replay.position_at(moment)
        if not last and not options["rebuild"]:
            raise CommandError(f"nothing had been recorded by {options['as_of']}")
        return Bounds(last=last), moment

    def _status(
        self, chosen: Sequence[Projection[Any]], *, watch: bool
    ) -> tuple[dict[str, Any], int]:
        while True:
            answer = replay.status(chosen)
            if not watch:
                parked = any(state["parked"] for state in answer["projections"])
                return answer, PARTIAL if parked else DONE
            self.show(answer)
            time.sleep(1)

    def _dry_run(self, chosen: Sequence[Projection[Any]], bounds: Bounds) -> dict[str, Any]:
        answer = replay.status(chosen)
        answer["would"] = [
            {
                "name": projection.name,
                "tables": [table.name for table in projection.tables],
                "events": rebuild.count_events(projection),
                "from": bounds.first or 1,
                "to": bounds.last or answer["head"],
            }
            for projection in chosen
        ]
        return answer

    def _rebuild(
        self, chosen: Sequence[Projection[Any]], options: dict[str, Any]
    ) -> tuple[dict[str, Any], int]:
        with self.progress() as report:
            rebuilt = replay.rebuild_all(
                chosen,
                workers=options["workers"],
                resume=options["resume"],
                dispatch=ask_worker,
                report=report,
            )
        return self._with_parked({"projections": [vars_of(item) for item in rebuilt]}, chosen)

    def _aside(
        self, chosen: Sequence[Projection[Any]], moment: datetime
    ) -> tuple[dict[str, Any], int]:
        answer = [vars_of(replay.build_aside(projection, moment)) for projection in chosen]
        return {"projections": answer, "as_of": moment.isoformat()}, DONE

    def _verify(
        self, chosen: Sequence[Projection[Any]], bounds: Bounds
    ) -> tuple[dict[str, Any], int]:
        found = []
        with self.progress() as report:
            for number, projection in enumerate(chosen):
                report("verify", number, len(chosen))
                found.append(
                    compare.compare(projection)
                    if bounds.whole
                    else compare.compare_part(projection, bounds.first, bounds.last)
                )
            report("verify", len(chosen), len(chosen))
        ok = not any(item.differences for item in found)
        # What is parked was not compared: that it is well cannot be said.
        answer, code = self._with_parked(
            {"ok": ok, "projections": [vars_of(item) for item in found]}, chosen
        )
        return answer, code if ok else FAILED

    def _with_parked(
        self, answer: dict[str, Any], chosen: Sequence[Projection[Any]]
    ) -> tuple[dict[str, Any], int]:
        parked = sum(state["parked"] for state in replay.status(chosen)["projections"])
        return answer | {"parked": parked}, PARTIAL if parked else DONE


def parse_instant(text: str) -> datetime:
    """Return the instant of an ISO date (its end) or date-time. Raises CommandError."""
    moment = parse_datetime(text) if len(text) > len("2026-01-01") else None
    day = parse_date(text) if moment is None else None
    if moment is None and day is None:
        raise CommandError(f"{text} is no ISO date or date-time")
    if moment is None and day is not None:
        moment = datetime(day.year, day.month, day.day, 23, 59, 59, 999999)  # noqa: DTZ001
    assert moment is not None  # noqa: S101  one of the two was given
    return moment if moment.tzinfo else make_aware(moment, get_current_timezone())


def ask_worker(projection: str) -> None:
    """Ask one Celery worker to take partitions; a broker that is down is no obstacle."""
    try:
        current_app.send_task("events.rebuild_parts", args=[projection], retry=False)
    except Exception:  # noqa: BLE001  processes of this machine take over after the grace time
        return


def vars_of(item: Any) -> dict[str, Any]:
    """Return a slotted dataclass as a dictionary."""
    return {name: getattr(item, name) for name in item.__slots__}
