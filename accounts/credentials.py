"""What a request shows of who sends it, judged without any database.

Three answers: a person in good standing, one whose credential was taken back (who may still report a
fact, unverified), and nobody.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.access import Someone
from accounts.claims import LIFE, Audience, Claim, ClaimRefused, Person, verify
from accounts.models import DECLARE
from accounts.revocation import revoked

log = logging.getLogger(__name__)

SESSION_CLAIM = "claim"
"""Where a session keeps its claim."""
INTAKE_COOKIE = "intake"
REVOKED, AGED, NO_ACCOUNT = "revoked", "revocations_aged", "no_account"
"""Why a person has to look at what was sent (`Person.review`)."""


def judged(text: str, audience: Audience, *, now: datetime) -> Person:
    """Return whom a claim names, as much as she may be trusted now. Raises ClaimRefused."""
    return _standing(verify(text, audience, now=now), now)


def actor_in(request: HttpRequest) -> Someone:
    """Return who sends a request, for what is written: session, else intake cookie, else nobody."""
    found = [_shown(request, audience) for audience in (Audience.SESSION, Audience.INTAKE)]
    for person in found:
        if person is not None and not person.unverified:
            return person
    return next((person for person in found if person is not None), AnonymousUser())


def actor_of(request: HttpRequest) -> Someone:
    """Return `request.actor`, which the middleware sets, with its type."""
    actor: Someone = request.actor  # type: ignore[attr-defined]
    return actor


def sign_in_stands(request: HttpRequest) -> bool:
    """Say whether the session's own claim is good: without one nobody is signed in."""
    person = _shown(request, Audience.SESSION)
    return person is not None and not person.unverified


def claims_shown(request: HttpRequest, now: datetime) -> list[Claim]:
    """Return the claims of a request that are ours, revoked or not: what a sign-out ends."""
    found = []
    for audience in (Audience.SESSION, Audience.INTAKE):
        try:
            found.append(verify(_text(request, audience), audience, now=now))
        except ClaimRefused:
            continue
    return found


def give_intake_cookie(response: HttpResponse, claim: str) -> None:
    """Let this browser declare for thirty days, also when nobody can sign in."""
    response.set_cookie(
        INTAKE_COOKIE,
        claim,
        max_age=LIFE[Audience.INTAKE] // timedelta(seconds=1),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def take_intake_cookie(response: HttpResponse) -> None:
    """Forget whose browser this was."""
    response.delete_cookie(INTAKE_COOKIE, samesite="Lax")


def _shown(request: HttpRequest, audience: Audience) -> Person | None:
    text = _text(request, audience)
    if not text:
        return None
    try:
        return judged(text, audience, now=timezone.now())  # noqa: TID251  when it was shown
    except ClaimRefused as refusal:
        if refusal.code != "expired":
            log.info("%s claim refused: %s", audience, refusal.code)
        return None


def _text(request: HttpRequest, audience: Audience) -> str:
    if audience is Audience.SESSION:
        return str(request.session.get(SESSION_CLAIM, ""))
    return request.COOKIES.get(INTAKE_COOKIE, "")


def _standing(claim: Claim, now: datetime) -> Person:
    known = revoked()
    person = claim.person
    if known.holds(claim):
        return _without_account(person)
    return replace(person, review=(AGED,)) if known.is_aged(now) else person


def _without_account(person: Person) -> Person:
    """Return somebody whose credential was taken back: she reports facts, and nobody vouches for her.

    Refusing would lose the report of a fact, which a patient or a passer-by may make as well. So a
    declaration is taken like one made without account: unverified, for review, with no account and
    no institution to its name. Her identifier stays, so that the same command sent again after the
    revocation is known again, and whoever reviews it sees whose credential was used.
    """
    return Person(
        public_id=person.public_id,
        role=person.role,
        scopes=frozenset({DECLARE}),
        unverified=True,
        review=(REVOKED,),
    )
