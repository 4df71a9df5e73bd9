"""What the law leaves open: settled by the agency's lawyers, from a day on (CRPA L231-1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied

from accounts import compassionate as may
from accounts.access import Someone
from compassionate.domain.legal_parameter import (
    LEGAL_PARAMETER,
    LegalParameter,
    ParameterFacts,
    SetParameter,
)
from compassionate.giving import allowed, give_one, keyed
from compassionate.streams import parameter_facts, parameter_id
from events import intake
from events.handle import Handled


def settle(
    user: Someone,
    parameter: LegalParameter,
    fields: Mapping[str, Any],
    *,
    idempotency_key: str,
    now: datetime | None = None,
) -> Handled[Any]:
    """Settle a parameter from a day on. Raises PermissionDenied, Refused, CommandReused."""
    person = allowed(user, may.may_set_parameter(user))
    account = str(person.public_id)
    command = SetParameter(
        by=account,
        at=now or intake.arrived_at(),
        # As she is called now: what rests on it names her as then.
        name=f"{person.first_name} {person.last_name}".strip() or account,
        parameter=parameter,
        **fields,
    )
    given = keyed("settle", fields, idempotency_key)
    return give_one(person, LEGAL_PARAMETER, parameter_id(parameter), command, given)


def settled(user: Someone) -> dict[LegalParameter, ParameterFacts]:
    """Return every value of each parameter, for whoever reads the queue. Raises PermissionDenied."""
    if not may.may_see_queue(user):
        raise PermissionDenied
    return {one: parameter_facts(one) for one in LegalParameter}
