from pathlib import Path
from typing import Any

from django.db import migrations, models

from events.schema import as_projector

SQL = Path(__file__).parent.parent / "sql"
KEY: Any = {"blank": True, "editable": False, "primary_key": True, "serialize": False}


class Migration(migrations.Migration):
    """When a clock has to look at a request or a follow-up again."""

    dependencies = [("compassionate", "0002_oral_calls")]

    operations = [
        as_projector(SQL / "clocks.sql"),
        migrations.CreateModel(
            name="DelayRow",
            fields=[
                ("pk", models.CompositePrimaryKey("stream", "row_key", **KEY)),
                ("stream", models.TextField()),
                ("row_key", models.TextField()),
                ("stream_version", models.IntegerField()),
                ("at", models.DateTimeField()),
                ("given_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "access_delays", "managed": False},
        ),
        migrations.CreateModel(
            name="DepositRow",
            fields=[
                ("pk", models.CompositePrimaryKey("stream", "row_key", **KEY)),
                ("stream", models.TextField()),
                ("row_key", models.TextField()),
                ("stream_version", models.IntegerField()),
                ("decided_at", models.DateTimeField()),
                ("leaves", models.BooleanField()),
            ],
            options={"db_table": "access_deposits", "managed": False},
        ),
        migrations.CreateModel(
            name="FollowUpReminderRow",
            fields=[
                ("pk", models.CompositePrimaryKey("stream", "row_key", **KEY)),
                ("stream", models.TextField()),
                ("row_key", models.TextField()),
                ("stream_version", models.IntegerField()),
                ("number", models.TextField()),
                ("due_on", models.DateField()),
            ],
            options={"db_table": "follow_up_reminders", "managed": False},
        ),
    ]
