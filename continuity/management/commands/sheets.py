"""manage.py sheets: numbered blocks of degraded-mode sheets, their printed kit, what waits."""

import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from typing_extensions import override

from continuity import sheet_kit, sheet_queries, sheets
from continuity.domain.sheet_block import Block, IssueBlock, ReturnBlock
from continuity.queries import current_incident
from continuity.sheet_queries import BlockShown
from events.errors import Refused
from events.event import Actor
from events.management.operator import DONE, PARTIAL, OperatorCommand

LIFE = timedelta(days=365)


class Command(OperatorCommand):
    """Issue blocks of numbered sheets, print their kit, list what waits (exit code 3)."""

    help = __doc__ or ""
    examples = """\
  manage.py sheets issue --site 759900012 --count 20 --holder "PUI, garde"
  manage.py sheets kit --block 759900012-00001-00020 --out kit.pdf
  manage.py sheets returned --block 759900012-00001-00020 --last 5    0: none used
  manage.py sheets list --json        no name, no patient; exit code 3 if a sheet waits
"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add what is done, and to what."""
        parser.add_argument("verb", choices=("issue", "kit", "returned", "list"))
        parser.add_argument("--site", metavar="FINESS", help="FINESS number or agency code")
        parser.add_argument("--count", type=int, metavar="N", help="how many sheets")
        parser.add_argument("--holder", metavar="TEXT", help="institution or function on call")
        parser.add_argument("--valid-until", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--block", metavar="NAME", help="as `issue` and `list` name it")
        parser.add_argument("--last", type=int, metavar="N", help="rank of the last sheet used")
        parser.add_argument("--out", type=Path, metavar="FILE", help="where the PDF goes")

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Do one of the four."""
        match options["verb"]:
            case "issue":
                return _issued(options), DONE
            case "kit":
                return _printed(options["block"], options["out"]), DONE
            case "returned":
                return _returned(options["block"], options["last"]), DONE
            case _:
                return _listed()


def _issued(options: dict[str, Any]) -> dict[str, Any]:
    if not (options["site"] and options["count"] and options["holder"]):
        raise CommandError("issue needs --site, --count and --holder")
    command = IssueBlock(
        site=options["site"].strip().upper(),
        count=options["count"],
        holder=options["holder"],
        valid_until=options["valid_until"] or timezone.localdate() + LIFE,
        at=timezone.now(),  # noqa: TID251  a command is an edge of the house
    )
    try:
        made = sheets.issue_as(
            Actor(id="operator", role="operator"),
            command,
            str(uuid.uuid4()),  # noqa: TID251  and so is its identifier
        )
    except Refused as refused:
        raise CommandError(" ".join(one.detail for one in refused.problems)) from refused
    return _told(made)


def _printed(name: str | None, out: Path | None) -> dict[str, Any]:
    if not name or out is None:
        raise CommandError("kit needs --block and --out")
    block = _block(name)
    out.write_bytes(sheet_kit.printed(block))
    return {**_told(block), "file": str(out)}


def _returned(name: str | None, last: int | None) -> dict[str, Any]:
    if not name or last is None:
        raise CommandError("returned needs --block and --last (0: none was used)")
    block = _block(name)
    actor = Actor(id="operator", role="operator")
    command = ReturnBlock(
        first=block.first,
        last_used=last or None,
        by=actor.id,
        at=timezone.now(),  # noqa: TID251  a command is an edge of the house
    )
    try:
        told = sheets.return_as(
            actor,
            block.site,
            command,
            str(uuid.uuid4()),  # noqa: TID251  and so is its identifier
        )
    except Refused as refused:
        raise CommandError(" ".join(one.detail for one in refused.problems)) from refused
    return {**_told(told), "last_used": told.last_used, "returned_at": told.returned_at}


def _block(name: str) -> Block:
    """Return the block that an operator names, from the log itself."""
    site = name.rsplit("-", 2)[0]
    found = next((one for one in sheets.blocks_of(site).blocks if one.name == name), None)
    if found is None:
        raise CommandError(f"no block {name[:40]!r}: manage.py sheets list")
    return found


def _listed() -> tuple[dict[str, Any], int]:
    waiting = [
        {
            "number": row.number,
            "state": row.state,
            "kind": row.kind,
            "received_at": row.received_at,
            "questions": row.questions.split(),
        }
        for row in sheet_queries.waiting()
    ]
    incident = current_incident()
    since = incident.opened_at if incident else None
    blocks = [_counted(shown) for shown in sheet_queries.every_block(since)]
    left = bool(waiting) or any(one["lacking"] or one["out"] for one in blocks)
    return {"blocks": blocks, "waiting": waiting}, PARTIAL if left else DONE


def _told(block: Block) -> dict[str, Any]:
    return {
        "block": block.name,
        "first": str(block.numbers[0]),
        "last": str(block.numbers[-1]),
        "holder": block.holder,
        "valid_until": block.valid_until,
    }


def _counted(shown: BlockShown) -> dict[str, Any]:
    return {
        **_told(shown.block),
        "used": shown.used,
        "unused": shown.unused,
        "out": shown.out,
        "lacking": [str(number) for number in shown.lacking],
    }
