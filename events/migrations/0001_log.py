from pathlib import Path

from django.db import migrations, models

from events.schema import as_projector, run_sql

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """The log, its guards, and the bookkeeping of read models."""

    initial = True
    dependencies = []
    operations = [
        run_sql(SQL / "log.sql"),
        run_sql(SQL / "sequence.sql"),
        run_sql(SQL / "erasure.sql"),
        run_sql(SQL / "guards.sql"),
        run_sql(SQL / "read_schema.sql"),
        as_projector(SQL / "read_model.sql"),
        migrations.CreateModel(
            name="Block",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("epoch", models.IntegerField()),
                ("first_position", models.BigIntegerField()),
                ("last_position", models.BigIntegerField()),
                ("previous_hash", models.BinaryField()),
                ("root", models.BinaryField()),
                ("hash", models.BinaryField()),
                ("sealed_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "bloc",
                "db_table": "events_block",
                "ordering": ("-number",),
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("stream", models.TextField()),
                ("version", models.IntegerField()),
                ("type", models.TextField()),
                ("schema_version", models.IntegerField()),
                ("command_id", models.UUIDField()),
                ("command_index", models.IntegerField()),
                ("payload", models.TextField()),
                ("metadata", models.TextField()),
                ("occurred_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "événement",
                "db_table": "events_event",
                "ordering": ("-id",),
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Outgoing",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("command_id", models.UUIDField()),
                ("command_index", models.IntegerField()),
                ("recipient", models.TextField()),
                ("template", models.TextField()),
                ("stream", models.TextField()),
                ("state", models.TextField()),
                ("attempts", models.IntegerField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("error", models.TextField()),
            ],
            options={
                "verbose_name": "message sortant",
                "verbose_name_plural": "messages sortants",
                "db_table": "events_outbox",
                "ordering": ("-id",),
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Parked",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("projection", models.TextField()),
                ("stream", models.TextField()),
                ("version", models.IntegerField()),
                ("code", models.TextField()),
                ("reason", models.TextField()),
                ("digest", models.TextField()),
                ("parked_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "dossier mis de côté",
                "verbose_name_plural": "dossiers mis de côté",
                "db_table": "events_parked",
                "ordering": ("projection", "stream"),
                "managed": False,
            },
        ),
    ]
