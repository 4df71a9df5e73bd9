"""The broker's client after its database went away under it."""

import json

import psycopg
import pytest
from kombu import Exchange, Queue
from psycopg.conninfo import conninfo_to_dict

from config.celery import app
from tests import pgplugin
from tests.live import broker_on

pytestmark = [pytest.mark.stack]


@pytest.fixture
def broker(django_db_setup):
    url = pgplugin.dsns()["BROKER_URL"]
    with broker_on(url):
        yield str(conninfo_to_dict("postgresql://" + url.partition("://")[2])["dbname"])


def cut_off(database: str) -> None:
    """End every connection to the broker, as its server's death does."""
    with psycopg.connect(pgplugin.admin_dsn(), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            [database],
        )


@pytest.mark.parametrize("answer", ["ack", "reject"])
def test_an_answer_that_cannot_be_sent_does_not_make_the_worker_deaf(broker, answer):
    with app.connection_for_read() as connection, connection.channel() as channel:
        queue = Queue("live", Exchange("live"), routing_key="live")(channel)
        queue.declare()
        connection.Producer(channel).publish({}, exchange="live", routing_key="live")
        channel.basic_qos(0, 1, False)
        message = queue.get()
        assert not channel.qos.can_consume()
        cut_off(broker)
        with pytest.raises(psycopg.OperationalError):
            getattr(message, answer)()
        assert channel.qos.can_consume()


FORGED = ({"garbage": "x"}, [1], {"properties": {}})


def test_what_is_no_message_is_put_aside_and_the_next_one_is_read(broker):
    """A worker that ended by it would meet it again, and end again."""
    heard: list[object] = []
    with app.connection_for_read() as connection, connection.channel() as channel:
        queue = Queue("live", Exchange("live"), routing_key="live")(channel)
        queue.declare()
        with psycopg.connect(pgplugin.admin_dsn(broker), autocommit=True) as forger:
            for one in FORGED:
                forger.execute("SELECT pgmq.send('live', %s::jsonb)", [json.dumps(one)])
            connection.Producer(channel).publish({"n": 7}, exchange="live", routing_key="live")
            with connection.Consumer(
                queue, callbacks=[lambda body, message: (heard.append(body), message.ack())]
            ):
                while not heard:
                    connection.drain_events(timeout=20)
            assert heard == [{"n": 7}]
            kept = forger.execute("SELECT count(*) FROM pgmq.a_live").fetchone()
            left = forger.execute("SELECT count(*) FROM pgmq.q_live").fetchone()
        assert (kept, left) == ((len(FORGED),), (0,))
