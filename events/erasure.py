"""Erase a person from the log: the key is destroyed, what happened stays.

The ciphertext remains and the chain still verifies. A backup holds the key until it expires: after
a restore, `manage.py erase --again` destroys every key whose erasure is remembered, by the log or,
where it is newer than the backup, by the tombstones in JOURNAL_DIR.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import NAMESPACE_URL, uuid5

from events import store
from events.codec import catalogue
from events.errors import CommandReused, Problem, Refused
from events.event import Actor, DomainEvent, stream_name
from events.handle import Envelope
from events.journal import Tombstone, tombstones
from events.vault import Sealer, subject_of

CATEGORY = "erasure"
Related = Callable[[str], Iterable[str]]
Needed = Callable[[str, datetime], Iterable[Problem]]
_related: list[Related] = []
_needed: list[Needed] = []


def relate(related: Related, needed: Needed) -> None:
    """Let a context say which further streams tell of the people of a stream of its own.

    `needed` yields why they can't be erased yet: where something is still to be decided of them, and
    nothing could be said of it any more (GDPR art. 17, 3 b and c).
    """
    _related.append(related)
    _needed.append(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectErased(DomainEvent):
    """The personal data of one person in one stream were made unreadable for ever."""

    TYPE: ClassVar[str] = "events.subject_erased"

    stream: str
    role: str
    basis: str


def erase(stream: str, role: str, *, basis: str, actor: Actor, now: datetime) -> int:
    """Erase a person in a stream and in every other that tells of her; return how many keys went.

    The erasure is recorded before a key is destroyed. Where nothing is said of her yet, the stream is
    closed to her: what comes later is refused. `basis` is the legal ground (GDPR art. 17, or the end of
    the retention period). Safe to repeat, also by somebody else: the first ground and its author stay.
    Raises Refused when none of these streams has anybody of that role, and where her data are needed.
    """
    problems = [one for needed in _needed for one in needed(stream, now)]
    if problems:
        raise Refused(*problems)
    return _erase(stream, role, basis=basis, actor=actor, now=now)


def _erase(stream: str, role: str, *, basis: str, actor: Actor, now: datetime) -> int:
    subjects = [subject_of(one, role) for one in (stream, *_others(stream))]
    if not store.subject_keys(subjects):
        raise Refused(Problem("/role", "no_such_subject", "Ce dossier n'a pas cette personne."))
    _record(stream, role, basis, actor, now)
    # Before a key goes: whatever backup is restored, somebody outside remembers.
    tombstones().add(Tombstone(stream, role, basis, now.isoformat()))
    destroyed = int(_destroy(subject_of(stream, role)))
    # Looked for once her key is gone: what is begun from here on is refused. What a command under way
    # has begun meanwhile is found by looking again, and at the latest by `erase --again`.
    seen: set[str] = set()
    while found := [one for one in _others(stream) if one not in seen]:
        for other in found:
            _record(other, role, basis, actor, now)
            destroyed += _destroy(subject_of(other, role))
        seen.update(found)
    return destroyed


def erase_again(actor: Actor) -> tuple[int, int]:
    """Destroy the keys that a restored database has got back, and record what its log has lost.

    Return how many keys there were, and how many erasures are of people whom the log does not know:
    their declarations are newer than the backup, and may come back from elsewhere.
    """
    rows = store.session("projector").execute(
        "SELECT payload ->> 'stream', payload ->> 'role' FROM events_event WHERE type = %s",
        [SubjectErased.TYPE],
    )
    destroyed = sum(_destroy(subject_of(stream, role)) for stream, role in rows.fetchall())
    unknown = 0
    for one in tombstones().all():
        at = datetime.fromisoformat(one.at)
        try:
            destroyed += _erase(one.stream, one.role, basis=one.basis, actor=actor, now=at)
        except Refused:
            unknown += 1
    return destroyed, unknown


def _others(stream: str) -> list[str]:
    others = dict.fromkeys(one for related in _related for one in related(stream))
    others.pop(stream, None)
    return list(others)


def _record(stream: str, role: str, basis: str, actor: Actor, now: datetime) -> None:
    about = uuid5(NAMESPACE_URL, subject_of(stream, role))
    event = SubjectErased(occurred_at=now, received_at=now, stream=stream, role=role, basis=basis)
    envelope = Envelope.of(about, [stream, role], actor)
    write = store.StreamWrite(
        stream=stream_name(CATEGORY, about),
        expected_version=0,
        events=[
            store.NewEvent(
                type=event.TYPE,
                schema_version=event.SCHEMA,
                payload=catalogue.encode(event, Sealer(stream, {}).seal),
                occurred_at=now,
                received_at=now,
            )
        ],
    )
    # Recorded before, by this person or by another: what may be missing is the destruction.
    with suppress(CommandReused):
        store.append([write], envelope.command)


def _destroy(subject: str) -> bool:
    """Destroy a key, and let none be made where there was none; return whether there was one."""
    row = store.session("projector").execute("SELECT events_destroy_key(%s)", [subject]).fetchone()
    return bool(row and row[0])
