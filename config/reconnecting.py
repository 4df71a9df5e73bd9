"""Come back to the broker within seconds, however long it was away and however often it died.

The clients' own habits are meant for brokers that die once: pauses that grow to half a minute, and
for PGMQ a pool whose dead connections each cost one such pause. A database that is killed again
and again would leave declarations unprojected long after it is back.
"""

import logging
from contextlib import suppress
from typing import Any

import kombu
import psycopg
from celery.app.amqp import AMQP
from kombu.transport import TRANSPORT_ALIASES, pgmq
from psycopg_pool.base import AttemptWithBackoff
from typing_extensions import override

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 2.0


class Connection(kombu.Connection):
    """A broker connection whose pauses between attempts stay short."""

    @override
    def _ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        pauses = {
            "interval_start": FIRST_PAUSE,
            "interval_step": FIRST_PAUSE,
            "interval_max": LONGEST_PAUSE,
        }
        return super()._ensure_connection(*args, **{**kwargs, **pauses})


class ReconnectingAMQP(AMQP):
    """Celery's messaging on such connections: `Celery(amqp="config.reconnecting:…")`."""

    Connection = Connection


class PgmqChannel(pgmq.Channel):
    """The PGMQ channel, which goes on reading whatever it meets.

    The original forgets a message only once PGMQ has deleted it, and Celery swallows the failure:
    two tasks that end while the database is away fill the prefetch window, and the worker never
    asks for a message again, nor notices. Such a message comes back after its visibility timeout.

    What is no message at all ends the original's worker, and comes back to end the next one. Here it
    is put into PGMQ's archive: every message only says "look again", and so does the next sweep.
    """

    @override
    def _pgmq_messages_to_python(self, messages: list[Any], queue: str) -> list[Any]:
        return [payload for one in messages if (payload := self._readable(one, queue)) is not None]

    def _readable(self, message: Any, queue: str) -> Any:
        """Return what a row of the queue says, None where that is no message."""
        try:
            payload = self._pgmq_message_to_python(message, queue)
            self.Message(payload, channel=self)
        except Exception as failure:  # noqa: BLE001  whatever was put there by whomever
            log.warning("what is no message was in the queue: %s", type(failure).__name__)
            with suppress(psycopg.Error):
                self.pgmq.archive(self._queue_name(queue), message.msg_id)
            return None
        return payload

    @override
    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        try:
            super().basic_ack(delivery_tag, multiple)  # type: ignore[no-untyped-call]
        except psycopg.Error:
            self.qos.ack(delivery_tag)
            raise

    @override
    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        try:
            super().basic_reject(delivery_tag, requeue)  # type: ignore[no-untyped-call]
        except psycopg.Error:
            self.qos.reject(delivery_tag, requeue=False)
            raise


class PgmqTransport(pgmq.Transport):
    """The PGMQ transport, with a new pool for each attempt to connect."""

    Channel = PgmqChannel

    @override
    def establish_connection(self) -> Any:
        try:
            return super().establish_connection()  # type: ignore[no-untyped-call]
        except Exception:
            self._forget_client()
            raise

    def _forget_client(self) -> None:
        client, self._pgmq_client = self._pgmq_client, None
        if client is not None:
            client.close()


def register_pgmq() -> None:
    """Make `pgmq://` use this transport, and its pool look again every second."""
    # The pool doubles its pauses and cannot be told otherwise: the beat, which never gives its
    # connection up, would look again a minute after a minute without a database.
    AttemptWithBackoff.DELAY_BACKOFF = 1.0
    TRANSPORT_ALIASES["pgmq"] = f"{__name__}:{PgmqTransport.__name__}"
