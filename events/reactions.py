"""What leaves the house because of an event: planned once from the log, sent once, never replayed.

A reaction starts at the head of the log recorded when it is first switched on. Between SMTP's DATA
and its 250 nobody can know whether a message went: a message whose sending was cut off there is
marked `in_doubt` and left to a person, so that nothing is sent twice.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr
from smtplib import (
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from events import epochs, outbox, receipts, store
from events.event import StoredEvent
from events.journal import journal
from events.outbox import Claimed

log = logging.getLogger(__name__)

PAGE = 200
DELIVER_SECONDS = 20.0
# SMTP's answers: the server is about to go, and from here on what it refuses is refused for good.
SERVICE_CLOSING, REFUSED_FOR_GOOD = 421, 500


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
    raises makes the message wait. `category` is that of the streams whose events it plans for, its name
    unless said: a message is composed by whoever planned it.
    """

    name: str
    types: frozenset[str]
    plan: Callable[[StoredEvent], Iterable[Intent]]
    compose: Callable[[str, str, str], Letter | None]
    category: str = ""

    def planned(self, stream: str) -> bool:
        """Say whether it planned what tells of a stream."""
        return stream.startswith(f"{self.category or self.name}-")


_reactions: dict[str, Reaction] = {}


def register(reaction: Reaction) -> None:
    """Switch a reaction on."""
    _reactions[reaction.name] = reaction


def reactions() -> Mapping[str, Reaction]:
    """Return the reactions that are switched on."""
    return dict(_reactions)


def plan_all() -> int:
    """Write into the outbox what new events ask for; return how many messages were planned."""
    epochs.sequence()
    outbox.hold_older(store.session("projector"))
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
        count, since = 0, _opened_at(connection, head.epoch)
        for epoch, position, *columns in rows:
            stored = store.stored(columns)
            for intent in reaction.plan(stored):
                state = _state(stored, intent, since if epoch == head.epoch else None)
                count += _queue(connection, stored, intent, (epoch, position), state)
        connection.execute(
            "UPDATE read.events_reaction SET epoch = %s, position = %s WHERE name = %s",
            [head.epoch, last, reaction.name],
        )
    return count


def _opened_at(connection: Any, epoch: int) -> datetime:
    """Return when an epoch was opened; the first one begins before everything."""
    if epoch == 1:
        return datetime.min.replace(tzinfo=UTC)
    row = connection.execute("SELECT opened_at FROM events_epoch WHERE epoch = %s", [epoch])
    opened: datetime = row.fetchone()[0]
    return opened


def _state(stored: StoredEvent, intent: Intent, since: datetime | None) -> str:
    """Return whether a message may go, or waits for a person.

    A log that was restored opens an epoch. What it holds from before, and what the spools bring back
    into it, came in before `since` and may have been answered: by a machine whose journal is
    another one, for all that this one knows.
    """
    if since is None:
        return "held"
    if _came_in(stored) >= since:
        return "waiting"
    identifier = _message_id(
        stored.command_id, stored.command_index, intent.template, intent.recipient
    )
    # One that the journal knows ends as sent, without a person.
    return "waiting" if journal().has(identifier) else "held"


def _came_in(stored: StoredEvent) -> datetime:
    """Return when a node took an event's command in: a letter of last week may be typed today.

    Without a receipt only the event's own date is known.
    """
    receipt = stored.metadata.get("receipt")
    try:
        return receipts.decode(receipt).received_at if receipt else stored.received_at
    except receipts.ReceiptInvalid:
        return stored.received_at


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


def deliver_all(seconds: float = DELIVER_SECONDS) -> dict[str, int]:
    """Send what is waiting and due, one message at a time; return how many ended how.

    Begins none after `seconds`: a rebuild waits in the same queue. Stops when the mail server is away:
    the others would wait for the same server.
    """
    ended: dict[str, int] = {}
    until = time.monotonic() + seconds
    while time.monotonic() < until and (claimed := outbox.claim()) is not None:
        state = _send(claimed)
        ended[state] = ended.get(state, 0) + 1
        if state == outbox.AWAY:
            break
    return ended


def _send(claimed: Claimed) -> str:
    """Return how a try ended. A journal outside the database remembers what went.

    Everything that can fail without the message leaving is done first; only from the moment of
    sending on is it in doubt, in a commit of its own.
    """
    if journal().has(_id_of(claimed)):
        return outbox.end(claimed, "sent", "already in the journal")
    try:
        message = _written(claimed)
    except SoftTimeLimitExceeded:
        raise
    except Exception as failure:  # noqa: BLE001  nothing has left: it waits, whatever it was
        log.warning("mail not written: %s %s", claimed.template, type(failure).__name__)
        return outbox.refused(claimed, type(failure).__name__, for_good=False)
    if message is None:
        return outbox.end(claimed, "failed", "nobody to write to")
    mail = message.connection = get_connection()
    try:
        mail.open()
    except (OSError, SMTPException, ValueError) as failure:
        return _away(claimed, failure)
    try:
        return _sent(claimed, message)
    finally:
        with suppress(OSError, SMTPException):
            mail.close()


def _id_of(claimed: Claimed) -> str:
    return _message_id(
        claimed.command_id, claimed.command_index, claimed.template, claimed.recipient
    )


def _message_id(*parts: object) -> str:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{'.'.join(map(str, parts))}@{domain}>"


def _written(claimed: Claimed) -> EmailMessage | None:
    """Return the message, checked to the last header; None when there is nobody to write to."""
    composer = next(r for r in _reactions.values() if r.planned(claimed.stream))
    letter = composer.compose(claimed.recipient, claimed.template, claimed.stream)
    if letter is None:
        return None
    message = EmailMessage(
        letter.subject,
        letter.body,
        to=[letter.address],
        headers={"Message-ID": _id_of(claimed)},
    )
    message.message()
    return message


def _sent(claimed: Claimed, message: EmailMessage) -> str:
    """Send through the open connection, unless another process has taken the message over."""
    sending = outbox.sending(claimed)
    if sending is None:
        return outbox.TAKEN_OVER
    try:
        message.send()
    except SMTPSenderRefused as refusal:
        # Held against the house and not against this message: all others would meet the same.
        return _away(sending, refusal)
    except (SMTPResponseException, SMTPRecipientsRefused) as refusal:
        return _refused(sending, refusal)
    except (OSError, SMTPException) as failure:
        why = f"cut off while sending: {type(failure).__name__}"
        return outbox.end(sending, "in_doubt", why)
    journal().add(_id_of(claimed))
    return outbox.end(sending, "sent")


def _refused(sending: Claimed, refusal: SMTPResponseException | SMTPRecipientsRefused) -> str:
    if isinstance(refusal, SMTPRecipientsRefused):
        code = max(code for code, _ in refusal.recipients.values())
    else:
        code = refusal.smtp_code
    if code == SERVICE_CLOSING:
        return _away(sending, refusal)
    log.warning("mail refused: %s %d", sending.template, code)
    why = f"{type(refusal).__name__} {code}"
    return outbox.refused(sending, why, for_good=code >= REFUSED_FOR_GOOD)


def _away(claimed: Claimed, failure: Exception) -> str:
    log.warning("mail server away: %s", type(failure).__name__)
    return outbox.postpone(claimed, type(failure).__name__)
