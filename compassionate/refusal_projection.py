"""For which grounds requests were refused, folded from the stream of each."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from typing_extensions import override

from compassionate.domain.request_events import CATEGORY, RequestRefused
from events.projection import Projection, Row, Seen, Table, View, whole

REFUSALS = Table("refusal_grounds", ("ground",))
UNSAID = ""
"""The ground of a refusal from before grounds were asked for."""


class RefusalGrounds(Projection[tuple[str, ...]]):
    """One row for each ground of a refusal."""

    name = "refusal_grounds"
    category = CATEGORY
    tables = (REFUSALS,)
    views: ClassVar[Mapping[str, type[View]]] = {RequestRefused.TYPE: whole(RequestRefused)}

    @override
    def initial(self) -> tuple[str, ...]:
        """Return no ground."""
        return ()

    @override
    def evolve(self, state: tuple[str, ...], seen: Seen) -> tuple[str, ...]:
        """Return the grounds of the refusal; nothing takes them back."""
        return seen.data.reasons.grounds or (UNSAID,)

    @override
    def rows(self, stream: str, state: tuple[str, ...]) -> Sequence[Sequence[Row]]:
        """Return the grounds, each once."""
        return (tuple((str(one), str(one)) for one in sorted(set(state))),)


PROJECTIONS = (RefusalGrounds(),)
