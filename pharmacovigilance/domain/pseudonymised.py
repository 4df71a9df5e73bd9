"""What the agency may read of a case: no direct identifier of patient or notifier.

Their identity never leaves the structure that received the declaration (Bonnes pratiques de
pharmacovigilance, decision of 1 June 2022).
"""

from dataclasses import is_dataclass, replace
from typing import Any, TypeVar

from events.described import described
from pharmacovigilance.domain.age import age_at_onset
from pharmacovigilance.domain.report import Report

N = TypeVar("N")

DIRECT = frozenset(
    {"name_letters", "first_name_initial", "postcode", "declarant", "institution"}
    | {"patient_pseudonym"}
)
YEAR = len("2021")


def pseudonymised(node: N) -> N:
    """Return a report or event without direct identifiers.

    All data of the reporter but profession and département, the patient's letters, and the day of
    birth (its year stays) are left out; the clinical texts stay, without which nobody could assess.
    Where the birth date alone tells the age at onset, the age takes its place: a newborn of six
    days is not one of a year.
    """
    changes: dict[str, Any] = {}
    known: Any = _aged(node) if isinstance(node, Report) else node
    for name, about in described(type(node)).items():
        value = getattr(known, name)
        if value is None:
            continue
        if about.subject == "reporter" or name in DIRECT:
            changes[name] = None
        elif name == "birth_date":
            changes[name] = value[:YEAR]
        elif is_dataclass(value):
            changes[name] = pseudonymised(value)
    shown: N = replace(known, **changes) if changes else known
    return shown


def _aged(report: Report) -> Report:
    """Return the report with the age at onset, where it was not told but is known."""
    patient, age = report.patient, age_at_onset(report)
    if age is None or patient.age_value is not None:
        return report
    told = replace(patient, age_value=float(age.value), age_unit=age.unit)
    return replace(report, patient=told)
