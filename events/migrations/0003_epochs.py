from pathlib import Path

from django.db import migrations

from events.schema import run_sql

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """What halts the log, epochs that are signed, streams whose history was changed."""

    dependencies = [("events", "0002_probe")]
    operations = [run_sql(SQL / "epochs.sql")]
