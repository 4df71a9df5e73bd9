"""JSON to the domain's dataclasses and back to a schema: their fields are the only truth.

`read` finds every wrong name, type and code at once; what a value may mean is for
the context's domain. A value that cannot be read counts as unsaid, so that the rest is checked too.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin
from uuid import UUID

from events.days import LAST_YEAR, OLDEST_YEAR
from events.described import Described, described
from events.errors import Problem

T = TypeVar("T")

NO_PATTERNS: Mapping[str, str] = MappingProxyType({})
MOST_ITEMS = 200
MOST_UNKNOWN = 200


class Shape(NamedTuple):
    """What a field takes: one value of `type`, or a list of them when `many`."""

    type: Any
    many: bool
    required: bool
    about: Described


class _Problems(list[Problem]):
    """What is wrong, in the order found; of unknown names the first MOST_UNKNOWN, then one more.

    A body holds hundreds of thousands of names: naming them all would take longer than reading it,
    and the answer would be longer than the body.
    """

    unknown = 0

    def note_unknown(self, pointer: str, names: Iterable[object]) -> None:
        """Note the unknown names of the object that `pointer` points at."""
        for name in names:
            self.unknown += 1
            if self.unknown > MOST_UNKNOWN:
                self._note_more(pointer)
                return
            sentence = "Ce champ n'existe pas : retirez-le."
            self.append(Problem(f"{pointer}/{escaped(name)}", "unknown_field", sentence))

    def _note_more(self, pointer: str) -> None:
        if self.unknown == MOST_UNKNOWN + 1:
            sentence = f"Plus de {MOST_UNKNOWN} champs inconnus : les autres ne sont pas nommés."
            self.append(Problem(pointer, "too_many", sentence))


def read(cls: type[T], data: object, pointer: str = "") -> tuple[T, list[Problem]]:
    """Return an instance made of what could be read, and every problem of shape."""
    problems = _Problems()
    return _object(cls, data, pointer, problems), problems


def json_schema(cls: type, patterns: Mapping[str, str] = NO_PATTERNS) -> dict[str, Any]:
    """Return the JSON Schema of a dataclass as the API takes it; `patterns` by name of field."""
    shapes = shapes_of(cls)
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _field_schema(shape, patterns) for name, shape in shapes.items()},
        **({"required": needed} if (needed := _required(shapes)) else {}),
    }


def to_json(node: Any) -> Any:
    """Return a dataclass as the API shows it: without what is unsaid."""
    if is_dataclass(node):
        shown = {item.name: to_json(getattr(node, item.name)) for item in fields(node)}
        return {name: value for name, value in shown.items() if value not in (None, [], {})}
    if isinstance(node, tuple | list):
        return [to_json(item) for item in node]
    return node.isoformat() if isinstance(node, date) else node


@cache
def shapes_of(cls: type) -> Mapping[str, Shape]:
    """Return what each field of a dataclass takes."""
    needed = {
        item.name
        for item in fields(cls)
        if item.default is MISSING and item.default_factory is MISSING
    }
    return {
        name: Shape(*_inner(about.hint), name in needed, about)
        for name, about in described(cls).items()
    }


def _inner(hint: Any) -> tuple[Any, bool]:
    """Return the type inside Annotated, Optional and tuple, and whether it was a tuple."""
    hint = get_args(hint)[0] if hasattr(hint, "__metadata__") else hint
    if get_origin(hint) in {Union, UnionType}:
        (option,) = (option for option in get_args(hint) if option is not NoneType)
        return _inner(option)
    if get_origin(hint) is tuple:
        return _inner(get_args(hint)[0])[0], True
    return hint, False


def _object(cls: Any, data: object, pointer: str, problems: _Problems) -> Any:
    if not isinstance(data, Mapping):
        sentence = "Un objet est attendu ici."
        problems.append(Problem(pointer, "wrong_type", sentence))
        data = {}
    shapes = shapes_of(cls)
    problems.note_unknown(pointer, (name for name in data if name not in shapes))
    given = {}
    for name, shape in shapes.items():
        value = data.get(name)
        here = f"{pointer}/{name}"
        if value is not None:
            given[name] = _value(shape, value, here, problems)
        elif shape.required:
            sentence = "Ce champ est nécessaire."
            problems.append(Problem(here, "required", sentence, shape.about.element))
    return _made(cls, shapes, given)


def _made(cls: Any, shapes: Mapping[str, Shape], given: dict[str, Any]) -> Any:
    """Return the instance; what must be given and was not is blank, its problem is noted."""
    said = {name: value for name, value in given.items() if value is not None}
    for name, shape in shapes.items():
        if shape.required and name not in said:
            said[name] = _blank(shape)
    return cls(**said)


def _blank(shape: Shape) -> Any:
    if shape.many:
        return ()
    kind: Any = shape.type
    if is_dataclass(kind):
        return _made(kind, shapes_of(kind), {})  # type: ignore[arg-type]
    return next(iter(kind)) if issubclass(kind, StrEnum) else BLANKS[kind]


def _value(shape: Shape, value: object, pointer: str, problems: _Problems) -> Any:
    if not shape.many:
        return _one(shape, value, pointer, problems)
    if not isinstance(value, Sequence) or isinstance(value, str):
        sentence = "Une liste est attendue ici."
        problems.append(Problem(pointer, "wrong_type", sentence, shape.about.element))
        return None
    if len(value) > MOST_ITEMS:
        sentence = f"Cette liste dépasse {MOST_ITEMS} éléments."
        problems.append(Problem(pointer, "too_many", sentence, shape.about.element))
        value = value[:MOST_ITEMS]
    read_items = [
        _one(shape, item, f"{pointer}/{place}", problems) for place, item in enumerate(value)
    ]
    return tuple(item for item in read_items if item is not None)


def _one(shape: Shape, value: object, pointer: str, problems: _Problems) -> Any:
    kind = shape.type
    if is_dataclass(kind):
        return _object(kind, value, pointer, problems)
    if issubclass(kind, StrEnum):
        found = kind._value2member_map_.get(value) if isinstance(value, str) else None
        code, sentence = "unknown_code", _choices(kind)
    else:
        reader, sentence = READERS[kind]
        found, code = reader(value), "wrong_type"
    if found is None:
        problems.append(Problem(pointer, code, sentence, shape.about.element))
    return found


def _choices(kind: type[StrEnum]) -> str:
    return f"Ce code n'est pas dans la liste : {', '.join(kind)}."


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Comparing first keeps a huge integer from overflowing.
    return float(value) if -1e15 < value < 1e15 and math.isfinite(value) else None


def _identifier(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


BLANKS: Mapping[Any, Any] = {
    str: "",
    int: 0,
    float: 0.0,
    bool: False,
    UUID: UUID(int=0),
    date: date.min,
    datetime: datetime.min.replace(tzinfo=UTC),
}


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _day(value: object) -> date | None:
    if not isinstance(value, str) or len(value) != len("2026-03-14"):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _instant(value: object) -> datetime | None:
    """Take an instant with its offset: without one it is nobody's."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if found is None or found.tzinfo is None or not OLDEST_YEAR < found.year < LAST_YEAR:
        return None
    # ISO 8601 has offsets of up to a day, PostgreSQL takes fifteen hours.
    return found.astimezone(UTC)


