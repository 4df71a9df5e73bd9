"""Giving and taking back API tokens."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from accounts.models import ApiToken, TokenScope, User

PREFIX = "vig_"


class UnknownScopeError(ValueError):
    """A token was asked for a scope that does not exist."""


def digest(secret: str) -> str:
    """Return what the database keeps of a token: 64 hexadecimal digits.

    The secret is 32 random bytes, so a plain SHA-256 cannot be searched backwards.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_token(
    user: User, scopes: Iterable[str], *, days: int, label: str = ""
) -> tuple[ApiToken, str]:
    """Create a token; return it and the secret, which can never be read again.

    Raises UnknownScopeError.
    """
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in TokenScope.values]
    if unknown or not wanted:
        raise UnknownScopeError(", ".join(unknown) or "no scope")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        digest=digest(secret),
        label=label,
        scopes=wanted,
        expires_at=timezone.now() + timedelta(days=days),
    )
    return token, secret


def revoke_token(token: ApiToken) -> None:
    """Make a token useless from now on; it stays listed."""
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
