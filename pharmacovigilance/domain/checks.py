"""Why a command cannot be recorded at all: impossible data, or nothing to work with.

Every reason is found at once. A pointer is a JSON pointer into the body of the API call, which is
the report (`POST /declarations`), the information (`…/follow-ups`), or `{"text"}` and `{"reason"}`.
No sentence repeats a value. Nothing here depends on the state of the declaration, so that a
command is checked before it is received for good; what is odd but possible is a flag (flags.py).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import assert_never

from accounts.identifiers import is_rpps
from events.described import Described, leaves
from events.errors import Problem
from pharmacovigilance.domain.commands import (
    AddFollowUp,
    AnswerInformation,
    AskInformation,
    DeclarationCommand,
    DeclareAdverseEvent,
    DisjoinReceipt,
    JoinReceipt,
    WithdrawDeclaration,
)
from pharmacovigilance.domain.dates import (
    PartialDate,
    certainly_before,
    day_in_paris,
    earliest,
    is_possible,
    latest,
)
from pharmacovigilance.domain.known import tidied
from pharmacovigilance.domain.places import COUNTRIES, DEPARTMENTS
from pharmacovigilance.domain.report import (
    DATE_FIELDS,
    Drug,
    Information,
    Patient,
    Reaction,
    Report,
)
from pharmacovigilance.domain.vocabulary import IN_UTERO, AgeGroup, AgeUnit

OLDEST = 130
"""Greatest age in years; the oldest person known reached 122."""

DAYS: Mapping[AgeUnit, float] = {
    AgeUnit.YEAR: 365.25,
    AgeUnit.MONTH: 30.4375,
    AgeUnit.WEEK: 7,
    AgeUnit.DAY: 1,
    AgeUnit.HOUR: 1 / 24,
}

RANGES: Mapping[str, tuple[float, float, str]] = {
    "age_value": (0, 1_200_000, "L'âge est un nombre positif."),
    "weight_kg": (0.1, 650, "Le poids est compris entre 0,1 et 650 kilogrammes."),
    "height_cm": (10, 280, "La taille est comprise entre 10 et 280 centimètres."),
    "dose_number": (1, 99, "Le rang de la dose est compris entre 1 et 99."),
    "trimesters": (1, 3, "Le trimestre est 1, 2 ou 3."),
    "index": (0, 9_999, "Le rang commence à 0."),
}

SHAPES: Mapping[str, tuple[Callable[[str], object], str, str]] = {
    "cis": (
        re.compile("[0-9]{8}", re.ASCII).fullmatch,
        "code_format",
        "Un code CIS a 8 chiffres.",
    ),
    "cip": (
        re.compile("[0-9]{7}(?:[0-9]{6})?", re.ASCII).fullmatch,
        "code_format",
        "Un code CIP a 7 ou 13 chiffres.",
    ),
    "email": (
        re.compile(r"[^@\s]+@[^@\s]+").fullmatch,
        "email_format",
        "Cette adresse électronique n'a pas la forme nom@domaine.",
    ),
    "rpps": (is_rpps, "code_format", "Un numéro RPPS a 11 chiffres, le dernier est une clé."),
    "department_code": (
        DEPARTMENTS.__contains__,
        "unknown_code",
        "Ce code de département n'existe pas : 01 à 95, 2A, 2B, 971 à 988.",
    ),
    "country": (
        COUNTRIES.__contains__,
        "unknown_code",
        "Ce code de pays n'existe pas : deux majuscules selon ISO 3166-1.",
    ),
}

Said = Report | Information


def refusals(command: DeclarationCommand) -> list[Problem]:
    """Return every reason why a command can't be recorded, whatever the declaration's state."""
    match command:
        case DeclareAdverseEvent():
            return problems(command.report, command.received_at)
        case AddFollowUp():
            return problems(command.information, command.received_at)
        case WithdrawDeclaration():
            return list(_text("/reason", command.reason, 2_000, "C.1.11.2"))
        case AskInformation():
            return list(_text("/text", command.text, 10_000, None))
        case AnswerInformation():
            return list(_text("/text", command.text, 20_000, "H.1"))
        case JoinReceipt() | DisjoinReceipt():
            return list(_reason(command)) if isinstance(command, DisjoinReceipt) else []
        case _:
            assert_never(command)


def problems(given: Said, received_at: datetime) -> list[Problem]:
    """Return every problem of a report or of a follow-up's information, received at that time."""
    said = tidied(given)
    today = day_in_paris(received_at)
    found: list[Problem] = []
    for pointer, about, value in leaves(said):
        if isinstance(value, str):
            found.extend(_string_problems(pointer, value, about.length, about.element))
            if about.name in DATE_FIELDS:
                found.extend(_date_problems(pointer, value, about.element, today))
            elif about.name in SHAPES:
                found.extend(_shape_problems(pointer, value, about))
        elif about.name in RANGES:
            found.extend(_range_problems(pointer, value, about))
    found.extend(_required(said))
    found.extend(_ages(said, today))
    found.extend(_order(said))
    return found


