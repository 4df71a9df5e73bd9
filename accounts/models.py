"""Who signs in: people, the institutions they work for, and the tokens of their software; who read what."""

from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override
from uuid_utils.compat import uuid7

from accounts.identifiers import is_department, is_finess, is_rpps
from events.event import Actor
from events.read_row import MadeByProjection

FULL, DECLARE = "full", "declare"
"""Scopes of people: everything their role allows, or telling without reading anything."""


class Role(models.TextChoices):
    """What a person is to the system; one role each."""

    DOCTOR = "doctor", _("Médecin")
    HOSPITAL_PHARMACIST = "hospital_pharmacist", _("Pharmacien hospitalier (PUI)")
    REGIONAL_CENTRE = "regional_centre", _("Centre régional de pharmacovigilance (CRPV)")
    REVIEWER = "reviewer", _("Évaluateur")
    SIGNATORY = "signatory", _("Signataire")
    OPERATOR = "operator", _("Opérateur")
    INTERN = "intern", _("Interne")
    ON_CALL = "on_call", _("Astreinte")
    VIGILANCE_PILOT = "vigilance_pilot", _("Pilote de pharmacovigilance")
    CRITERIA_EDITOR = "criteria_editor", _("Référentiel")
    LEGAL = "legal", _("Juriste")
    AUDITOR = "auditor", _("DPO / audit")


class InstitutionKind(models.TextChoices):
    """What sort of place an institution is."""

    HOSPITAL = "hospital", _("Établissement de santé")
    PRACTICE = "practice", _("Cabinet")
    REGIONAL_CENTRE = "regional_centre", _("Centre régional de pharmacovigilance")
    AGENCY = "agency", _("Agence")


class TokenScope(models.TextChoices):
    """What a token lets its software do in the name of its person."""

    DECLARATIONS_WRITE = "declarations:write", _("Déclarer et compléter")
    DECLARATIONS_READ = "declarations:read", _("Lire les déclarations")
    WORKLIST_READ = "worklist:read", _("Lire la liste de travail")
    REQUESTS_WRITE = "requests:write", _("Demander un accès compassionnel et compléter")
    REQUESTS_READ = "requests:read", _("Lire les demandes d’accès compassionnel")


def new_public_id() -> UUID:
    """Return an identifier that may leave the database."""
    return uuid7()


def check_rpps(value: str) -> None:
    """Raise ValidationError unless `value` is an RPPS number."""
    if not is_rpps(value):
        raise ValidationError(_("Un numéro RPPS a 11 chiffres, le dernier est une clé."))


def check_finess(value: str) -> None:
    """Raise ValidationError unless `value` is a FINESS number."""
    if not is_finess(value):
        raise ValidationError(_("Un numéro FINESS a 9 caractères, le dernier est une clé."))


def check_department(value: str) -> None:
    """Raise ValidationError unless `value` is the code of a département."""
    if not is_department(value):
        raise ValidationError(_("Code de département inconnu."))


class Institution(models.Model):
    """A hospital, a practice, a regional centre or the agency."""

    finess = models.CharField(_("FINESS"), max_length=9, unique=True, validators=[check_finess])
    name = models.CharField(_("nom"), max_length=200)
    kind = models.CharField(_("type"), max_length=20, choices=InstitutionKind)
    department = models.CharField(_("département"), max_length=3, validators=[check_department])
    city = models.CharField(_("ville"), max_length=100)
    territory = ArrayField(
        models.CharField(max_length=3, validators=[check_department]),
        verbose_name=_("départements suivis"),
        default=list,
        blank=True,
        help_text=_("Pour un centre régional : les départements dont il reçoit les déclarations."),
    )

    class Meta:
        verbose_name = _("établissement")
        verbose_name_plural = _("établissements")
        constraints = [
            models.CheckConstraint(
                condition=Q(finess__regex=r"^[0-9][0-9AB][0-9]{7}$"), name="institution_finess"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=InstitutionKind.values), name="institution_kind"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.name} ({self.city})"


