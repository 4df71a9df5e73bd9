"""Whether the house is up: for a load balancer, for people on call, for their graphs.

Nothing here says anything about anybody: names of services and numbers only.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from events import registry, seal, vault
from events.errors import UnreadableEvent
from events.keys import keyring

LATE_SECONDS = 10
UP, LATE, DOWN = "up", "late", "down"
EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"

WRITABLE = "SELECT current_setting('transaction_read_only') = 'off' AND NOT pg_is_in_recovery()"
FIRST_KEY = """
    SELECT subject, wrapped FROM events_subject_key WHERE wrapped IS NOT NULL
    ORDER BY subject LIMIT 1
"""
LAGS = """
    SELECT checkpoint.projection, checkpoint.position, lag.events, coalesce(lag.seconds, 0),
        (SELECT count(*) FROM read.events_parked AS parked
            WHERE parked.projection = checkpoint.projection)
    FROM read.events_checkpoint AS checkpoint, events_lag(checkpoint.position) AS lag
    ORDER BY checkpoint.projection
"""
OUTBOX = """
    SELECT state, count(*), coalesce(extract(epoch FROM clock_timestamp()
        - min(next_try_at) FILTER (WHERE state = 'waiting')), 0)::float,
        state = 'waiting' AND bool_or(starts_with(error, 'server away'))
    FROM read.events_outbox WHERE state NOT IN ('sent', 'dropped') GROUP BY state ORDER BY state
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far a projection is behind the log."""

    projection: str
    position: int
    events: int
    seconds: float
    parked: int


@require_safe
def live(_: HttpRequest) -> JsonResponse:
    """Answer as long as the web process does; asks nothing of anybody."""
    return JsonResponse({"status": "live"})


@require_safe
def ready(_: HttpRequest) -> JsonResponse:
    """Answer 200 while a declaration would be taken, 503 otherwise; `degraded` names what is late."""
    services = {"database": _database(), "keys": _keys()}
    if DOWN in services.values():
        return JsonResponse({"status": "down", "services": services}, status=503)
    services |= {"projections": _projections(), "mail": _mail(), "log": _log()}
    degraded = any(state != UP for state in services.values())
    return JsonResponse({"status": "degraded" if degraded else "ready", "services": services})


@require_safe
def metrics(_: HttpRequest) -> HttpResponse:
    """Return the numbers in the text format that Prometheus reads; only `up` without a database."""
    try:
        lines = ["vigilance_up 1", *_numbers()]
    except (Error, psycopg.Error):
        lines = ["vigilance_up 0"]
    return HttpResponse("\n".join(lines) + "\n", content_type=EXPOSITION)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute(WRITABLE)
            row = cursor.fetchone()
    except (Error, psycopg.Error):
        connection.close()
        return DOWN
    return UP if row == (True,) else DOWN


def _keys() -> str:
    """Say `down` without the keys, and with keys that are not those of this log."""
    try:
        keyring()
        vault.unwrap(*_some_key())
    except (ImproperlyConfigured, OSError, ValueError, UnreadableEvent):
        return DOWN
    except (Error, psycopg.Error, LookupError):
        return UP
    return UP


def _some_key() -> tuple[str, bytes]:
    """Return the first person's wrapped key. Raises LookupError while there is none."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST_KEY)
        row = cursor.fetchone()
    if row is None:
        raise LookupError
    return row[0], bytes(row[1])


def _projections() -> str:
    found = {lag.projection: lag for lag in _lags()}
    names = {projection.name for projection in registry.projections()}
    if not names <= set(found):
        return LATE
    return LATE if any(found[name].seconds > LATE_SECONDS for name in names) else UP


def _log() -> str:
    """Say `late` when a signed checkpoint contradicts the log: it was restored or changed."""
    return LATE if seal.diverged() else UP


def _mail() -> str:
    """Say `late` while the mail server is away, or a message has been due for a minute."""
    late = (away or waited > LATE_SECONDS * 6 for _, _, waited, away in _outbox())
    return LATE if any(late) else UP


def _lags() -> list[Lag]:
    with connection.cursor() as cursor:
        cursor.execute(LAGS)
        return [
            Lag(projection=name, position=position, events=events, seconds=seconds, parked=parked)
            for name, position, events, seconds, parked in cursor.fetchall()
        ]


def _outbox() -> list[tuple[str, int, float, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(OUTBOX)
        return list(cursor.fetchall())


def _numbers() -> Iterator[str]:
    for lag in _lags():
        label = f'{{projection="{lag.projection}"}}'
        yield f"vigilance_projection_position{label} {lag.position}"
        yield f"vigilance_projection_lag_events{label} {lag.events}"
        yield f"vigilance_projection_lag_seconds{label} {lag.seconds:.3f}"
        yield f"vigilance_projection_parked{label} {lag.parked}"
    for state, count, *_ in _outbox():
        yield f'vigilance_outbox{{state="{state}"}} {count}'
