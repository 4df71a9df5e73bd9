"""Journals made up for tests: one outage, from the first failure to the closing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from continuity.beacon.journal import Journal
from continuity.beacon.watch import Entry, Kind, opened

START = datetime(2026, 6, 17, 18, 0, tzinfo=UTC)
"""The first failure."""

NUMBER = "INC-20260617-180000"


def at(**later: float) -> datetime:
    """Return an instant after the first failure."""
    return START + timedelta(**later)


def entry(kind: Kind, when: datetime, **data: Any) -> Entry:
    """Return a line of a journal."""
    return Entry(kind=kind, at=when, data=data)


def said(kind: Kind, when: datetime, **data: Any) -> Entry:
    """Return a line that a person wrote about the incident."""
    return entry(kind, when, incident=NUMBER, by="astreinte", **data)


def told(when: datetime, text: str, next_update: datetime) -> Entry:
    """Return a bulletin."""
    return said(Kind.BULLETIN, when, text=text, next_update=next_update.isoformat())


OUTAGE = (
    entry(Kind.STARTED, at(hours=-2), unobserved_since=at(hours=-3).isoformat()),
    entry(Kind.CAME_UP, at(hours=-2), service="portal"),
    entry(Kind.CAME_UP, at(hours=-2), service="database"),
    entry(Kind.WENT_DOWN, at(seconds=30), service="database", since=START.isoformat(), why="refused"),
    opened(at(seconds=30), START),
    told(at(minutes=10), "La base ne répond plus.", at(hours=2)),
    said(Kind.DEGRADED, at(minutes=20), text="Déclarations gardées et accusées."),
    told(at(hours=2, minutes=30), "Toujours en panne.", at(hours=4)),
    entry(Kind.WENT_DOWN, at(hours=3), service="worker", since=at(hours=3).isoformat(), why="late"),
    entry(Kind.CAME_UP, at(hours=5), service="database"),
    entry(Kind.CAME_UP, at(hours=5), service="worker"),
    entry(Kind.VERIFIED, at(hours=5, minutes=5), service="database"),
    entry(Kind.VERIFIED, at(hours=5, minutes=5), service="worker"),
    entry(Kind.RESTORED, at(hours=5, minutes=5), incident=NUMBER),
    said(Kind.NORMAL, at(hours=5, minutes=10), text=""),
    told(at(hours=5, minutes=20), "Tout fonctionne.", at(hours=20)),
    said(Kind.FINDING, at(hours=20), text="Alimentation", nature="technical"),
    said(Kind.ACTION, at(hours=21), action="A1", text="Doubler", owner="DSI", due="2026-09-30"),
    said(Kind.ACTION, at(hours=50), action="A1", proof="Essai du 12"),
    said(Kind.CLOSED, at(hours=60)),
)  # fmt: skip


def folder() -> Path:
    """Return where this node's beacon keeps its journal."""
    return Path(settings.DATA_DIR) / "beacon"


def journal(entries=OUTAGE) -> Path:
    """Write a journal; return its file."""
    Journal(folder()).add(entries)
    return folder() / "journal.jsonl"
