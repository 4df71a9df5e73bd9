"""What was taken back, as this node knows it without a database: one file of known age.

`DATA_DIR/revocations.json` holds the identifiers of ended sign-ins and tokens, and for each person
who was disabled, deleted or changed the instant up to which claims issued to her are refused. A
revocation is never undone (she signs in again, a new token is issued), so that the file only ever
grows by what the database says, and loses what no claim can outlive.

A list that has not been compared with the database for ten minutes is `aged`: what is sent is still
taken, marked for review, since refusing it would lose the report of a fact for want of a proof.
"""

import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.claims import LIFE, Audience, Claim
from accounts.models import Revocation

log = logging.getLogger(__name__)

NAME = "revocations.json"
AGED_AFTER = timedelta(minutes=10)
_KEPT = LIFE[Audience.API] + timedelta(days=1)
"""No claim of a person outlives what was said of her by more than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """What was taken back; `as_of` is when the list last agreed with the database.

    `claims` maps an identifier to when its last claim ends, `people` a public id to when she was
    changed, `sign_ins` the same where only what a password gave is refused. Times are ISO 8601.
    """

    as_of: datetime | None = None
    claims: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    sign_ins: Mapping[str, str] = field(default_factory=dict)

    def is_aged(self, now: datetime) -> bool:
        """Say whether the list is too old to be relied on, or from a clock that was wrong."""
        return self.as_of is None or abs(now - self.as_of) > AGED_AFTER

    def holds(self, claim: Claim) -> bool:
        """Say whether a claim was taken back."""
        if str(claim.jti) in self.claims:
            return True
        person = str(claim.person.public_id)
        ends = [self.people.get(person)]
        if claim.audience is not Audience.API:
            ends.append(self.sign_ins.get(person))
        return any(end and claim.issued_at <= datetime.fromisoformat(end) for end in ends)


_read: tuple[tuple[Path, int, int], Revoked] | None = None


def revoked() -> Revoked:
    """Return the list of this node, read again when the file has changed; an empty one without it."""
    global _read  # noqa: PLW0603  one small file for the process
    path = _path()
    try:
        seen = path.stat()
    except OSError:
        return Revoked()
    mark = (path, seen.st_mtime_ns, seen.st_ino)
    if _read is None or _read[0] != mark:
        _read = (mark, _from(path))
    return _read[1]


def revoke(jti: UUID, *, until: datetime) -> None:
    """Refuse the claims of one sign-in or token on this node from now on, without a database.

    The next `refresh` tells the database, and so the other nodes. Raises OSError.
    """
    _change(lambda known: _with(known, claims={str(jti): until.isoformat()}))


def refresh(now: datetime) -> Revoked:
    """Make the file agree with the database, and tell the database what only the file knows.

    Raises OperationalError, InterfaceError, OSError; the file is then as it was.
    """
    Revocation.objects.filter(until__lt=now).delete()
    found = _in_database(now)
    untold = revoked().claims.keys() - found.claims.keys()
    Revocation.objects.bulk_create(
        [
            Revocation(jti=UUID(jti), revoked_at=now, until=until)
            for jti in sorted(untold)
            if (until := datetime.fromisoformat(revoked().claims[jti])) > now
        ],
        ignore_conflicts=True,
    )

    def agreed(known: Revoked) -> Revoked:
        both = _with(
            known, claims=found.claims, people=found.people, sign_ins=found.sign_ins, as_of=now
        )
        return _pruned(both, now)

    return _change(agreed)


def _in_database(now: datetime) -> Revoked:
    claims: dict[str, str] = {}
    people: dict[str, str] = {}
    sign_ins: dict[str, str] = {}
    rows = Revocation.objects.filter(until__gt=now).order_by("revoked_at", "id")
    for jti, person, tokens, at, until in rows.values_list(
        "jti", "person", "tokens", "revoked_at", "until"
    ).iterator():
        if jti is not None:
            claims[str(jti)] = until.isoformat()
        else:
            (people if tokens else sign_ins)[str(person)] = at.isoformat()
    return Revoked(claims=claims, people=people, sign_ins=sign_ins)


def _with(known: Revoked, **more: Any) -> Revoked:
    """Return both lists in one; of two instants for a person the later counts."""
    return Revoked(
        as_of=more.get("as_of", known.as_of),
        claims={**known.claims, **more.get("claims", {})},
        people=_later(known.people, more.get("people", {})),
        sign_ins=_later(known.sign_ins, more.get("sign_ins", {})),
    )


def _later(known: Mapping[str, str], told: Mapping[str, str]) -> dict[str, str]:
    both = dict(known)
    for person, at in told.items():
        kept = both.get(person)
        if kept is None or datetime.fromisoformat(kept) < datetime.fromisoformat(at):
            both[person] = at
    return both


def _pruned(known: Revoked, now: datetime) -> Revoked:
    def alive(times: Mapping[str, str], since: datetime) -> dict[str, str]:
        return {name: at for name, at in times.items() if datetime.fromisoformat(at) > since}

    return Revoked(
        as_of=known.as_of,
        claims=alive(known.claims, now),
        people=alive(known.people, now - _KEPT),
        sign_ins=alive(known.sign_ins, now - _KEPT),
    )


def _change(changed: Callable[[Revoked], Revoked]) -> Revoked:
    """Read, change and replace the file, one process at a time."""
    path = _path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(path):
        after = changed(_from(path) if path.exists() else Revoked())
        _write(path, after)
    return after


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.with_name(f".{NAME}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, content: Revoked) -> None:
    making = path.with_name(f".{NAME}.{os.getpid()}")
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(
            {
                "as_of": content.as_of.isoformat() if content.as_of else None,
                "claims": content.claims,
                "people": content.people,
                "sign_ins": content.sign_ins,
            },
            file,
        )
        file.flush()
        os.fsync(file.fileno())
    making.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _from(path: Path) -> Revoked:
    """Return what a file says; an unreadable one says nothing, and is aged."""
    try:
        said = json.loads(path.read_text())
        return Revoked(
            as_of=datetime.fromisoformat(said["as_of"]) if said["as_of"] else None,
            claims=said["claims"],
            people=said["people"],
            sign_ins=said["sign_ins"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        log.exception("%s cannot be read: nothing is known to be revoked", NAME)
        return Revoked()


def _path() -> Path:
    return Path(settings.DATA_DIR) / NAME
