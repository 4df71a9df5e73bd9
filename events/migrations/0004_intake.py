from pathlib import Path

from django.db import migrations

from events.schema import run_sql

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """Receipts of commands, and what each spool still holds."""

    dependencies = [("events", "0003_epochs")]
    operations = [run_sql(SQL / "intake.sql")]
