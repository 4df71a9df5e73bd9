"""What a sign-in leaves with the browser, and what a sign-out takes back."""

import logging
from typing import Any

from django.db import Error, transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts import access, revocation
from accounts.claims import LIFE, Audience, issue, person_of
from accounts.credentials import (
    SESSION_CLAIM,
    claims_shown,
    give_intake_cookie,
    take_intake_cookie,
)
from accounts.models import DECLARE, User

log = logging.getLogger(__name__)

_UNRELATED = frozenset({"last_login", "first_name", "last_name", "email"})


def remember(sender: type[User], request: HttpRequest, user: User, **_: Any) -> None:
    """Sign who has just signed in: into her session, and for her browser's intake cookie.

    Both bear one identifier, so that a sign-out ends both. Receives `user_logged_in`.
    """
    now, jti = timezone.now(), uuid7()  # noqa: TID251  a sign-in is now
    request.session[SESSION_CLAIM] = issue(person_of(user), Audience.SESSION, jti=jti, now=now)
    if access.may_declare(user):
        person = person_of(user, {DECLARE})
        claim = issue(person, Audience.INTAKE, jti=jti, now=now)
    else:
        claim = None
    request.intake_claim = claim  # type: ignore[attr-defined]


def sign_out(request: HttpRequest) -> None:
    """End the session and the intake cookie shown, also copies of them; asks no database."""
    end(None, request)
    request.session.flush()


def end(sender: type[User] | None, request: HttpRequest, **_: Any) -> None:
    """Take back what a sign-in left with this browser. Receives `user_logged_out`."""
    now = timezone.now()  # noqa: TID251  a sign-out is now
    # Whatever of a sign-in is shown, its intake cookie lives longest.
    ends = {
        claim.jti: claim.issued_at + LIFE[Audience.INTAKE] for claim in claims_shown(request, now)
    }
    for jti, until in ends.items():
        try:
            revocation.revoke(jti, until=until)
        except OSError:
            log.exception("a sign-out could not be written down")
    request.intake_claim = None  # type: ignore[attr-defined]


def keep_cookie(request: HttpRequest, response: HttpResponse) -> None:
    """Give the browser the intake cookie that a sign-in led to; take it after a sign-out."""
    claim = getattr(request, "intake_claim", "")
    if claim:
        give_intake_cookie(response, claim)
    elif claim is None:
        take_intake_cookie(response)


def changed(sender: type[Model], **told: Any) -> None:
    """Bring this node's list up to date at once after a change through Django.

    The triggers have written it down; other ways of changing are seen at the next refresh.
    Receives `post_save` and `post_delete`.
    """
    fields = told.get("update_fields")
    if told.get("created") or (fields is not None and _UNRELATED.issuperset(fields)):
        return
    transaction.on_commit(_refreshed)


def _refreshed() -> None:
    try:
        revocation.refresh(timezone.now())  # noqa: TID251  it is as of now
    except (Error, OSError):
        log.exception("the list of revocations could not be written")
