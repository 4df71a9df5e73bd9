"""From a declaration to the authorisations that it is linked to, or may be. Nothing here writes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from accounts import compassionate as may
from accounts.access import Someone
from compassionate.acting import authorisation_holder
from compassionate.domain.authorisation_number import as_printed
from compassionate.domain.vocabulary import AuthorisationState
from compassionate.models import LinkedDeclarationRow
from compassionate.streams import authorisation_facts, follow_up_facts
from events.errors import UnknownEventType, UnreadableEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedAuthorisation:
    """One authorisation as a declaration's page names it: nothing of it is clinical."""

    number: str
    state: AuthorisationState


def authorisations_of(
    user: Someone, declaration_id: UUID, day: date
) -> Sequence[LinkedAuthorisation]:
    """Return the authorisations that a declaration is linked to, as they are on a day.

    Only those that the reader may see; whether she may see the declaration, the caller has asked.
    """
    rows = LinkedDeclarationRow.objects.filter(declaration_id=declaration_id)
    numbers = rows.order_by("number").values_list("number", flat=True)
    return list(_shown(user, declaration_id, numbers, day))


def linkable(user: Someone, typed: str, declaration_id: UUID) -> str | None:
    """Return the number of an authorisation that somebody may link a declaration to, and has not yet.

    None says no more than that: not whether there is such an authorisation.
    """
    number = as_printed(typed)
    if number is None:
        return None
    try:
        facts, follow_up = authorisation_facts(number), follow_up_facts(number)
        if follow_up.begun is None or declaration_id in follow_up.linked:
            return None
        return number if may.may_link_adverse_event(user, authorisation_holder(facts)) else None
    except (UnknownEventType, UnreadableEvent):
        return None


def _shown(
    user: Someone, declaration_id: UUID, numbers: Iterable[str], day: date
) -> Iterator[LinkedAuthorisation]:
    for number in numbers:
        try:
            facts = authorisation_facts(number)
            # The row may be some seconds late: the stream says whether it was unlinked since.
            linked = declaration_id in follow_up_facts(number).linked
            if linked and may.may_see_request(user, authorisation_holder(facts)):
                yield LinkedAuthorisation(number=number, state=facts.state_on(day))
        except (UnknownEventType, UnreadableEvent):
            # Whose it is cannot be told here: nothing is, and the declaration's page stands.
            continue
