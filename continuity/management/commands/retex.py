"""manage.py retex: the report of an incident, from the log alone."""

import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from continuity import retex
from continuity.domain.incident_events import Form
from continuity.recording import record_journal
from continuity.retex_html import as_html
from continuity.retex_pdf import as_pdf
from events.errors import Refused
from events.management.operator import DONE, OperatorCommand


class Command(OperatorCommand):
    """Make the report of an incident and write it to a file.

    This node's journal is brought into the log first. The same events give the same bytes; a report
    whose data changed gets a new version, remembered in the log. The public form is made of a closed
    incident, once: it is kept in the log, and asked for again it is the same.
    """

    help = __doc__ or ""
    examples = """\
  manage.py retex INC-20260617-180000 --format pdf --out retex.pdf
  manage.py retex INC-20260617-180000 --format json --out retex.json
  manage.py retex INC-20260617-180000 --format html --public --out retex.html"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add which incident, in which form, and where to."""
        parser.add_argument("incident", help="its number: INC-…")
        parser.add_argument("--format", choices=("html", "pdf", "json"), default="html")
        parser.add_argument("--out", type=Path, required=True, help="the file to write")
        parser.add_argument(
            "--public", action="store_true", help="no numbers of declarations, small cells masked"
        )

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Write the report; return its version and hash."""
        record_journal()
        retex.catch_up()
        form = Form.PUBLIC if options["public"] else Form.INTERNAL
        try:
            made = retex.report(options["incident"], form)
        except Refused as refusal:
            raise CommandError(" ".join(one.detail for one in refusal.problems)) from refusal
        written = _written(made, options["format"])
        is_new = retex.keep(made, by=getpass.getuser())
        options["out"].write_bytes(written)
        told = {name: made[name] for name in ("incident", "form", "version", "data_sha256")}
        return told | {"new": is_new, "out": str(options["out"]), "bytes": len(written)}, DONE


def _written(made: dict[str, Any], wanted: str) -> bytes:
    match wanted:
        case "pdf":
            return as_pdf(made)
        case "json":
            return retex.as_bytes(made)
        case _:
            return as_html(made).encode()
