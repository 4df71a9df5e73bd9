"""The queue of messages that leave the house: who may send one now, when it is tried again.

A message belongs to the epoch in which it was planned, or in which a person let it go; only those
of the newest are sent. A message is claimed for a lease of some seconds. Every change names the lease: a process that has
been too slow finds its message taken over and changes nothing.

A mail server that is away costs no message a try, however long it is away. What is held against one
message (its address is refused, it cannot be written) counts, and stops no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from events import store

# How long one process may take to write a message and to open the server, then to send it.
LEASE_SECONDS, SENDING_SECONDS = 60, 300
# A message refused for the time being is tried for five days: again after half a minute, a minute,
# two …, then every hour.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 30, 3600
MAX_ATTEMPTS = 126
# While the server is away it is asked with one message only, after a tenth of the time for which
# that message has been waiting.
SHORTEST_ABSENCE_SECONDS, LONGEST_ABSENCE_SECONDS = 5, 300
AWAY, TAKEN_OVER = "server away", "taken over"

CLAIM = """
    UPDATE read.events_outbox SET attempts = attempts + 1,
        next_try_at = clock_timestamp() + make_interval(secs => %(lease)s)
    WHERE id = (SELECT id FROM read.events_outbox WHERE state = 'waiting'
        AND next_try_at <= clock_timestamp()
        AND epoch = (SELECT max(epoch) FROM events_epoch)
        AND NOT EXISTS (SELECT FROM read.events_outbox AS asked WHERE asked.state = 'waiting'
            AND starts_with(asked.error, %(away)s) AND asked.next_try_at > clock_timestamp())
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, command_id, command_index, recipient, template, stream, attempts, next_try_at
"""
SENDING = """
    UPDATE read.events_outbox SET state = 'in_doubt',
        next_try_at = clock_timestamp() + make_interval(secs => %s)
    WHERE id = %s AND state = 'waiting' AND next_try_at = %s RETURNING next_try_at
"""
END = """
    UPDATE read.events_outbox SET state = %(state)s, error = %(error)s,
        sent_at = CASE WHEN %(state)s = 'sent' THEN clock_timestamp() END,
        next_try_at = clock_timestamp() + make_interval(secs => %(pause)s)
    WHERE id = %(id)s AND next_try_at = %(lease)s
"""
POSTPONE = """
    UPDATE read.events_outbox SET state = 'waiting', attempts = attempts - 1, error = %(error)s,
        next_try_at = clock_timestamp() + make_interval(secs => greatest(%(shortest)s, least(
            %(longest)s, extract(epoch FROM clock_timestamp() - (
                SELECT event.recorded_at FROM events_position AS numbered
                JOIN events_event AS event ON event.id = numbered.event_id
                WHERE numbered.position = events_outbox.position))::float / 10)))
    WHERE id = %(id)s AND next_try_at = %(lease)s
"""
# A message in doubt is nobody's to settle while it may still be on its way.
UNSETTLED = """
    (state IN ('held', 'failed') OR state = 'in_doubt' AND next_try_at <= clock_timestamp())
"""
SETTLE = f"""
    UPDATE read.events_outbox SET state = %s, attempts = 0, next_try_at = clock_timestamp(),
        error = 'settled by a person', epoch = (SELECT max(epoch) FROM events_epoch)
    WHERE id = ANY(%s) AND {UNSETTLED}
"""  # noqa: S608
# What a former epoch left may have been sent by a log that is no more.
HOLD = """
    UPDATE read.events_outbox SET state = 'held', error = 'planned in a former epoch'
    WHERE state = 'waiting' AND epoch < (SELECT max(epoch) FROM events_epoch)
"""
LIST = f"""
    SELECT id, state, template, stream, attempts, error FROM read.events_outbox
    WHERE {UNSETTLED} ORDER BY id LIMIT 1000
"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message that this process may send until `lease`."""

    id: int
    command_id: UUID
    command_index: int
    recipient: str
    template: str
    stream: str
    attempts: int
    lease: datetime


def claim() -> Claimed | None:
    """Take the first message that is due; None when there is none, or the server is away."""
    row = (
        store.session("projector")
        .execute(CLAIM, {"lease": LEASE_SECONDS, "away": AWAY})
        .fetchone()
    )
    return None if row is None else Claimed(**dict(zip(Claimed.__slots__, row, strict=True)))


def sending(claimed: Claimed) -> Claimed | None:
    """Mark a message as in doubt, from now on it may have gone; None when it was taken over."""
    row = (
        store.session("projector")
        .execute(SENDING, [SENDING_SECONDS, claimed.id, claimed.lease])
        .fetchone()
    )
    return None if row is None else replace(claimed, lease=row[0])


def end(claimed: Claimed, state: str, error: str = "") -> str:
    """Note how a message ended; return it, or TAKEN_OVER."""
    return _end(claimed, state, error, 0)


def refused(claimed: Claimed, error: str, *, for_good: bool) -> str:
    """Let a refused message wait, or leave it to a person; return which, or TAKEN_OVER."""
    last = for_good or claimed.attempts >= MAX_ATTEMPTS
    return _end(claimed, "failed" if last else "waiting", error, pause_after(claimed.attempts))


def pause_after(attempts: int) -> int:
    """Return the seconds before the next try of a message that was refused this many times."""
    return min(FIRST_PAUSE_SECONDS << min(attempts - 1, 16), LONGEST_PAUSE_SECONDS)


def _end(claimed: Claimed, state: str, error: str, pause: int) -> str:
    given = {
        "state": state,
        "error": error,
        "pause": pause,
        "id": claimed.id,
        "lease": claimed.lease,
    }
    done = store.session("projector").execute(END, given)
    return state if done.rowcount else TAKEN_OVER


def postpone(claimed: Claimed, why: str) -> str:
    """Put a message back that could not be sent because the server is away; return AWAY."""
    given = {
        "error": f"{AWAY}: {why}",
        "shortest": SHORTEST_ABSENCE_SECONDS,
        "longest": LONGEST_ABSENCE_SECONDS,
        "id": claimed.id,
        "lease": claimed.lease,
    }
    store.session("projector").execute(POSTPONE, given)
    return AWAY


def hold_older(connection: psycopg.Connection[Any]) -> int:
    """Leave what waits since a former epoch to a person; return how many messages there were."""
    return connection.execute(HOLD).rowcount


def settle(identifiers: Sequence[int], *, send: bool) -> int:
    """Let a person decide about messages held, failed or in doubt; return how many there were.

    `send` puts them back in the queue, otherwise they are given up.
    """
    state = "waiting" if send else "dropped"
    return store.session("projector").execute(SETTLE, [state, list(identifiers)]).rowcount


def unsettled() -> list[dict[str, Any]]:
    """Return the messages that wait for a person, the oldest first."""
    rows = store.session("projector").execute(LIST)
    names = ("id", "state", "template", "stream", "attempts", "error")
    return [dict(zip(names, row, strict=True)) for row in rows]
