"""A letter as PDF/A-2b, typeset by typst: the same letter gives the same bytes."""

import io
import json
import re
import unicodedata
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import segno
import typst

from compassionate.domain.acts import is_sha256
from compassionate.domain.letter import Letter
from compassionate.domain.letter_texts import day
from events.days import day_of

TEMPLATE = Path(__file__).parent / "letters.typ"
STANDARD: Final = "a-2b"
"""Level b: what is seen is kept; level a wants tags that nobody has checked here."""

SHOWN = (
    (0x20, 0x7E),
    (0xA0, 0xAC),
    (0xAE, 0x24F),
    (0x386, 0x386),
    (0x388, 0x38A),
    (0x38C, 0x38C),
    (0x38E, 0x3A1),
    (0x3A3, 0x3CE),
    (0x400, 0x45F),
    (0x1E00, 0x1EFF),
    (0x2010, 0x2027),
    (0x202F, 0x2040),
    (0x2070, 0x2071),
    (0x2074, 0x208E),
    (0x20A0, 0x20BF),
    (0x2190, 0x22FF),
)
"""What the fonts of the typesetter show, both ends included: Latin, Greek, Cyrillic, signs."""
LONG = re.compile(r"\S{20}(?=\S)")
"""A run without a gap may be broken after so many characters, by a space of no width."""
FURTHER = frozenset("\n™№℮Ω")


def as_pdf(letter: Letter) -> bytes:
    """Return the PDF; its date of creation is that of the letter, no clock is read.

    The words of people reach the typesetter as data and never as its markup.
    """
    pdf = typst.compile(
        TEMPLATE.read_bytes(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"letter": json.dumps(_data(letter), ensure_ascii=False)},
        pdf_standards=STANDARD,
        timestamp=int(letter.dated_at.timestamp()),
    )
    assert isinstance(pdf, bytes)  # noqa: S101  one document gives one file
    return pdf


def _data(letter: Letter) -> Any:
    """Return what the template reads, every text as the font can show it."""
    said = {
        **asdict(letter),
        "kind": letter.kind.value,
        "dated_at": letter.dated_at.isoformat(),
        "dated": f"Le {day(day_of(letter.dated_at))}",
    }
    drawn = _drawn(letter.address) if letter.code and letter.address else None
    # An address is copied from the page: nothing may come into it.
    address = printable(letter.address) if letter.address else None
    return {**all_printable(said), "drawn": drawn, "address": address}


def _drawn(address: str) -> str:
    out = io.BytesIO()
    made = segno.make(address, error="m", micro=False)
    made.save(out, kind="svg", xmldecl=False, border=2, nl=False)
    return out.getvalue().decode()


def all_printable(value: Any) -> Any:
    """Return texts, mappings and lists of them as `printable` gives each, long runs breakable.

    But for a digest, which is copied from the page: nothing may come into it.
    """
    if isinstance(value, str) and is_sha256(value):
        return value
    if isinstance(value, str):
        return LONG.sub("\\g<0>\u200b", printable(value))
    if isinstance(value, dict):
        return {key: all_printable(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [all_printable(one) for one in value]
    return value


def printable(text: str) -> str:
    """Return a text with every character that the font lacks, or that turns the line, named.

    A missing glyph is an error in PDF/A; a direction mark could turn a dose around. Neither is
    dropped: `‹U+202E›` stands in its place.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    shown = "".join(_shown(character) for character in text.expandtabs(4))
    return _typographic(shown)


def _shown(character: str) -> str:
    point = ord(character)
    if character in FURTHER or any(first <= point <= last for first, last in SHOWN):
        return character
    return f"‹U+{point:04X}›"


def _typographic(text: str) -> str:
    """Set French spaces and apostrophes; no word changes."""
    text = re.sub(r"(?<=\w)'(?=\w)", "’", text)
    text = re.sub(r" (?=[:;!?»%])", "\u00a0", text)
    text = re.sub(r"(?<=«) ", "\u00a0", text)
    text = re.sub(r"\b(CSP|CRPA|CJA), (?=art\.)", "\\1,\u00a0", text)
    return re.sub(r"\b(art\.|[LRD]\.) (?=[LRD\d])", "\\1\u00a0", text)
