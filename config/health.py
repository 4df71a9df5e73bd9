"""Whether the house is up: for a load balancer, for people on call, for their graphs.

Nothing here says anything about anybody: names of services and numbers only.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from accounts.claim_keys import claim_keys
from events import clock, epochs, heads, registry, store, vault
from events.errors import LogAway, UnreadableEvent
from events.keys import ended, keyring
from events.line import line
from events.spool import spool

LATE_SECONDS = 10
UP, LATE, DOWN = "up", "late", "down"
# Whoever asks is told within a second, also while a database stands still.
SECONDS = 0.8
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
    """Answer 200 while a declaration would be taken, 503 otherwise; `degraded` names what is late.

    One disk that writes, and the keys, are enough to take it: the database is not needed.
    """
    services = {"intake": UP if spool().writes() else DOWN, "database": DOWN, "keys": _keys()}
    try:
        with line().borrowed(time.monotonic() + SECONDS):
            services |= _of_the_log()
    except LogAway:
        services["database"] = DOWN
    taken = services["intake"] == UP or services["database"] == UP
    if not taken or services["keys"] == DOWN:
        return JsonResponse({"status": "down", "services": services}, status=503)
    degraded = any(state != UP for state in services.values())
    return JsonResponse({"status": "degraded" if degraded else "ready", "services": services})


@require_safe
def heads_of_the_spool(_: HttpRequest) -> JsonResponse:
    """Return the last receipt of each segment of this node: every beacon keeps it each minute."""
    return JsonResponse(heads.told())


@require_safe
def metrics(_: HttpRequest) -> HttpResponse:
    """Return the numbers in the text format that Prometheus reads; only `up` without a database."""
    try:
        with line().borrowed(time.monotonic() + SECONDS):
            lines = ["vigilance_up 1", *_numbers()]
    except LogAway:
        lines = ["vigilance_up 0"]
    return HttpResponse("\n".join(lines) + "\n", content_type=EXPOSITION)


def _of_the_log() -> dict[str, str]:
    """Return the state of everything that is asked of the database."""
    (row,) = store.session().execute(WRITABLE).fetchall()
    return {
        "database": UP if row == (True,) else DOWN,
        "keys": _keys_of_this_log(),
        "projections": _projections(),
        "mail": _mail(),
        "log": _log(),
    }


def _keys() -> str:
    """Say `down` without the keys, `late` where the signing one has ended or that cannot be told."""
    try:
        keyring()
        claim_keys()
    except (ImproperlyConfigured, OSError, ValueError):
        return DOWN
    try:
        # Not `down`: what is received is kept all the same.
        return UP if ended(clock.now()) is None else LATE
    except (ImproperlyConfigured, OSError, ValueError):
        return LATE


def _keys_of_this_log() -> str:
    """Say `down` also with keys that are not those of this log."""
    row = store.session().execute(FIRST_KEY).fetchone()
    keys = _keys()
    if row is None or keys == DOWN:
        return keys
    try:
        vault.unwrap(row[0], bytes(row[1]))
    except UnreadableEvent:
        return DOWN
    return keys


def _projections() -> str:
    found = {lag.projection: lag for lag in _lags()}
    names = {projection.name for projection in registry.projections()}
    if not names <= set(found):
        return LATE
    return LATE if any(found[name].seconds > LATE_SECONDS for name in names) else UP


def _log() -> str:
    """Say `late` while the log is halted: it is not the one that is remembered outside."""
    return UP if epochs.halted("default") is None else LATE


def _mail() -> str:
    """Say `late` while the mail server is away, or a message has been due for a minute."""
    late = (away or waited > LATE_SECONDS * 6 for _, _, waited, away in _outbox())
    return LATE if any(late) else UP


def _lags() -> list[Lag]:
    rows = store.session().execute(LAGS)
    return [
        Lag(projection=name, position=position, events=events, seconds=seconds, parked=parked)
        for name, position, events, seconds, parked in rows
    ]


def _outbox() -> list[tuple[str, int, float, bool]]:
    return list(store.session().execute(OUTBOX).fetchall())


def _numbers() -> Iterator[str]:
    for lag in _lags():
        label = f'{{projection="{lag.projection}"}}'
        yield f"vigilance_projection_position{label} {lag.position}"
        yield f"vigilance_projection_lag_events{label} {lag.events}"
        yield f"vigilance_projection_lag_seconds{label} {lag.seconds:.3f}"
        yield f"vigilance_projection_parked{label} {lag.parked}"
    for state, count, *_ in _outbox():
        yield f'vigilance_outbox{{state="{state}"}} {count}'
