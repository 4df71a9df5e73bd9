"""Who is behind a professional's number: asked where the database is."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import Role, User
from events.asking import first_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """A doctor of an establishment, as somebody who works there may name her."""

    id: str
    name: str
    rpps: str
    email: str
    profession: str


def account_with_rpps(rpps: str | None) -> str | None:
    """Return the account of whoever has this RPPS number, None where nobody has; asked in an intake, too."""
    if not rpps:
        return None
    row = first_of(User.objects.filter(rpps=rpps, is_active=True).values_list("public_id"))
    return str(row[0]) if row else None


def doctors_of(finess: str | None) -> list[Colleague]:
    """Return the doctors of an establishment, by name; an intern acts in the name of one of them."""
    if not finess:
        return []
    found = User.objects.filter(
        institution__finess=finess, role=Role.DOCTOR, is_active=True
    ).order_by("last_name", "first_name", "pk")
    return [
        Colleague(
            id=str(one.public_id),
            name=one.get_full_name(),
            rpps=one.rpps or "",
            email=one.email,
            profession=one.profession,
        )
        for one in found
    ]


def names_of(accounts: Iterable[str]) -> dict[str, str]:
    """Return the full name behind each account, by its public id."""
    found = User.objects.filter(public_id__in=set(accounts))
    return {str(one.public_id): one.get_full_name() or one.get_username() for one in found}
