"""What the benchmarks write: one small event, and whole declarations for the rebuild."""

import json
from datetime import UTC, datetime

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
METADATA = '{"actor":{"id":"0192f0c1-7a55-7cc0-8d6e-2f2f3a4b5c6d","role":"doctor"}}'
# About 600 bytes with its envelope: what a short declaration weighs.
SMALL_PAYLOAD = json.dumps(
    {
        "channel": "api",
        "report": {
            "patient": {"sex": "female", "age_value": 64, "age_unit": "year"},
            "reactions": [{"term": "Œdème de Quincke", "outcome": "recovered"}],
            "drugs": [{"name": "AMOXICILLINE 1 g", "role": "suspect", "kind": "medicine"}],
            "seriousness": ["hospitalisation"],
            "narrative": "sealed1:" + "Zm9sZCBvZiBvbmUgc3RyZWFt" * 12,
        },
    },
    ensure_ascii=False,
    separators=(",", ":"),
)

# The body of POST /declarations, as a hospital's software would send it.
DECLARATION = json.dumps(
    {
        "patient": {
            "name_letters": "DUP",
            "first_name_initial": "J",
            "birth_date": "1961-05",
            "sex": "female",
            "weight_kg": 71.5,
        },
        "reporter": {
            "profession": "physician",
            "family_name": "Martin",
            "email": "c.martin@example.invalid",
            "postcode": "75013",
        },
        "drugs": [
            {
                "name": "AMOXICILLINE 1 g",
                "role": "suspect",
                "start": "2026-02",
                "dosage": "1 g × 3",
            },
            {"name": "PARACETAMOL 1 g", "role": "concomitant"},
        ],
        "reactions": [{"term": "Œdème de Quincke", "onset": "2026-02-20", "outcome": "recovered"}],
        "seriousness": ["hospitalisation"],
        "narrative": "Œdème du visage deux heures après la première prise ; recul à l'arrêt.",
    },
    ensure_ascii=False,
).encode()
