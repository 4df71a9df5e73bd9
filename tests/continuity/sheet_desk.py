"""Blocks issued and sheets recorded in the log, for tests that need a database."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from continuity import sheets
from continuity.domain.sheet_block import Block
from continuity.domain.sheet_content import SheetContent
from continuity.domain.sheet_words import SheetChannel, SheetKind
from continuity.sheets import Filed, Taken
from tests.continuity.sheet_samples import SITE, TAKEN


def hours_ago(count: int) -> datetime:
    """Return an instant with whole minutes, as a form gives it."""
    return (timezone.now() - timedelta(hours=count)).replace(second=0, microsecond=0)


def issued(user: User, count: int = 10, site: str = SITE) -> Block:
    """Issue a block."""
    return sheets.issue_block(
        user,
        site=site,
        count=count,
        holder="PUI de l'hôpital",
        valid_until=timezone.localdate() + timedelta(days=200),
        idempotency_key=str(uuid4()),
    )


def taken(number: str, content: SheetContent = TAKEN, **more: Any) -> Taken:
    """Return what was taken by telephone a day ago."""
    at = hours_ago(24)
    known: dict[str, Any] = {
        "number": number,
        "kind": SheetKind.ADVERSE_EVENT,
        "channel": SheetChannel.PHONE,
        "content": content,
        "occurred_at": at,
        "received_at": at,
    }
    return Taken(**known | more)


def recorded(user: User, number: str, **more: Any) -> Filed:
    """Record a sheet."""
    return sheets.record(user, taken(number, **more), idempotency_key=str(uuid4()))


def with_content(**more: Any) -> SheetContent:
    """Return the sample's content with some of it changed."""
    return replace(TAKEN, **more)
