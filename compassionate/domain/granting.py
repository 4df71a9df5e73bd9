"""What a grant asks of each stream that it touches: all of it happens in one stroke, or none.

The request is granted, the authorisation issued, the one it goes on from replaced; the first grant
for a product in an indication starts the period to file; the follow-up begins.
"""

from dataclasses import dataclass
from uuid import UUID

from compassionate.domain.authorisation import AuthorisationFacts
from compassionate.domain.authorisation_commands import Issue, Replace
from compassionate.domain.criteria_events import ProtocolPublished
from compassionate.domain.follow_up import BeginFollowUp
from compassionate.domain.holder_file import HolderFacts, NoteFirstGrant
from compassionate.domain.request_commands import Grant
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import AuthorisationState, RequestKind
from events.days import day_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What lies around a request when it is granted; unsaid is what there is none of."""

    previous: AuthorisationFacts | None = None
    file: HolderFacts | None = None
    protocol: ProtocolPublished | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Strokes:
    """What is asked of each stream."""

    request: Grant
    authorisation: Issue
    previous: Replace | None = None
    file: NoteFirstGrant | None = None
    follow_up: BeginFollowUp | None = None


def strokes(command: Grant, request_id: UUID, request: RequestFacts, around: Around) -> Strokes:
    """Return what a grant asks of each stream; each decides for itself whether it may."""
    at = command.occurred_at
    return Strokes(
        request=command,
        authorisation=_issue(command, request_id, request),
        previous=_replace(command, around.previous),
        file=(
            NoteFirstGrant(by=command.by, at=at, granted_on=day_of(at), number=command.number)
            if around.file is not None and around.file.opened and not around.file.granted_on
            else None
        ),
        follow_up=_begin(command, around.protocol),
    )


def _issue(command: Grant, request_id: UUID, request: RequestFacts) -> Issue:
    part = request.prescription
    return Issue(
        by=command.by,
        at=command.occurred_at,
        number=command.number,
        request_id=request_id,
        kind=request.kind or RequestKind.INITIAL,
        terms=command.terms,
        signature=command.signature,
        product=part.product if part else None,
        indication=part.indication if part else None,
        criteria_version=request.criteria_version,
        institution=request.institution,
        prescriber=request.prescriber,
        replaces=request.renews,
    )


def _replace(command: Grant, previous: AuthorisationFacts | None) -> Replace | None:
    """Return what takes the place of the authorisation before; None where its last day has passed.

    One that was withdrawn, abrogated, suspended or that has ceased refuses to be gone on from, and
    the whole grant with it.
    """
    if previous is None or previous.state is AuthorisationState.EXPIRED:
        return None
    ran_out = previous.ends_on is not None and day_of(command.occurred_at) > previous.ends_on
    if ran_out and previous.state is AuthorisationState.ACTIVE:
        return None
    return Replace(
        by=command.by,
        at=command.occurred_at,
        number=command.number,
        begins_on=command.terms.begins_on,
    )


def _begin(command: Grant, protocol: ProtocolPublished | None) -> BeginFollowUp | None:
    if protocol is None:
        return None
    return BeginFollowUp(
        by=command.by,
        at=command.occurred_at,
        number=command.number,
        begins_on=command.terms.begins_on,
        protocol_version=protocol.version,
        every_days=protocol.every_days,
        declare_to=protocol.declare_to,
    )
