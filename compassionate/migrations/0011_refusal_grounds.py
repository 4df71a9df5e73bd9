from pathlib import Path

from django.db import migrations

from events.schema import as_projector

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """For which grounds requests were refused."""

    dependencies = [("compassionate", "0010_linked_declarations")]

    operations = [as_projector(SQL / "refusal_grounds.sql")]