def _string_problems(
    pointer: str, value: str, length: int | None, element: str | None
) -> Sequence[Problem]:
    found = []
    if length is not None and len(value) > length:
        sentence = f"Ce texte dépasse {length} caractères ({len(value)})."
        found.append(Problem(pointer, "too_long", sentence, element))
    if "\0" in value or not (value.isascii() or _is_text(value)):
        sentence = "Ce texte contient un caractère illisible : retapez-le."
        found.append(Problem(pointer, "unreadable_character", sentence, element))
    return found


def _is_text(value: str) -> bool:
    """Say whether a string is made of characters: half a surrogate pair is none."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shape_problems(pointer: str, value: str, about: Described) -> Iterator[Problem]:
    accepts, code, sentence = SHAPES[about.name]
    if not accepts(value):
        yield Problem(pointer, code, sentence, about.element)


def _range_problems(pointer: str, value: float, about: Described) -> Iterator[Problem]:
    low, high, sentence = RANGES[about.name]
    if not low <= value <= high:
        yield Problem(pointer, "out_of_range", sentence, about.element)


def _date_problems(
    pointer: str, value: PartialDate, element: str | None, today: date
) -> Iterator[Problem]:
    if not is_possible(value):
        sentence = "Cette date n'existe pas : écrivez AAAA, AAAA-MM ou AAAA-MM-JJ."
        yield Problem(pointer, "date_format", sentence, element)
    elif earliest(value) > today:
        sentence = "Cette date est dans le futur : elle suit la réception de la déclaration."
        yield Problem(pointer, "date_in_future", sentence, element)


def _text(pointer: str, value: str, length: int, element: str | None) -> Iterator[Problem]:
    """Yield what is wrong with a text that must be given."""
    if not value.strip():
        yield Problem(pointer, "required", "Ce texte est nécessaire.", element)
    yield from _string_problems(pointer, value, length, element)


def _reason(command: DisjoinReceipt) -> Iterator[Problem]:
    if command.reason is not None:
        yield from _text("/reason", command.reason, 2_000, None)


def _required(said: Said) -> Iterator[Problem]:
    """Yield what is missing and without which nothing could be done."""
    rows: Sequence[tuple[str, str, str, Sequence[object]]] = (
        ("drugs", "name", "Indiquez le nom du médicament.", said.drugs),
        ("reactions", "term", "Décrivez l'effet indésirable.", said.reactions),
        ("blood_products", "name", "Indiquez le nom du produit.", said.blood_products),
    )
    elements = {"drugs": "G.k.2.2", "reactions": "E.i.1.1a", "blood_products": "G.k.2.2"}
    for group, name, sentence, items in rows:
        for place, item in enumerate(items):
            known = getattr(item, "index", None) is not None
            if not known and getattr(item, name) is None:
                yield Problem(f"/{group}/{place}/{name}", "required", sentence, elements[group])
    if _says_nothing(said):
        sentence = "Indiquez au moins un médicament, un effet ou un récit."
        yield Problem("", "nothing_reported", sentence)


def _says_nothing(said: Said) -> bool:
    """Say whether there is nothing to work with.

    A follow-up that only names what is known already, or opens a block and leaves it blank, would
    start a clock for nothing. An empty list of criteria or circumstances says: none of them.
    """
    if isinstance(said, Information):
        stated = (said.seriousness, said.circumstances) != (None, None)
        return not stated and all(about.name == "index" for _, about, _ in leaves(said))
    return not (said.drugs or said.reactions or said.narrative)


def _ages(said: Said, today: date) -> Iterator[Problem]:
    """Yield an age without its unit, a unit without its age, and ages that nobody reached."""
    patient = said.patient or Patient()
    value, unit = patient.age_value, patient.age_unit
    too_old = f"L'âge dépasse {OLDEST} ans."
    if value is not None and unit is None:
        yield Problem("/patient/age_unit", "required", "Précisez l'unité de l'âge.", "D.2.2b")
    elif value is None and unit is not None:
        yield Problem("/patient/age_value", "required", "Précisez l'âge.", "D.2.2a")
    elif value is not None and unit is not None and value * DAYS[unit] > OLDEST * 366:
        yield Problem("/patient/age_value", "age_out_of_range", too_old, "D.2.2a")
    birth = _possible(patient.birth_date)
    if birth is not None and today.year - latest(birth).year > OLDEST:
        yield Problem("/patient/birth_date", "age_out_of_range", too_old, "D.2.1")


def _order(said: Said) -> Iterator[Problem]:
    """Yield dates that cannot follow each other, whatever days a partial date may mean."""
    patient = said.patient or Patient()
    birth, death = _possible(patient.birth_date), _possible(said.death_date)
    if _before(death, birth):
        sentence = "Le décès précède la naissance."
        yield Problem("/death_date", "death_before_birth", sentence, "D.9.1")
    for place, reaction in enumerate(said.reactions):
        yield from _reaction_order(f"/reactions/{place}", reaction, patient, death)
    for place, drug in enumerate(said.drugs):
        yield from _drug_order(f"/drugs/{place}", drug, death)


def _reaction_order(
    here: str, reaction: Reaction, patient: Patient, death: PartialDate | None
) -> Iterator[Problem]:
    onset, end = _possible(reaction.onset), _possible(reaction.end)
    if _before(end, onset):
        sentence = "La fin de l'effet précède son début."
        yield Problem(f"{here}/end", "end_before_start", sentence, "E.i.5")
    if _before(onset, _possible(patient.birth_date)) and not _before_birth_possible(patient):
        sentence = "L'effet précède la naissance du patient."
        yield Problem(f"{here}/onset", "onset_before_birth", sentence, "E.i.4")
    if _before(death, onset):
        sentence = "L'effet débute après le décès."
        yield Problem(f"{here}/onset", "onset_after_death", sentence, "E.i.4")


def _drug_order(here: str, drug: Drug, death: PartialDate | None) -> Iterator[Problem]:
    start, end = _possible(drug.start), _possible(drug.end)
    if _before(end, start):
        sentence = "La fin du traitement précède son début."
        yield Problem(f"{here}/end", "end_before_start", sentence, "G.k.4.r.5")
    if _before(death, start):
        sentence = "Le traitement débute après le décès."
        yield Problem(f"{here}/start", "start_after_death", sentence, "G.k.4.r.4")


def _before_birth_possible(patient: Patient) -> bool:
    """Say whether a reaction may precede the birth: a foetus, or exposure before the birth."""
    if patient.age_group is AgeGroup.FOETUS:
        return True
    return patient.newborn is not None and not IN_UTERO.isdisjoint(patient.newborn.exposures)


def _possible(value: PartialDate | None) -> PartialDate | None:
    return value if value is not None and is_possible(value) else None


def _before(one: PartialDate | None, other: PartialDate | None) -> bool:
    return one is not None and other is not None and certainly_before(one, other)
