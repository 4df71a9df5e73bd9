"""Who somebody is, signed: what a clinician's write can be judged by without any database.

A claim is `<key id>.<body>.<mac>`, three parts in base64url: a JSON body and its HMAC-SHA256 under
a key of `accounts.claim_keys`. It names no algorithm, so that none can be chosen for us, and it is
good for one audience only. Times are microseconds since 1970, UTC. Whether a claim was taken back
since is for `accounts.revocation` to say.
"""

import binascii
import hmac
import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from uuid import UUID

import msgspec
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise

from accounts.claim_keys import claim_keys
from accounts.models import DECLARE, FULL, Role, User
from events.event import Actor

log = logging.getLogger(__name__)

LONGEST = 3_000
"""Characters; a session cookie holds one and more, and a browser keeps none above 4,096 bytes."""
LEEWAY = timedelta(seconds=60)
"""How far the clocks of two web nodes may be apart."""
_VERSION = b"vigilance claim 1\n"


class Audience(StrEnum):
    """What a claim is good for, and nothing else."""

    SESSION = "session"
    INTAKE = "intake"
    API = "api"


LIFE: Mapping[Audience, timedelta] = MappingProxyType(
    {
        Audience.SESSION: timedelta(hours=12),
        Audience.INTAKE: timedelta(days=30),
        Audience.API: timedelta(days=366),
    }
)
"""How long a claim may live at most: an older one is refused whatever it says."""


class ClaimRefused(Exception):
    """A claim is not ours, or not for this, or not for now; `code` says which, to logs and tests."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody as a claim, or the door without account, makes them known: no row behind it.

    `unverified` says that nobody has proved who this is; `review` why a person has to look at what
    is sent: `revoked`, `revocations_aged` or `no_account`.
    """

    public_id: UUID
    role: str
    scopes: frozenset[str]
    is_active: bool = True
    institution_finess: str | None = None
    institution_department: str | None = None
    department: str = ""
    territory: tuple[str, ...] = ()
    unverified: bool = False
    review: tuple[str, ...] = ()
    username: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    institution_name: str = ""
    institution_city: str = ""

    @property
    def is_authenticated(self) -> bool:
        """Say that somebody is there; what they may do is for `accounts.access`."""
        return True

    @property
    def is_anonymous(self) -> bool:
        """Say the opposite of `is_authenticated`, as Django's users do."""
        return False

    def actor(self) -> Actor:
        """Return who acts, as events record it."""
        return Actor(id=str(self.public_id), role=self.role, institution=self.institution_finess)

    def get_username(self) -> str:
        """Return the name to sign in with, empty where there is none."""
        return self.username

    def get_full_name(self) -> str:
        """Return the given and the family name."""
        return f"{self.first_name} {self.last_name}".strip()

    def get_role_display(self) -> str | Promise:
        """Return the role in the reader's language."""
        return Role(self.role).label if self.role else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim whose signature, audience and times are right."""

    audience: Audience
    jti: UUID
    issued_at: datetime
    expires_at: datetime
    person: Person


class _Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is signed; a release may add fields, which older nodes leave out."""

    aud: str
    jti: UUID
    iat: int
    exp: int
    sub: UUID
    scope: tuple[str, ...]
    role: str
    finess: str | None = None
    place: str | None = None
    dep: str = ""
    terr: tuple[str, ...] = ()
    user: str = ""
    first: str = ""
    last: str = ""
    email: str = ""
    inst: str = ""
    city: str = ""


def person_of(user: User, scopes: Iterable[str] = (FULL,)) -> Person:
    """Return an account as claims know it."""
    return Person(
        public_id=user.public_id,
        role=user.role,
        scopes=frozenset(scopes),
        is_active=user.is_active,
        institution_finess=user.institution_finess,
        institution_department=user.institution_department,
        department=user.department,
        territory=user.territory,
        username=user.get_username(),
        first_name=user.first_name,
        last_name=user.last_name,
        email=user.email,
        institution_name=user.institution_name,
        institution_city=user.institution_city,
    )


