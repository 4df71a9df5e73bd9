"""What the agency may read of a case: no direct identifier of patient or notifier.

Their identity never leaves the structure that received the declaration (Bonnes pratiques de
pharmacovigilance, decision of 1 June 2022).
"""

from dataclasses import is_dataclass, replace
from typing import Any, TypeVar

from pharmacovigilance.domain.described import described

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
    """
    changes: dict[str, Any] = {}
    for name, about in described(type(node)).items():
        value = getattr(node, name)
        if value is None:
            continue
        if about.subject == "reporter" or name in DIRECT:
            changes[name] = None
        elif name == "birth_date":
            changes[name] = value[:YEAR]
        elif is_dataclass(value):
            changes[name] = pseudonymised(value)
    return replace(node, **changes) if changes else node  # type: ignore[type-var]
