"""Roles and databases: made once, whoever asks for them and however many ask at once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from config.local.provision import provision
from tests import pgplugin


@pytest.fixture
def addresses(db):
    """Return the addresses of roles and of databases that nobody has made yet."""
    mark, server = uuid4().hex[:12], pgplugin.admin_dsn()
    names = {
        "DATABASE_OWNER_URL": f"owner_{mark}",
        "DATABASE_PROJECTOR_URL": f"projector_{mark}",
        "DATABASE_URL": f"application_{mark}",
    }
    made = {
        name: make_conninfo(server, user=user, password="secret", dbname=f"log_{mark}")
        for name, user in names.items()
    }
    yield made
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(f"log_{mark}")))
        for user in names.values():
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(user)))


def test_two_nodes_that_provision_at_once_wait_for_each_other(addresses):
    with ThreadPoolExecutor(4) as nodes:
        done = [nodes.submit(provision, pgplugin.admin_dsn(), addresses) for _ in range(4)]
    assert [one.exception() for one in done] == [None] * 4
    for address in addresses.values():
        with psycopg.connect(address) as connection:
            assert connection.execute("SHOW search_path").fetchone() == ("public, read",)
