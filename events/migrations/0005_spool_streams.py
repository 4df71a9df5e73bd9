from pathlib import Path

from django.db import migrations

from events.schema import run_sql

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """What each spool still holds is named, so that nothing is decided on it."""

    dependencies = [("events", "0004_intake")]
    operations = [run_sql(SQL / "spool_streams.sql")]
