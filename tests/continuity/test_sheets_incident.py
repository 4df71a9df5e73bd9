"""Which sheets an incident waits for: typed, lacking, or told of by whoever holds the block."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from continuity import sheet_queries, sheets
from continuity.domain.sheet_checks import day_began
from continuity.sheets import Named
from tests.continuity.sheet_desk import hours_ago, recorded, with_content
from tests.continuity.sheet_samples import SITE
from tests.portal.sending import projected

pytestmark = pytest.mark.django_db


def test_an_incident_waits_for_its_sheets_and_for_the_ones_that_lack(reviewer, people, numbers):
    since, until = hours_ago(48), hours_ago(12)
    assert sheet_queries.open_sheets(since, until) == 0
    filed = recorded(reviewer, numbers[2], occurred_at=hours_ago(24))
    recorded(reviewer, numbers[5], occurred_at=hours_ago(100), received_at=hours_ago(100))
    projected()
    # One inside the window, and those between it and the highest used of the block.
    assert sheet_queries.open_sheets(since, until) == 1 + 4
    assert sheet_queries.open_sheets(hours_ago(8), None) == 0
    counted = sheet_queries.sheets_by_state(since, until)
    assert counted == {"to_match": 1, "lacking": 4}
    sheets.match(reviewer, filed.id, Named(recording=1, reference="N"), "", "m")
    for place, number in enumerate(numbers[:5]):
        if place != 2:
            sheets.cancel(reviewer, number, "Jamais utilisée", "c")
    projected()
    assert sheet_queries.open_sheets(since, until) == 0
    recorded(reviewer, numbers[2], content=with_content(drug_name="Autre"))
    projected()
    assert sheet_queries.open_sheets(since, until) == 1


def test_an_incident_waits_for_a_sheet_of_its_day_whose_hour_nobody_wrote(reviewer, numbers):
    since = day_began(hours_ago(48)) + timedelta(hours=20)
    dated = day_began(since)
    recorded(reviewer, numbers[0], occurred_at=dated, received_at=hours_ago(24))
    before = dated - timedelta(days=1)
    recorded(reviewer, numbers[1], occurred_at=before, received_at=hours_ago(24))
    projected()
    assert sheet_queries.open_sheets(since, hours_ago(12)) == 1


def test_what_its_holder_says_was_used_lacks_until_it_is_typed(people, reviewer, numbers):
    since = hours_ago(48)
    projected()
    (shown,) = sheet_queries.blocks(reviewer, since)
    assert (shown.out, shown.lacking) == (True, ())
    (quiet,) = sheet_queries.blocks(reviewer)
    assert not quiet.out
    for _ in range(2):
        told = sheets.return_block(people["crpv.paris"], SITE, 1, 3, "k")
        assert told.last_used == 3
    projected()
    (shown,) = sheet_queries.blocks(reviewer, since)
    assert [str(number) for number in shown.lacking] == numbers[:3]
    assert (shown.out, shown.unused) == (False, 7)
    assert sheet_queries.open_sheets(since, None) == 3
    recorded(reviewer, numbers[4])
    projected()
    (shown,) = sheet_queries.blocks(reviewer)
    assert [str(number) for number in shown.lacking] == numbers[:4]
    assert shown.out
    for name in ("dr.martin", "signataire"):
        with pytest.raises(PermissionDenied):
            sheets.return_block(people[name], SITE, 1, 5, "k")
