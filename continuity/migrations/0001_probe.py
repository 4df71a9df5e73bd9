from pathlib import Path

from django.db import migrations

from events.schema import run_sql

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """The row by which the beacon tries the database and the worker."""

    initial = True
    dependencies = [("events", "0001_log")]
    operations = [run_sql(SQL / "probe.sql")]
