"""What operators do with keys and revocations."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import claim_keys, revocation
from tests.accounts.people import demo_people
from tests.outage import database_away


def told(command: str, *arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command(command, *arguments, "--json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def test_keys_are_added_used_and_dropped(settings, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path
    first = told("claim_keys", "--add")["signs"]
    both = told("claim_keys", "--add")["keys"]
    assert both[0] == first
    assert told("claim_keys", "--use", both[1]) == {"signs": both[1], "keys": both[::-1]}
    assert told("claim_keys", "--drop", first) == {"signs": both[1], "keys": [both[1]]}
    assert claim_keys.claim_keys().signs == both[1]


@pytest.mark.parametrize("arguments", [[], ["--use", "00000000"], ["--drop", "00000000"]])
def test_keys_that_are_not_there_are_refused_with_2(settings, tmp_path, arguments) -> None:
    settings.KEYS_DIR = tmp_path
    with pytest.raises(CommandError) as refusal:
        call_command("claim_keys", *arguments)
    assert refusal.value.returncode == 2


@pytest.mark.django_db
def test_the_list_is_refreshed_and_its_age_shown() -> None:
    doctor = demo_people()["dr.martin"]
    type(doctor).objects.filter(pk=doctor.pk).update(is_active=False)
    with pytest.raises(CommandError) as aged:
        call_command("revocations")
    assert aged.value.returncode == 1
    answer = told("revocations", "--refresh")
    assert (answer["aged"], answer["people"], answer["claims"]) == (False, 1, 0)
    assert told("revocations")["as_of"] == answer["as_of"]


@pytest.mark.django_db
def test_a_refresh_without_the_database_ends_with_1() -> None:
    demo_people()
    revocation.refresh(timezone.now() - timedelta(minutes=1))
    with database_away(), pytest.raises(CommandError) as refusal:
        call_command("revocations", "--refresh")
    assert refusal.value.returncode == 1
    assert told("revocations")["aged"] is False
