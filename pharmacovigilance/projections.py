"""What the lists show, folded from the declarations' streams.

The views hold only what `domain.facts` reads (and, for the declarant's list, two sealed fields);
everything is plain text and numbers, because every event of the log passes here in a rebuild.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from typing_extensions import override

from events.projection import Projection, Row, Seen, Table, View
from pharmacovigilance.domain.deadlines import Clock
from pharmacovigilance.domain.events import (
    CATEGORY,
    AdverseEventDeclared,
    DeclarationWithdrawn,
    FollowUpReceived,
    InformationProvided,
    InformationRequested,
    ReceiptDisjoined,
    ReceiptJoined,
)
from pharmacovigilance.domain.facts import TRANSITIONS, CaseFacts
from pharmacovigilance.domain.labels import labels
from pharmacovigilance.domain.vocabulary import UNREADABLE

FIRST = date(1, 1, 1)
ONLY = ""


class PatientView(View, frozen=True, gc=False):
    """What is read of a patient; name and initial stay sealed."""

    sex: str | None = None
    age_value: float | None = None
    age_group: str | None = None
    name_letters: str | None = None
    first_name_initial: str | None = None


class ReporterView(View, frozen=True, gc=False):
    """What is read of a reporter."""

    profession: str | None = None
    department_code: str | None = None
    postcode: str | None = None


class DrugView(View, frozen=True, gc=False):
    """What is read of a drug; `index` only in a follow-up."""

    name: str | None = None
    role: str | None = None
    kind: str | None = None
    index: int | None = None


class ReactionView(View, frozen=True, gc=False):
    """What is read of a reaction; `index` only in a follow-up."""

    term: str | None = None
    outcome: str | None = None
    index: int | None = None


class ReportView(View, frozen=True, gc=False):
    """What is read of a report."""

    patient: PatientView = PatientView()
    reporter: ReporterView = ReporterView()
    drugs: tuple[DrugView, ...] = ()
    reactions: tuple[ReactionView, ...] = ()
    seriousness: tuple[str, ...] = ()


class InformationView(View, frozen=True, gc=False):
    """What is read of a follow-up's information."""

    patient: PatientView | None = None
    reporter: ReporterView | None = None
    drugs: tuple[DrugView, ...] = ()
    reactions: tuple[ReactionView, ...] = ()
    seriousness: tuple[str, ...] | None = None


class DeclaredView(View, frozen=True, gc=False):
    """What is read of a declaration."""

    report: ReportView
    channel: str
    declarant: str | None = None
    institution: str | None = None
    unverified: bool = False
    received_in: str | None = None
    filled: tuple[str, ...] = ()


class FollowUpView(View, frozen=True, gc=False):
    """What is read of a follow-up."""

    information: InformationView
    filled: tuple[str, ...] = ()


class QuestionView(View, frozen=True, gc=False):
    """What is read of a question or an answer."""

    question_id: UUID


class JoinedView(View, frozen=True, gc=False):
    """What is read of a joined receipt."""

    receipt_id: str
    node: str
    of_version: int


class DisjoinedView(View, frozen=True, gc=False):
    """What is read of a disjoined receipt."""

    receipt_id: str


class NothingView(View, frozen=True, gc=False):
    """Nothing is read: that it happened is enough."""


VIEWS: Mapping[str, type[View]] = {
    AdverseEventDeclared.TYPE: DeclaredView,
    FollowUpReceived.TYPE: FollowUpView,
    DeclarationWithdrawn.TYPE: NothingView,
    InformationRequested.TYPE: QuestionView,
    InformationProvided.TYPE: QuestionView,
    ReceiptJoined.TYPE: JoinedView,
    ReceiptDisjoined.TYPE: DisjoinedView,
}


WORKLIST = Table(
    "worklist",
    (
        "urgency", "status", "valid", "missing", "serious", "seriousness",
        "day_zero", "due", "clock", "department", "centre", "institution",
        "declarant", "unverified", "profession", "channel", "product_kinds", "drugs", "reactions",
        "follow_ups", "open_questions", "flags", "received_at", "last_received_at",
    ),
)  # fmt: skip
DEADLINE_BOARD = Table(
    "deadline_board", ("clock", "day_zero", "due", "restarted_by", "department")
)
OWN_DECLARATIONS = Table(
    "own_declarations",
    (
        "declarant", "institution", "department", "status", "valid", "serious",
        "drugs", "reactions", "letters", "initial", "open_questions", "follow_ups", "received_at",
        "last_event_at",
    ),
)  # fmt: skip


class Shown(NamedTuple):
    """What the lists fold: the facts, and what they show besides."""

    facts: CaseFacts
    profession: str
    letters: str
    initial: str
    last_event_at: datetime | None


