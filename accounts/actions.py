"""Giving and taking back API tokens."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.claims import LIFE, Audience, issue, person_of
from accounts.models import ApiToken, TokenScope, User

PREFIX = "vig_"
LONGEST_DAYS = LIFE[Audience.API].days


class UnknownScopeError(ValueError):
    """A token was asked for a scope that does not exist."""


class LifeError(ValueError):
    """A token was asked to live for no day, or for longer than one may."""


class InactiveError(ValueError):
    """A token was asked for somebody who may not sign in."""


def issue_token(
    user: User, scopes: Iterable[str], *, days: int, label: str = ""
) -> tuple[ApiToken, str]:
    """Create a token; return it and the signed text, which can never be read again.

    The text says who the person is, where she works and what the token is for, and no name. Raises
    UnknownScopeError, LifeError, InactiveError.
    """
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in TokenScope.values]
    if unknown or not wanted:
        raise UnknownScopeError(", ".join(unknown) or "no scope")
    if not 1 <= days <= LONGEST_DAYS:
        raise LifeError(f"from 1 to {LONGEST_DAYS} days")
    if not user.is_active:
        raise InactiveError(user.get_username())
    now, life, jti = timezone.now(), timedelta(days=days), uuid7()
    text = issue(person_of(user, wanted), Audience.API, jti=jti, now=now, life=life, named=False)
    token = ApiToken.objects.create(
        user=user, jti=jti, label=label, scopes=wanted, expires_at=now + life
    )
    return token, PREFIX + text


def revoke_token(token: ApiToken) -> None:
    """Make a token useless from now on, on this node at once; it stays listed."""
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
