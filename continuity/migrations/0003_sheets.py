from pathlib import Path

from django.db import migrations, models

from events.schema import as_projector

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """Degraded-mode sheets and the blocks of their numbers."""

    dependencies = [("continuity", "0001_probe")]

    operations = [
        as_projector(SQL / "sheets.sql"),
        migrations.CreateModel(
            name="SheetBlockRow",
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
                ("site", models.TextField()),
                ("first", models.IntegerField()),
                ("last", models.IntegerField()),
                ("holder", models.TextField()),
                ("valid_until", models.DateField()),
                ("issued_at", models.DateTimeField()),
            ],
            options={"db_table": "sheet_blocks", "managed": False},
        ),
        migrations.CreateModel(
            name="SheetRow",
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
                ("site", models.TextField()),
                ("rank", models.IntegerField()),
                ("open", models.BooleanField()),
                ("state", models.TextField()),
                ("kind", models.TextField()),
                ("channel", models.TextField()),
                ("urgency", models.SmallIntegerField()),
                ("occurred_at", models.DateTimeField(null=True)),
                ("received_at", models.DateTimeField(null=True)),
                ("recorded_at", models.DateTimeField(null=True)),
                ("department", models.TextField()),
                ("institution", models.TextField()),
                ("recorder", models.TextField()),
                ("drug", models.TextField()),
                ("reaction", models.TextField()),
                ("questions", models.TextField()),
                ("differing", models.TextField()),
                ("matched_to", models.TextField()),
                ("versions", models.IntegerField()),
                ("lost_proposed_by", models.TextField()),
            ],
            options={"db_table": "sheets", "managed": False},
        ),
    ]
