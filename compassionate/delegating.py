"""Who may sign what: delegations as they are recorded, and as they stand when somebody signs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q

from accounts import compassionate as may
from accounts.access import Someone
from accounts.models import InstitutionKind, Role, User
from compassionate.domain.delegation import (
    DELEGATION,
    EndDelegation,
    RecordDelegation,
    SignatureDelegated,
)
from compassionate.domain.vocabulary import Delegated
from compassionate.giving import Keyed, allowed, give_one, keyed
from compassionate.streams import delegation_facts
from events import intake, reading
from events.event import stream_name
from events.handle import Handled


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """Somebody who may sign, and by what."""

    person: User
    delegations: Sequence[SignatureDelegated]

    @property
    def name(self) -> str:
        """Return what she is called."""
        return self.person.get_full_name() or self.person.get_username()

    @property
    def may_be_given(self) -> bool:
        """Say whether she may be given one: she signs today, and her account is open."""
        return self.person.is_active and self.person.role == Role.SIGNATORY

    def has_to_end(self, day: date) -> bool:
        """Say whether a delegation of hers may still be ended: it holds on that day, or later."""
        return any(not one.is_over(day) for one in self.delegations)


def record(
    user: Someone,
    signatory: User,
    fields: Mapping[str, Any],
    *,
    idempotency_key: str,
    now: datetime | None = None,
) -> Handled[Any]:
    """Record a delegation that was published. Raises PermissionDenied, Refused, CommandReused."""
    person = allowed(user, may.may_record_delegation(user) and signatory.role == Role.SIGNATORY)
    account = str(signatory.public_id)
    command = RecordDelegation(
        by=str(person.public_id), at=now or intake.arrived_at(), signatory=account, **fields
    )
    given = keyed("delegate", fields, idempotency_key)
    return give_one(person, DELEGATION, signatory.public_id, command, given)


def end(  # noqa: PLR0913  whose, which, when, why
    user: Someone,
    signatory: User,
    reference: str,
    last_day: date,
    reason: str,
    *,
    idempotency_key: str,
    now: datetime | None = None,
) -> Handled[Any]:
    """Let a delegation end earlier. Raises PermissionDenied, Refused, CommandReused."""
    person = allowed(user, may.may_record_delegation(user))
    command = EndDelegation(
        by=str(person.public_id),
        at=now or intake.arrived_at(),
        reference=reference,
        last_day=last_day,
        reason=reason,
    )
    given = Keyed(
        verb="end delegation", content=[reference, last_day, reason], key=idempotency_key
    )
    return give_one(person, DELEGATION, signatory.public_id, command, given)


def signatories(user: Someone) -> list[Signatory]:
    """Return every signatory with her delegations, and whoever has one but signs no more.

    An account that was closed, or given another role, leaves what was published to be ended. Raises
    PermissionDenied.
    """
    if not may.may_see_queue(user):
        raise PermissionDenied
    at_agency = Q(institution=None) | Q(institution__kind=InstitutionKind.AGENCY)
    staff = User.objects.filter(Q(role=Role.SIGNATORY) | at_agency)
    known = {_stream(one): one for one in staff.order_by("last_name", "first_name", "pk")}
    delegated = reading.times(list(known))
    return [
        Signatory(person=one, delegations=tuple(delegation_facts(one.public_id).given.values()))
        for stream, one in known.items()
        if stream in delegated or one.role == Role.SIGNATORY
    ]


def _stream(person: User) -> str:
    return stream_name(DELEGATION.category, person.public_id)


def to_sign_under(user: Someone, act: Delegated, day: date) -> str:
    """Return the reference of the delegation by which somebody signs on a day, empty if there is none."""
    if not may.may_decide(user):
        return ""
    account = allowed(user, answer=True).public_id
    found = delegation_facts(account).for_act(act, day)
    return found.reference if found else ""
