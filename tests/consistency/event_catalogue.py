"""The pages docs/events.md and docs/vocabulary.md made from the code.

`python -m tests.consistency.event_catalogue` writes the generated parts anew; the tests beside
this module prove that the pages match.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from types import ModuleType, NoneType
from typing import Any, get_args, get_origin

from accounts.domain import reading_events, reading_words
from compassionate.domain import (
    authorisation_events,
    criteria_events,
    deadlines as access_deadlines,
    delegation,
    document_content,
    follow_up_events,
    grounds,
    holder_events,
    legal_parameter,
    letter_signing,
    request_events,
    vocabulary as access_words,
)
from continuity.domain import incident_events, set_aside_events, sheet_events, sheet_words
from continuity.domain.sheet_words import LABELS
from events.described import Described, described, inner_dataclass
from events.event import DomainEvent
from pharmacovigilance.domain import events as pharmacovigilance_events, vocabulary
from pharmacovigilance.domain.deadlines import RULES
from pharmacovigilance.domain.places import ASSUMED, CENTRES

DOCS = Path(__file__).parents[2] / "docs"
BEGIN = "<!-- generated: python -m tests.consistency.event_catalogue -->"
END = "<!-- end of the generated part -->"
EVENTS: tuple[type[DomainEvent], ...] = (
    *pharmacovigilance_events.EVENTS,
    *set_aside_events.EVENTS,
    *incident_events.EVENTS,
    *sheet_events.EVENTS,
    *request_events.EVENTS,
    *document_content.EVENTS,
    *authorisation_events.EVENTS,
    *criteria_events.EVENTS,
    *holder_events.EVENTS,
    *follow_up_events.EVENTS,
    *letter_signing.EVENTS,
    *delegation.EVENTS,
    *legal_parameter.EVENTS,
    *reading_events.EVENTS,
)


def events_page() -> str:
    """Return the generated part of docs/events.md."""
    return "\n".join([*_all_events(), *_all_shapes()])


def vocabulary_page() -> str:
    """Return the generated part of docs/vocabulary.md."""
    return "\n".join([*_all_lists(), *_all_clocks(), *_all_access_clocks(), *_all_centres()])


def generated_part(page: str) -> str:
    """Return what stands between the marks of a page."""
    return page.partition(BEGIN)[2].partition(END)[0].strip()


def write() -> None:
    """Write the generated parts of both pages anew."""
    for name, text in (("events.md", events_page()), ("vocabulary.md", vocabulary_page())):
        path = DOCS / name
        before, _, rest = path.read_text().partition(BEGIN)
        after = rest.partition(END)[2]
        path.write_text(f"{before}{BEGIN}\n\n{text.strip()}\n\n{END}{after}")


def _all_events() -> Iterator[str]:
    yield "## Events"
    yield ""
    for cls in EVENTS:
        yield f"### `{cls.TYPE}`"
        yield ""
        yield f"Schema {cls.SCHEMA}. {_first_sentence(cls)}"
        yield ""
        yield from _fields(cls, skipped=("occurred_at", "received_at"))


def _all_shapes() -> Iterator[str]:
    yield "## What the events hold"
    yield ""
    for cls in _shapes():
        yield f"### {cls.__name__}"
        yield ""
        yield _first_sentence(cls)
        yield ""
        yield from _fields(cls)


def _shapes() -> list[type]:
    """Return every dataclass inside an event, in order of appearance."""
    found: list[type] = []
    waiting: list[type] = list(EVENTS)
    while waiting:
        inner = [about.inner for about in described(waiting.pop(0)).values() if about.inner]
        fresh = [cls for cls in dict.fromkeys(inner) if cls not in found]
        found.extend(fresh)
        waiting.extend(fresh)
    return found


def _fields(cls: type, skipped: tuple[str, ...] = ()) -> Iterator[str]:
    yield "| field | holds | meaning | E2B(R3) | length | personal |"
    yield "|---|---|---|---|---|---|"
    for name, about in described(cls).items():
        if name not in skipped:
            yield _field_row(about)
    yield ""


def _field_row(about: Described) -> str:
    cells = (
        f"`{about.name}`",
        _holds(about.hint),
        about.meaning,
        about.element or "–",
        str(about.length or "–"),
        about.subject or "no",
    )
    return f"| {' | '.join(cells)} |"


def _holds(hint: Any) -> str:
    """Return a type in a reader's words."""
    if hasattr(hint, "__metadata__"):
        return _holds(get_args(hint)[0])
    if get_origin(hint) is tuple:
        return f"list of {_holds(get_args(hint)[0])}"
    options = [option for option in get_args(hint) if option is not NoneType]
    if options:
        return f"{_holds(options[0])}, optional"
    if inner_dataclass(hint) is not None:
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    words = {"str": "text", "int": "integer", "float": "number", "bool": "yes or no"}
    return words.get(hint.__name__, hint.__name__)


