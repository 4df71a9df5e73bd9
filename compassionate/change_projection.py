"""What the published lists count, folded from the stream of each authorisation."""

from collections.abc import Sequence

from typing_extensions import override

from compassionate.domain import authorisation_events
from compassionate.domain.authorisation import AUTHORISATION
from compassionate.domain.authorisation_changes import changes_of
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.projections import Folded, Known
from events.projection import Row, Table

CHANGES = Table("authorisation_changes", ("product", "indication", "change", "changed_on"))


class AuthorisationChanges(Folded):
    """One row for each change of an authorisation, with the first day on which it is so."""

    name = "authorisation_changes"
    tables = (CHANGES,)
    decider = AUTHORISATION
    happened = authorisation_events.EVENTS

    @override
    def rows(self, stream: str, state: Known) -> Sequence[Sequence[Row]]:
        """Return one row for each change and its day."""
        facts: AuthorisationFacts = state.facts
        found = {f"{change}/{day}": (change.value, day) for change, day in changes_of(facts)}
        of = (facts.product, facts.indication)
        return (tuple((key, *of, *said) for key, said in found.items()),)


PROJECTIONS = (AuthorisationChanges(),)
