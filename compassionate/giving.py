"""How an act that waits for the log is given to it: who, under which key, to which streams."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts import compassionate as may
from accounts.access import Person, Someone
from compassionate.domain.authorisation import AUTHORISATION, voids
from compassionate.domain.decision import Signature
from compassionate.domain.delegation import delegation_problems
from compassionate.domain.request import REQUEST
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import Delegated, RequestState
from compassionate.streams import (
    authorisation_id,
    authorisation_stream,
    delegation_facts,
    request_stream,
)
from compassionate.submissions import holder_of
from events import spool_reports
from events.days import day_of
from events.decider import Decider
from events.errors import Problem, Refused, VersionConflict
from events.event import Actor, stream_name
from events.handle import Envelope, Handled, handle, handle_together
from events.number import number_of

CLOCK = Actor(id="clock", role="system")
COMMANDS = UUID("b6d9a0f2-4b0e-5f1c-8a51-6a0c2e9d7b03")
Allowed = Callable[[RequestFacts], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """What was given: a verb, its content, the sender's key for it, the version that she had seen."""

    verb: str
    content: Any
    key: str
    version: int | None = None


def keyed(verb: str, fields: Mapping[str, Any], key: str, version: int | None = None) -> Keyed:
    """Return what a form gave: its fields in the order of their names."""
    content = [fields[name] for name in sorted(fields)]
    return Keyed(verb=verb, content=content, key=key, version=version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """By which delegation somebody signs (CRPA L212-1).

    `outside`: the decision leaves the téléservice, and its letter has to be signed (L212-2).
    """

    delegation: str
    outside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A request after an act on it; `again` where the act was known already."""

    id: UUID
    number: str
    version: int
    facts: RequestFacts
    again: bool


def allowed(user: Someone, answer: bool) -> Person:  # noqa: FBT001  the answer to "may they?"
    """Return who acts. Raises PermissionDenied."""
    if not answer or isinstance(user, AnonymousUser):
        raise PermissionDenied
    return user


def signing_of(person: Person, signed: Signed, act: Delegated, at: datetime) -> dict[str, Any]:
    """Return who signs, and why her delegation does not let her, as every command of a decision takes both.

    Under the name that she has now: a letter made again names her as then.
    """
    facts = delegation_facts(person.public_id)
    problems = tuple(delegation_problems(facts, signed.delegation, act, day_of(at)))
    found = facts.given.get(signed.delegation.strip())
    signature = Signature(
        signatory=str(person.public_id),
        # Said only beside the problem that there is no such delegation: it is refused then.
        quality=found.quality if found else signed.delegation or "–",
        delegation=found.reference if found else signed.delegation or "–",
        through_service=not signed.outside,
        signed=signed.outside,
        name=f"{person.first_name} {person.last_name}".strip() or None,
    )
    return {"signature": signature, "unentitled": problems}


def envelope(person: Person, target: object, keyed: Keyed) -> Envelope:
    """Return who, and by which identifier the same command is known again."""
    name = f"{person.public_id}/{keyed.verb}/{target}/{keyed.key}"
    return Envelope.of(
        uuid5(COMMANDS, name), keyed.content, person.actor(), expected_version=keyed.version
    )


def give_request(
    person: Person,
    request_id: UUID,
    keyed: Keyed,
    ask: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    may_they: Allowed,
    around: Mapping[str, Decider[Any, Any, Any]] | None = None,
) -> Done:
    """Give an act on a request that exists, and on what lies around it, in one stroke.

    `ask` sees the state of every stream. Raises Http404 where the request is not there or not for
    this person to see, PermissionDenied, Refused, CommandReused, VersionConflict.
    """
    stream = request_stream(request_id)

    def given(states: Mapping[str, Any]) -> Mapping[str, Any]:
        facts: RequestFacts = states[stream]
        if facts.state is RequestState.NOT_BEGUN:
            raise Http404
        if not may_they(facts):
            raise PermissionDenied if may.may_see_request(person, holder_of(facts)) else Http404
        return ask(states)

    deciders = {stream: REQUEST, **(around or {})}
    written = handle_together(deciders, given, envelope(person, request_id, keyed))
    return done(request_id, written[stream])


def give_alone(
    person: Person,
    request_id: UUID,
    keyed: Keyed,
    command: Callable[[RequestFacts], Any],
    may_they: Allowed,
) -> Done:
    """Give an act that touches the request alone; `command` sees its state. Raises as `give_request`."""
    stream = request_stream(request_id)
    return give_request(
        person, request_id, keyed, lambda states: {stream: command(states[stream])}, may_they
    )


def times(person: Person, at: datetime) -> dict[str, Any]:
    """Return who gives a command, and both its times: what is done where it is told."""
    return {"by": str(person.public_id), "occurred_at": at, "received_at": at}


def done(request_id: UUID, handled: Handled[Any]) -> Done:
    """Return a request after an act on it."""
    return Done(
        id=request_id,
        number=number_of(request_id),
        version=handled.version,
        facts=handled.state,
        again=handled.again,
    )


def give_one(
    person: Person,
    decider: Decider[Any, Any, Any],
    stream_id: UUID,
    command: Any,
    keyed: Keyed,
) -> Handled[Any]:
    """Give an act on one sheet, file, authorisation or follow-up. Raises what `handle` raises."""
    stream = stream_name(decider.category, stream_id)
    return handle(decider, stream, command, envelope(person, stream_id, keyed))


def give_authorisation(
    person: Person, number: str, act: Any, keyed: Keyed, before: str | None
) -> Handled[Any]:
    """Give an act on an authorisation; where it stops one that has not begun, that `before` it goes on.

    Raises what `handle_together` raises.
    """
    stream = authorisation_stream(number)
    deciders = {stream: AUTHORISATION}
    if before is not None:
        deciders[authorisation_stream(before)] = AUTHORISATION

    def ask(states: Mapping[str, Any]) -> Mapping[str, Any]:
        if before is None:
            return {stream: act}
        former = authorisation_stream(before)
        if states[former].replaced_by != number:
            # Something was granted in between: whoever asks again has it taken into account.
            raise VersionConflict
        void = voids(act, states[stream], states[former])
        return {stream: act} if void is None else {stream: act, former: void}

    identifier = authorisation_id(number)
    return handle_together(deciders, ask, envelope(person, identifier, keyed))[stream]


def noted(
    decider: Decider[Any, Any, Any],
    stream: str,
    command: Any,
    name: str,
    content: Any = None,
    actor: Actor = CLOCK,
) -> bool:
    """Note that something has come to pass, once under a name; return whether this did it.

    False where it was noted before, or is no longer to be noted.
    """
    envelope = Envelope.of(uuid5(COMMANDS, f"note/{stream}/{name}"), content, actor)
    try:
        return not handle(decider, stream, command, envelope).again
    except (Refused, VersionConflict):
        return False


def nothing_waits(stream: str, in_spite_of: str | None) -> None:
    """Refuse a decision while a spool may still hold something for what it is about.

    A signatory may decide in spite of that, with a reason that is recorded. Raises Refused.
    """
    nodes = spool_reports.holders(stream)
    if nodes and not (in_spite_of or "").strip():
        raise Refused(
            Problem(
                "",
                "held_by_spool",
                "Des envois reçus pendant la panne attendent peut-être encore pour ce dossier, "
                "attendez leur reprise ou décidez en donnant le motif. "
                f"Serveurs : {', '.join(nodes)}.",
            )
        )
