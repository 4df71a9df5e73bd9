"""Make the roles and databases on a PostgreSQL, embedded or not.

On a real site, once, as a superuser:

    python -m config.local.provision

with DATABASE_ADMIN_URL (a superuser's), DATABASE_URL, DATABASE_PROJECTOR_URL, DATABASE_OWNER_URL
and, where the broker is PGMQ, BROKER_URL in the environment; names and passwords are taken from
them. No address is an argument: arguments can be read by every user of the machine.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping

import psycopg
from pgmq.install import install_pgmq_from_sql
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo


def provision(admin: str, environ: Mapping[str, str]) -> None:
    """Create what is missing; safe to run again, and passwords follow the environment.

    `admin` is a superuser's DSN on the same server. Raises psycopg.Error.
    """
    owner = _parts(environ["DATABASE_OWNER_URL"])
    projector = _parts(environ["DATABASE_PROJECTOR_URL"])
    application = _parts(environ["DATABASE_URL"])
    with _alone(admin) as connection:
        for role in (owner, projector, application):
            _role(connection, role["user"], role["password"])
        # The owner hands the read models' tables over, so it must be able to act for their owner.
        connection.execute(
            sql.SQL("GRANT {} TO {}").format(
                *map(sql.Identifier, (projector["user"], owner["user"]))
            )
        )
        # `events_replication()` tells, as the owner, what a synchronous standby has confirmed.
        connection.execute(
            sql.SQL("GRANT pg_read_all_stats TO {}").format(sql.Identifier(owner["user"]))
        )
        _database(
            connection, owner["dbname"], owner["user"], [projector["user"], application["user"]]
        )
    with psycopg.connect(
        make_conninfo(admin, dbname=owner["dbname"]), autocommit=True
    ) as connection:
        _schemas(connection, owner, projector, application)
    broker = environ.get("BROKER_URL", "")
    if broker.startswith(("pgmq://", "postgresql://")):
        _pgmq(admin, broker)


def has_events(dsn: str) -> bool:
    """Return whether the database holds a log with an event in it. Raises psycopg.Error."""
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        if connection.execute("SELECT to_regclass('public.events_event')").fetchone() == (None,):
            return False
        return connection.execute("SELECT FROM public.events_event LIMIT 1").fetchone() is not None


@contextlib.contextmanager
def _alone(admin: str) -> Iterator[psycopg.Connection]:
    """Connect as the superuser, one process at a time: roles belong to the whole server."""
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended('provision', 0))")
        yield connection


def _parts(dsn: str) -> dict[str, str]:
    return {key: str(value) for key, value in conninfo_to_dict(dsn).items()}


def _role(connection: psycopg.Connection, name: str, password: str) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    verb = "ALTER" if known else "CREATE"
    connection.execute(
        sql.SQL(verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
            sql.Identifier(name), sql.Literal(password)
        )
    )


def _database(connection: psycopg.Connection, name: str, owner: str, guests: list[str]) -> None:
    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    database = sql.Identifier(name)
    if not known:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(database, sql.Identifier(owner))
        )
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    for guest in guests:
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.Identifier(guest))
        )


def _schemas(
    connection: psycopg.Connection,
    owner: Mapping[str, str],
    projector: Mapping[str, str],
    application: Mapping[str, str],
) -> None:
    names = {
        "database": sql.Identifier(owner["dbname"]),
        "projector": sql.Identifier(projector["user"]),
        "application": sql.Identifier(application["user"]),
    }
    for statement in (
        "CREATE SCHEMA IF NOT EXISTS read AUTHORIZATION {projector}",
        "GRANT USAGE ON SCHEMA read TO {application}",
        "GRANT USAGE ON SCHEMA public TO {projector}, {application}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {projector} IN SCHEMA read GRANT SELECT ON TABLES TO {application}",
        "ALTER DATABASE {database} SET search_path = public, read",
    ):
        connection.execute(sql.SQL(statement).format(**names))


def _pgmq(admin: str, broker: str) -> None:
    """Give the broker's role a database of its own: declaring a queue creates tables."""
    dsn = "postgresql://" + broker.partition("://")[2]
    parts = _parts(dsn)
    with _alone(admin) as connection:
        _role(connection, parts["user"], parts["password"])
        _database(connection, parts["dbname"], parts["user"], [])
        # A message says "look again" and may be lost: it need not reach the disk first.
        connection.execute(
            sql.SQL("ALTER ROLE {} SET synchronous_commit = off").format(
                sql.Identifier(parts["user"])
            )
        )
    with psycopg.connect(dsn) as connection:
        known = connection.execute("SELECT to_regnamespace('pgmq')").fetchone()
        if known == (None,):
            install_pgmq_from_sql(conn=connection)


if __name__ == "__main__":
    if "DATABASE_ADMIN_URL" not in os.environ:
        raise SystemExit(__doc__)
    provision(os.environ["DATABASE_ADMIN_URL"], os.environ)
    print("roles and databases are in place")
