"""The référentiel for the time when nothing answers: a PDF/A made of this node's signed file, and of it alone.

It stands beside the numbered sheets of a site (the printed kit) and needs no database. The same file gives
the same bytes; version, date, digest and the key that signed the file stand on each page.
"""

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import typst
from django.conf import settings

from compassionate import criteria_kit_words as words
from compassionate.criteria_file import Dated, Protocol, Signed
from compassionate.domain.criteria import CriteriaSheet
from compassionate.domain.letter_texts import day, instant
from compassionate.domain.vocabulary import LABELS
from compassionate.letter_pdf import STANDARD, all_printable
from events.days import day_of

TEMPLATE = Path(__file__).parent / "criteria_kit.typ"
VERSION_SYMBOLS = 12


def version_of(file: Signed) -> str:
    """Return the version of what the file says, which changes with its sheets and not with its date."""
    said = msgspec.json.encode(file.kept.sheets)
    return sha256(said).hexdigest()[:VERSION_SYMBOLS]


@lru_cache(maxsize=1)
def printed(file: Signed) -> bytes:
    """Return the document of a signed file; its date of creation is that of the file."""
    pdf = typst.compile(
        TEMPLATE.read_bytes(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"kit": json.dumps(all_printable(_kit(file)), ensure_ascii=False)},
        pdf_standards=STANDARD,
        timestamp=int(file.kept.made_at.timestamp()),
    )
    assert isinstance(pdf, bytes)  # noqa: S101  one document gives one file
    return pdf


def _kit(file: Signed) -> dict[str, Any]:
    made_at, version = instant(file.kept.made_at), version_of(file)
    sheets = list(_sheets(file.kept.sheets))
    return {
        "title": words.TITLE,
        "gloss": words.TITLE_EN,
        "author": settings.AGENCY_NAME,
        "facts": [
            (words.VERSION, version),
            (words.MADE_AT, made_at),
            (words.SHEETS, str(len(sheets))),
            (words.DIGEST, file.digest),
            (words.KEY, file.key),
        ],
        "replaced": words.REPLACED,
        "footer": [
            f"{words.TITLE} – {words.VERSION} {version} – {words.MADE_AT} {made_at}",
            file.digest,
            f"{words.KEY} {file.key}",
        ],
        "phones_title": words.PHONES_TITLE,
        "phones": [
            (what, getattr(settings, name) or words.TO_COMPLETE) for name, what in words.PHONES
        ],
        "use_title": words.USE_TITLE,
        "use": words.USE,
        "english": words.ENGLISH,
        "index_title": words.INDEX_TITLE,
        "columns": (words.PRODUCT, words.INDICATION, words.STATUS, words.CRITERIA, words.PAGE),
        "sheets": sheets,
        "none": words.NO_SHEETS,
    }


def _sheets(versions: Sequence[Dated]) -> Iterator[dict[str, Any]]:
    """Yield each product in an indication, with what is in force and what is to come."""
    found: dict[tuple[str, str], list[Dated]] = {}
    for one in versions:
        found.setdefault((one.sheet.product, one.sheet.indication), []).append(one)
    ordered = sorted(found.values(), key=lambda of: (of[0].product_name, of[0].indication_text))
    for now, *coming in ordered:
        sheet = now.sheet
        yield {
            "product": now.product_name,
            "indication": now.indication_text,
            "status": LABELS[sheet.status],
            "version": str(sheet.version or "–"),
            "rows": [*_rows(sheet), *_protocol_rows(now.protocol)],
            "criteria": [_criteria(words.IN_FORCE, sheet), *(_to_come(one) for one in coming)],
        }


def _rows(sheet: CriteriaSheet) -> Iterator[tuple[str, str]]:
    yield words.STATUS, LABELS[sheet.status]
    yield words.CODES, f"{sheet.product}, {sheet.indication}"
    if sheet.in_force_from:
        yield words.SINCE, instant(sheet.in_force_from)
    if sheet.max_days:
        yield words.MOST_DAYS, words.DAYS.format(days=sheet.max_days)
    if sheet.ceases_on:
        yield words.CEASES, day(sheet.ceases_on)
    if sheet.very_early and sheet.undertaking_on:
        yield words.UNDERTAKEN, day(sheet.undertaking_on)
    elif sheet.very_early:
        yield words.VERY_EARLY, words.YES_LACKING


def _protocol_rows(protocol: Protocol | None) -> Iterator[tuple[str, str]]:
    if protocol is None:
        yield words.PROTOCOL, words.NO_PROTOCOL
        return
    published = day(day_of(protocol.published_at))
    yield (
        words.PROTOCOL,
        words.PROTOCOL_SAID.format(version=protocol.version, day=published),
    )
    yield words.PROTOCOL_DOCUMENT, protocol.document
    if protocol.every_days:
        yield words.FOLLOW_UP, ", ".join(map(str, protocol.every_days))
    yield words.DECLARE_TO, LABELS[protocol.declare_to]


def _to_come(one: Dated) -> dict[str, Any]:
    since = instant(one.since) if one.since else ""
    return _criteria(words.COMING.replace("{day}", since), one.sheet)


def _criteria(title: str, sheet: CriteriaSheet) -> dict[str, Any]:
    """Return the criteria of one version, each with the answers that a pen may tick."""
    if not sheet.version:
        return {"title": "", "none": words.NO_CRITERIA, "lines": []}
    lines = [
        {
            "code": one.code,
            "text": one.text,
            "note": "" if one.required else words.MUST_NOT,
            "ticks": [words.MET, words.NOT_MET, *[words.NOT_APPLICABLE] * one.may_not_apply],
        }
        for one in sheet.criteria
    ]
    return {"title": title.format(version=sheet.version), "none": "", "lines": lines}
