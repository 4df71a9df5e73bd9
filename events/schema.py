"""The log's SQL files as migration operations; the files are the only truth."""

from pathlib import Path

from django.conf import settings
from django.db.migrations.operations import RunSQL
from psycopg import sql


def run_sql(path: Path) -> RunSQL:
    """Return a migration that runs one SQL file; {app} and {projector} name the roles."""
    return RunSQL([statement(path.read_text())], reverse_sql=RunSQL.noop)


def as_projector(path: Path) -> RunSQL:
    """Return a migration that makes a read model's tables as their owner, the projector."""
    return RunSQL(
        [
            statement("SET ROLE {projector}"),
            statement(path.read_text()),
            "RESET ROLE",
        ],
        reverse_sql=RunSQL.noop,
    )


def statement(text: str) -> str:
    """Return the SQL with the roles' names quoted in: those of DATABASE_URL and DATABASE_PROJECTOR_URL."""
    for placeholder, role in (
        ("{app}", settings.APP_ROLE),
        ("{projector}", settings.PROJECTOR_ROLE),
    ):
        text = text.replace(placeholder, sql.Identifier(role).as_string())
    return text
