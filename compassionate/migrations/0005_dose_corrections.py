from pathlib import Path

from django.db import migrations

from events.schema import as_projector

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """The list of decided requests of which a dose was corrected since."""

    dependencies = [("compassionate", "0004_holder_reminders")]

    operations = [as_projector(SQL / "dose_corrections.sql")]
