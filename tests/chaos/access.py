"""What hospital pharmacy software sends for compassionate access: whole requests, and doses given."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

DAYS_AGO = 2
"""Before every clock that a fault sets back: a dose of tomorrow is refused."""


def request(dice: random.Random, text: str) -> dict[str, Any]:
    """Return both parts of a request about a patient of its own; one in three cannot wait."""
    return {
        "kind": "initial",
        "prescription": _prescription(dice, text),
        "pharmacy": {
            "pharmacist_name": "Luc Bernard",
            "pharmacist_rpps": "10009999920",
            "phone": "0140000000",
            "analysis": text,
            "quantity": "60 comprimés de 50 mg",
        },
    }


def dose(dice: random.Random, text: str) -> dict[str, Any]:
    """Return a dose that nobody had asked for, given to a patient of its own."""
    at = datetime.now(UTC) - timedelta(days=DAYS_AGO)
    return {
        "dispensing": {"at": at.isoformat(), "quantity": "60 comprimés"},
        "prescription": _prescription(dice, text),
        "prescriber_attests": True,
        "pharmacist_attests": True,
    }


def _prescription(dice: random.Random, text: str) -> dict[str, Any]:
    waits = dice.random() < 0.67
    return {
        "prescriber_name": "Dr Claire Martin",
        "prescriber_function": "Praticien hospitalier",
        "prescriber_rpps": "10009999912",
        "prescriber_phone": "0140000001",
        "patient_initials": "DM",
        "patient_age": dice.randint(18, 90),
        "patient_age_unit": "year",
        "patient_sex": dice.choice(["male", "female"]),
        "patient_weight_kg": 61.5,
        "file_number": f"{dice.getrandbits(64):016x}",
        "product_name": "NIROGACESTAT",
        "form": "comprimé",
        "strength": "50 mg",
        "indication_text": "Tumeur desmoïde en progression",
        "dosage": "150 mg deux fois par jour",
        "duration_days": 180,
        "trial": "Aucun",
        "deferrable": waits,
        "urgency": "" if waits else text,
        "justification": {
            "no_trial": "Aucun essai ouvert en France.",
            "no_alternative": "Toutes les lignes reconnues ont échoué.",
            "presumed_benefit": text,
        },
        "undertakes_follow_up": True,
    }
