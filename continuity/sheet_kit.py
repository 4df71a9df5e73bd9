"""The printed kit of a block: instructions, phone numbers, one blank sheet per number (PDF, A4).

The same block, settings and software give the same bytes: no date of making, only the fonts that
come with the typesetter, embedded. The file is PDF/UA-1 (tagged, readable aloud).
"""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
import typst
from django.conf import settings

from continuity import sheet_kit_words as words
from continuity.domain.sheet_block import Block
from continuity.domain.sheet_content import AGREEMENT, DISPENSING, SECTIONS, label
from continuity.domain.sheet_words import (
    LABELS,
    OralAnswer,
    SheetAgeUnit,
    SheetChannel,
    SheetKind,
    SheetSeriousness,
    SheetSex,
)

TEMPLATE = Path(__file__).parent / "typst" / "sheet_kit.typ"
TICKS = frozenset({"called_back", "number_read_back", "both_attest"})
CHOICES = {
    "patient_sex": SheetSex,
    "patient_age_unit": SheetAgeUnit,
    "seriousness": SheetSeriousness,
    "answer": OralAnswer,
}
LINES = {
    "narrative": 4,
    "why_not_deferrable": 6,
    "trial_and_alternatives": 5,
    "conditions": 5,
    "drug_dosage": 1,
}
WIDE = frozenset(
    {*LINES, *TICKS, "drug_name", "drug_indication", "reaction_term", "seriousness", "answer"}
    | {"patient_sex", "patient_age_unit", "institution_name", "confirmation_channel"}
)


def printed(block: Block) -> bytes:
    """Return the kit of a block as PDF."""
    data = json.dumps(_kit(block), ensure_ascii=False, sort_keys=True)
    made: bytes = typst.compile(
        TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs={"data": data},
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
    )
    return made


def _kit(block: Block) -> dict[str, Any]:
    first, last = block.numbers[0], block.numbers[-1]
    back = {AGREEMENT, DISPENSING}
    sections = [(title, names) for title, names, _kinds in SECTIONS]
    return {
        "title": words.TITLE,
        "footer": f"{words.FOOTER} {block.name}",
        "facts": [
            (words.HOLDER, block.holder),
            (words.SITE, block.site),
            (words.NUMBERS, f"{first} – {last} ({len(block.numbers)})"),
            (words.VALID_UNTIL, block.valid_until.strftime("%d/%m/%Y")),
        ],
        "phones_title": words.PHONES_TITLE,
        "phones": list(_phones()),
        "emergency": words.EMERGENCY,
        "instructions": _parts(words.INSTRUCTIONS),
        "english": {"title": words.ENGLISH_TITLE, "parts": _parts(words.ENGLISH)},
        "sheet_title": words.SHEET_TITLE,
        "front": words.FRONT,
        "back": words.BACK,
        "qr_alt": words.QR_ALT,
        "front_sections": [
            _first_section(),
            *(_section(title, names) for title, names in sections if names not in back),
        ],
        "back_sections": [_section(title, names) for title, names in sections if names in back],
        "signatures": words.SIGNATURES,
        "reminder": words.REMINDER,
        "sheets": [{"number": str(number), "qr": _qr(str(number))} for number in block.numbers],
    }


def _phones() -> Iterator[tuple[str, str]]:
    for name, what in words.PHONES:
        yield what, getattr(settings, name) or words.TO_COMPLETE
    yield words.CENTRE, words.TO_COMPLETE


def _parts(parts: tuple[tuple[str, tuple[str, ...]], ...]) -> list[dict[str, Any]]:
    return [{"title": title, "steps": steps} for title, steps in parts]


def _first_section() -> dict[str, Any]:
    """Return what is asked of every sheet before its content: what, how, when."""
    fields = [
        _choice(words.WHAT, [LABELS[kind] for kind in SheetKind]),
        _choice(words.CHANNEL, [LABELS[channel] for channel in SheetChannel]),
        _line(words.OCCURRED_AT),
        _line(words.RECEIVED_AT),
    ]
    return {"title": words.FIRST_SECTION, "rows": _rows(fields)}


def _section(title: str, names: tuple[str, ...]) -> dict[str, Any]:
    return {"title": title, "rows": _rows([_field(name) for name in names])}


def _rows(fields: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return fields in lines as printed: a wide one alone, two narrow ones side by side."""
    rows: list[list[dict[str, Any]]] = []
    for field in fields:
        last = rows[-1] if rows else []
        if field["wide"] or len(last) != 1 or last[0]["wide"]:
            rows.append([field])
        else:
            last.append(field)
    return rows


def _field(name: str) -> dict[str, Any]:
    said = label(name)
    if name in CHOICES:
        return _choice(said, [LABELS[one] for one in CHOICES[name]])
    if name in TICKS:
        return {"kind": "tick", "label": said, "wide": True}
    if name in LINES:
        return {"kind": "long", "label": said, "wide": True, "lines": LINES[name]}
    return _line(said, wide=name in WIDE)


def _choice(said: str, choices: list[str]) -> dict[str, Any]:
    return {"kind": "choice", "label": said, "wide": True, "choices": choices}


def _line(said: str, *, wide: bool = False) -> dict[str, Any]:
    return {"kind": "line", "label": said, "wide": wide}


def _qr(number: str) -> str:
    """Return the QR code of a number as SVG; error correction Q bears a fold or a stain."""
    drawn = BytesIO()
    segno.make(number, error="q", micro=False).save(drawn, kind="svg", xmldecl=False, border=2)
    return drawn.getvalue().decode()
