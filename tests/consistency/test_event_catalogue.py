"""The pages that describe events and words say what the code says."""

import csv
from pathlib import Path

import pytest

from events.described import described
from tests.consistency.event_catalogue import (
    DOCS,
    EVENTS,
    _shapes,
    events_page,
    generated_part,
    vocabulary_page,
)

ENVELOPE = ("occurred_at", "received_at")
ELEMENTS = Path(__file__).parents[3] / "shared" / "data" / "e2b" / "elements.csv"


@pytest.mark.parametrize(
    ("name", "made"), [("events.md", events_page), ("vocabulary.md", vocabulary_page)]
)
def test_a_generated_page_matches_the_code(name, made):
    """If this fails: python -m tests.consistency.event_catalogue, and read the difference."""
    assert generated_part((DOCS / name).read_text()) == made().strip()


@pytest.mark.parametrize("cls", [*EVENTS, *_shapes()], ids=lambda cls: cls.__name__)
def test_every_field_says_what_it_means(cls):
    own = [about for about in described(cls).values() if about.name not in ENVELOPE]
    assert [about.name for about in own if not about.meaning] == []


@pytest.mark.parametrize("cls", _shapes(), ids=lambda cls: cls.__name__)
def test_every_personal_field_is_an_optional_text(cls):
    """The codec seals texts only, and gives None once the person is erased."""
    for about in described(cls).values():
        if about.subject is not None:
            assert about.hint.__origin__ == str | None


@pytest.mark.skipif(not ELEMENTS.exists(), reason="the table of elements is not beside the tree")
@pytest.mark.parametrize("cls", [*EVENTS, *_shapes()], ids=lambda cls: cls.__name__)
def test_every_element_is_one_of_ich_e2b_r3_or_a_group_of_them(cls):
    with ELEMENTS.open(newline="") as lines:
        codes = [row["code"] for row in csv.DictReader(lines)]
    for about in described(cls).values():
        if about.element is not None:
            assert any(code.startswith(about.element) for code in codes), about.element
