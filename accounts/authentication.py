"""How software signs in to the API."""

from typing import TYPE_CHECKING, Any, NoReturn

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from typing_extensions import override

from accounts.actions import digest
from accounts.models import ApiToken, User

if TYPE_CHECKING:
    # DRF's views load the default authentication classes, this module's among them.
    from rest_framework.views import APIView

KEYWORD = b"bearer"
LONGEST_HEADER = 512


class ApiTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`; one indexed query gives token, person and institution."""

    @override
    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return (person, token), or None when the header is not ours.

        Raises AuthenticationFailed: malformed, unknown, expired or revoked token, or a person
        who may no longer sign in. The answer does not say which.
        """
        header = get_authorization_header(request)
        keyword, _space, secret = header.partition(b" ")
        if keyword.lower() != KEYWORD:
            return None
        if not secret or b" " in secret or len(header) > LONGEST_HEADER:
            _refuse()
        token = self._token(digest(secret.decode("latin-1")))
        if token is None or not token.user.is_active:
            _refuse()
        return token.user, token

    @override
    def authenticate_header(self, request: Request) -> str:
        """Return the challenge, which makes the refusal a 401 instead of a 403."""
        return 'Bearer realm="api"'

    def _token(self, wanted: str) -> ApiToken | None:
        token = (
            ApiToken.objects.select_related("user__institution")
            .filter(Q(revoked_at__isnull=True) & Q(expires_at__gt=Now()), digest=wanted)
            .first()
        )
        return token if token and constant_time_compare(token.digest, wanted) else None


class HasScope(BasePermission):
    """Lets a token through only for the scope its view names.

    A view says `required_scopes = {"GET": "declarations:read", "POST": "declarations:write"}`; a
    method it does not name is refused to tokens. A person signed in by session has every scope,
    within what `accounts.access` allows.
    """

    @override
    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether the token carries the scope of this method."""
        token: Any = request.auth
        if not isinstance(token, ApiToken):
            return bool(request.user.is_authenticated)
        method = "GET" if request.method in {"HEAD", "OPTIONS"} else request.method
        scope = getattr(view, "required_scopes", {}).get(method)
        return scope is not None and token.allows(scope)


def _refuse() -> NoReturn:
    raise AuthenticationFailed(_("Jeton inconnu, expiré ou révoqué."))
