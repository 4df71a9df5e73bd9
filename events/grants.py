"""What the other roles may do with tables that Django itself made; the log grants its own."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db import connections
from psycopg import sql

_OWN = ("events", "pharmacovigilance", "compassionate", "continuity")


def grant(sender: AppConfig, using: str, **_: Any) -> None:
    """Let the application's role read and write the tables of one app, after its migrations.

    Connected to `post_migrate`. Tables of the log and of the read models are left alone: their
    own migrations say who may do what.
    """
    if using != "owner" or sender.label in _OWN:
        return
    tables = [
        model._meta.db_table
        for model in sender.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]
    with connections[using].cursor() as cursor:
        present = {table.name for table in connections[using].introspection.get_table_list(cursor)}
        for table in sorted(present.intersection(tables)):
            cursor.execute(
                sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}")
                .format(sql.Identifier(table), sql.Identifier(settings.APP_ROLE))
                .as_string(None)
            )
