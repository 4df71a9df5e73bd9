"""Why what was taken can't be recorded at all: impossible data, or nothing on the sheet.

Every reason is found at once; no sentence repeats a value. What is odd but possible is recorded.
"""

import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime, time
from typing import Any

from accounts.identifiers import is_department
from continuity.domain.sheet_commands import RecordSheet
from continuity.domain.sheet_content import DATES, SheetContent, values_said
from events.days import PARIS, day_of
from events.errors import Problem
from events.texts import is_readable

OLDEST_YEAR = 1850
LONGEST_REASON = 2_000

RANGES: dict[str, tuple[float, float, str]] = {
    "patient_age_value": (0, 1_200_000, "L'âge est un nombre positif."),
    "patient_weight_kg": (0.1, 650, "Le poids est compris entre 0,1 et 650 kilogrammes."),
    "call_minutes": (0, 1_440, "La durée de l'appel est comprise entre 0 et 1 440 minutes."),
    "valid_days": (0, 365, "La validité est comprise entre 0 et 365 jours."),
}
_LENGTHS = {item.name: item.metadata["length"] for item in fields(SheetContent)}
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def recording_problems(command: RecordSheet) -> list[Problem]:
    """Return every reason why a recording is refused, whatever the sheet's state."""
    said = values_said(command.content)
    found = list(_times(command))
    if not said:
        sentence = "Rien n'est saisi : écrivez au moins ce qui est lisible sur la fiche."
        found.append(Problem("", "nothing_said", sentence))
    today = day_of(command.told_at)
    for name, value in said.items():
        found.extend(_field(name, value, today))
    return found


def reason_problems(reason: str) -> list[Problem]:
    """Return why a reason does not do: none, too long, or unreadable."""
    if not reason.strip():
        return [Problem("/reason", "reason_needed", "Donnez le motif : il reste au dossier.")]
    return list(_text("/reason", reason, LONGEST_REASON))


def day_began(at: datetime) -> datetime:
    """Return the first instant of a day in Paris: what a sheet says whose hour nobody wrote."""
    return datetime.combine(day_of(at), time.min, PARIS)


def _times(command: RecordSheet) -> Iterator[Problem]:
    if command.occurred_at > command.told_at:
        sentence = "L'appel ou le papier est dans le futur : vérifiez la date et l'heure."
        yield Problem("/occurred_at", "occurred_in_future", sentence)
    if command.received_at > command.told_at:
        sentence = "La réception est dans le futur : vérifiez la date et l'heure."
        yield Problem("/received_at", "received_in_future", sentence)
    elif command.received_at < command.occurred_at:
        sentence = "La réception précède l'appel ou le papier : vérifiez les deux dates."
        yield Problem("/received_at", "received_before_it_occurred", sentence)


def _field(name: str, value: Any, today: date) -> Iterator[Problem]:
    pointer = f"/{name}"
    if name in RANGES:
        least, greatest, sentence = RANGES[name]
        if not least <= value <= greatest:
            yield Problem(pointer, "out_of_range", sentence)
    elif name in DATES:
        yield from _date(pointer, value, today)
    elif name == "department_code" and not is_department(value):
        sentence = "Ce code de département n'existe pas : 01 à 95, 2A, 2B, 971 à 988."
        yield Problem(pointer, "unknown_code", sentence)
    elif _LENGTHS[name] is not None:
        yield from _text(pointer, value, _LENGTHS[name])


def _date(pointer: str, value: str, today: date) -> Iterator[Problem]:
    """Refuse what is no date of the calendar, or lies wholly in the future."""
    read = _DATE.fullmatch(value)
    try:
        first = date(int(read[1]), int(read[2] or 1), int(read[3] or 1)) if read else None
    except ValueError:
        first = None
    if first is None or first.year < OLDEST_YEAR:
        sentence = "Cette date n'est pas au calendrier : écrivez 14/03/2026, 03/2026 ou 2026."
        yield Problem(pointer, "impossible_date", sentence)
    elif first > today:
        yield Problem(pointer, "date_in_future", "Cette date est dans le futur.")


def _text(pointer: str, value: str, length: int) -> Iterator[Problem]:
    if len(value) > length:
        sentence = f"Ce texte dépasse {length} caractères ({len(value)})."
        yield Problem(pointer, "too_long", sentence)
    if not is_readable(value):
        sentence = "Ce texte contient un caractère illisible : retapez-le."
        yield Problem(pointer, "unreadable_character", sentence)
