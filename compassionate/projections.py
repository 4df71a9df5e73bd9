"""What the lists of compassionate access show, folded from its streams by the domain's own rules.

Personal fields stay ciphertext: a page opens those that its reader may see.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, NamedTuple

from typing_extensions import override

from compassionate.domain import (
    authorisation_events,
    criteria_events,
    follow_up_events,
    holder_events,
    request_events,
)
from compassionate.domain.authorisation import AUTHORISATION
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.criteria_facts import SheetFacts
from compassionate.domain.criteria_sheet import CRITERIA
from compassionate.domain.deadlines import first_silence, goal
from compassionate.domain.follow_up import FOLLOW_UP, FollowUpFacts
from compassionate.domain.holder_facts import HolderFacts
from compassionate.domain.holder_file import HOLDER_FILE
from compassionate.domain.prescription import Prescription
from compassionate.domain.reminders import remind_on
from compassionate.domain.request import REQUEST
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.telling import ToTell
from compassionate.domain.vocabulary import UNREADABLE
from events.decider import Decider
from events.event import DomainEvent
from events.projection import Projection, Row, Seen, Table, event_of, whole

ONLY = ""
LONG_AGO = datetime.fromisoformat("1900-01-01T00:00:00+00:00")
FAR = date(9999, 12, 31)
NOT_DEFERRABLE, GIVEN, DEFERRABLE = range(3)
"""The order of the agency's queue: what cannot wait, then doses given already, then the rest (§1.4)."""

REQUESTS = Table(
    "access_requests",
    (
        "state", "kind", "institution", "author", "prescriber", "pharmacist", "evaluator",
        "product", "product_name", "indication", "deferrable", "rank", "goal", "wanted_on",
        "received_at", "silence_due", "question_limit", "asked", "conforms", "proposal", "route",
        "given_at", "regularised", "renews", "number", "initials", "file_number", "age", "sex",
        "flags", "begun_at", "decided_at", "deposited_at", "read_at", "last_event_at",
    ),
)  # fmt: skip
AUTHORISATIONS = Table(
    "authorisations",
    (
        "number", "request_id", "state", "institution", "prescriber", "product", "indication",
        "begins_on", "ends_on", "suspended_until", "ceases_on", "replaced_by", "replaced_on",
        "issued_at", "remind_on", "owed_until",
    ),
)  # fmt: skip
SHEETS = Table(
    "criteria_sheets",
    (
        "product", "product_name", "indication", "indication_text", "holder", "status",
        "version", "in_force_from", "max_days", "prepared", "protocol_version", "ceases_on",
        "rare", "very_early", "to_tell", "to_tell_since",
    ),
)  # fmt: skip
HOLDER_FILES = Table(
    "holder_files",
    (
        "product",
        "indication",
        "holder",
        "opened_at",
        "informed_on",
        "undertaking_due",
        "undertaken_on",
        "granted_on",
        "filing_due",
        "filed_on",
        "maintained_until",
        "remind_on",
        "to_tell",
        "to_tell_since",
    ),
)
FOLLOW_UPS = Table(
    "follow_ups",
    ("number", "begins_on", "ends_on", "next_due", "due", "received", "linked", "ended_on"),
)


class Known(NamedTuple):
    """What a list folds: the facts, and when something of them happened."""

    facts: Any
    begun_at: datetime | None = None
    decided_at: datetime | None = None
    last_event_at: datetime | None = None


