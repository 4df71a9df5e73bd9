"""Which declarations are linked to an authorisation, folded from the stream of its follow-up."""

from collections.abc import Sequence

from typing_extensions import override

from compassionate.domain.follow_up import FollowUpFacts
from compassionate.projections import FollowUps, Known
from events.projection import Row, Table

LINKS = Table("linked_declarations", ("declaration_id", "number"))


class LinkedDeclarations(FollowUps):
    """One row for each declaration that is linked, with the number of the authorisation."""

    name = "linked_declarations"
    tables = (LINKS,)

    @override
    def rows(self, stream: str, state: Known) -> Sequence[Sequence[Row]]:
        """Return the declarations; one that was unlinked has no row any more."""
        facts: FollowUpFacts = state.facts
        number = facts.begun.number if facts.begun else ""
        return (tuple((str(one), one, number) for one in sorted(facts.linked)),)


PROJECTIONS = (LinkedDeclarations(),)
