from pathlib import Path

from django.db import migrations

from events.schema import as_projector

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """The list of decided requests of which a dose was told since."""

    dependencies = [("compassionate", "0007_authorisation_changes")]

    operations = [as_projector(SQL / "doses_after_decision.sql")]
