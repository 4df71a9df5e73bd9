"""What leaves the house because of an event: planned once from the log, sent once, never replayed.

A reaction starts at the head of the log recorded when it is first switched on. Between SMTP's DATA
and its 250 nobody can know whether a message went: a message whose sending was cut off there is
marked `in_doubt` and left to a person, so that nothing is sent twice.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from events import store
from events.event import StoredEvent

log = logging.getLogger(__name__)

PAGE = 200
MAX_ATTEMPTS = 12
BACKOFF_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A message that an event asks for: to a user id, by the name of a template."""

    recipient: str
    template: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message ready to go."""

    address: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """Which events cause which messages (`plan`), and how a message is written (`compose`).

    `compose(recipient, template, stream)` gives None when there is nobody to write to; whatever it
    raises makes the message wait.
    """

    name: str
    types: frozenset[str]
    plan: Callable[[StoredEvent], Iterable[Intent]]
    compose: Callable[[str, str, str], Letter | None]


_reactions: dict[str, Reaction] = {}


def register(reaction: Reaction) -> None:
    """Switch a reaction on."""
    _reactions[reaction.name] = reaction


def reactions() -> Mapping[str, Reaction]:
    """Return the reactions that are switched on."""
    return dict(_reactions)


def plan_all() -> int:
    """Write into the outbox what new events ask for; return how many messages were planned."""
    store.sequence()
    return sum(_plan(reaction) for reaction in _reactions.values())


def switch_on(connection: Any) -> None:
    """Record the head of the log as the start of every reaction that has none yet.

    Called after each migration, so that what is declared before the first worker runs is answered.
    """
    for name in sorted(_reactions):
        connection.execute(
            "INSERT INTO read.events_reaction (name, epoch, position)"
            " SELECT %s, (SELECT max(epoch) FROM events_epoch),"
            " (SELECT coalesce(max(position), 0) FROM events_position) ON CONFLICT DO NOTHING",
            [name],
        )


def _plan(reaction: Reaction) -> int:
    connection = store.session("projector")
    switch_on(connection)
    planned = 0
    while (count := _plan_page(connection, reaction)) is not None:
        planned += count
    return planned


def _plan_page(connection: Any, reaction: Reaction) -> int | None:
    """Plan one page of the log; None at its end, or when another process is planning."""
    with connection.transaction():
        row = connection.execute(
            "SELECT epoch, position FROM read.events_reaction WHERE name = %s"
            " FOR UPDATE SKIP LOCKED",
            [reaction.name],
        ).fetchone()
        head = store.head("projector")
        if row is None or row[1] >= head.position:
            return None
        last = min(row[1] + PAGE, head.position)
        rows = connection.execute(
            f"SELECT numbered.epoch, numbered.position, {_qualified()}"  # noqa: S608
            " FROM events_position AS numbered"
            " JOIN events_event AS event ON event.id = numbered.event_id"
            " WHERE numbered.position > %s AND numbered.position <= %s AND event.type = ANY(%s)"
            " ORDER BY numbered.position",
            [row[1], last, sorted(reaction.types)],
        ).fetchall()
        count = 0
        for epoch, position, *columns in rows:
            stored = store.stored(columns)
            # A log that was restored opens an epoch: what it holds from before may have been
            # answered already, and waits for a person.
            state = "waiting" if epoch == head.epoch else "held"
            for intent in reaction.plan(stored):
                count += _queue(connection, stored, intent, (epoch, position), state)
        connection.execute(
            "UPDATE read.events_reaction SET epoch = %s, position = %s WHERE name = %s",
            [head.epoch, last, reaction.name],
        )
    return count


def _qualified() -> str:
    return ", ".join(f"event.{column.strip()}" for column in store.EVENT_COLUMNS.split(","))


def _queue(
    connection: Any, stored: StoredEvent, intent: Intent, place: tuple[int, int], state: str
) -> int:
    cursor = connection.execute(
        "INSERT INTO read.events_outbox"
        " (command_id, command_index, recipient, template, stream, epoch, position, state)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [
            stored.command_id,
            stored.command_index,
            intent.recipient,
            intent.template,
            stored.stream,
            *place,
            state,
        ],
    )
    count: int = cursor.rowcount
    return count


def deliver_all(limit: int = 100, seconds: float = 60) -> dict[str, int]:
    """Send what is waiting and due, one message at a time; return how many ended how.

    Stops at the first message that could not go: the others would wait for the same server.
    """
    ended: dict[str, int] = {}
    until = time.monotonic() + seconds
    for _ in range(limit):
        state = _deliver_next()
        if state is not None:
            ended[state] = ended.get(state, 0) + 1
        if state in {None, "waiting"} or time.monotonic() > until:
            break
    return ended


def _deliver_next() -> str | None:
    """Send one message. A crash before it may leave leaves it waiting, for a minute."""
    connection = store.session("projector")
    row = connection.execute(
        "UPDATE read.events_outbox SET attempts = attempts + 1,"
        " next_try_at = clock_timestamp() + interval '1 minute'"
        " WHERE id = (SELECT id FROM read.events_outbox WHERE state = 'waiting'"
        "  AND next_try_at <= clock_timestamp() ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)"
        " RETURNING id, command_id, command_index, recipient, template, stream, attempts"
    ).fetchone()
    if row is None:
        return None
    identifier, command_id, index, recipient, template, stream, attempts = row
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    message_id = f"<{command_id}.{index}.{template}.{recipient}@{domain}>"
    state, error = _send(identifier, message_id, recipient, template, stream)
    if state == "waiting" and attempts >= MAX_ATTEMPTS:
        state = "failed"
    connection.execute(
        "UPDATE read.events_outbox SET state = %s, error = %s,"
        " sent_at = CASE WHEN %s = 'sent' THEN clock_timestamp() END,"
        " next_try_at = clock_timestamp() + make_interval(secs => %s) WHERE id = %s",
        [state, error, state, BACKOFF_SECONDS * attempts, identifier],
    )
    return state


def _send(
    identifier: int, message_id: str, recipient: str, template: str, stream: str
) -> tuple[str, str]:
    """Return the state that a try led to, and why. A journal outside the database remembers.

    Everything that can fail without the message leaving is done first; only from the moment of
    sending on is it in doubt, in a commit of its own.
    """
    if _journal().has(message_id):
        return "sent", "already in the journal"
    try:
        composer = next(r for r in _reactions.values() if template.startswith(f"{r.name}."))
        letter = composer.compose(recipient, template, stream)
        if letter is None:
            return "failed", "nobody to write to"
        mail = get_connection()
        message = EmailMessage(
            letter.subject,
            letter.body,
            to=[letter.address],
            headers={"Message-ID": message_id},
            connection=mail,
        )
        message.message()
        mail.open()
    except Exception as failure:  # noqa: BLE001  nothing has left: it waits, whatever it was
        log.warning("mail not sent: %s %s", template, type(failure).__name__)
        return "waiting", type(failure).__name__
    try:
        _doubt(identifier)
        message.send()
    except (SMTPResponseException, SMTPRecipientsRefused) as refusal:
        return "waiting", type(refusal).__name__
    except (OSError, SMTPException) as failure:
        return "in_doubt", f"cut off while sending: {type(failure).__name__}"
    finally:
        with suppress(OSError, SMTPException):
            mail.close()
    _journal().add(message_id)
    return "sent", ""


def _doubt(identifier: int) -> None:
    store.session("projector").execute(
        "UPDATE read.events_outbox SET state = 'in_doubt' WHERE id = %s", [identifier]
    )


def settle(identifiers: Sequence[int], *, send: bool) -> int:
    """Let a person decide about messages held, failed or in doubt; return how many there were.

    `send` puts them back in the queue, otherwise they are given up.
    """
    cursor = store.session("projector").execute(
        "UPDATE read.events_outbox SET state = %s, attempts = 0, next_try_at = clock_timestamp(),"
        " error = 'settled by a person'"
        " WHERE id = ANY(%s) AND state IN ('held', 'failed', 'in_doubt')",
        ["waiting" if send else "dropped", list(identifiers)],
    )
    return cursor.rowcount


def unsettled() -> list[dict[str, Any]]:
    """Return the messages that wait for a person, the oldest first."""
    rows = store.session("projector").execute(
        "SELECT id, state, template, stream, attempts, error FROM read.events_outbox"
        " WHERE state IN ('held', 'failed', 'in_doubt') ORDER BY id LIMIT 1000"
    )
    names = ("id", "state", "template", "stream", "attempts", "error")
    return [dict(zip(names, row, strict=True)) for row in rows]


class Journal:
    """The messages that went, kept outside the database: a restored one cannot send again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, message_id: str) -> None:
        """Remember a message, on the disk before this returns."""
        with self._open() as file:
            file.execute("INSERT OR IGNORE INTO sent VALUES (?)", [message_id])

    def has(self, message_id: str) -> bool:
        """Return whether a message went."""
        with self._open() as file:
            found = file.execute("SELECT 1 FROM sent WHERE message_id = ?", [message_id])
            return found.fetchone() is not None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=10)) as file:
            file.execute("PRAGMA synchronous = FULL")
            file.execute("CREATE TABLE IF NOT EXISTS sent (message_id TEXT PRIMARY KEY)")
            with file:
                yield file


def _journal() -> Journal:
    return Journal(Path(settings.JOURNAL_DIR) / "sent.sqlite3")
