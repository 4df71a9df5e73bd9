from pathlib import Path

from django.db import migrations, models

from events.schema import as_projector

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """The list of incidents."""

    dependencies = [("continuity", "0004_set_aside")]

    operations = [
        as_projector(SQL / "incidents.sql"),
        migrations.CreateModel(
            name="IncidentRow",
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
                ("number", models.TextField()),
                ("kind", models.TextField()),
                ("title", models.TextField()),
                ("services", models.TextField()),
                ("nodes", models.TextField()),
                ("since", models.DateTimeField(null=True)),
                ("restored_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("degraded", models.BooleanField()),
                ("bulletins", models.IntegerField()),
                ("next_update", models.DateTimeField(null=True)),
                ("open_actions", models.IntegerField()),
                ("reports", models.IntegerField()),
            ],
            options={"db_table": "incident", "managed": False},
        ),
    ]
