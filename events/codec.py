"""Type name and schema version to class and back; upcasters; sealing of personal fields."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache, reduce
from operator import or_
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from events.errors import UnknownEventType, UnreadableEvent
from events.event import DomainEvent, Personal, Recorded, StoredEvent
from events.projection import ENVELOPE, Seen, View

Payload = dict[str, Any]
Upcaster = Callable[[Payload], Payload]
Crypt = Callable[[str, str, str], str | None]
Path = tuple[str, ...]

LIST = "*"


@dataclass(frozen=True, slots=True)
class Entry:
    """One event type of the catalogue, its upcasters (from version -> function), personal paths."""

    cls: type[DomainEvent]
    upcasters: Mapping[int, Upcaster]
    personal: tuple[tuple[Path, str], ...]


class Catalogue:
    """Every event type this software can read; types are added and never removed."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def register(
        self,
        classes: Iterable[type[DomainEvent]],
        upcasters: Mapping[str, Mapping[int, Upcaster]] | None = None,
    ) -> None:
        """Add event classes; `upcasters[type][n]` turns a payload of schema n into n + 1."""
        for cls in classes:
            chain = dict((upcasters or {}).get(cls.TYPE, {}))
            missing = [n for n in range(1, cls.SCHEMA) if n not in chain]
            if missing:
                raise ValueError(f"{cls.TYPE}: no upcaster from schema {missing}")
            self._entries[cls.TYPE] = Entry(cls, chain, tuple(_personal_paths(cls)))

    def types(self) -> Mapping[str, Entry]:
        """Return the catalogue by type name."""
        return dict(self._entries)

    def entry(self, type_name: str) -> Entry:
        """Return one entry, or raise UnknownEventType."""
        try:
            return self._entries[type_name]
        except KeyError:
            raise UnknownEventType(f"unknown event type {type_name}", type=type_name) from None

    def encode(self, event: DomainEvent, seal: Crypt) -> str:
        """Return the payload as JSON text; `seal(subject, pointer, value)` makes the ciphertext."""
        data = _builtins(event)
        _apply(data, self.entry(event.TYPE).personal, seal)
        return msgspec.json.encode(data).decode()

    def upcast(self, type_name: str, schema_version: int, payload: str | bytes) -> Payload:
        """Return the payload in the newest shape, personal fields still sealed."""
        entry = self.entry(type_name)
        if schema_version > entry.cls.SCHEMA:
            raise UnknownEventType(
                f"{type_name} schema {schema_version} is newer than this software",
                type=type_name,
            )
        data: Payload = msgspec.json.decode(payload)
        for step in range(schema_version, entry.cls.SCHEMA):
            data = entry.upcasters[step](data)
        return data

    def decode(self, stored: StoredEvent, unseal: Crypt) -> Recorded:
        """Return the typed event; `unseal` gives None for what was erased.

        Raises UnknownEventType, UnreadableEvent.
        """
        entry = self.entry(stored.type)
        data = self.upcast(stored.type, stored.schema_version, stored.payload)
        _apply(data, entry.personal, unseal)
        data |= {"occurred_at": stored.occurred_at, "received_at": stored.received_at}
        try:
            event = msgspec.convert(data, entry.cls)
        except msgspec.ValidationError as error:
            raise UnreadableEvent(f"{stored.type}: {error}", type=stored.type) from error
        return Recorded(
            stream=stored.stream,
            version=stored.version,
            event=event,
            metadata=stored.metadata,
            command_id=stored.command_id,
            recorded_at=stored.recorded_at,
        )

    def view(self, view: type[View], type_name: str, schema: int, payload: bytes) -> View:
        """Return the part of a stored payload that a projection reads, without any key.

        Raises UnknownEventType, UnreadableEvent.
        """
        try:
            return msgspec.convert(self.upcast(type_name, schema, payload), view)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise UnreadableEvent(f"{type_name}: {error}", type=type_name) from error


