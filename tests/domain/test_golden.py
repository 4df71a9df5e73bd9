"""Every shape that an event ever had can still be read.

A file of tests/golden is written once, when its schema version is born, and never edited.
"""

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path

import pytest

from accounts.domain import reading_events
from compassionate.domain import (
    authorisation_events,
    criteria_events,
    delegation,
    document_content,
    follow_up_events,
    holder_events,
    legal_parameter,
    letter_signing,
    open_request,
    request_events,
)
from continuity.domain import incident_events, set_aside_events, sheet_events
from continuity.domain.sheet_content import SheetContent, values_said
from events.codec import Catalogue
from events.event import StoredEvent
from pharmacovigilance.domain.events import EVENTS
from pharmacovigilance.domain.report import Information, Report
from pharmacovigilance.domain.upcasters import UPCASTERS
from tests.domain.samples import ID, QUESTION

GOLDEN = Path(__file__).parents[1] / "golden"
ACCESS = (
    *request_events.EVENTS,
    *authorisation_events.EVENTS,
    *criteria_events.EVENTS,
    *holder_events.EVENTS,
    *follow_up_events.EVENTS,
    *open_request.EVENTS,
    *letter_signing.EVENTS,
    *delegation.EVENTS,
    *legal_parameter.EVENTS,
    *document_content.EVENTS,
)
ALL = (
    *EVENTS,
    *set_aside_events.EVENTS,
    *incident_events.EVENTS,
    *sheet_events.EVENTS,
    *ACCESS,
    *reading_events.EVENTS,
)
FILES = sorted(GOLDEN.glob("*.json"))
CATALOGUE = Catalogue()
CATALOGUE.register(ALL, UPCASTERS)


def as_it_was(subject, pointer, value):
    return value


def decoded(path):
    kept = json.loads(path.read_text())
    stored = StoredEvent(
        stream=f"declaration-{ID}",
        version=1,
        type=kept["type"],
        schema_version=kept["schema_version"],
        payload=json.dumps(kept["payload"]),
        metadata={},
        command_id=QUESTION,
        command_index=0,
        occurred_at=datetime.fromisoformat(kept["occurred_at"]),
        received_at=datetime.fromisoformat(kept["received_at"]),
        recorded_at=datetime.fromisoformat(kept["received_at"]),
    )
    return kept, CATALOGUE.decode(stored, as_it_was).event


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_event_of_any_schema_version_is_read(path):
    kept, event = decoded(path)
    assert path.name == f"{kept['type']}.{kept['schema_version']}.json"
    assert kept["type"] == event.TYPE


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_event_of_the_newest_schema_version_is_written_the_same(path):
    kept, event = decoded(path)
    if kept["schema_version"] == event.SCHEMA:
        assert json.loads(CATALOGUE.encode(event, as_it_was)) == kept["payload"]


def test_every_type_and_schema_version_has_a_golden_file():
    expected = {f"{cls.TYPE}.{n}.json" for cls in ALL for n in range(1, cls.SCHEMA + 1)}
    assert {path.name for path in FILES} == expected


def unsaid(node, pointer=""):
    """Yield the pointers of the fields that hold nothing, looking into the first of a list."""
    for field in fields(node):
        value = getattr(node, field.name)
        first = value[0] if isinstance(value, tuple) and value else value
        if is_dataclass(first):
            yield from unsaid(first, f"{pointer}/{field.name}")
        elif value is None or value == ():
            yield f"{pointer}/{field.name}"


ADDED_SINCE = ["/reporter/rpps"]
"""Fields with a default that schema 1 was given later: its file is never edited."""


def test_the_golden_declaration_says_every_field_of_the_form():
    _, event = decoded(GOLDEN / "pharmacovigilance.adverse_event_declared.1.json")
    assert isinstance(event.report, Report)
    assert list(unsaid(event.report)) == ADDED_SINCE


def test_the_golden_follow_up_says_every_group_of_fields():
    _, event = decoded(GOLDEN / "pharmacovigilance.follow_up_received.1.json")
    assert all(getattr(event.information, field.name) is not None for field in fields(Information))


def test_the_golden_sheet_says_every_field():
    _, event = decoded(GOLDEN / "continuity.sheet_recorded.1.json")
    assert list(values_said(event.content)) == list(SheetContent.__dataclass_fields__)


ACCESS_ADDED_SINCE = {
    "compassionate.decision_proposed": ["/reasons/grounds"],
    "compassionate.request_refused": ["/reasons/grounds"],
    "compassionate.suspension_lifted": ["/in_spite_of"],
    "compassionate.authorisation_issued": ["/followed_by", "/followed_on"],
    "compassionate.authorisation_abrogated": ["/in_spite_of"],
    "compassionate.authorisation_suspended": ["/new_fact", "/in_spite_of"],
    "compassionate.authorisation_withdrawn": ["/in_spite_of"],
    "compassionate.criteria_published": ["/keeps", "/reason"],
    "compassionate.filing_extended": ["/signature"],
    "compassionate.product_cessation_set": ["/signature"],
}
"""The same for compassionate access, by event."""


@pytest.mark.parametrize("cls", ACCESS, ids=lambda cls: cls.TYPE)
def test_the_golden_events_of_compassionate_access_say_every_field(cls):
    _, event = decoded(GOLDEN / f"{cls.TYPE}.1.json")
    assert list(unsaid(event)) == ACCESS_ADDED_SINCE.get(cls.TYPE, [])
