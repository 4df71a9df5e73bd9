"""How software signs in to the API, and browsers that call it: both judged by signed claims."""

from typing import TYPE_CHECKING, Any, NoReturn, cast

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
    get_authorization_header,
)
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from typing_extensions import override

from accounts.actions import PREFIX
from accounts.claims import LONGEST, Audience, ClaimRefused, Person
from accounts.credentials import actor_of, judged

if TYPE_CHECKING:
    # DRF's views load the default authentication classes, this module's among them.
    from rest_framework.views import APIView

KEYWORD = b"bearer"
LONGEST_HEADER = LONGEST + len("Bearer ") + len(PREFIX)


class ApiTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer vig_<claim>`; no query: signature, times, then what was taken back."""

    @override
    def authenticate(self, request: Request) -> tuple[Person, frozenset[str]] | None:
        """Return (person, scopes of the token), or None when the header is not ours.

        Raises AuthenticationFailed: malformed, forged, expired or revoked token. The answer does
        not say which. A revoked one still reports a fact where the view takes it, unverified.
        """
        header = get_authorization_header(request)
        keyword, _space, secret = header.partition(b" ")
        if keyword.lower() != KEYWORD:
            return None
        if not secret.startswith(PREFIX.encode()) or len(header) > LONGEST_HEADER:
            _refuse()
        text = secret.decode("latin-1").removeprefix(PREFIX)
        try:
            person = judged(text, Audience.API, now=timezone.now())  # noqa: TID251
        except ClaimRefused:
            _refuse()
        if person.unverified and not _reports_facts(request):
            _refuse()
        return person, person.scopes

    @override
    def authenticate_header(self, request: Request) -> str:
        """Return the challenge, which makes the refusal a 401 instead of a 403."""
        return 'Bearer realm="api"'


class ActorAuthentication(SessionAuthentication):
    """A browser: who writes is `request.actor`, who reads the `request.user` of the database."""

    @override
    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """Return the person of the cookies shown, after checking the CSRF token of a write."""
        if request.method in SAFE_METHODS:
            return super().authenticate(request)
        actor = actor_of(request._request)  # noqa: SLF001  as SessionAuthentication does
        if isinstance(actor, AnonymousUser):
            return None
        if actor.unverified and not _reports_facts(request):
            return None
        self.enforce_csrf(request)
        return actor, None


class HasScope(BasePermission):
    """Lets a token through only for the scope its view names.

    A view says `required_scopes = {"GET": "declarations:read", "POST": "declarations:write"}`; a
    method it does not name is refused to tokens. A person signed in by session has every scope,
    within what `accounts.access` allows. So has a revoked token where it was let through at all.
    """

    @override
    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether the token carries the scope of this method."""
        scopes: Any = request.auth
        person = cast("Any", request.user)
        if not isinstance(scopes, frozenset) or getattr(person, "unverified", False):
            return bool(person.is_authenticated)
        method = "GET" if request.method in {"HEAD", "OPTIONS"} else request.method
        scope = getattr(view, "required_scopes", {}).get(method)
        return scope is not None and scope in scopes


def _reports_facts(request: Request) -> bool:
    """Say whether the view takes this method from somebody who is not verified."""
    view = (request.parser_context or {}).get("view")
    return request.method in getattr(view, "reports_of_fact", ())


def _refuse() -> NoReturn:
    raise AuthenticationFailed(_("Jeton inconnu, expiré ou révoqué."))
