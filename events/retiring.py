"""Unlink old segments in which nothing is needed any more; whatever is in doubt stays."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import takewhile

from django.conf import settings

from events import segments
from events.receipts import parse_id
from events.segments import Segment
from events.survey import Mark, Settled, is_whole_in_the_log

log = logging.getLogger(__name__)


def retire(now: datetime) -> int:
    """Unlink the segments that are older than SPOOL_DAYS and whole in the log; return how many.

    Raises LogAway.
    """
    return sum(retiring(now))


def retiring(now: datetime) -> Iterator[int]:
    """Look at one old segment after the other, oldest first; yield how many went. Raises LogAway.

    Each goes as soon as it was looked at: whatever ends this has freed what came before.
    """
    there = segments.found(settings.SPOOL_DIRS)
    old = Old(now - timedelta(days=settings.SPOOL_DAYS), there)
    for segment in there:
        if old.is_unchanged(segment):
            yield sum(1 for _ in takewhile(old.unlink, old.going_with(segment)))


class Old:
    """Of the segments that are `there`: those unchanged since `before`, with nothing left to do."""

    def __init__(self, before: datetime, there: Iterable[Segment]) -> None:
        self._before = before
        self._told = Settled()
        self._marks: dict[Segment, Mark | None] = {}
        self._named: dict[tuple[str, int], list[Segment]] = defaultdict(list)
        for segment in there:
            self._named[segment.node, segment.number].append(segment)

    def is_unchanged(self, segment: Segment) -> bool:
        """Say whether its files are old: a row, or a note on a younger one, may be written now."""
        newest = max(changed for changed, _ in segments.signature(segment))
        return 0 < newest < self._before.timestamp() * 1e9

    def going_with(self, segment: Segment) -> list[Segment]:
        """Return it behind those that its notes are about, none where one of these must stay.

        Without its note, what was refused to its sender's face would be offered to the log again.
        """
        going: list[Segment] = []
        todo = [segment]
        while todo:
            one = todo.pop()
            if one in going or segments.inode(one.path) is None:
                continue
            if not self._may_go(one):
                return []
            going.append(one)
            for receipt in segments.settled(one):
                # What hurt pages give back need not be the id of a receipt.
                with suppress(ValueError):
                    todo += self._named[parse_id(receipt)[:2]]
        return going[::-1]

    def unlink(self, segment: Segment) -> bool:
        """Remove a segment unless it changed since it was looked at; say whether it is gone."""
        if segments.signature(segment) != self._marks[segment]:
            return False
        try:
            segments.unlink(segment)
        except OSError as failure:
            log.error("an old segment can't be removed: %s", type(failure).__name__)  # noqa: TRY400
            return False
        return True

    def _may_go(self, segment: Segment) -> bool:
        if segment not in self._marks:
            mark = segments.signature(segment)
            over = self.is_unchanged(segment) and is_whole_in_the_log(
                segment, self._before, self._told
            )
            self._marks[segment] = mark if over else None
        return self._marks[segment] is not None
