"""Who sent something, as it is kept with it: what decides their rights, and no name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from accounts.access import Person
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
