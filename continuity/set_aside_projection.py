"""The desk of submissions that the log refused, folded from their streams."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from typing_extensions import override

from continuity.domain.set_aside_events import CATEGORY, SubmissionSetAside, SubmissionTakenUp
from events.projection import Projection, Row, Seen, Table, View

ONLY = ""
UNREADABLE = "unreadable_here"
"""The reason shown of a stream that this software cannot read."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class SetAsideView(View, frozen=True, gc=False):
    """What is read of a submission set aside; the sealed command is passed over."""

    receipt_id: str
    node: str
    kind: str
    target: str
    priority: int
    reason: str
    problems: tuple[str, ...] = ()
    sender: str | None = None
    sender_role: str | None = None
    sender_institution: str | None = None


class TakenUpView(View, frozen=True, gc=False):
    """What is read of how it was taken up; the reason stays sealed."""

    by: str
    done: str
    recorded_as: str | None = None


SET_ASIDE = Table(
    "set_aside",
    (
        "open", "priority", "received_at", "set_aside_at", "receipt_id", "node", "kind", "target",
        "reason", "problems", "sender", "sender_role", "institution",
        "done", "recorded_as", "taken_up_by", "taken_up_at",
    ),
)  # fmt: skip
Fields = Mapping[str, Any]
BLANK: Fields = dict.fromkeys(SET_ASIDE.columns, "") | {
    "open": True,
    "priority": 0,
    "received_at": None,
    "set_aside_at": None,
    "taken_up_at": None,
}


class SetAsideSubmissions(Projection[Fields]):
    """One row for each submission that was set aside, also once it is taken up."""

    name = "set_aside"
    category = CATEGORY
    tables = (SET_ASIDE,)
    views = {SubmissionSetAside.TYPE: SetAsideView, SubmissionTakenUp.TYPE: TakenUpView}

    @override
    def initial(self) -> Fields:
        """Return nothing known."""
        return {}

    @override
    def evolve(self, state: Fields, seen: Seen) -> Fields:
        """Return the row's fields after one event."""
        said = seen.data
        if seen.type == SubmissionTakenUp.TYPE:
            return {
                **state,
                "open": False,
                "done": said.done,
                "recorded_as": said.recorded_as or "",
                "taken_up_by": said.by,
                "taken_up_at": seen.recorded_at,
            }
        return {
            **BLANK,
            "priority": said.priority,
            "received_at": seen.received_at,
            "set_aside_at": seen.recorded_at,
            "receipt_id": said.receipt_id,
            "node": said.node,
            "kind": said.kind,
            "target": said.target,
            "reason": said.reason,
            "problems": " ".join(said.problems),
            "sender": said.sender or "",
            "sender_role": said.sender_role or "",
            "institution": said.sender_institution or "",
        }

    @override
    def rows(self, stream: str, state: Fields) -> Sequence[Sequence[Row]]:
        """Return the row; none for a stream without a submission."""
        if not state:
            return ((),)
        return ((_row(state),),)

    @override
    def placeholder(self, stream: str) -> Sequence[Sequence[Row]]:
        """Return a row at the top of the desk that says the stream cannot be read."""
        return ((_row({**BLANK, "reason": UNREADABLE, "received_at": LONG_AGO}),),)


PROJECTIONS: tuple[Projection[Any], ...] = (SetAsideSubmissions(),)


def _row(fields: Fields) -> Row:
    return (ONLY, *(fields[name] for name in SET_ASIDE.columns))