class User(AbstractUser):
    """A person who signs in. Events name her by `public_id` and never by name."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    role = models.CharField(
        _("rôle"),
        max_length=20,
        choices=Role,
        blank=True,
        help_text=_("Sans rôle, une personne n'a accès qu'à l'administration."),
    )
    rpps = models.CharField(
        _("RPPS"), max_length=11, unique=True, null=True, blank=True, validators=[check_rpps]
    )
    profession = models.CharField(_("profession"), max_length=100, blank=True)
    institution = models.ForeignKey(
        Institution,
        verbose_name=_("établissement"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
    )
    department = models.CharField(
        _("département"), max_length=3, blank=True, validators=[check_department]
    )

    class Meta(AbstractUser.Meta):
        verbose_name = _("personne")  # type: ignore[assignment]
        verbose_name_plural = _("personnes")  # type: ignore[assignment]
        constraints = [
            models.CheckConstraint(
                condition=Q(rpps__isnull=True) | Q(rpps__regex=r"^[0-9]{11}$"), name="user_rpps"
            ),
            models.CheckConstraint(condition=Q(role__in=["", *Role.values]), name="user_role"),
        ]

    @override
    def clean(self) -> None:
        """Store a missing RPPS as NULL, so that several people may lack one."""
        super().clean()
        self.rpps = self.rpps or None

    def actor(self) -> Actor:
        """Return who acts, as events record it."""
        return Actor(id=str(self.public_id), role=self.role, institution=self.institution_finess)

    @property
    def institution_finess(self) -> str | None:
        """The FINESS number of her institution."""
        return self.institution.finess if self.institution else None

    @property
    def institution_department(self) -> str | None:
        """The département of her institution."""
        return self.institution.department if self.institution else None

    @property
    def institution_name(self) -> str:
        """The name of her institution."""
        return self.institution.name if self.institution else ""

    @property
    def institution_city(self) -> str:
        """The town of her institution."""
        return self.institution.city if self.institution else ""

    @property
    def territory(self) -> tuple[str, ...]:
        """The départements whose declarations her institution receives."""
        return tuple(self.institution.territory) if self.institution else ()

    @property
    def scopes(self) -> frozenset[str]:
        """Everything that her role allows: she was read from the database."""
        return frozenset({FULL})

    @property
    def unverified(self) -> bool:
        """Whether nobody has proved who this is: somebody has, when she signed in."""
        return False

    @property
    def review(self) -> tuple[str, ...]:
        """Why somebody has to look at what she sends: for no reason."""
        return ()


class ApiToken(models.Model):
    """A signed claim shown once; the database keeps its identifier, for listing and revocation."""

    user = models.ForeignKey(
        User, verbose_name=_("personne"), on_delete=models.CASCADE, related_name="tokens"
    )
    jti = models.UUIDField(default=uuid7, unique=True, editable=False)
    label = models.CharField(_("nom"), max_length=100, blank=True)
    scopes = ArrayField(
        models.CharField(max_length=40, choices=TokenScope), verbose_name=_("portées")
    )
    created_at = models.DateTimeField(_("créé le"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expire le"))
    revoked_at = models.DateTimeField(_("révoqué le"), null=True, blank=True)

    class Meta:
        verbose_name = _("jeton d'API")
        verbose_name_plural = _("jetons d'API")

    @override
    def __str__(self) -> str:
        return self.label or f"#{self.pk}"


class Revocation(models.Model):
    """What was taken back before its end: one claim, or all that were issued to a person until then.

    Written by triggers on people, institutions and tokens (`sql/revocation.sql`), so that no way of
    changing those goes round it, and by `accounts.revocation` for a sign-out.
    """

    jti = models.UUIDField(null=True, unique=True, editable=False)
    person = models.UUIDField(null=True, editable=False)
    tokens = models.BooleanField(
        default=True, editable=False, help_text="Whether the person's API tokens end too."
    )
    revoked_at = models.DateTimeField(editable=False)
    until = models.DateTimeField(editable=False, db_index=True)

    class Meta:
        verbose_name = _("révocation")
        verbose_name_plural = _("révocations")
        constraints = [
            models.CheckConstraint(
                condition=Q(jti__isnull=False, person__isnull=True)
                | Q(jti__isnull=True, person__isnull=False),
                name="revocation_of_one",
            )
        ]

    @override
    def __str__(self) -> str:
        return str(self.jti or self.person)


class ReadingRow(MadeByProjection):
    """One opening of a file by whoever audits; `reference` is ciphertext.

    `said` is what a query opened of it.
    """

    said = ""

    reader = models.TextField()
    file = models.TextField()
    opened = models.TextField()
    number = models.TextField()
    letter = models.IntegerField(null=True)
    document = models.UUIDField(null=True)
    as_of = models.DateTimeField(null=True)
    place = models.TextField()
    ground = models.TextField()
    reference = models.TextField(null=True)  # noqa: DJ001  erased is not empty
    read_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "readings"
