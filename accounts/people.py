"""Who is behind a professional's number: asked where the database is, never on the way in."""

from accounts.models import User


def account_with_rpps(rpps: str | None) -> str | None:
    """Return the account of whoever has this RPPS number, None where nobody has."""
    if not rpps:
        return None
    found = User.objects.filter(rpps=rpps, is_active=True).values_list("public_id", flat=True)
    return next((str(one) for one in found), None)