class StreamReader:
    """Turns a stream's events, as one JSON array, into what one projection reads.

    Each event is `["<type>:<schema>", version, occurred_at, received_at, recorded_at, payload]`. A
    stream whose events all have the newest schema is decoded in one call; one that holds an older
    schema, or something unreadable, is gone through event by event.
    """

    def __init__(self, known: Catalogue, views: Mapping[str, type[View]]) -> None:
        self._catalogue = known
        self._views = views
        self._all_viewed = known.types().keys() <= views.keys()
        self._kinds = {
            name: _kind(name, entry.cls.SCHEMA, views.get(name))
            for name, entry in known.types().items()
        }
        one_of: Any = reduce(or_, self._kinds.values())
        self._whole = msgspec.json.Decoder(list[one_of])

    def read(self, events: bytes) -> Sequence[Seen]:
        """Return the events that have a view. Raises UnknownEventType, UnreadableEvent."""
        try:
            found = self._whole.decode(events)
        except (msgspec.ValidationError, msgspec.DecodeError):
            return list(self._one_by_one(events))
        return found if self._all_viewed else [one for one in found if one.type in self._views]

    def _one_by_one(self, events: bytes) -> Iterator[Seen]:
        try:
            parts = _PARTS.decode(events)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise UnreadableEvent(f"the stream is unreadable: {error}") from error
        for tag, version, occurred, received, recorded, payload in parts:
            name, _, schema = tag.rpartition(":")
            view = self._views.get(name)
            if view is None:
                self._catalogue.entry(name)
                continue
            data = self._catalogue.view(view, name, int(schema), bytes(payload))
            yield self._kinds[name](version, occurred, received, recorded, data)


_PARTS = msgspec.json.Decoder(list[tuple[str, int, datetime, datetime, datetime, msgspec.Raw]])


def _kind(type_name: str, schema: int, view: type[View] | None) -> Any:
    """Return the subclass of Seen for one type; what no view reads is skipped over."""
    return msgspec.defstruct(
        "SeenOf" + type_name.title().replace(".", "").replace("_", ""),
        [("data", view or msgspec.Raw)],
        bases=(Seen,),
        namespace={"type": type_name},
        tag=f"{type_name}:{schema}",
        frozen=True,
        array_like=True,
        gc=False,
    )


catalogue = Catalogue()


def _builtins(event: DomainEvent) -> Payload:
    """Return the event as plain data without its times and without fields left at their default.

    A default is part of the schema: to change one, raise SCHEMA and add an upcaster.
    """
    data: Payload = plain(event)
    for name in ENVELOPE:
        del data[name]
    return data


def plain(value: Any) -> Any:
    """Return a value as plain data, fields of dataclasses that are left at their default left out.

    So a class that is given a further field with a default says the same as before.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {
            name: plain(kept)
            for name, default in _defaults(type(value))
            if (kept := getattr(value, name)) != default
        }
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if value is None or type(value) in {str, int, float, bool}:
        return value
    return msgspec.to_builtins(value)


@cache
def _defaults(cls: type[Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.default) for field in fields(cls))


def _apply(data: Payload, personal: Iterable[tuple[Path, str]], crypt: Crypt) -> None:
    for path, subject in personal:
        for holder, key, pointer, value in _leaves(data, path, ""):
            if value is not None:
                holder[key] = crypt(subject, pointer, value)


def _leaves(node: Any, path: Path, pointer: str) -> Iterable[tuple[Any, Any, str, Any]]:
    """Yield (holder, key, pointer, value) for every place in `node` that `path` names."""
    head, rest = path[0], path[1:]
    keys = range(len(node)) if head == LIST else [head] if head in node else []
    for key in keys:
        here = f"{pointer}/{key}"
        if not rest:
            yield node, key, here, node[key]
        elif node[key] is not None:
            yield from _leaves(node[key], rest, here)


def _personal_paths(cls: Any, path: Path = ()) -> Iterable[tuple[Path, str]]:
    hints = get_type_hints(cls, include_extras=True)
    for field in fields(cls):
        yield from _paths_of(hints[field.name], (*path, field.name))


def _paths_of(hint: Any, path: Path) -> Iterable[tuple[Path, str]]:
    marks = [mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Personal)]
    if marks:
        yield path, marks[0].subject
        return
    if is_dataclass(hint):
        yield from _personal_paths(hint, path)
        return
    origin = get_origin(hint)
    if origin in (tuple, list):
        yield from _paths_of(get_args(hint)[0], (*path, LIST))
    elif origin is Union or (origin is not None and origin.__name__ == "UnionType"):
        for option in get_args(hint):
            yield from _paths_of(option, path)
