"""What a grant asks of each stream that it touches: all of it happens in one stroke, or none.

The request is granted, the authorisation issued, the one it goes on from replaced; the first grant
for a product in an indication is noted in its holder's file; the follow-up begins.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from compassionate.domain.authorisation import WHY
from compassionate.domain.authorisation_commands import Issue, Replace
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.beside import renewal_problems
from compassionate.domain.criteria_events import ProtocolPublished
from compassionate.domain.decision import Terms
from compassionate.domain.follow_up import BeginFollowUp
from compassionate.domain.holder_facts import HolderFacts
from compassionate.domain.holder_file import NoteFirstGrant
from compassionate.domain.request_commands import Grant
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import ABOUT_ONE, AuthorisationState, RequestKind
from events.days import day_of
from events.errors import Problem, Refused


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
    follow_up: BeginFollowUp
    previous: Replace | None = None
    file: NoteFirstGrant | None = None


SENTENCES = {
    "unknown_previous": "L'autorisation dont il s'agit n'existe pas sous ce numéro.",
    "other_authorisation": (
        "L'autorisation dont il s'agit est d'un autre établissement, produit ou indication."
    ),
    "change_outlasts": (
        "Une modification de posologie ne prolonge pas l'autorisation : renouvelez-la."
    ),
    "begins_before": (
        "Elle commencerait avant celle dont il s'agit : demandez-la pour l'autorisation en vigueur."
    ),
    "gap_before_next": (
        "Une autre est déjà accordée pour la suite : celle-ci va au moins jusqu'à la veille de son début."
    ),
    "beyond_maintenance": (
        "Sans accès précoce, rien n'est maintenu ni renouvelé au-delà d'un an (CSP D5121-74-1-1 III)."
    ),
}


def expect_previous(
    request: RequestFacts, terms: Terms, previous: AuthorisationFacts | None
) -> None:
    """Raise Refused where what is asked about is not the authorisation that it names, would outlast it, or
    was granted already.
    """
    problems = list(_previous(request, terms, previous))
    problems += renewal_problems(request.kind, previous) if not request.beforehand else ()
    if not problems and previous is not None and not previous.makes_way(terms.ends_on):
        problems.append(Problem("", *WHY[AuthorisationState.REPLACED]))
    if problems:
        raise Refused(*problems)


def strokes(command: Grant, request_id: UUID, request: RequestFacts, around: Around) -> Strokes:
    """Return what a grant asks of each stream; each decides for itself whether it may.

    Raises Refused where what lies around the request does not allow it.
    """
    problems = list(_around(command, request, around))
    if problems:
        raise Refused(*problems)
    at = command.occurred_at
    previous = around.previous if request.kind in ABOUT_ONE else None
    return Strokes(
        request=command,
        authorisation=_issue(command, request_id, request, previous),
        previous=_replace(command, previous),
        file=(
            NoteFirstGrant(by=command.by, at=at, granted_on=day_of(at), number=command.number)
            if around.file is not None and around.file.opened and not around.file.granted_on
            else None
        ),
        follow_up=_begin(command, around.protocol),
    )


def _around(command: Grant, request: RequestFacts, around: Around) -> Iterator[Problem]:
    file = around.file
    yield from _previous(request, command.terms, around.previous)
    limit = file.limit_on(day_of(command.occurred_at)) if file else None
    if limit is not None and command.terms.ends_on > limit:
        yield _problem("beyond_maintenance", "/terms/ends_on")


def _previous(
    request: RequestFacts, terms: Terms, previous: AuthorisationFacts | None
) -> Iterator[Problem]:
    if request.kind not in ABOUT_ONE:
        return
    if previous is None or previous.number != request.renews:
        yield _problem("unknown_previous")
    elif _is_another(previous, request):
        yield _problem("other_authorisation")
    else:
        yield from _within(request, terms, previous)


def _within(
    request: RequestFacts, terms: Terms, previous: AuthorisationFacts
) -> Iterator[Problem]:
    first, last, followed_on = previous.terms, previous.ends_on, previous.replaced_on
    change = request.kind is RequestKind.DOSAGE_CHANGE
    if change and (last is None or terms.ends_on > last):
        yield _problem("change_outlasts", "/terms/ends_on")
    # A dose that was given is regularised from its day on, whatever day that was.
    if first is not None and terms.begins_on < first.begins_on and not request.beforehand:
        yield _problem("begins_before", "/terms/begins_on")
    if followed_on is not None and (followed_on - terms.ends_on).days > 1:
        yield _problem("gap_before_next", "/terms/ends_on")


def _is_another(previous: AuthorisationFacts, request: RequestFacts) -> bool:
    part = request.prescription
    asked = (part.product, part.indication) if part else (None, None)
    return (
        previous.institution != request.institution
        or (previous.product, previous.indication) != asked
    )


def _problem(code: str, pointer: str = "") -> Problem:
    return Problem(pointer, code, SENTENCES[code])


def _issue(
    command: Grant, request_id: UUID, request: RequestFacts, previous: AuthorisationFacts | None
) -> Issue:
    """What was granted ahead to go on from the previous one goes on from this one."""
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
        criteria_version=command.sheet.version,
        institution=request.institution,
        prescriber=request.prescriber,
        replaces=request.renews,
        followed_by=previous.replaced_by if previous else None,
        followed_on=previous.replaced_on if previous else None,
    )


def _replace(command: Grant, previous: AuthorisationFacts | None) -> Replace | None:
    """Return what takes the place of the authorisation before.

    One that was withdrawn, abrogated, suspended or that has ceased refuses to be gone on from, and
    the whole grant with it.
    """
    if previous is None:
        return None
    return Replace(
        by=command.by,
        at=command.occurred_at,
        number=command.number,
        begins_on=command.terms.begins_on,
        ends_on=command.terms.ends_on,
    )


def _begin(command: Grant, protocol: ProtocolPublished | None) -> BeginFollowUp:
    """Reactions are linked and data taken from the first day, with a protocol or before there is one."""
    begin = BeginFollowUp(
        by=command.by,
        at=command.occurred_at,
        number=command.number,
        begins_on=command.terms.begins_on,
        ends_on=command.terms.ends_on,
    )
    if protocol is None:
        return begin
    return replace(
        begin,
        protocol_version=protocol.version,
        every_days=protocol.every_days,
        declare_to=protocol.declare_to,
    )
