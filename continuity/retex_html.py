"""The report as one HTML page that needs nothing else; its body also for a page of the portal."""

from collections.abc import Mapping
from html import escape
from typing import Any

from django.utils import translation

from continuity.retex_blocks import Block, Table
from continuity.retex_document import Document, Section, document

STYLE = """
 body{font:1rem/1.5 system-ui,sans-serif;color:#161616;background:#fff;margin:0 auto;max-width:70rem;padding:1rem}
 h1{font-size:1.8rem;line-height:1.2} h2{font-size:1.3rem;margin-top:2.5rem} .small{color:#666;font-size:.875rem;overflow-wrap:anywhere}
 table{border-collapse:collapse;width:100%;margin:1rem 0;font-size:.9rem} caption{text-align:left;font-weight:700;padding:.25rem 0}
 th,td{border-bottom:1px solid #ddd;padding:.35rem .5rem;text-align:left;vertical-align:top} td{overflow-wrap:break-word}
 thead th{border-bottom:2px solid #161616} tbody th{font-weight:400;color:#555;width:40%}
 .wide{overflow-x:auto} @media print{body{max-width:none;font-size:.8rem}}
"""


def as_html(report: Mapping[str, Any]) -> str:
    """Return the whole page."""
    with translation.override("fr"):
        made = document(report)
    return (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(made.title)}</title><style>{STYLE}</style></head><body><main>"
        f"<h1>{escape(made.title)}</h1>{body(made)}</main></body></html>\n"
    )


def body(made: Document) -> str:
    """Return what stands under the title."""
    sections = "".join(map(_section, made.sections))
    return f'<p class="small">{escape(made.subtitle)}</p>{sections}'


def _section(section: Section) -> str:
    return f"<section><h2>{escape(section.title)}</h2>{''.join(map(_block, section.blocks))}</section>"


def _block(block: Block) -> str:
    if isinstance(block, str):
        return f"<p>{escape(block)}</p>"
    return f'<div class="wide">{_table(block)}</div>'


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.head)
    rows = "".join(_row(row, is_fact=not table.head) for row in table.rows)
    return (
        f"<table><caption>{escape(table.caption)}</caption>"
        f"{f'<thead><tr>{head}</tr></thead>' if head else ''}<tbody>{rows}</tbody></table>"
    )


def _row(row: tuple[str, ...], *, is_fact: bool) -> str:
    first, *rest = (escape(cell) for cell in row)
    opening = f'<th scope="row">{first}</th>' if is_fact else f"<td>{first}</td>"
    return f"<tr>{opening}{''.join(f'<td>{cell}</td>' for cell in rest)}</tr>"
