"""Invented people and places that a demonstration signs in with."""

from dataclasses import dataclass

from accounts.models import Institution, InstitutionKind, Role, User

DEFAULT_PASSWORD = "demo-2026"  # noqa: S105 - printed on the sign-in page of a demonstration


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """One demo account; `institution` is the FINESS number of a place below."""

    username: str
    first_name: str
    last_name: str
    role: Role
    profession: str
    institution: str
    department: str = "75"
    rpps: str | None = None


INSTITUTIONS: tuple[dict[str, object], ...] = (
    {
        "finess": "759900012",
        "name": "Hôpital de démonstration",
        "kind": InstitutionKind.HOSPITAL,
        "department": "75",
        "city": "Paris",
    },
    {
        "finess": "759900020",
        "name": "CRPV de démonstration (Paris)",
        "kind": InstitutionKind.REGIONAL_CENTRE,
        "department": "75",
        "city": "Paris",
        "territory": ["75", "77", "94"],
    },
    {
        "finess": "939900031",
        "name": "Agence de démonstration",
        "kind": InstitutionKind.AGENCY,
        "department": "93",
        "city": "Saint-Denis",
    },
)

PEOPLE: tuple[DemoPerson, ...] = (
    DemoPerson(
        username="dr.martin",
        first_name="Claire",
        last_name="Martin",
        role=Role.DOCTOR,
        profession="Médecin",
        institution="759900012",
        rpps="10009999912",
    ),
    DemoPerson(
        username="ph.bernard",
        first_name="Luc",
        last_name="Bernard",
        role=Role.HOSPITAL_PHARMACIST,
        profession="Pharmacien",
        institution="759900012",
        rpps="10009999920",
    ),
    DemoPerson(
        username="crpv.paris",
        first_name="Nadia",
        last_name="Petit",
        role=Role.REGIONAL_CENTRE,
        profession="Pharmacien",
        institution="759900020",
    ),
    DemoPerson(
        username="evaluateur",
        first_name="Hugo",
        last_name="Moreau",
        role=Role.REVIEWER,
        profession="Évaluateur",
        institution="939900031",
        department="93",
    ),
    DemoPerson(
        username="signataire",
        first_name="Anne",
        last_name="Leroy",
        role=Role.SIGNATORY,
        profession="Directrice",
        institution="939900031",
        department="93",
    ),
    DemoPerson(
        username="operateur",
        first_name="Samir",
        last_name="Garnier",
        role=Role.OPERATOR,
        profession="Exploitation",
        institution="939900031",
        department="93",
    ),
    DemoPerson(
        username="interne",
        first_name="Léa",
        last_name="Fontaine",
        role=Role.INTERN,
        profession="Interne",
        institution="759900012",
    ),
    DemoPerson(
        username="astreinte",
        first_name="Karim",
        last_name="Benali",
        role=Role.ON_CALL,
        profession="Évaluateur d'astreinte",
        institution="939900031",
        department="93",
    ),
    DemoPerson(
        username="pilote.pv",
        first_name="Sophie",
        last_name="Lambert",
        role=Role.VIGILANCE_PILOT,
        profession="Pilote de pharmacovigilance",
        institution="939900031",
        department="93",
    ),
    DemoPerson(
        username="referentiel",
        first_name="Paul",
        last_name="Girard",
        role=Role.CRITERIA_EDITOR,
        profession="Chargé du référentiel",
        institution="939900031",
        department="93",
    ),
    DemoPerson(
        username="juriste",
        first_name="Inès",
        last_name="Roche",
        role=Role.LEGAL,
        profession="Juriste",
        institution="939900031",
        department="93",
    ),
    DemoPerson(
        username="dpo",
        first_name="Marc",
        last_name="Olivier",
        role=Role.AUDITOR,
        profession="Délégué à la protection des données",
        institution="939900031",
        department="93",
    ),
)


def seed_institutions() -> dict[str, Institution]:
    """Create or bring up to date the demo institutions; return them by FINESS number."""
    found = {}
    for fields in INSTITUTIONS:
        values = dict(fields)
        finess = str(values.pop("finess"))
        found[finess] = Institution.objects.update_or_create(finess=finess, defaults=values)[0]
    return found


def seed_people(institutions: dict[str, Institution], hashed_password: str) -> list[User]:
    """Create or bring up to date the demo people; a password that exists is left alone."""
    people = []
    for person in PEOPLE:
        values = {
            "first_name": person.first_name,
            "last_name": person.last_name,
            "email": f"{person.username}@example.invalid",
            "role": person.role,
            "profession": person.profession,
            "institution": institutions[person.institution],
            "department": person.department,
            "rpps": person.rpps,
            "is_active": True,
            "is_staff": person.role == Role.OPERATOR,
        }
        user, _created = User.objects.update_or_create(
            username=person.username,
            defaults=values,
            create_defaults=values | {"password": hashed_password},
        )
        people.append(user)
    return people
