"""The lists that the ministers publish of authorisations granted, ended, suspended, withdrawn (R5121-74-10).

Counted in SQL by product and indication over a period, each authorisation once in a cell; nothing in
them is of a person, and no cell under SMALLEST is shown. Periods that overlap would give a small cell
back by subtraction: who publishes chooses periods that do not.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection

from accounts import compassionate as may
from accounts.access import Someone
from compassionate.domain.authorisation_changes import Change
from events.days import day_of
from events.small_cells import Cell, masked, masked_total

FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet takes for the beginning of a formula."""
NAMES = ("product", "product_name", "indication", "indication_text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One product in an indication; every name is empty for what is on no criteria sheet."""

    product: str
    product_name: str
    indication: str
    indication_text: str
    cells: Mapping[Change, Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """All lines of a period, both days included, and the totals as they may be published."""

    since: date
    until: date
    counted_at: datetime
    lines: Sequence[Line]
    totals: Mapping[Change, Cell]


def lists(user: Someone, since: date, until: date, now: datetime) -> Lists:
    """Count the lists of a period. Raises PermissionDenied."""
    if not may.may_count_lists(user):
        raise PermissionDenied
    return counted(since, until, now)


def counted(since: date, until: date, now: datetime) -> Lists:
    """Count the lists of a period, as far as it has passed."""
    rows = _rows({"since": since, "until": min(until, day_of(now))})
    return Lists(
        since=since,
        until=until,
        counted_at=now,
        lines=[
            Line(
                **{name: row[name] for name in NAMES},
                cells={change: masked(row[change]) for change in Change},
            )
            for row in rows
        ],
        totals={change: masked_total([row[change] for row in rows]) for change in Change},
    )


def as_csv(told: Lists) -> bytes:
    """Return the lines as CSV (RFC 4180, UTF-8, with a header); no text in it begins a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("since", "until", *NAMES, *(change.value for change in Change)))
    for line in told.lines:
        names = [_no_formula(getattr(line, name)) for name in NAMES]
        cells = [line.cells[change] for change in Change]
        writer.writerow((told.since.isoformat(), told.until.isoformat(), *names, *cells))
    return out.getvalue().encode()


def as_json(told: Lists) -> bytes:
    """Return lines and totals as JSON: a count is a number, a masked one a text."""
    whole = {
        "source": "CSP R5121-74-10",
        "since": told.since.isoformat(),
        "until": told.until.isoformat(),
        "counted_at": told.counted_at.isoformat(),
        "lines": [
            {**{name: getattr(line, name) for name in NAMES}, **line.cells} for line in told.lines
        ],
        "totals": dict(told.totals),
    }
    return json.dumps(whole, ensure_ascii=False, indent=2).encode() + b"\n"


def _no_formula(text: str) -> str:
    """Return a text that a spreadsheet shows and does not compute."""
    return f"'{text}" if text.lstrip(" \u00a0")[:1] in FORMULA else text


def _rows(asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(LISTS, asked)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


_COUNTS = ", ".join(
    f"count(DISTINCT changes.stream) FILTER (WHERE change = '{change.value}') AS {change.value}"
    for change in Change
)
LISTS = f"""
SELECT coalesce(changes.product, '') AS product, coalesce(max(product_name), '') AS product_name,
       coalesce(changes.indication, '') AS indication,
       coalesce(max(indication_text), '') AS indication_text, {_COUNTS}
  FROM authorisation_changes AS changes
  LEFT JOIN criteria_sheets AS sheets
    ON sheets.product = changes.product AND sheets.indication = changes.indication
 WHERE changed_on BETWEEN %(since)s AND %(until)s
 GROUP BY changes.product, changes.indication
 ORDER BY 2, 1, 4, 3"""  # noqa: S608  own texts, values are given apart
