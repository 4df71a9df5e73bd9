"""The report as PDF, typeset by typst: the same report gives the same bytes."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import typst
from django.utils import translation

from continuity.retex_document import document

TEMPLATE = Path(__file__).parent / "retex.typ"


def as_pdf(report: Mapping[str, Any]) -> bytes:
    """Return the PDF; its date of creation is the end of the outage, no clock is read.

    The words of people reach the typesetter as data and never as its markup.
    """
    with translation.override("fr"):
        made = json.dumps(msgspec.to_builtins(document(report)), ensure_ascii=False)
    dated = datetime.fromisoformat(report["identity"]["until"])
    pdf = typst.compile(
        TEMPLATE.read_bytes(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"report": made},
        timestamp=int(dated.timestamp()),
    )
    assert isinstance(pdf, bytes)  # noqa: S101  one document gives one file
    return pdf
