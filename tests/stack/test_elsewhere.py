"""The same code on a real RabbitMQ and on another major version of PostgreSQL."""

from pathlib import Path

import kombu
import pytest

from config.local import environment, ports
from config.local.postgres import Cluster
from config.local.provision import provision
from tests.stack.conftest import required
from tests.stack.journey import travels
from tests.stack.rabbitmq import SERVER, rabbitmq
from tests.stack.running import Stack

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("elsewhere")]

POSTGRESQL_15 = Path("/usr/lib/postgresql/15/bin")


def test_a_declaration_travels_through_rabbitmq(open_folder):
    required("rabbitmq", SERVER.exists(), "rabbitmq-server is not installed")
    with rabbitmq(open_folder / "rabbitmq") as url:
        stack = Stack(open_folder / "on-rabbitmq", {"BROKER_URL": url})
        try:
            stack.start()
            travels(stack)
            assert "BROKER_URL" in stack.env
            assert _type_of_queue(url, "live") == "quorum"
        finally:
            stack.end()


def test_a_declaration_travels_on_postgresql_15(open_folder):
    required("postgresql15", POSTGRESQL_15.exists(), "postgresql-15 is not installed")
    kept = environment.cluster_file(open_folder)
    cluster = Cluster(
        data=open_folder / "fifteen",
        log=open_folder / "fifteen.log",
        password=kept["postgres"],
        port=ports.choose(),
        binaries=POSTGRESQL_15,
    )
    cluster.create()
    cluster.start()
    try:
        addresses = environment.dsns(kept, cluster.port)
        provision(cluster.dsn(), addresses)
        stack = Stack(open_folder / "on-fifteen", {**addresses, "DEMO": "1"})
        try:
            stack.start()
            assert "postgres" not in stack.pids()
            travels(stack)
        finally:
            stack.end()
    finally:
        cluster.stop()


def _type_of_queue(url: str, name: str) -> str:
    """Declare the queue as classic: a quorum queue of that name refuses, and says what it is."""
    with kombu.Connection(url) as connection, pytest.raises(Exception, match="x-queue-type") as no:
        kombu.Queue(name, channel=connection.channel()).declare()
    return "quorum" if "quorum" in str(no.value) else str(no.value)
