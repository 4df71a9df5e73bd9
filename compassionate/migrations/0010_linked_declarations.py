from pathlib import Path
from typing import Any

from django.db import migrations, models

from events.schema import as_projector

SQL = Path(__file__).parent.parent / "sql"
KEY: Any = {"blank": True, "editable": False, "primary_key": True, "serialize": False}


class Migration(migrations.Migration):
    """To which authorisations a declaration is linked."""

    dependencies = [("compassionate", "0009_owed_until")]

    operations = [
        as_projector(SQL / "linked_declarations.sql"),
        migrations.CreateModel(
            name="LinkedDeclarationRow",
            fields=[
                ("pk", models.CompositePrimaryKey("stream", "row_key", **KEY)),
                ("stream", models.TextField()),
                ("row_key", models.TextField()),
                ("stream_version", models.IntegerField()),
                ("declaration_id", models.UUIDField()),
                ("number", models.TextField()),
            ],
            options={"db_table": "linked_declarations", "managed": False},
        ),
    ]