READERS: Mapping[Any, tuple[Any, str]] = {
    bool: (_truth, "Vrai ou faux (true, false) est attendu ici."),
    date: (_day, "Une date est attendue ici, comme 2026-03-14."),
    datetime: (_instant, "Un instant est attendu ici, comme 2026-03-14T09:30:00+01:00."),
    str: (_text, "Un texte est attendu ici."),
    int: (_whole, "Un nombre entier est attendu ici."),
    float: (_number, "Un nombre est attendu ici."),
    UUID: (_identifier, "Un identifiant (UUID) est attendu ici."),
}


def escaped(name: object) -> str:
    """Return a name as a JSON pointer has it, cut short: it may be anything (RFC 6901)."""
    plain = str(name)[:60].encode("utf-8", "replace").decode().replace("\0", "?")
    return plain.replace("~", "~0").replace("/", "~1")


def _required(shapes: Mapping[str, Shape]) -> list[str]:
    return [name for name, shape in shapes.items() if shape.required]


def _field_schema(shape: Shape, patterns: Mapping[str, str]) -> dict[str, Any]:
    about = shape.about
    note = about.meaning + (f" (E2B {about.element})" if about.element else "")
    one = _type_schema(shape, patterns)
    if shape.many:
        return {"type": "array", "maxItems": MOST_ITEMS, "items": one, "description": note}
    if not shape.required and isinstance(one.get("type"), str):
        one["type"] = [one["type"], "null"]
        if "enum" in one:
            one["enum"] = [*one["enum"], None]
    return one | {"description": note}


def _type_schema(shape: Shape, patterns: Mapping[str, str]) -> dict[str, Any]:
    kind, about = shape.type, shape.about
    if is_dataclass(kind):
        return json_schema(kind, patterns)  # type: ignore[arg-type]
    if issubclass(kind, StrEnum):
        return {"type": "string", "enum": [member.value for member in kind]}
    schema: dict[str, Any] = {
        str: {"type": "string"},
        int: {"type": "integer"},
        float: {"type": "number"},
        bool: {"type": "boolean"},
        UUID: {"type": "string", "format": "uuid"},
        date: {"type": "string", "format": "date"},
        datetime: {"type": "string", "format": "date-time"},
    }[kind].copy()
    if about.length is not None:
        schema["maxLength"] = about.length
    if about.name in patterns:
        schema["pattern"] = patterns[about.name]
    return schema
