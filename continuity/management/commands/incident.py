"""`manage.py incident`: what people on call say, in the beacon's journal of this node."""

import getpass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from continuity.beacon import page
from continuity.beacon.clock import now
from continuity.beacon.journal import Journal
from continuity.beacon.page import PARIS
from continuity.beacon.watch import Entry, Incident, Kind, Picture, State, opened, picture
from events.management.operator import DONE, OperatorCommand

LONGEST_SILENCE = timedelta(hours=24)


class Command(OperatorCommand):
    """Open, comment or close an incident; works when every service is down."""

    help = "Open an incident, tell people about it, note something, or close it."
    examples = """\
  manage.py incident open "Maintenance des baies de disques" --next-update 15:00
  manage.py incident bulletin "Les disques sont remplacés." --next-update 17:30
  manage.py incident note "Fournisseur appelé, ticket 4411"
  manage.py incident close"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add what is done and with what words."""
        parser.add_argument("verb", choices=("open", "bulletin", "note", "close"))
        parser.add_argument("text", nargs="?", default="", help="title, bulletin (public) or note")
        parser.add_argument(
            "--next-update", help="when people are told more: HH:MM in Paris, or ISO 8601"
        )

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Write the entry; return the incident as the status page shows it."""
        journal = Journal(settings.DATA_DIR / "beacon")
        seen = picture(journal.entries())
        at = now()
        made = _entries(seen, options["verb"], options["text"].strip(), options["next_update"], at)
        journal.add(made)
        after = picture(Journal(settings.DATA_DIR / "beacon").entries())
        told = page.as_json(page.Told(after), at)["incidents"]
        return {"incident": told[0] if told else None}, DONE


def _entries(
    seen: Picture, verb: str, text: str, next_update: str | None, at: datetime
) -> list[Entry]:
    if verb == "open":
        if seen.current is not None:
            raise CommandError(f"{seen.current.number} is open already; add a bulletin to it")
        title = text or "Incident"
        begun = [opened(at, at, title)]
        return begun if next_update is None else [*begun, _bulletin(title, next_update, at)]
    incident = _last(seen)
    if verb == "close":
        return [_closed(seen, incident, at)]
    if not text:
        raise CommandError(f"{verb} needs a text")
    if verb == "note":
        return [Entry(kind=Kind.NOTE, at=at, data={"text": text, "by": getpass.getuser()})]
    if next_update is None:
        raise CommandError("a bulletin says when the next one comes: --next-update")
    return [_bulletin(text, next_update, at)]


def _last(seen: Picture) -> Incident:
    if not seen.incidents or seen.incidents[-1].closed_at is not None:
        raise CommandError("no incident is open")
    return seen.incidents[-1]


def _closed(seen: Picture, incident: Incident, at: datetime) -> Entry:
    down = [one.name for one in seen.services.values() if one.state is State.DOWN]
    if down:
        raise CommandError(f"still down: {', '.join(sorted(down))}")
    if incident.restored_at is None and incident.services:
        raise CommandError("the beacon has not seen everything answer for five minutes yet")
    return Entry(kind=Kind.CLOSED, at=at, data={"incident": incident.number})


def _bulletin(text: str, next_update: str, at: datetime) -> Entry:
    due = _instant(next_update, at)
    if not at < due <= at + LONGEST_SILENCE:
        raise CommandError("the next update comes within 24 hours from now")
    data = {"text": text, "next_update": due.isoformat(), "by": getpass.getuser()}
    return Entry(kind=Kind.BULLETIN, at=at, data=data)


def _instant(text: str, at: datetime) -> datetime:
    """Return the instant meant; an hour alone is the next time that Paris clocks show it."""
    here = at.astimezone(PARIS)
    try:
        if len(text) <= len("23:59"):
            hour = datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007  the day follows
            today = datetime.combine(here.date(), hour, PARIS)
            return today if today > here else today + timedelta(days=1)
        read = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--next-update: {text[:30]!r} is neither HH:MM nor ISO 8601") from None
    return read if read.tzinfo else read.replace(tzinfo=PARIS)
