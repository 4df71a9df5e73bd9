"""What lies beside a request that is to be decided, for whoever assesses it. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.beside import may_be_same, renewal_problems, same_name
from compassionate.domain.vocabulary import ENDED
from compassionate.models import AccessRequestRow, CriteriaSheetRow
from compassionate.queries import INBOX, QUEUE, RequestShown
from compassionate.streams import request_stream, sheet_facts
from events.errors import Problem

MOST = 10
"""Of requests that may be the same patient's: more tell nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The version of the criteria that is in force since, sheets of that name, open requests alike.

    `refusals`: why what it is about cannot be renewed.
    """

    newer: int | None = None
    named: Sequence[CriteriaSheetRow] = ()
    alike: Sequence[AccessRequestRow] = ()
    refusals: Sequence[Problem] = ()


def beside(shown: RequestShown, now: datetime, previous: AuthorisationFacts | None) -> Beside:
    """Return what lies beside a request; nothing where it is decided or nobody may read it.

    `previous` is the authorisation that it is about.
    """
    facts, part = shown.facts, shown.prescription
    if part is None or facts.state in ENDED:
        return Beside()
    version = sheet_facts(part.product, part.indication).version_known_at(now)
    return Beside(
        newer=version if shown.sheet.version and version != shown.sheet.version else None,
        named=[] if part.product else _named(part.product_name),
        alike=_alike(shown),
        refusals=list(renewal_problems(facts.kind, previous)),
    )


def _named(name: str | None) -> list[CriteriaSheetRow]:
    """Return the sheets of a product that was written by its name, without its sheet."""
    rows = CriteriaSheetRow.objects.order_by("product", "indication")
    return [row for row in rows if same_name(row.product_name, name)]


def _alike(shown: RequestShown) -> list[AccessRequestRow]:
    """Return the open requests of the establishment for a product that may be of the same patient."""
    own = AccessRequestRow.objects.filter(stream=request_stream(shown.id)).first()
    if own is None:
        return []
    rows = AccessRequestRow.objects.filter(
        institution=own.institution, state__in=(*QUEUE, *INBOX)
    ).exclude(stream=own.stream)
    if own.sex:
        rows = rows.filter(sex=own.sex)
    found = [
        row
        for row in rows.order_by("begun_at", "stream")[:500]
        if may_be_same(row.age, own.age) and _same_product(row, own)
    ]
    return found[:MOST]


def _same_product(one: AccessRequestRow, other: AccessRequestRow) -> bool:
    if one.product and other.product:
        return one.product == other.product
    return same_name(one.product_name, other.product_name)
