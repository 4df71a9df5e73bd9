"""What happened in an incident, as it was seen and said on each node; catalogued in docs/events.md.

`occurred_at` and `received_at` are the time of the entry in the node's own journal, which is
written when nothing else works; `recorded_at` is when the log could take it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, TypeAlias
from uuid import UUID, uuid5

from continuity.beacon.watch import IncidentKind
from events.described import given, said
from events.event import DomainEvent, stream_name

CATEGORY = "incident"
WATCH_CATEGORY = "watch"
"""What a node observed outside any incident: one stream for each node."""

LONGEST_TEXT = 2_000
INCIDENTS = UUID("6e3f2c0a-6f1d-5d8e-9a51-0b6f5d2c7a01")
NODES = UUID("6e3f2c0a-6f1d-5d8e-9a51-0b6f5d2c7a02")


def incident_stream(number: str) -> str:
    """Return the stream of an incident from its number."""
    return stream_name(CATEGORY, uuid5(INCIDENTS, number))


def watch_stream(node: str) -> str:
    """Return the stream of what a node observed outside any incident."""
    return stream_name(WATCH_CATEGORY, uuid5(NODES, node))


class CauseNature(StrEnum):
    """Where a cause lies."""

    TECHNICAL = "technical"
    ORGANISATIONAL = "organisational"


class Form(StrEnum):
    """For whom a report is made."""

    INTERNAL = "internal"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(DomainEvent):
    """What stands in every line of a journal."""

    node: str = given("The node whose journal says it")
    incident: str | None = said("Number of the incident; none for what was seen outside any")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOpened(Seen):
    """An incident began; each node that saw it begin says so once."""

    TYPE: ClassVar[str] = "continuity.incident_opened"

    since: datetime = given("The first failure, or when a person said so")
    kind: IncidentKind = said("What was lost", default=IncidentKind.AVAILABILITY)
    title: str = said("What people on call named it", default="")
    services: tuple[str, ...] = said("Services that were down", default=())
    by: str | None = said("Account of who opened it; none: the beacon did")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReopened(Seen):
    """A service failed again within half an hour of the end of the outage."""

    TYPE: ClassVar[str] = "continuity.incident_reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceWentDown(Seen):
    """A service failed the beacon's probes three times in a row."""

    TYPE: ClassVar[str] = "continuity.service_went_down"

    service: str = given("The service, as the beacon names it")
    since: datetime = given("The first of these failures")
    why: str = said("What the probe met, in a few words", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCameUp(Seen):
    """A service answered the beacon's probe again."""

    TYPE: ClassVar[str] = "continuity.service_came_up"

    service: str = given("The service, as the beacon names it")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceVerified(Seen):
    """A service has answered for long enough to be relied upon."""

    TYPE: ClassVar[str] = "continuity.service_verified"

    service: str = given("The service, as the beacon names it")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationBegan(Seen):
    """The beacon of a node began to look; what lies between is not observed."""

    TYPE: ClassVar[str] = "continuity.observation_began"

    unobserved_since: datetime | None = said("When it had looked last; none: never before")


@dataclass(frozen=True, slots=True, kw_only=True)
class DegradedModeActivated(Seen):
    """Work went over to telephone, paper and what is left of the service."""

    TYPE: ClassVar[str] = "continuity.degraded_mode_activated"

    by: str | None = said("Account of who said so")
    text: str = said("What is done meanwhile", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class DegradedModeEnded(Seen):
    """Work came back to the service."""

    TYPE: ClassVar[str] = "continuity.degraded_mode_ended"

    by: str | None = said("Account of who said so")
    text: str = said("What changed", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinIssued(Seen):
    """Everybody was told something, and when they are told more."""

    TYPE: ClassVar[str] = "continuity.bulletin_issued"

    text: str = given("What was told, for everybody", LONGEST_TEXT)
    next_update: datetime = given("When more was promised")
    by: str | None = said("Account of who said so")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentNoted(Seen):
    """People on call noted something for themselves."""

    TYPE: ClassVar[str] = "continuity.incident_noted"

    text: str = given("The note, for the agency only", LONGEST_TEXT)
    by: str | None = said("Account of who said so")


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseFound(Seen):
    """Somebody said what an incident came from."""

    TYPE: ClassVar[str] = "continuity.cause_found"

    text: str = given("The cause", LONGEST_TEXT)
    nature: CauseNature = said("Where it lies", default=CauseNature.TECHNICAL)
    by: str | None = said("Account of who said so")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRecorded(Seen):
    """What is to be done so that it does not happen again, or the proof that it was done.

    Said again under the same name, it replaces what was said before, field by field.
    """

    TYPE: ClassVar[str] = "continuity.action_recorded"

    action: str = given("Its name within the incident: A1, A2…")
    text: str | None = said("What is to be done", length=LONGEST_TEXT)
    owner: str | None = said("Who does it")
    due: date | None = said("By which day")
    proof: str | None = said("What shows that it was done", length=LONGEST_TEXT)
    by: str | None = said("Account of who said so")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRestored(Seen):
    """The outage is over: everything has answered for long enough, or a person said so."""

    TYPE: ClassVar[str] = "continuity.service_restored"

    by: str | None = said("Account of who said so; none: the beacon did")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentClosed(Seen):
    """Nothing of the incident is left to do but its actions."""

    TYPE: ClassVar[str] = "continuity.incident_closed"

    by: str | None = said("Account of who closed it")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingRefused(Seen):
    """A person closed it where the log could not be asked, and the log says that it may not be."""

    TYPE: ClassVar[str] = "continuity.closing_refused"

    reasons: tuple[str, ...] = given("Codes of the refusal")
    open_sheets: int = given("Degraded-mode sheets that were open")
    by: str | None = said("Account of who closed it")


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLineUnreadable(Seen):
    """A line of a node's journal cannot be read, or its neighbour does not vouch for it."""

    TYPE: ClassVar[str] = "continuity.journal_line_unreadable"

    line: int = given("Its number in the file")
    digest: str = given("SHA-256 of its bytes")
    readable: bool = given("Whether it can be read, and only its link to a neighbour is broken")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetexGenerated(DomainEvent):
    """A report of the incident was made whose data differ from those of the last."""

    TYPE: ClassVar[str] = "continuity.retex_generated"

    incident: str = given("Number of the incident")
    version: int = given("1, 2… within its form")
    form: Form = given("For whom")
    digest: str = given("SHA-256 of its data")
    by: str | None = said("Account of who made it")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetexPublished(DomainEvent):
    """The public report of a closed incident was made: once, and never again."""

    TYPE: ClassVar[str] = "continuity.retex_published"

    incident: str = given("Number of the incident")
    digest: str = given("SHA-256 of its data")
    content: str = given("The report as JSON: whoever asks for it later gets these bytes")
    by: str | None = said("Account of who published it")


Observed: TypeAlias = (
    IncidentOpened
    | IncidentReopened
    | ServiceWentDown
    | ServiceCameUp
    | ServiceVerified
    | ObservationBegan
    | DegradedModeActivated
    | DegradedModeEnded
    | BulletinIssued
    | IncidentNoted
    | CauseFound
    | ActionRecorded
    | ServiceRestored
    | IncidentClosed
    | ClosingRefused
    | JournalLineUnreadable
)
IncidentEvent: TypeAlias = Observed | RetexGenerated | RetexPublished

EVENTS: tuple[type[DomainEvent], ...] = (
    IncidentOpened,
    IncidentReopened,
    ServiceWentDown,
    ServiceCameUp,
    ServiceVerified,
    ObservationBegan,
    DegradedModeActivated,
    DegradedModeEnded,
    BulletinIssued,
    IncidentNoted,
    CauseFound,
    ActionRecorded,
    ServiceRestored,
    IncidentClosed,
    ClosingRefused,
    JournalLineUnreadable,
    RetexGenerated,
    RetexPublished,
)
