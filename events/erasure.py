"""Erase a person from the log: the key is destroyed, what happened stays.

The ciphertext remains and the chain still verifies. A backup holds the key until it expires: after
a restore, `manage.py erase --again` destroys every key whose erasure is remembered, by the log or,
where it is newer than the backup, by the tombstones in JOURNAL_DIR.
"""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectErased(DomainEvent):
    """The personal data of one person in one stream were made unreadable for ever."""

    TYPE: ClassVar[str] = "events.subject_erased"

    stream: str
    role: str
    basis: str


def erase(stream: str, role: str, *, basis: str, actor: Actor, now: datetime) -> bool:
    """Record the erasure, then destroy the key; return whether there was a key to destroy.

    `basis` is the legal ground (GDPR art. 17, or the end of the retention period). Safe to repeat,
    also by somebody else: the first ground and its author stay.
    Raises Refused when the stream has nobody of that role.
    """
    subject = subject_of(stream, role)
    if subject not in store.subject_keys([subject]):
        raise Refused(Problem("/role", "no_such_subject", "Ce dossier n'a pas cette personne."))
    about = uuid5(NAMESPACE_URL, subject)
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
    # Before the key goes: whatever backup is restored, somebody outside remembers.
    tombstones().add(Tombstone(stream, role, basis, now.isoformat()))
    return _destroy(subject)


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
            destroyed += erase(one.stream, one.role, basis=one.basis, actor=actor, now=at)
        except Refused:
            unknown += 1
    return destroyed, unknown


def _destroy(subject: str) -> bool:
    row = store.session("projector").execute("SELECT events_destroy_key(%s)", [subject]).fetchone()
    return bool(row and row[0])
