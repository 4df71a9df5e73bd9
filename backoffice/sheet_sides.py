"""A sheet and a declaration as texts of the same fields, to be laid side by side."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from django.utils import timezone
from django.utils.formats import date_format, localize

from continuity.domain.matching import Compared, compare
from continuity.domain.sheet_content import DATES, values_said
from continuity.domain.sheet_facts import Recording
from continuity.domain.sheet_words import LABELS
from continuity.sheet_queries import NAMES
from pharmacovigilance.domain.report import Report
from pharmacovigilance.domain.vocabulary import Coded
from pharmacovigilance.nearby import Nearby
from portal.answers import french_date
from portal.problems import in_readers_language

RECEIVED = "received_at"

OF_DECLARATIONS = (
    "caller_name", "caller_phone", "institution_name", "department_code",
    "patient_name_letters", "patient_first_name_initial", "patient_birth_date",
    "patient_weight_kg", "patient_age_value", "patient_age_unit", "patient_sex", "drug_name",
    "drug_batch_number", "drug_dosage", "drug_indication", "reaction_term", "reaction_onset",
    "seriousness", "narrative",
)  # fmt: skip
"""Fields that a declaration has too; what only a sheet asks is shown with the sheet."""


def in_words(name: str, value: object) -> str:
    """Return one answer of a sheet or of a declaration as it is read."""
    if isinstance(value, tuple):
        return ", ".join(in_words(name, one) for one in value)
    if isinstance(value, bool):
        return in_readers_language("Oui" if value else "Non")
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, float):
        value = localize(int(value) if value.is_integer() else value)
    if isinstance(value, StrEnum):
        return in_readers_language(value.label if isinstance(value, Coded) else LABELS[value])
    return french_date(str(value)) if name in DATES else str(value)


def sheet_texts(recording: Recording) -> dict[str, str]:
    """Return what a version of a sheet says in the fields that a declaration has too."""
    said = values_said(recording.content)
    found = {RECEIVED: in_words(RECEIVED, recording.received_at)}
    return found | {name: in_words(name, said[name]) for name in OF_DECLARATIONS if name in said}


def declared_texts(declared: Nearby) -> Mapping[str, tuple[str, ...]]:
    """Return what a declaration says, in the fields of a sheet."""
    report = declared.report
    single = {
        "patient_name_letters": report.patient.name_letters,
        "patient_first_name_initial": report.patient.first_name_initial,
        "patient_birth_date": report.patient.birth_date,
        "patient_weight_kg": report.patient.weight_kg,
        "patient_age_value": report.patient.age_value,
        "patient_age_unit": report.patient.age_unit,
        "patient_sex": report.patient.sex,
        "caller_name": _name(report),
        "caller_phone": report.reporter.phone,
        "institution_name": report.reporter.institution,
        "department_code": report.reporter.department_code,
        "seriousness": report.seriousness or None,
        "narrative": report.narrative,
        RECEIVED: declared.received_at,
    }
    many = {
        "drug_name": [drug.name for drug in report.drugs],
        "drug_batch_number": [drug.batch_number for drug in report.drugs],
        "drug_dosage": [drug.dosage for drug in report.drugs],
        "drug_indication": [drug.indication for drug in report.drugs],
        "reaction_term": [reaction.term for reaction in report.reactions],
        "reaction_onset": [reaction.onset for reaction in report.reactions],
    }
    known = {name: _said(name, [value]) for name, value in single.items()}
    return known | {name: _said(name, values) for name, values in many.items()}


def side_by_side(
    recording: Recording, declared: Nearby, *, names_shown: bool
) -> tuple[Compared, ...]:
    """Compare a version of a sheet with a declaration; names are left out where they may not be read."""
    return compare(
        sheet_texts(recording),
        declared_texts(declared),
        hidden_sheet=frozenset() if names_shown else NAMES,
        hidden_elsewhere=frozenset() if declared.identity_shown else NAMES,
    )


def _name(report: Report) -> str | None:
    parts = (report.reporter.given_name, report.reporter.family_name)
    return " ".join(part for part in parts if part) or None


def _said(name: str, values: Iterable[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(in_words(name, one) for one in values if one is not None))
