"""Fold, decide, append: how a command becomes events."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Self, TypeVar
from uuid import UUID

import msgspec

from events import store
from events.codec import catalogue, plain
from events.decider import Decider
from events.errors import Problem, Refused, VersionConflict
from events.event import Actor, DomainEvent, Recorded
from events.keys import keyring
from events.nudge import nudger
from events.vault import Sealer, subject_of

S = TypeVar("S")
C = TypeVar("C")
E = TypeVar("E", bound=DomainEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who gave a command, its identifier, and the keyed hash by which a second try is compared.

    `receipt` and `receipt_id` are those that were given for it, where it came by way of a spool.
    """

    command_id: UUID
    digest: bytes
    actor: Actor
    expected_version: int | None = None
    receipt: str | None = None
    receipt_id: str | None = None

    @classmethod
    def of(
        cls,
        command_id: UUID,
        content: Any,
        actor: Actor,
        *,
        expected_version: int | None = None,
        receipt_id: str | None = None,
    ) -> Self:
        """Return the envelope of a command with this content, about `receipt_id` where it is.

        The digest covers the content and its author; times and new identifiers are not in it, nor
        is what was left unsaid: a release may add a field, and a command given before it is still
        known when it is repeated after it.
        """
        canonical = msgspec.json.encode([actor.id, plain(content)], order="deterministic")
        return cls(
            command_id=command_id,
            digest=keyring().command_digest(canonical),
            actor=actor,
            expected_version=expected_version,
            receipt_id=receipt_id,
        )

    @property
    def command(self) -> store.Command:
        """Return what the log keeps of it: the author's id and role, never a name."""
        about = {"actor": self.actor} | ({"receipt": self.receipt} if self.receipt else {})
        return store.Command(
            id=self.command_id,
            digest=self.digest,
            metadata=msgspec.json.encode(about).decode(),
            receipt=self.receipt_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled(Generic[S]):
    """The state that the command led to; `again` when the log knew the command already.

    `receipt` is the one that the command was recorded with.
    """

    stream: str
    version: int
    state: S
    events: Sequence[DomainEvent]
    recorded_at: datetime | None
    again: bool
    receipt: str | None = None


def handle(
    decider: Decider[S, C, E],
    stream: str,
    command: C,
    envelope: Envelope,
    prepare: Callable[[C, S], C] = lambda command, _state: command,
) -> Handled[S]:
    """Give one command to one stream; on a conflict read the stream again, once.

    `prepare` sees the state before anything else does: it completes the command, or raises where
    its sender has no right to this object.
    Raises Refused, CommandReused, VersionConflict, SubjectErased, InsideTransaction.
    """
    try:
        return _attempt(decider, stream, command, envelope, prepare)
    except VersionConflict:
        if envelope.expected_version is not None:
            raise
        return _attempt(decider, stream, command, envelope, prepare)


def handle_together(
    deciders: Mapping[str, Decider[Any, Any, Any]],
    give: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    envelope: Envelope,
) -> Mapping[str, Handled[Any]]:
    """Give one command to several streams: all of its events are written, or none.

    `give` sees the state of each stream and says what is asked of each; one that it leaves out is read
    and not written, and may move meanwhile. `expected_version` is that of the first. On a conflict all
    are read again, once. Raises what `handle` raises; Refused with the reasons of every stream.
    """
    try:
        return _attempt_together(deciders, give, envelope)
    except VersionConflict:
        if envelope.expected_version is not None:
            raise
        return _attempt_together(deciders, give, envelope)


def open_stream(
    decider: Decider[S, C, E], stream: str, command: C, envelope: Envelope
) -> Handled[S]:
    """Give the first command to a new stream, without reading it first.

    Raises Refused, CommandReused, VersionConflict, InsideTransaction.
    """
    nothing = Past(stream=stream, version=0, state=decider.initial, sealer=Sealer(stream, {}))
    return _write(decider, nothing, decider.decide(nothing.state, command), envelope)


def history(stream: str, *, as_of: datetime | None = None) -> list[Recorded]:
    """Return a stream's typed events, personal fields open, as recorded at `as_of` or now.

    Raises UnknownEventType, UnreadableEvent.
    """
    return _decode(store.read_stream(stream, as_of=as_of), _sealer(stream))


def folded(decider: Decider[S, Any, Any], past: Sequence[Recorded]) -> S:
    """Return the state that a stream's recorded events lead to."""
    return decider.fold([one.event for one in past])


def recorded_commands(commands: Sequence[UUID]) -> frozenset[UUID]:
    """Return those of these commands that the log holds."""
    return frozenset(store.known(commands))


def opening(stream: str) -> Recorded:
    """Return a stream's first event. Raises UnknownEventType, UnreadableEvent."""
    return _decode(store.read_stream(stream, to_version=1), _sealer(stream))[0]


def opened(fields: Sequence[tuple[str, str, str]]) -> list[str | None]:
    """Return the clear texts of sealed fields, each given as (stream, role, ciphertext).

    One query whatever their number. None where there was nothing, or the person was erased.
    Raises UnreadableEvent.
    """
    subjects = {subject_of(stream, role) for stream, role, _ in fields}
    keys = store.subject_keys(sorted(subjects))
    return [
        Sealer(stream, keys).unseal(role, "", sealed) if sealed else None
        for stream, role, sealed in fields
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past(Generic[S]):
    """What a stream was when a command met it."""

    stream: str
    version: int
    state: S
    sealer: Sealer
    met_before: bool = False


def _attempt(
    decider: Decider[S, C, E],
    stream: str,
    command: C,
    envelope: Envelope,
    prepare: Callable[[C, S], C],
) -> Handled[S]:
    past = _met(decider, stream, envelope)
    command = prepare(command, past.state)
    known = store.recorded(envelope.command) if past.met_before else None
    if known is not None:
        return _recorded(decider, known)
    if envelope.expected_version not in {None, past.version}:
        raise VersionConflict(version=past.version)
    return _write(decider, past, decider.decide(past.state, command), envelope)


def _attempt_together(
    deciders: Mapping[str, Decider[Any, Any, Any]],
    give: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    envelope: Envelope,
) -> Mapping[str, Handled[Any]]:
    pasts = {stream: _met(decider, stream, envelope) for stream, decider in deciders.items()}
    met_before = any(past.met_before for past in pasts.values())
    known = store.recorded(envelope.command) if met_before else None
    if known is not None:
        return _recorded_of(deciders, known)
    first = next(iter(pasts.values()))
    if envelope.expected_version not in {None, first.version}:
        raise VersionConflict(version=first.version)
    commands = give({stream: past.state for stream, past in pasts.items()})
    made = _decided(deciders, pasts, commands)
    writes = [_stream_write(pasts[stream], events) for stream, events in made.items()]
    keys = [key for stream in made for key in pasts[stream].sealer.new_keys]
    written = store.append(writes, envelope.command, keys)
    nudger.nudge()
    if written.again:
        return _recorded_of(deciders, written)
    return {
        stream: _handled(deciders[stream], pasts[stream], events, written, envelope)
        for stream, events in made.items()
    }


def _recorded_of(
    deciders: Mapping[str, Decider[Any, Any, Any]], known: store.Written
) -> dict[str, Handled[Any]]:
    """Answer as the first time, of the streams that are asked for: what lies around may be another now."""
    return {
        stream: _recorded(deciders[stream], known, stream)
        for stream in known.versions
        if stream in deciders
    }


def _decided(
    deciders: Mapping[str, Decider[Any, Any, Any]],
    pasts: Mapping[str, Past[Any]],
    commands: Mapping[str, Any],
) -> dict[str, Sequence[Any]]:
    """Return what each stream makes of its command. Raises Refused with every stream's reasons."""
    made: dict[str, Sequence[Any]] = {}
    problems: list[Problem] = []
    for stream, command in commands.items():
        try:
            made[stream] = deciders[stream].decide(pasts[stream].state, command)
        except Refused as refusal:
            problems.extend(refusal.problems)
    if problems:
        # Two streams may refuse the same thing for the same reason.
        raise Refused(*dict.fromkeys(problems))
    return made


def _met(decider: Decider[S, C, E], stream: str, envelope: Envelope) -> Past[S]:
    past_events = store.read_stream(stream)
    # After the events: a key made in between would be missing for a field that is there.
    sealer = _sealer(stream)
    recorded = _decode(past_events, sealer)
    return Past(
        stream=stream,
        version=recorded[-1].version if recorded else 0,
        state=decider.fold(_events(recorded)),
        sealer=sealer,
        met_before=any(one.command_id == envelope.command_id for one in recorded),
    )


def _write(
    decider: Decider[S, C, E], past: Past[S], events: Sequence[E], envelope: Envelope
) -> Handled[S]:
    write = _stream_write(past, events)
    written = store.append([write], envelope.command, past.sealer.new_keys)
    nudger.nudge()
    if written.again:
        return _recorded(decider, written)
    return _handled(decider, past, events, written, envelope)


def _stream_write(past: Past[Any], events: Sequence[DomainEvent]) -> store.StreamWrite:
    return store.StreamWrite(
        stream=past.stream,
        expected_version=past.version,
        events=[_encode(event, past.sealer) for event in events],
    )


def _handled(
    decider: Decider[S, C, E],
    past: Past[S],
    events: Sequence[E],
    written: store.Written,
    envelope: Envelope,
) -> Handled[S]:
    return Handled(
        stream=past.stream,
        version=written.versions[past.stream],
        state=decider.fold(events, past.state),
        events=events,
        recorded_at=written.recorded_at,
        again=False,
        receipt=envelope.receipt,
    )


def _recorded(
    decider: Decider[S, C, E], written: store.Written, stream: str | None = None
) -> Handled[S]:
    """Answer a repeated command as the first time: the state at the version it led to.

    `stream` is one of those that it wrote; None: it wrote one, whichever that is.
    """
    stream = stream or next(iter(written.versions))
    version = written.versions[stream]
    past = _decode(store.read_stream(stream, to_version=version), _sealer(stream))
    return Handled(
        stream=stream,
        version=version,
        state=decider.fold(_events(past)),
        events=_events(past[-1:]),
        recorded_at=past[-1].recorded_at,
        again=True,
        receipt=past[-1].metadata.get("receipt"),
    )


def _sealer(stream: str) -> Sealer:
    return Sealer(stream, store.stream_keys(stream))


def _decode(past: Sequence[Any], sealer: Sealer) -> list[Recorded]:
    return [catalogue.decode(stored, sealer.unseal) for stored in past]


def _events(past: Sequence[Recorded]) -> list[Any]:
    return [recorded.event for recorded in past]


def _encode(event: DomainEvent, sealer: Sealer) -> store.NewEvent:
    return store.NewEvent(
        type=event.TYPE,
        schema_version=event.SCHEMA,
        payload=catalogue.encode(event, sealer.seal),
        occurred_at=event.occurred_at,
        received_at=event.received_at,
    )
