from pathlib import Path

from django.db import migrations

from events.schema import as_projector

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """Until when data are owed under an authorisation."""

    dependencies = [("compassionate", "0008_doses_after_decision")]

    operations = [as_projector(SQL / "owed_until.sql")]
