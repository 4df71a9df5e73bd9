"""What anybody hands in at the open door: one of our own sealed copies is kept, all else is refused."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from events.copies import copy_of
from events.spool import spool
from tests.spool.material import body, header

WHERE = "/api/v1/spool/entries"


@pytest.fixture
def copy(settings, tmp_path) -> dict[str, str]:
    """Return a copy of what another folder of this node keeps; its own is empty."""
    settings.SPOOL_DIRS = [tmp_path / "first"]
    made = copy_of(spool().put(header(received_at=timezone.now()), body()))
    settings.SPOOL_DIRS = [tmp_path / "second"]
    return made


def hand_in(given: Any):
    door = Client(raise_request_exception=False)
    return door.post(WHERE, json.dumps(given), content_type="application/json")


def test_a_genuine_copy_is_kept(copy):
    answer = hand_in(copy)
    assert answer.status_code == 202
    assert spool().find_receipt(answer.json()["receipt_id"]) is not None


@pytest.mark.parametrize("name", ["header", "sealed", "receipt", "mark"])
@pytest.mark.parametrize(
    "value", ["é", "", "=", "AAAA", 5, 1.5, True, None, [], ["é"], {"é": "é"}, "A" * 200_000]
)
def test_what_is_no_copy_of_ours_is_refused_whatever_it_is_made_of(copy, name, value):
    answer = hand_in(copy | {name: value})
    assert (answer.status_code, answer.json()["code"]) == (400, "entry_invalid")


@pytest.mark.parametrize("name", ["header", "sealed", "receipt", "mark"])
@pytest.mark.parametrize("value", ["\0", "\ud800", float("nan")])
def test_what_json_does_not_have_is_refused_by_name(copy, name, value):
    answer = hand_in(copy | {name: value})
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {f"/{name}"}
