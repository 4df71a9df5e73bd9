"""What a browser does with a sheet that stands for a declaration, and the receipts that move with it."""

from datetime import datetime
from uuid import uuid4

import pytest
from django.test import Client

from continuity import sheet_queries
from continuity.domain.sheet_number import sheet_id
from events.event import stream_name
from events.handle import history
from events.number import parse
from pharmacovigilance import queries
from pharmacovigilance.domain.events import CATEGORY, ReceiptDisjoined, ReceiptJoined
from tests.continuity.sheet_desk import hours_ago, issued, recorded
from tests.portal.sending import browser, declared, projected

KEY = str(uuid4())
"""Of the form by which a match is undone: a second time, it is sent again."""


@pytest.fixture
def number(people) -> str:
    """The declaration of a doctor, sent now."""
    return declared(browser(people["dr.martin"]))


def joined(number: str) -> list[tuple[str, str, int]]:
    past = history(stream_name(CATEGORY, parse(number)))
    events = [one.event for one in past if isinstance(one.event, ReceiptJoined)]
    return [(one.receipt_id, one.node, one.of_version) for one in events]


def disjoined(number: str) -> list[tuple[str, str | None]]:
    past = history(stream_name(CATEGORY, parse(number)))
    events = [one.event for one in past if isinstance(one.event, ReceiptDisjoined)]
    return [(one.receipt_id, one.reason) for one in events]


def first_received(people, number: str) -> datetime:
    at = queries.declaration(people["crpv.paris"], parse(number)).facts.first_received_at
    assert at is not None
    return at


@pytest.fixture
def paper(people) -> str:
    """A sheet that was taken by phone thirty hours before the declaration."""
    paper = str(issued(people["operateur"]).numbers[0])
    recorded(people["evaluateur"], paper, occurred_at=hours_ago(31), received_at=hours_ago(30))
    return paper


def match(client: Client, paper: str, number: str, reason: str = "Même cas", **more: str) -> int:
    form = {"reference": number, "reason": reason, "key": str(uuid4()), **more}
    return client.post(f"/agence/fiches/{sheet_id(paper)}/rapprochement/", form).status_code


def undo(
    client: Client, paper: str, reason: str = "Autre patient", *, recording: str = "1"
) -> int:
    form = {"between": "declaration", "ruling": "separate_cases", "key": KEY}
    address = f"/agence/fiches/{sheet_id(paper)}/ecart/"
    return client.post(address, form | {"reason": reason, "recording": recording}).status_code


def judge(client: Client, paper: str, ruling: str) -> int:
    """Judge the version that waits against the first."""
    form = {"between": "recordings", "ruling": ruling, "recording": "1", "key": str(uuid4())}
    address = f"/agence/fiches/{sheet_id(paper)}/ecart/"
    return client.post(address, form | {"reason": "Relu avec l’appelant"}).status_code


def double(client: Client, paper: str, other: str) -> int:
    form = {"other": other, "reason": "Même appel", "key": str(uuid4())}
    return client.post(f"/agence/fiches/{sheet_id(paper)}/doublon/", form).status_code


def received(paper: str) -> datetime:
    return sheet_queries.facts_of(sheet_id(paper)).recordings[0].received_at


def typed_again(people, paper: str) -> None:
    """Type a sheet once more, word for word."""
    (first,) = sheet_queries.facts_of(sheet_id(paper)).recordings
    times = {"occurred_at": first.occurred_at, "received_at": first.received_at}
    recorded(people["evaluateur"], paper, **times)


def taken(people, hours: int) -> str:
    """A sheet that was taken so many hours before the declaration."""
    paper = str(issued(people["operateur"]).numbers[0])
    at = hours_ago(hours)
    recorded(people["evaluateur"], paper, occurred_at=at, received_at=at)
    projected()
    return paper
