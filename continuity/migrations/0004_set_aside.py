from pathlib import Path

from django.db import migrations, models

from events.schema import as_projector

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """The desk of submissions that the log refused."""

    dependencies = [("continuity", "0003_sheets")]

    operations = [
        as_projector(SQL / "set_aside.sql"),
        migrations.CreateModel(
            name="SetAsideRow",
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
                ("open", models.BooleanField()),
                ("priority", models.SmallIntegerField()),
                ("received_at", models.DateTimeField(null=True)),
                ("set_aside_at", models.DateTimeField(null=True)),
                ("receipt_id", models.TextField()),
                ("node", models.TextField()),
                ("kind", models.TextField()),
                ("target", models.TextField()),
                ("reason", models.TextField()),
                ("problems", models.TextField()),
                ("sender", models.TextField()),
                ("sender_role", models.TextField()),
                ("institution", models.TextField()),
                ("done", models.TextField()),
                ("recorded_as", models.TextField()),
                ("taken_up_by", models.TextField()),
                ("taken_up_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "set_aside", "managed": False},
        ),
    ]
