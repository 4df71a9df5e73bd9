"""JSON as the API takes it: strictly what RFC 8259 says, and nothing that could be read twice."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from typing_extensions import override

from events.errors import Problem, Refused
from events.shape import escaped

LARGEST_BODY = 5 * 1024 * 1024
DEEPEST = 16
LONGEST_NUMBER = 30
MOST_PROBLEMS = 200


class TooLargeError(APIException):
    """The body is larger than any declaration."""

    status_code = 413
    default_code = "too_large"
    default_detail = "Le contenu dépasse 5 Mo."


class StrictJSONParser(BaseParser):
    """Reads one JSON object.

    Refused at once: what is no JSON, too large, too deep, or no object. Named with a pointer, all
    together up to MOST_PROBLEMS: repeated names, NaN and infinities, NUL and lone surrogates.
    """

    media_type = "application/json"

    @override
    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the object. Raises ParseError, TooLargeError, Refused.

        `details["readable"]` of a Refused is the body without what cannot be taken, so that a
        view can name what else is wrong.
        """
        body = stream.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise TooLargeError
        data = _loaded(body)
        problems = _Problems()
        clean = _clean(data, "", 0, problems)
        if not isinstance(clean, dict):
            raise ParseError("Un objet JSON est attendu.", code="not_an_object")
        if problems:
            refused = Refused(*problems)
            refused.details["readable"] = clean
            raise refused
        return clean


class _Problems(list[Problem]):
    """The first MOST_PROBLEMS, then one that says there are more: no answer outgrows its body."""

    def note(self, problem: Problem) -> None:
        """Note a problem."""
        if len(self) < MOST_PROBLEMS:
            self.append(problem)
        elif len(self) == MOST_PROBLEMS:
            sentence = (
                f"Plus de {MOST_PROBLEMS} valeurs illisibles : les autres ne sont pas nommées."
            )
            self.append(Problem("", "too_many", sentence))


class _Unusable:
    """Stands for a value that JSON does not have, until its place is known."""


class _Pairs(list[tuple[str, Any]]):
    """An object as it was written, repeated names included."""


def _loaded(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode(),
            object_pairs_hook=_Pairs,
            parse_constant=lambda _: _Unusable(),
            parse_float=_float,
            parse_int=_int,
        )
    except UnicodeDecodeError as error:
        raise ParseError("Le contenu n'est pas en UTF-8.", code="malformed_json") from error
    except json.JSONDecodeError as error:
        place = f"ligne {error.lineno}, colonne {error.colno}"
        raise ParseError(
            f"Ce contenu n'est pas du JSON : {place}.", code="malformed_json"
        ) from error
    except RecursionError:
        _too_deep()


def _float(text: str) -> float | _Unusable:
    number = float(text)
    return number if math.isfinite(number) else _Unusable()


def _int(text: str) -> int | _Unusable:
    return int(text) if len(text) <= LONGEST_NUMBER else _Unusable()


def _clean(node: Any, pointer: str, depth: int, problems: _Problems) -> Any:
    """Return the node without what cannot be taken, which is noted in `problems`."""
    if depth > DEEPEST:
        _too_deep()
    if isinstance(node, _Pairs):
        return _object(node, pointer, depth, problems)
    if isinstance(node, list):
        return [
            _clean(item, f"{pointer}/{place}", depth + 1, problems)
            for place, item in enumerate(node)
        ]
    found = _of_value(node, pointer)
    if found is None:
        return node
    problems.note(found)
    return None


def _object(pairs: _Pairs, pointer: str, depth: int, problems: _Problems) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        here = f"{pointer}/{escaped(name)}"
        if name in found:
            sentence = "Ce champ est donné deux fois."
            problems.note(Problem(here, "duplicate_field", sentence))
        elif not _is_readable(name):
            problems.note(_unreadable(here))
        else:
            found[name] = _clean(value, here, depth + 1, problems)
    return found


def _of_value(value: Any, pointer: str) -> Problem | None:
    if isinstance(value, _Unusable):
        sentence = "Ce nombre n'existe pas en JSON ou est trop grand."
        return Problem(pointer, "not_a_number", sentence)
    if isinstance(value, str) and not _is_readable(value):
        return _unreadable(pointer)
    return None


def _unreadable(pointer: str) -> Problem:
    return Problem(
        pointer, "unreadable_character", "Ce texte contient un caractère illisible : retapez-le."
    )


def _is_readable(text: str) -> bool:
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _too_deep() -> NoReturn:
    raise ParseError(f"Plus de {DEEPEST} niveaux imbriqués.", code="too_deep") from None
