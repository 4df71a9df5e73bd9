"""`manage.py incident`: what people on call say, in the beacon's journal of this node."""

import getpass
import threading
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import Error, connections
from typing_extensions import override

from continuity.beacon import page
from continuity.beacon.clock import now
from continuity.beacon.journal import Journal
from continuity.beacon.page import PARIS
from continuity.beacon.watch import (
    VERIFIED,
    Entry,
    Incident,
    IncidentKind,
    Kind,
    Picture,
    State,
    opened,
    picture,
)
from continuity.domain.incident_events import LONGEST_TEXT, CauseNature
from continuity.queries import open_sheets
from events.management.operator import DONE, OperatorCommand
from events.texts import is_readable

LONGEST_SILENCE = timedelta(hours=24)
LOG_SECONDS = 5.0


class Command(OperatorCommand):
    """Open, comment or close an incident; works when every service is down.

    What is said goes to the beacon's journal first, and from there into the log when it is back.
    What is known of the services is what the beacon of this node sees.
    """

    help = "Open an incident, tell people about it, note causes and actions, or close it."
    examples = """\
  manage.py incident open "Maintenance des baies de disques" --next-update 15:00
  manage.py incident open "Accès indu" --kind confidentiality --next-update 15:00
  manage.py incident bulletin "Les disques sont remplacés." --next-update 17:30
  manage.py incident note "Fournisseur appelé, ticket 4411"
  manage.py incident degraded "Déclarations par téléphone"
  manage.py incident normal
  manage.py incident restored
  manage.py incident cause "Alimentation des baies" --nature technical
  manage.py incident action "Doubler l'alimentation" --name A1 --owner "Exploitation" --due 2026-09-30
  manage.py incident action --name A1 --proof "Essai de coupure du 12 septembre"
  manage.py incident close"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add what is done and with what words."""
        parser.add_argument("verb", choices=tuple(VERBS))
        parser.add_argument("text", nargs="?", default="", help="title, bulletin (public) or note")
        parser.add_argument(
            "--next-update", help="when people are told more: HH:MM in Paris, or ISO 8601"
        )
        parser.add_argument(
            "--incident",
            help="its number; without it the last one, where all that are not closed are of a kind",
        )
        parser.add_argument("--kind", choices=tuple(IncidentKind), help="what was lost (open)")
        parser.add_argument("--nature", choices=tuple(CauseNature), help="of a cause")
        parser.add_argument("--name", help="of an action within its incident: A1, A2…")
        parser.add_argument("--owner", help="who does an action")
        parser.add_argument("--due", help="by which day an action is done: YYYY-MM-DD")
        parser.add_argument("--proof", help="what shows that an action was done")

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Write the entry; return the incident as the status page shows it."""
        _readable(options)
        journal = Journal(settings.DATA_DIR / "beacon")
        seen = picture(journal.entries())
        options["looked"] = journal.last_seen()
        made = VERBS[options["verb"]](seen, options, now())
        journal.add(made)
        after = picture(Journal(settings.DATA_DIR / "beacon").entries())
        told = page.as_json(page.Told(after), now())["incidents"]
        number = made[0].data["incident"]
        return {"incident": next(one for one in told if one["incident"] == number)}, DONE


Options = Mapping[str, Any]
Verb = Callable[[Picture, Options, datetime], list[Entry]]


def _open(seen: Picture, options: Options, at: datetime) -> list[Entry]:
    kind = IncidentKind(options["kind"] or IncidentKind.AVAILABILITY)
    for one in seen.open:
        if one.kind is kind:
            raise CommandError(f"{one.number} is open already; add a bulletin to it")
    title = options["text"].strip() or "Incident"
    more = {"kind": options["kind"]} if options["kind"] else {}
    begun = opened(at, at, title, beside=seen.incidents, by=getpass.getuser(), **more)
    if options["next_update"] is None:
        return [begun]
    return [begun, _told(begun.data["incident"], title, options["next_update"], at)]


def _bulletin(seen: Picture, options: Options, at: datetime) -> list[Entry]:
    incident, text = _meant(seen, options), _text(options)
    if options["next_update"] is None:
        raise CommandError("a bulletin says when the next one comes: --next-update")
    return [_told(incident.number, text, options["next_update"], at)]


def _told(number: str, text: str, next_update: str, at: datetime) -> Entry:
    due = _instant(next_update, at)
    if not at < due <= at + LONGEST_SILENCE:
        raise CommandError("the next update comes within 24 hours from now")
    return _entry(Kind.BULLETIN, at, number, text=text, next_update=due.isoformat())


def _note(seen: Picture, options: Options, at: datetime) -> list[Entry]:
    return [_entry(Kind.NOTE, at, _meant(seen, options).number, text=_text(options))]


def _cause(seen: Picture, options: Options, at: datetime) -> list[Entry]:
    nature = options["nature"] or CauseNature.TECHNICAL.value
    number = _meant(seen, options, closed=True).number
    return [_entry(Kind.FINDING, at, number, text=_text(options), nature=nature)]


def _action(seen: Picture, options: Options, at: datetime) -> list[Entry]:
    """Return an action, new under the next free name, or more about one that has its name."""
    incident = _meant(seen, options, closed=True)
    name = (options["name"] or "").strip() or _free_name(incident)
    is_new = name not in incident.actions
    if is_new and not options["text"].strip():
        raise CommandError("a new action says what is to be done")
    if is_new and not (options["owner"] and options["due"]):
        raise CommandError("a new action has an owner and a day: --owner, --due")
    told = {"text": options["text"].strip(), "due": _day(options["due"])}
    told |= {part: options[part] for part in ("owner", "proof")}
    said = {part: value for part, value in told.items() if value}
    if not said:
        raise CommandError("say what is new of it: --proof, --owner, --due")
    return [_entry(Kind.ACTION, at, incident.number, action=name, **said)]


def _degraded(seen: Picture, options: Options, at: datetime) -> list[Entry]:
    kind = Kind.DEGRADED if options["verb"] == "degraded" else Kind.NORMAL
    incident = _meant(seen, options)
    if incident.degraded is (kind is Kind.DEGRADED):
        raise CommandError(f"{incident.number} is in that mode already")
    if kind is Kind.NORMAL:
        _refuse_unproven(seen, incident, options, at)
    return [_entry(kind, at, incident.number, text=options["text"].strip())]


def _restored(seen: Picture, options: Options, at: datetime) -> list[Entry]:
    """Return the end: only people can tell that data are whole, or secret, again."""
    incident = _meant(seen, options)
    if incident.restored_at is not None:
        raise CommandError(f"{incident.number} is over already")
    # What was lost besides the service no probe can see, and a leak is stopped during an outage too.
    if incident.is_outage:
        _refuse_unproven(seen, incident, options, at)
    return [_entry(Kind.RESTORED, at, incident.number)]


def _close(seen: Picture, options: Options, at: datetime) -> list[Entry]:
    # One that was named may be closed again: the log may have refused it the first time.
    incident = _meant(seen, options, closed=bool(options["incident"]))
    if incident.is_outage:
        _refuse_while_down(seen)
    if incident.restored_at is None and incident.services:
        raise CommandError("the beacon has not seen everything answer for five minutes yet")
    if sheets := _open_sheets(incident.number):
        raise CommandError(f"{sheets} degraded-mode sheets of {incident.number} are still open")
    return [_entry(Kind.CLOSED, at, incident.number)]


def _open_sheets(number: str) -> int:
    """Return how many sheets are open, 0 where the log does not say in time.

    The log is asked again when the entry reaches it, and refuses then what it would refuse now.
    """
    found: list[int] = []

    def ask() -> None:
        try:
            found.append(open_sheets(number))
        except (Error, OSError):
            return
        finally:
            connections.close_all()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(LOG_SECONDS)
    return sum(found)


VERBS: Mapping[str, Verb] = {
    "open": _open,
    "bulletin": _bulletin,
    "note": _note,
    "cause": _cause,
    "action": _action,
    "degraded": _degraded,
    "normal": _degraded,
    "restored": _restored,
    "close": _close,
}


def _meant(seen: Picture, options: Options, *, closed: bool = False) -> Incident:
    """Return the incident that is named, else the last one; one that is closed only if `closed`."""
    number = options["incident"]
    meant = _last(seen, closed=closed) if number is None else _named(seen, number)
    if meant is None or (meant.closed_at is not None and not closed):
        raise CommandError("no incident is open")
    return meant


def _named(seen: Picture, number: str) -> Incident:
    for one in seen.incidents:
        if one.number == number:
            return one
    raise CommandError(f"this node's journal knows no incident {number[:40]}")


def _last(seen: Picture, *, closed: bool) -> Incident | None:
    """Return the last incident that is not closed, or the last of all if `closed`.

    Raises CommandError where it might be of another kind: what is said of the wrong one is told to
    everybody, and no line is ever taken back.
    """
    last = seen.incidents[-1] if seen.incidents else None
    latest = {one.kind: one for one in seen.incidents}.values()
    meant = [one for one in latest if one.closed_at is None or (closed and one is last)]
    if len(meant) > 1:
        names = ", ".join(f"{one.number} ({one.kind})" for one in meant)
        raise CommandError(f"say with --incident which one is meant: {names}")
    return meant[0] if meant else None


def _refuse_while_down(seen: Picture) -> None:
    down = [one.name for one in seen.services.values() if one.state is State.DOWN]
    if down:
        raise CommandError(f"still down: {', '.join(sorted(down))}")


def _refuse_unproven(seen: Picture, incident: Incident, options: Options, at: datetime) -> None:
    """Refuse unless everything answers now, and what had failed has answered for long enough."""
    services = page.as_known(page.Told(seen, options["looked"]), at).seen.services
    wrong: dict[str, list[str]] = {}
    for name, one in sorted(services.items()):
        proven = one.verified or at - one.since >= VERIFIED
        if one.state is State.DOWN:
            wrong.setdefault("still down", []).append(name)
        elif one.state is State.NOT_OBSERVED:
            wrong.setdefault("not observed by the beacon of this node", []).append(name)
        elif name in incident.services and not proven:
            wrong.setdefault("has not answered for five minutes yet", []).append(name)
    if wrong:
        raise CommandError("; ".join(f"{why}: {', '.join(names)}" for why, names in wrong.items()))


def _free_name(incident: Incident) -> str:
    taken = set(incident.actions)
    return next(name for n in range(1, len(taken) + 2) if (name := f"A{n}") not in taken)


def _entry(kind: Kind, at: datetime, number: str, **data: str) -> Entry:
    return Entry(kind=kind, at=at, data={"incident": number, "by": getpass.getuser(), **data})


def _text(options: Options) -> str:
    text: str = options["text"].strip()
    if not text:
        raise CommandError(f"{options['verb']} needs a text")
    return text


def _readable(options: Options) -> None:
    """Refuse what no journal could hold or nobody would read."""
    for name in ("text", "owner", "proof", "name", "incident"):
        value = options.get(name) or ""
        if len(value) > LONGEST_TEXT:
            raise CommandError(f"{name}: more than {LONGEST_TEXT} characters")
        if not is_readable(value):
            raise CommandError(f"{name}: not readable as UTF-8")


def _day(text: str | None) -> str:
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise CommandError(f"--due: {text[:30]!r} is no day (YYYY-MM-DD)") from None


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