class Folded(Projection[Known]):
    """The rows from the state that a decider folds; the events it reads are read whole.

    A subclass names its tables, its decider and the events of that, and gives `rows`.
    """

    decider: ClassVar[Decider[Any, Any, Any]]
    happened: ClassVar[Sequence[type[DomainEvent]]]
    deciding: ClassVar[frozenset[str]] = frozenset()
    events: ClassVar[Mapping[str, type[DomainEvent]]]

    @override
    def __init_subclass__(cls) -> None:
        """Read every event whole."""
        if "decider" not in vars(cls):
            return
        cls.category = cls.decider.category
        cls.events = {event.TYPE: event for event in cls.happened}
        cls.views = {event.TYPE: whole(event) for event in cls.happened}

    @override
    def initial(self) -> Known:
        """Return nothing known."""
        return Known(self.decider.initial)

    @override
    def evolve(self, state: Known, seen: Seen) -> Known:
        """Return what is known after one event."""
        event = event_of(self.events[seen.type], seen)
        return Known(
            facts=self.decider.evolve(state.facts, event),
            begun_at=state.begun_at or seen.occurred_at,
            decided_at=seen.occurred_at if seen.type in self.deciding else state.decided_at,
            last_event_at=seen.recorded_at,
        )


class OfDecider(Folded):
    """One row in one table; a subclass gives `row`."""

    @abstractmethod
    def row(self, state: Known) -> Row | None:
        """Return the columns of the one row, None for what never began."""

    @override
    def rows(self, stream: str, state: Known) -> Sequence[Sequence[Row]]:
        """Return the one row, if there is one."""
        columns = self.row(state)
        return ((),) if columns is None else (((ONLY, *columns),),)


class Requests(OfDecider):
    """One row for each request, as its hospital's and the agency's lists show it."""

    name = "access_requests"
    tables: ClassVar[tuple[Table, ...]] = (REQUESTS,)
    decider = REQUEST
    happened = request_events.EVENTS
    deciding = request_events.DECIDING

    @override
    def row(self, state: Known) -> Row:
        """Return the request's columns."""
        return _request_row(state.facts, state)

    @override
    def placeholder(self, stream: str) -> Sequence[Sequence[Row]]:
        """Return a row at the top of the queue that says the stream cannot be read."""
        known: dict[str, Any] = dict.fromkeys(REQUESTS.columns)
        known |= {"state": UNREADABLE, "rank": NOT_DEFERRABLE, "goal": LONG_AGO, "flags": ""}
        known |= dict.fromkeys(("institution", "author", "prescriber", "evaluator", "renews"), "")
        return (((ONLY, *known.values()),),)


def _request_row(facts: RequestFacts, state: Known) -> Row:
    part = facts.prescription or Prescription()
    given = facts.first_given
    return (
        facts.state.value,
        facts.kind.value if facts.kind else None,
        facts.institution or "",
        facts.author or "",
        facts.prescriber or "",
        facts.pharmacist,
        facts.evaluator or "",
        part.product,
        part.product_name,
        part.indication,
        part.deferrable,
        _rank(facts, part),
        _goal(facts, part),
        part.wanted_on,
        facts.received_at,
        _silence(facts),
        facts.question_limit if facts.question else None,
        len(facts.asked),
        facts.conforms,
        facts.proposed.proposal.value if facts.proposed else None,
        given.route.value if given else None,
        given.at if given else None,
        facts.regularised,
        facts.renews or "",
        facts.number,
        part.patient_initials,
        part.file_number,
        _age(part),
        part.patient_sex.value if part.patient_sex else None,
        " ".join(sorted(facts.flags)),
        state.begun_at,
        state.decided_at,
        facts.deposited_at,
        facts.read_at,
        state.last_event_at,
    )


def _rank(facts: RequestFacts, part: Prescription) -> int:
    if part.deferrable is not True:
        return NOT_DEFERRABLE
    return GIVEN if facts.beforehand else DEFERRABLE


def _goal(facts: RequestFacts, part: Prescription) -> datetime | None:
    if facts.received_at is None:
        return None
    return goal(facts.received_at, deferrable=part.deferrable, conforms=facts.conforms)


def _silence(facts: RequestFacts) -> date | None:
    if facts.received_at is None:
        return None
    return first_silence(facts.received_at, facts.asked)


