from pathlib import Path

from django.db import migrations

from events.schema import run_sql

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """Where each node proves that the log takes writes."""

    dependencies = [("events", "0001_log")]
    operations = [run_sql(SQL / "probe_table.sql")]
