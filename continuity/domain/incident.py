"""The decider of one incident: what nodes and people said of it, its closing, its reports.

What a node's journal says is a report of fact: it is taken in every state, for it has happened and
people have been told. Refusal codes of closing: not_open, already_closed, sheets_open; of publishing:
not_closed, already_published.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias, assert_never

from continuity.domain.incident_events import (
    CATEGORY,
    WATCH_CATEGORY,
    ClosingRefused,
    Form,
    IncidentClosed,
    IncidentEvent,
    IncidentOpened,
    IncidentReopened,
    Observed,
    RetexGenerated,
    RetexPublished,
    ServiceRestored,
)
from events.decider import Decider
from events.errors import Problem, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Take what a journal says; `what` is the event, made where the journal is read."""

    what: Observed


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Close it; `open_sheets` is how many degraded-mode sheets of it are open now."""

    what: IncidentClosed
    open_sheets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepReport:
    """Remember that a report with these data was made, `at` now."""

    incident: str
    form: Form
    digest: str
    at: datetime
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Publish the public report, `at` now; `content` is its JSON, which is kept as it is."""

    incident: str
    digest: str
    content: str
    at: datetime
    by: str | None = None


IncidentCommand: TypeAlias = Report | Close | KeepReport | Publish


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What is known of one incident."""

    opened: IncidentOpened | None = None
    restored_at: datetime | None = None
    closed_at: datetime | None = None
    reports: Mapping[Form, tuple[str, ...]] = field(default_factory=dict)
    published: RetexPublished | None = None

    def version_of(self, form: Form, digest: str) -> int:
        """Return the version that a report with these data has, or will have.

        Only the last one keeps its number: data that went back to an earlier state are news too.
        """
        known = self.reports.get(form, ())
        return len(known) if known and known[-1] == digest else len(known) + 1


def decide(incident: Incident, command: IncidentCommand) -> Sequence[IncidentEvent]:
    """Return the events that a command makes, or raise Refused with every reason."""
    match command:
        case Report():
            return [command.what]
        case Close():
            reasons = list(_closing_refusals(incident, command.open_sheets))
            if reasons:
                raise Refused(*reasons)
            return [command.what]
        case KeepReport():
            return _kept(incident, command)
        case Publish():
            return _published(incident, command)
        case _:
            assert_never(command)


def evolve(incident: Incident, event: IncidentEvent) -> Incident:
    """Return what is known after one event."""
    match event:
        case IncidentOpened():
            return replace(incident, opened=incident.opened or event)
        case IncidentReopened():
            return replace(incident, restored_at=None, closed_at=None)
        case ServiceRestored():
            return replace(incident, restored_at=event.occurred_at)
        case IncidentClosed():
            at = event.occurred_at
            return replace(incident, restored_at=incident.restored_at or at, closed_at=at)
        case RetexGenerated() | RetexPublished():
            return _reported(incident, event)
        case _:
            return incident


def _reported(incident: Incident, event: RetexGenerated | RetexPublished) -> Incident:
    if isinstance(event, RetexPublished):
        return replace(incident, published=incident.published or event)
    known = incident.reports.get(event.form, ())
    return replace(incident, reports={**incident.reports, event.form: (*known, event.digest)})


INCIDENT: Decider[Incident, IncidentCommand, IncidentEvent] = Decider(
    category=CATEGORY, initial=Incident(), decide=decide, evolve=evolve
)
WATCH: Decider[Incident, IncidentCommand, IncidentEvent] = replace(
    INCIDENT, category=WATCH_CATEGORY
)


def refused_closing(closing: Close, refusal: Refused) -> Report:
    """Return the report that a closing, said where the log could not be asked, does not hold."""
    what = closing.what
    return Report(
        what=ClosingRefused(
            occurred_at=what.occurred_at,
            received_at=what.received_at,
            node=what.node,
            incident=what.incident,
            reasons=tuple(one.code for one in refusal.problems),
            open_sheets=closing.open_sheets,
            by=what.by,
        )
    )


def _closing_refusals(incident: Incident, open_sheets: int) -> Iterator[Problem]:
    if incident.opened is None:
        yield Problem("", "not_open", "Cet incident n'est pas ouvert dans le journal.")
    if incident.closed_at is not None:
        yield Problem("", "already_closed", "Cet incident est déjà clos.")
    if open_sheets:
        sentence = f"Des fiches de cet incident restent ouvertes ({open_sheets}) : rapprochez-les."
        yield Problem("", "sheets_open", sentence)


def _kept(incident: Incident, command: KeepReport) -> list[IncidentEvent]:
    made = RetexGenerated(
        occurred_at=command.at,
        received_at=command.at,
        incident=command.incident,
        version=incident.version_of(command.form, command.digest),
        form=command.form,
        digest=command.digest,
        by=command.by,
    )
    return [made]


def refuse_unless_closed(incident: Incident) -> None:
    """Raise Refused while a public report may not be made.

    Two reports of one incident, made at different times, give by their difference what each of them
    masks: so there is one, of what no longer changes.
    """
    if incident.closed_at is None:
        sentence = "La forme publique n'existe qu'une fois l'incident clos : closez-le d'abord."
        raise Refused(Problem("", "not_closed", sentence))


def _published(incident: Incident, command: Publish) -> list[IncidentEvent]:
    refuse_unless_closed(incident)
    if incident.published is not None:
        sentence = "La forme publique de cet incident est déjà publiée, une fois pour toutes."
        raise Refused(Problem("", "already_published", sentence))
    made = RetexPublished(
        occurred_at=command.at,
        received_at=command.at,
        incident=command.incident,
        digest=command.digest,
        content=command.content,
        by=command.by,
    )
    return [made]
