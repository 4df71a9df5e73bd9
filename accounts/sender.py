"""Who sent something, as it is kept with it: what decides their rights, and no name."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.access import Person
from events.errors import NotAllowed, UnknownTarget
from events.event import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A person as the credential proved her when something was received."""

    public_id: UUID
    role: str
    is_active: bool = True
    institution_finess: str | None = None
    institution_department: str | None = None
    department: str = ""
    territory: tuple[str, ...] = ()
    scopes: frozenset[str] = frozenset()
    unverified: bool = False
    review: tuple[str, ...] = ()
    # What nobody's rights depend on is not kept.
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    institution_name: str = ""
    institution_city: str = ""

    def actor(self) -> Actor:
        """Return who the log says it was."""
        return Actor(id=str(self.public_id), role=self.role, institution=self.institution_finess)


@contextmanager
def told_as_her_right() -> Iterator[None]:
    """Tell a sender what she may not do as a page does, and hide from her what she may not know of.

    Raises PermissionDenied for NotAllowed where the object is visible to her, and Http404 elsewhere.
    """
    try:
        yield
    except UnknownTarget:
        raise Http404 from None
    except NotAllowed as refusal:
        if refusal.details["visible"]:
            raise PermissionDenied from None
        raise Http404 from None


def claims_of(person: Person) -> Mapping[str, Any]:
    """Return a person's rights as plain data."""
    sender = Sender(
        public_id=person.public_id,
        role=str(person.role),
        is_active=person.is_active,
        institution_finess=person.institution_finess,
        institution_department=person.institution_department,
        department=person.department,
        territory=tuple(person.territory),
        scopes=frozenset(person.scopes),
        unverified=person.unverified,
        review=tuple(person.review),
    )
    found: dict[str, Any] = msgspec.to_builtins(sender)
    return found


def sender_of(claims: Mapping[str, Any]) -> Sender:
    """Return the person whom `claims_of` described."""
    return msgspec.convert(claims, Sender)
