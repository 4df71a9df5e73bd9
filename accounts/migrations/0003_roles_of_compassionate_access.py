import django.contrib.postgres.fields
from django.db import migrations, models

ROLES = [
    ("doctor", "Médecin"),
    ("hospital_pharmacist", "Pharmacien hospitalier (PUI)"),
    ("regional_centre", "Centre régional de pharmacovigilance (CRPV)"),
    ("reviewer", "Évaluateur"),
    ("signatory", "Signataire"),
    ("operator", "Opérateur"),
    ("intern", "Interne"),
    ("on_call", "Astreinte"),
    ("vigilance_pilot", "Pilote de pharmacovigilance"),
    ("criteria_editor", "Référentiel"),
    ("legal", "Juriste"),
    ("auditor", "DPO / audit"),
]
SCOPES = [
    ("declarations:write", "Déclarer et compléter"),
    ("declarations:read", "Lire les déclarations"),
    ("worklist:read", "Lire la liste de travail"),
    ("requests:write", "Demander un accès compassionnel et compléter"),
    ("requests:read", "Lire les demandes d’accès compassionnel"),
]


class Migration(migrations.Migration):
    """The roles of compassionate access, and the scopes of software that asks for it."""

    dependencies = [("accounts", "0002_claims")]

    operations = [
        migrations.RemoveConstraint(model_name="user", name="user_role"),
        migrations.AlterField(
            model_name="user",
            name="role",
            field=models.CharField(
                blank=True,
                choices=ROLES,
                help_text="Sans rôle, une personne n'a accès qu'à l'administration.",
                max_length=20,
                verbose_name="rôle",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["", *(role for role, _label in ROLES)])),
                name="user_role",
            ),
        ),
        migrations.AlterField(
            model_name="apitoken",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=SCOPES, max_length=40),
                size=None,
                verbose_name="portées",
            ),
        ),
    ]
