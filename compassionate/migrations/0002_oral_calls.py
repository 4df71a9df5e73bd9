from pathlib import Path

from django.db import migrations, models

from events.schema import as_projector

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """The calls that somebody on call answered."""

    dependencies = [("compassionate", "0001_read_models")]

    operations = [
        as_projector(SQL / "oral_calls.sql"),
        migrations.CreateModel(
            name="OralCallRow",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "stream",
                        "row_key",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("stream", models.TextField()),
                ("row_key", models.TextField()),
                ("stream_version", models.IntegerField()),
                ("agent", models.TextField()),
                ("called_at", models.DateTimeField()),
                ("agreed", models.BooleanField()),
                ("number", models.TextField()),
                ("institution", models.TextField()),
                ("product_name", models.TextField(null=True)),
                ("state", models.TextField()),
            ],
            options={"db_table": "oral_calls", "managed": False},
        ),
    ]