def _age(part: Prescription) -> str | None:
    if part.patient_age is None or part.patient_age_unit is None:
        return None
    return f"{part.patient_age} {part.patient_age_unit.value}"


class Authorisations(OfDecider):
    """One row for each authorisation; the day on which it is looked at says whether it holds."""

    name = "authorisations"
    tables = (AUTHORISATIONS,)
    decider = AUTHORISATION
    happened = authorisation_events.EVENTS

    @override
    def row(self, state: Known) -> Row | None:
        """Return the authorisation's columns."""
        facts: AuthorisationFacts = state.facts
        return (
            facts.number,
            facts.request_id,
            facts.state.value,
            facts.institution or "",
            facts.prescriber or "",
            facts.product,
            facts.indication,
            facts.terms.begins_on if facts.terms else None,
            facts.ends_on,
            facts.suspended_until,
            facts.ceases_on,
            facts.replaced_by,
            facts.replaced_on,
            facts.issued_at,
            remind_on(None if facts.replaced_by else facts.ends_on, facts.reminded),
            facts.owed_until,
        )


class CriteriaSheets(OfDecider):
    """One row for each criteria sheet, with its newest version."""

    name = "criteria_sheets"
    tables = (SHEETS,)
    decider = CRITERIA
    happened = criteria_events.EVENTS

    @override
    def row(self, state: Known) -> Row | None:
        """Return the sheet's columns."""
        facts: SheetFacts = state.facts
        opened = facts.opened
        if opened is None:
            return None
        last = facts.versions[-1] if facts.versions else None
        return (
            opened.product,
            opened.product_name,
            opened.indication,
            opened.indication_text,
            opened.holder,
            facts.status.value if facts.status else None,
            last.version if last else None,
            last.in_force_from if last else None,
            last.max_days if last else None,
            facts.prepared is not None,
            facts.protocols[-1].version if facts.protocols else None,
            facts.cessations[-1][1] if facts.cessations else None,
            opened.rare,
            last.very_early if last else opened.very_early,
            *_to_tell(facts.to_tell),
        )


class HolderFiles(OfDecider):
    """One row for each rights holder's file, with the clocks that run."""

    name = "holder_files"
    tables = (HOLDER_FILES,)
    decider = HOLDER_FILE
    happened = holder_events.EVENTS

    @override
    def row(self, state: Known) -> Row | None:
        """Return the file's columns."""
        facts: HolderFacts = state.facts
        opened = facts.opened
        if opened is None:
            return None
        return (
            opened.product,
            opened.indication,
            opened.holder,
            opened.occurred_at,
            facts.informed.certain_on if facts.informed else None,
            facts.undertaking_due,
            facts.undertaken_on,
            facts.granted_on,
            facts.filing_due if facts.filed_on is None else None,
            facts.filed_on,
            facts.maintained_until,
            facts.remind_on,
            *_to_tell(facts.to_tell),
        )


def _to_tell(left: Sequence[ToTell]) -> tuple[int, date | None]:
    """Return how much is still to be told, and since when."""
    return len(left), min((one.since for one in left), default=None)


class FollowUps(OfDecider):
    """One row for each follow-up; `next_due` is the first day for which nothing came."""

    name = "follow_ups"
    tables = (FOLLOW_UPS,)
    decider = FOLLOW_UP
    happened = follow_up_events.EVENTS

    @override
    def row(self, state: Known) -> Row | None:
        """Return the follow-up's columns."""
        facts: FollowUpFacts = state.facts
        begun = facts.begun
        if begun is None:
            return None
        return (
            begun.number,
            begun.begins_on,
            begun.ends_on,
            next(iter(facts.lacking(FAR)), None),
            len(facts.due()),
            len(facts.received),
            len(facts.linked),
            facts.over_on,
        )


PROJECTIONS: tuple[Projection[Any], ...] = (
    Requests(),
    Authorisations(),
    CriteriaSheets(),
    HolderFiles(),
    FollowUps(),
)
