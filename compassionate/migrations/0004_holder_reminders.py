from pathlib import Path

from django.db import migrations, models

from events.schema import as_projector

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """Reminders of rights holders that are still to be informed."""

    dependencies = [("compassionate", "0003_clocks")]

    operations = [
        as_projector(SQL / "holder_reminders.sql"),
        migrations.AddField(
            model_name="holderfilerow",
            name="remind_on",
            field=models.DateField(null=True),
        ),
    ]
