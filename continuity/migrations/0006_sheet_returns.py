from pathlib import Path

from django.db import migrations, models

from events.schema import as_projector

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """How far the blocks of numbered sheets were used."""

    dependencies = [("continuity", "0005_incidents")]

    operations = [
        as_projector(SQL / "sheet_returns.sql"),
        migrations.AddField(
            model_name="sheetblockrow",
            name="last_used",
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name="sheetblockrow",
            name="returned_at",
            field=models.DateTimeField(null=True),
        ),
    ]
