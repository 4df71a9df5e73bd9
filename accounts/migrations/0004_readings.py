from pathlib import Path

from django.db import migrations, models

from events.schema import as_projector

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """The list of readings that are recorded."""

    dependencies = [
        ("accounts", "0003_roles_of_compassionate_access"),
        ("events", "0005_spool_streams"),
    ]

    operations = [
        as_projector(SQL / "readings.sql"),
        migrations.CreateModel(
            name="ReadingRow",
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
                ("reader", models.TextField()),
                ("file", models.TextField()),
                ("opened", models.TextField()),
                ("number", models.TextField()),
                ("letter", models.IntegerField(null=True)),
                ("document", models.UUIDField(null=True)),
                ("as_of", models.DateTimeField(null=True)),
                ("place", models.TextField()),
                ("ground", models.TextField()),
                ("reference", models.TextField(null=True)),
                ("read_at", models.DateTimeField()),
            ],
            options={"db_table": "readings", "managed": False},
        ),
    ]
