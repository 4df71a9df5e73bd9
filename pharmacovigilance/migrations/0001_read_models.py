from pathlib import Path

from django.db import migrations, models

from events.schema import as_projector

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    initial = True

    dependencies = [("events", "0001_log")]

    operations = [
        as_projector(SQL / "read_models.sql"),
        migrations.CreateModel(
            name="DeadlineRow",
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
                ("clock", models.TextField()),
                ("day_zero", models.DateField()),
                ("due", models.DateField()),
                ("restarted_by", models.IntegerField(null=True)),
                ("department", models.TextField()),
            ],
            options={
                "db_table": "deadline_board",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="OwnDeclarationRow",
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
                ("declarant", models.TextField()),
                ("institution", models.TextField()),
                ("department", models.TextField()),
                ("status", models.TextField()),
                ("valid", models.BooleanField()),
                ("serious", models.BooleanField()),
                ("drugs", models.TextField()),
                ("reactions", models.TextField()),
                ("letters", models.TextField()),
                ("initial", models.TextField()),
                ("open_questions", models.IntegerField()),
                ("follow_ups", models.IntegerField()),
                ("received_at", models.DateTimeField()),
                ("last_event_at", models.DateTimeField()),
            ],
            options={
                "db_table": "own_declarations",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="WorklistRow",
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
                ("urgency", models.DateField()),
                ("status", models.TextField()),
                ("valid", models.BooleanField()),
                ("missing", models.TextField()),
                ("serious", models.BooleanField()),
                ("seriousness", models.TextField()),
                ("day_zero", models.DateField(null=True)),
                ("due", models.DateField(null=True)),
                ("clock", models.TextField()),
                ("department", models.TextField()),
                ("centre", models.TextField()),
                ("institution", models.TextField()),
                ("declarant", models.TextField()),
                ("unverified", models.BooleanField()),
                ("profession", models.TextField()),
                ("channel", models.TextField()),
                ("product_kinds", models.TextField()),
                ("drugs", models.TextField()),
                ("reactions", models.TextField()),
                ("follow_ups", models.IntegerField()),
                ("open_questions", models.IntegerField()),
                ("flags", models.TextField()),
                ("received_at", models.DateTimeField(null=True)),
                ("last_received_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "worklist",
                "managed": False,
            },
        ),
    ]