class Declarations(Projection[Shown]):
    """Three lists from one fold of each declaration's stream.

    The reviewers' worklist (a row for each declaration but those that were withdrawn before they
    were valid), the deadline board (a row for each legal clock that runs; what else it shows is in
    the worklist) and the declarants' own list (all of them).
    """

    name = "declarations"
    category = CATEGORY
    tables = (WORKLIST, DEADLINE_BOARD, OWN_DECLARATIONS)
    views = VIEWS

    @override
    def initial(self) -> Shown:
        """Return nothing known."""
        return Shown(CaseFacts(), "", "", "", None)

    @override
    def evolve(self, state: Shown, seen: Seen) -> Shown:
        """Return what is known after one event, by the domain's own rules.

        A newly given letter or profession replaces the former.
        """
        facts, profession, letters, initial, _ = state
        said = _said(seen)
        if said is not None:
            if said.reporter is not None:
                profession = said.reporter.profession or profession
            if said.patient is not None:
                letters = said.patient.name_letters or letters
                initial = said.patient.first_name_initial or initial
        after = TRANSITIONS[seen.type](facts, seen.data, seen.received_at)
        return Shown(after, profession, letters, initial, seen.recorded_at)

    @override
    def rows(self, stream: str, state: Shown) -> Sequence[Sequence[Row]]:
        """Return the rows of the three lists; none for what never was declared."""
        facts = state.facts
        if not facts.declared:
            return NO_ROWS
        common = Common(
            seriousness=facts.seriousness,
            missing=facts.missing,
            clocks=facts.clocks,
            drugs=labels(facts.suspects),
            reactions=labels(facts.reaction_terms),
        )
        worklist = () if facts.dropped else (_worklist_row(state, common),)
        return worklist, _clock_rows(facts, common), (_own_row(state, common),)

    @override
    def placeholder(self, stream: str) -> Sequence[Sequence[Row]]:
        """Return a row at the top of the worklist that says the stream cannot be read."""
        known: dict[str, Any] = dict.fromkeys(WORKLIST.columns, "")
        known |= dict.fromkeys(("day_zero", "due", "received_at", "last_received_at"))
        known |= dict.fromkeys(("valid", "serious", "unverified"), False)
        known |= dict.fromkeys(("follow_ups", "open_questions"), 0)
        known |= {"urgency": FIRST, "status": UNREADABLE}
        return ((ONLY, *known.values()),), (), ()


class Common(NamedTuple):
    """What several lists show of one declaration, made once."""

    seriousness: Sequence[str]
    missing: Sequence[str]
    clocks: Sequence[Clock]
    drugs: str
    reactions: str


NO_ROWS: Sequence[Sequence[Row]] = ((), (), ())
PROJECTIONS: tuple[Projection[Any], ...] = (Declarations(),)


def _worklist_row(state: Shown, common: Common) -> Row:
    facts = state.facts
    clock = next(iter(common.clocks), None)
    return (
        ONLY,
        facts.look_by if clock is None else clock.due,
        facts.status.value,
        not common.missing,
        " ".join(common.missing),
        bool(common.seriousness),
        " ".join(common.seriousness),
        facts.day_zero,
        None if clock is None else clock.due,
        "" if clock is None else clock.kind,
        facts.department or "",
        facts.centre or "",
        facts.institution or "",
        facts.declarant or "",
        facts.unverified,
        state.profession,
        facts.channel or "",
        " ".join(facts.product_kinds),
        common.drugs,
        common.reactions,
        facts.follow_ups,
        len(facts.open_questions),
        " ".join(facts.flags),
        facts.first_received_at,
        facts.last_received_at,
    )


def _own_row(state: Shown, common: Common) -> Row:
    facts = state.facts
    return (
        ONLY,
        facts.declarant or "",
        facts.institution or "",
        facts.department or "",
        facts.status.value,
        not common.missing,
        bool(common.seriousness),
        common.drugs,
        common.reactions,
        state.letters,
        state.initial,
        len(facts.open_questions),
        facts.follow_ups,
        facts.first_received_at,
        state.last_event_at,
    )


def _clock_rows(facts: CaseFacts, common: Common) -> Sequence[Row]:
    """Return one row for each clock; a kind and a day name it."""
    department = facts.department or ""
    return [
        (
            f"{rule.code}:{day_zero.isoformat()}",
            rule.code,
            day_zero,
            due,
            restarted_by,
            department,
        )
        for rule, day_zero, due, restarted_by in common.clocks
    ]


def _said(seen: Seen) -> Any:
    """Return the report or the information that an event carries, None for any other event."""
    if seen.type == AdverseEventDeclared.TYPE:
        return seen.data.report
    return seen.data.information if seen.type == FollowUpReceived.TYPE else None
