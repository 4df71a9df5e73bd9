from pathlib import Path

from django.db import migrations

from events.schema import run_sql

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """Whoever is erased where nothing was said of her yet gets no key there any more."""

    dependencies = [("events", "0005_spool_streams")]
    operations = [run_sql(SQL / "erasure.sql")]
