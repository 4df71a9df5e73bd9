"""The référentiel as a signed file on each node: what a request is checked by while the log is away.

`DATA_DIR/criteria.json` holds every criteria sheet with each version that is in force or to come, under
a signature of the node's key (Ed25519): a file that was touched is not believed. What is recorded later
is judged by the log's own sheets; this only tells a clinician at once what her form lacks.
"""

import json
import logging
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from django.conf import settings

from compassionate.domain.criteria import CriteriaSheet
from compassionate.domain.criteria_facts import SheetFacts, sheet_at
from compassionate.domain.vocabulary import DeclareTo
from compassionate.models import CriteriaSheetRow
from compassionate.streams import holder_facts, sheet_facts
from events import clock
from events.keys import has_ended, keyring, published_before
from events.receipts import public_key

log = logging.getLogger(__name__)

PREFIX = b"vigilance criteria 1\n"


class Protocol(msgspec.Struct, frozen=True, kw_only=True):
    """The PUT-SP that holds: its version, since when, its SHA-256, and what it asks for."""

    version: int
    published_at: datetime
    document: str
    every_days: tuple[int, ...]
    declare_to: DeclareTo


class Dated(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a sheet, and from when on it judges what is received."""

    since: datetime | None
    sheet: CriteriaSheet
    product_name: str
    indication_text: str
    protocol: Protocol | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says, as the log had it at an instant."""

    made_at: datetime
    sheets: tuple[Dated, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Signed:
    """The file as it was read and believed: what it says, the SHA-256 of that, the key that signed it."""

    kept: Kept
    digest: str
    key: str


def write(now: datetime) -> int:
    """Write the file anew from the log; return how many versions it holds."""
    found = [one for row in CriteriaSheetRow.objects.all() for one in _versions(row, now)]
    body = msgspec.json.encode(Kept(made_at=now, sheets=tuple(found)))
    signature = keyring().log.sign(PREFIX + body)
    whole = json.dumps({"signature": b64encode(signature).decode(), "body": body.decode()})
    path = _path()
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(whole)
    fresh.replace(path)
    return len(found)


def kept() -> Kept | None:
    """Return what the file says; None where there is none, or one that was touched."""
    found = signed()
    return found.kept if found else None


def signed() -> Signed | None:
    """Return the file with what proves it, the same object until it changes; None as `kept`."""
    path = _path()
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None


def sheet_of(product: str | None, indication: str | None, at: datetime) -> CriteriaSheet | None:
    """Return what a request received at an instant is checked by, None where nobody can say."""
    known = kept()
    if known is None:
        return None
    if not product or not indication:
        return CriteriaSheet(product=product or "", indication=indication or "")
    return _in_force(known.sheets, product, indication, at)


def _in_force(
    sheets: Sequence[Dated], product: str, indication: str, at: datetime
) -> CriteriaSheet | None:
    mine = [
        one
        for one in sheets
        if (one.sheet.product, one.sheet.indication) == (product, indication)
        and (one.since is None or one.since <= at)
    ]
    return mine[-1].sheet if mine else None


def _versions(row: CriteriaSheetRow, now: datetime) -> list[Dated]:
    """Return the version in force, or none before the first, and those to come."""
    facts = sheet_facts(row.product, row.indication)
    protocol = _protocol(facts)
    undertaken = holder_facts(row.product, row.indication).undertaken_on
    instants = [now, *(one.in_force_from for one in facts.to_come(now))]
    return [
        Dated(
            since=None if at == now else at,
            sheet=sheet_at(facts, at, undertaking_on=undertaken),
            product_name=row.product_name,
            indication_text=row.indication_text,
            protocol=protocol,
        )
        for at in instants
    ]


def _protocol(facts: SheetFacts) -> Protocol | None:
    if not facts.protocols:
        return None
    last = facts.protocols[-1]
    return Protocol(
        version=last.version,
        published_at=last.occurred_at,
        document=last.document,
        every_days=last.every_days,
        declare_to=last.declare_to,
    )


@lru_cache(maxsize=1)
def _read(path: Path, _changed: int) -> Signed | None:
    try:
        whole: Mapping[str, Any] = json.loads(path.read_text())
        body = str(whole["body"]).encode()
        signature = b64decode(whole["signature"])
        return Signed(
            kept=msgspec.json.decode(body, type=Kept),
            digest=sha256(body).hexdigest(),
            key=_signer(signature, PREFIX + body),
        )
    except (InvalidSignature, ValueError, LookupError, TypeError, OSError) as failure:
        log.error("the criteria file is not believed: %s", type(failure).__name__)  # noqa: TRY400
        return None


def _signer(signature: bytes, body: bytes) -> str:
    """Return the published key that signed: while keys are exchanged, services sign with either.

    Raises InvalidSignature where none did that is in its life.
    """
    for one in published_before():
        if has_ended(one, clock.now()):
            continue
        with suppress(InvalidSignature):
            public_key(one["public"]).verify(signature, body)
            return str(one["key"])
    raise InvalidSignature


def _path() -> Path:
    return Path(settings.DATA_DIR) / "criteria.json"
