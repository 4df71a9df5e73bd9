"""Who is behind a professional's number: asked where the database is, never on the way in."""

from collections.abc import Iterable

from accounts.models import User


def account_with_rpps(rpps: str | None) -> str | None:
    """Return the account of whoever has this RPPS number, None where nobody has."""
    if not rpps:
        return None
    found = User.objects.filter(rpps=rpps, is_active=True).values_list("public_id", flat=True)
    return next((str(one) for one in found), None)


def names_of(accounts: Iterable[str]) -> dict[str, str]:
    """Return the full name behind each account, by its public id."""
    found = User.objects.filter(public_id__in=set(accounts))
    return {str(one.public_id): one.get_full_name() or one.get_username() for one in found}
