from pathlib import Path

import uuid_utils.compat
from django.db import migrations, models

from events.schema import run_sql

SQL = Path(__file__).parent.parent / "sql"

# A random token cannot be turned into a signed one: it stays listed, as revoked.
END_RANDOM_TOKENS = """
    UPDATE accounts_apitoken
    SET jti = gen_random_uuid(), revoked_at = coalesce(revoked_at, now())
"""


class Migration(migrations.Migration):
    """Tokens become signed claims; what is taken back is written down by triggers."""

    dependencies = [("accounts", "0001_people")]

    operations = [
        migrations.CreateModel(
            name="Revocation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("jti", models.UUIDField(editable=False, null=True, unique=True)),
                ("person", models.UUIDField(editable=False, null=True)),
                (
                    "tokens",
                    models.BooleanField(
                        default=True,
                        editable=False,
                        help_text="Whether the person's API tokens end too.",
                    ),
                ),
                ("revoked_at", models.DateTimeField(editable=False)),
                ("until", models.DateTimeField(db_index=True, editable=False)),
            ],
            options={
                "verbose_name": "révocation",
                "verbose_name_plural": "révocations",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("jti__isnull", False), ("person__isnull", True)),
                            models.Q(("jti__isnull", True), ("person__isnull", False)),
                            _connector="OR",
                        ),
                        name="revocation_of_one",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="apitoken", name="jti", field=models.UUIDField(editable=False, null=True)
        ),
        migrations.RunSQL(END_RANDOM_TOKENS, reverse_sql=migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="apitoken",
            name="jti",
            field=models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, unique=True),
        ),
        migrations.RemoveField(model_name="apitoken", name="digest"),
        run_sql(SQL / "revocation.sql"),
    ]
