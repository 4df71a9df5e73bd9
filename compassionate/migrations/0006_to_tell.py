from pathlib import Path

from django.db import migrations, models

from events.schema import as_projector

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """What is still to be told of extensions and cessations."""

    dependencies = [("compassionate", "0005_dose_corrections")]

    operations = [
        as_projector(SQL / "to_tell.sql"),
        *(
            migrations.AddField(model_name=model, name=name, field=field)
            for model in ("criteriasheetrow", "holderfilerow")
            for name, field in (
                ("to_tell", models.IntegerField(null=True)),
                ("to_tell_since", models.DateField(null=True)),
            )
        ),
    ]