def issue(
    person: Person,
    audience: Audience,
    *,
    jti: UUID,
    now: datetime,
    life: timedelta | None = None,
    named: bool = True,
) -> str:
    """Return a signed claim; `life` is the longest of its audience unless said.

    `named` adds names and address, for the form to begin with; they are left out where they would
    make it too long. Raises ImproperlyConfigured without keys, ValueError for a life longer than the audience's.
    """
    life = LIFE[audience] if life is None else life
    if not timedelta(0) < life <= LIFE[audience]:
        raise ValueError(f"a claim for {audience} lives at most {LIFE[audience]}")
    keys = claim_keys()
    body = _base64url(msgspec.json.encode(_body(person, audience, jti, (now, life), named=named)))
    signed = f"{keys.signs}.{body}"
    text = f"{signed}.{_base64url(_mac(keys.known[keys.signs], signed))}"
    if named and len(text) > LONGEST:
        return issue(person, audience, jti=jti, now=now, life=life, named=False)
    return text


def verify(text: str, audience: Audience, *, now: datetime) -> Claim:
    """Return what a claim says. Raises ClaimRefused.

    Codes: malformed, unknown_key, forged, wrong_audience, expired, from_the_future, too_long_lived,
    and no_keys on a node that has none: it believes nobody, and goes on.
    """
    if len(text) > LONGEST or not text.isascii():
        raise ClaimRefused("malformed")
    signed, _dot, mac = text.rpartition(".")
    kid, _dot, body = signed.partition(".")
    if not mac or not body:
        raise ClaimRefused("malformed")
    key = _key(kid)
    if key is None:
        raise ClaimRefused("unknown_key")
    # Texts and not bytes are compared: base64 of one MAC can be written in several ways.
    if not hmac.compare_digest(_base64url(_mac(key, signed)), mac):
        raise ClaimRefused("forged")
    try:
        said = msgspec.json.decode(urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=_Body)
    except (msgspec.DecodeError, binascii.Error, ValueError) as error:
        raise ClaimRefused("malformed") from error
    _check(said, audience, now)
    return _claim(said, audience)


def _key(kid: str) -> bytes | None:
    try:
        return claim_keys().known.get(kid)
    except ImproperlyConfigured as error:
        log.error("no claim can be checked: %s", error)  # noqa: TRY400  the trace tells no more
        raise ClaimRefused("no_keys") from error


def _check(said: _Body, audience: Audience, now: datetime) -> None:
    if said.aud != audience:
        raise ClaimRefused("wrong_audience")
    present, leeway = _micros(now), LEEWAY // timedelta(microseconds=1)
    if said.exp <= present:
        raise ClaimRefused("expired")
    if said.iat > present + leeway:
        raise ClaimRefused("from_the_future")
    if said.exp - said.iat > LIFE[audience] // timedelta(microseconds=1):
        raise ClaimRefused("too_long_lived")


def _claim(said: _Body, audience: Audience) -> Claim:
    person = Person(
        public_id=said.sub,
        role=said.role if said.role in Role.values else "",
        # An intake cookie lives long on machines that many use: it declares, whatever it says.
        scopes=frozenset({DECLARE} if audience is Audience.INTAKE else said.scope),
        institution_finess=said.finess,
        institution_department=said.place,
        department=said.dep,
        territory=said.terr,
        username=said.user,
        first_name=said.first,
        last_name=said.last,
        email=said.email,
        institution_name=said.inst,
        institution_city=said.city,
    )
    return Claim(
        audience=audience,
        jti=said.jti,
        issued_at=_instant(said.iat),
        expires_at=_instant(said.exp),
        person=person,
    )


def _body(
    person: Person,
    audience: Audience,
    jti: UUID,
    times: tuple[datetime, timedelta],
    *,
    named: bool,
) -> _Body:
    issued = _micros(times[0])
    names = {
        "user": person.username,
        "first": person.first_name,
        "last": person.last_name,
        "email": person.email,
        "inst": person.institution_name,
        "city": person.institution_city,
    }
    return _Body(
        aud=audience,
        jti=jti,
        iat=issued,
        exp=issued + times[1] // timedelta(microseconds=1),
        sub=person.public_id,
        scope=tuple(sorted(person.scopes)),
        role=person.role,
        finess=person.institution_finess,
        place=person.institution_department,
        dep=person.department,
        terr=person.territory,
        **(names if named else {}),
    )


def _mac(key: bytes, signed: str) -> bytes:
    return hmac.digest(key, _VERSION + signed.encode(), sha256)


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _micros(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


def _instant(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
