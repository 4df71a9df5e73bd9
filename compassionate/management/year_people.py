"""The invented hospitals and people of a simulated year, and the criteria sheets it is judged by."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.identifiers import luhn_valid
from accounts.models import Institution, InstitutionKind, Role, User
from compassionate import acting, delegating
from compassionate.domain.criteria_sheet import (
    OpenSheet,
    PrepareCriteria,
    PublishCriteria,
    PublishProtocol,
)
from compassionate.domain.vocabulary import DeclareTo, Delegated
from compassionate.management.year_shapes import (
    CRITERIA,
    DOCTORS_EACH,
    HOSPITALS,
    LISTED,
    PHARMACISTS_EACH,
    product_code,
)
from compassionate.streams import delegation_facts, sheet_facts
from events.days import day_of

AGENCY = "939900031"
FOLLOW_UP_DAYS = (30, 90)
DELEGATION = "DG 2025-01"


@dataclass(frozen=True, slots=True)
class People:
    """Who acts: doctors and pharmacists by hospital, and the agency's."""

    doctors: tuple[tuple[User, ...], ...]
    pharmacists: tuple[tuple[User, ...], ...]
    evaluators: tuple[User, ...]
    signatories: tuple[User, ...]
    on_call: User
    editor: User
    lawyer: User


def seed_people() -> People:
    """Create the people of the year, or find those of a run before."""
    agency, _ = Institution.objects.get_or_create(
        finess=AGENCY,
        defaults={"name": "Agence", "kind": InstitutionKind.AGENCY, "department": "93"},
    )
    doctors, pharmacists = [], []
    for place in range(HOSPITALS):
        hospital, _ = Institution.objects.get_or_create(
            finess=_checked(f"75{place:06d}"),
            defaults={
                "name": f"Hôpital simulé {place}",
                "kind": InstitutionKind.HOSPITAL,
                "department": "75",
            },
        )
        doctors.append(_team(Role.DOCTOR, f"{place}", DOCTORS_EACH, hospital))
        pharmacists.append(_team(Role.HOSPITAL_PHARMACIST, f"{place}", PHARMACISTS_EACH, hospital))
    return People(
        doctors=tuple(doctors),
        pharmacists=tuple(pharmacists),
        evaluators=_team(Role.REVIEWER, "agency", 12, agency),
        signatories=_team(Role.SIGNATORY, "agency", 4, agency),
        on_call=_team(Role.ON_CALL, "agency", 1, agency)[0],
        editor=_team(Role.CRITERIA_EDITOR, "agency", 1, agency)[0],
        lawyer=_team(Role.LEGAL, "agency", 1, agency)[0],
    )


def publish_sheets(people: People, at: datetime) -> None:
    """Publish the criteria of every listed product, with a PUT-SP, unless a run before did."""
    for product in range(LISTED):
        code = product_code(product)
        if sheet_facts(code, "ind-1").published:
            continue
        opened = {
            "product_name": code.upper(),
            "indication_text": "Indication simulée",
            "holder": f"Laboratoire {product % 40}",
        }
        protocol = {
            "document": f"{product:064d}",
            "every_days": FOLLOW_UP_DAYS,
            "declare_to": DeclareTo.REGIONAL_CENTRE,
        }
        for act, fields, who in (
            (OpenSheet, opened, people.editor),
            (PrepareCriteria, {"criteria": CRITERIA, "max_days": 365}, people.editor),
            (PublishCriteria, {"in_force_from": at}, people.signatories[0]),
            (PublishProtocol, protocol, people.signatories[0]),
        ):
            acting.act_on_sheet(
                who, code, "ind-1", act, fields, idempotency_key="simulated", now=at
            )


def delegate(people: People, at: datetime) -> None:
    """Let the signatories sign, unless a run before did."""
    said = {
        "reference": DELEGATION,
        "quality": "Directrice médicale adjointe",
        "acts": tuple(Delegated),
        "published_on": day_of(at),
        "begins_on": day_of(at),
    }
    for signatory in people.signatories:
        if not delegation_facts(signatory.public_id).given:
            delegating.record(people.lawyer, signatory, said, idempotency_key="simulated", now=at)


def before_the_year(first: datetime) -> datetime:
    """Return when the sheets of the year were published."""
    return first - timedelta(days=30)


def _team(role: Role, where: str, count: int, institution: Institution) -> tuple[User, ...]:
    has_rpps = role in {Role.DOCTOR, Role.HOSPITAL_PHARMACIST}
    known = {
        user.username: user
        for user in User.objects.filter(username__startswith=f"sim.{role.value}.{where}.")
    }
    made = []
    for place in range(count):
        name = f"sim.{role.value}.{where}.{place}"
        user = known.get(name)
        if user is None:
            kind = 1 if role is Role.DOCTOR else 2
            # Several processes may begin together.
            user, _ = User.objects.get_or_create(
                username=name,
                defaults={
                    "role": role,
                    "institution": institution,
                    "rpps": _checked(f"8{kind}{int(where):05d}{place:03d}") if has_rpps else None,
                },
            )
        user.institution = institution
        made.append(user)
    return tuple(made)


def _checked(digits: str) -> str:
    """Return digits with their check digit."""
    return next(digits + str(key) for key in range(10) if luhn_valid(digits + str(key)))
