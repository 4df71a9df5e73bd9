"""The databases that tests are given."""

import os

import psycopg
import pytest
from django.db import DatabaseError, connection, connections

from tests import pgplugin


def test_what_a_test_commits_is_gone_in_the_next(db, owner_dsn):
    """Each test begins with this call of `fresh_database`."""
    with psycopg.connect(owner_dsn) as owner:
        owner.execute("CREATE TABLE left_behind (n integer)")
    with psycopg.connect(owner_dsn) as owner:
        assert owner.execute("SELECT to_regclass('left_behind')").fetchone() != (None,)
    pgplugin.fresh_database(f"vigilance_{pgplugin.process_name()}")
    with psycopg.connect(owner_dsn) as owner:
        assert owner.execute("SELECT to_regclass('left_behind')").fetchone() == (None,)


def test_each_alias_connects_under_its_role(db):
    found = {}
    for alias in ("default", "projector", "owner"):
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT current_user, current_database(), current_setting('search_path')"
            )
            found[alias] = cursor.fetchone()
    users = {alias: row[0] for alias, row in found.items()}
    assert users == {
        "default": "vigilance_app", "projector": "vigilance_projector", "owner": "vigilance_owner",
    }  # fmt: skip
    assert len({row[1] for row in found.values()}) == 1
    assert {row[2] for row in found.values()} == {"public,read"}


def test_a_test_without_the_fixture_reaches_no_database():
    with pytest.raises(RuntimeError, match="Database access not allowed"), connection.cursor():
        pass


def test_the_application_owns_nothing(app_dsn):
    with psycopg.connect(app_dsn, autocommit=True) as application:
        for statement in (
            "CREATE TABLE t (n integer)",
            "CREATE TABLE read.t (n integer)",
            "CREATE TEMP TABLE t (n integer)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                application.execute(statement)


def test_an_attacked_cluster_comes_back_with_what_was_committed(pg_cluster):
    with pg_cluster.connect("owner", autocommit=True) as owner:
        owner.execute("CREATE TABLE kept (n integer)")
        owner.execute("INSERT INTO kept VALUES (1)")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    pg_cluster.kill()
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    connection.close()
    pg_cluster.start()
    with pg_cluster.connect("owner") as owner:
        assert owner.execute("SELECT n FROM kept").fetchone() == (1,)


def test_a_frozen_cluster_answers_again_once_thawed(pg_cluster):
    pg_cluster.freeze()
    with pytest.raises(psycopg.OperationalError):
        pg_cluster.connect("app", connect_timeout=2)
    pg_cluster.thaw()
    with pg_cluster.connect("app") as application:
        assert application.execute("SELECT 1").fetchone() == (1,)
    assert str(pg_cluster.cluster.port) in os.environ["DATABASE_URL"]
