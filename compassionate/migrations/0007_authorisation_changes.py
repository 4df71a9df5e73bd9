from pathlib import Path

from django.db import migrations

from events.schema import as_projector

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """What the published lists of authorisations count."""

    dependencies = [("compassionate", "0006_to_tell")]

    operations = [as_projector(SQL / "authorisation_changes.sql")]
