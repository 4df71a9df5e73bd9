"""What is said while a server is away: to clients, to operators, to nobody at all."""

import logging

import psycopg
import pytest
from django.db import InternalError
from kombu.transport import memory

from accounts.models import User
from config import problems
from config.local import processes
from events import outbox, store
from events.nudge import Nudger
from tests.log.notes import command, new_stream, write


def test_a_server_that_only_reads_is_unavailable_and_not_broken(db, caplog):
    store.session().execute("SET default_transaction_read_only = on")
    with pytest.raises(InternalError) as refused:
        User.objects.create_user("x")
    with caplog.at_level(logging.ERROR):
        answer = problems.handle(refused.value, {})
    assert answer is not None
    assert (answer.status_code, answer.data["code"]) == (503, "unavailable")
    assert answer["Retry-After"]
    assert caplog.messages == ["database unavailable: InternalError"]


def test_an_append_to_a_standby_is_unavailable(db, superuser_dsn):
    with psycopg.connect(superuser_dsn, autocommit=True) as admin:
        name = admin.info.dbname
        admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    store.session().close()
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction) as refused:
        store.append([write(new_stream())], command())
    answer = problems.handle(refused.value, {})
    assert answer is not None
    assert answer.status_code == 503


def messages_kept() -> int:
    return sum(queue.qsize() for queue in memory.Channel.queues.values())


def test_without_a_broker_no_message_is_kept_in_this_process(settings):
    assert settings.CELERY["broker_url"] == "memory://"
    before, nudger = messages_kept(), Nudger()
    for _ in range(3):
        nudger.nudge()
        assert processes.wait_until(lambda: not nudger._wanted.is_set(), 5, pause=0.01)
    assert messages_kept() == before


def test_health_says_that_the_mail_server_is_away(client, db):
    store.session("projector").execute(
        "INSERT INTO read.events_outbox (command_id, command_index, recipient, template, stream,"
        " epoch, position) VALUES (gen_random_uuid(), 0, 'x', 'x', 'x', 1, 1)"
    )
    assert client.get("/health/ready").json()["services"]["mail"] == "up"
    claimed = outbox.claim()
    assert claimed is not None
    outbox.postpone(claimed, "ConnectionRefusedError")
    assert client.get("/health/ready").json()["services"]["mail"] == "late"