def _all_lists() -> Iterator[str]:
    yield "## Closed lists"
    yield ""
    for cls in vars(vocabulary).values():
        if isinstance(cls, type) and issubclass(cls, vocabulary.Coded) and list(cls):
            yield f"### {cls.__name__}"
            yield ""
            yield _first_sentence(cls)
            yield ""
            yield "| stored | French | code |"
            yield "|---|---|---|"
            yield from [f"| `{one.value}` | {one.label} | {one.e2b or '–'} |" for one in cls]
            yield ""

    yield from _labelled_lists(sheet_words, LABELS)
    yield "## Closed lists of compassionate access"
    yield ""
    yield from _labelled_lists(access_words, access_words.LABELS)
    yield from _labelled_lists(grounds, access_words.LABELS)
    yield "## Closed lists of recorded readings"
    yield ""
    yield from _labelled_lists(reading_words, reading_words.LABELS)


def _labelled_lists(words: ModuleType, labels: Mapping[str, str]) -> Iterator[str]:
    for cls in vars(words).values():
        if isinstance(cls, type) and issubclass(cls, StrEnum) and cls is not StrEnum:
            yield f"### {cls.__name__}"
            yield ""
            yield _first_sentence(cls)
            yield ""
            yield "| stored | French |"
            yield "|---|---|"
            yield from [f"| `{one.value}` | {labels.get(one, '–')} |" for one in cls]
            yield ""


def _all_clocks() -> Iterator[str]:
    yield "## Clocks"
    yield ""
    yield "| kind | scope | serious | days | label | source |"
    yield "|---|---|---|---|---|---|"
    words = {True: "yes", False: "no", None: "any"}
    for rule in RULES:
        cells = (f"`{rule.code}`", rule.scope, words[rule.serious], str(rule.days))
        yield f"| {' | '.join(cells)} | {rule.label} | {rule.source} |"
    yield ""


def _all_access_clocks() -> Iterator[str]:
    yield "## Clocks of compassionate access"
    yield ""
    yield "| kind | length | starts with | label | source | fixed by a text |"
    yield "|---|---|---|---|---|---|"
    for rule in access_deadlines.RULES:
        law = "yes" if rule.law else "no"
        cells = (f"`{rule.code}`", rule.length, rule.starts, rule.label, rule.source, law)
        yield f"| {' | '.join(cells)} |"
    yield ""


def _all_centres() -> Iterator[str]:
    yield "## Regional centres (CRPV)"
    yield ""
    yield "A département in italics is assumed: check it against the agency's list."
    yield ""
    yield "| code | name | départements |"
    yield "|---|---|---|"
    for centre in CENTRES.values():
        names = [f"*{code}*" if code in ASSUMED else code for code in centre.departments]
        yield f"| `{centre.code}` | {centre.name} | {', '.join(names)} |"
    yield ""


def _first_sentence(cls: type) -> str:
    return " ".join((cls.__doc__ or "").split("\n\n")[0].split())


if __name__ == "__main__":
    write()
