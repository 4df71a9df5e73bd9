"""A worker on the test's own database, and the commands of this process reaching it."""

from uuid import uuid4

import pytest

from accounts.demo import seed_institutions, seed_people
from config.local import processes
from pharmacovigilance import actions, queries
from pharmacovigilance.domain.vocabulary import Channel
from tests.domain.samples import VALID

pytestmark = [pytest.mark.stack]


def _visible(reviewer, declared) -> bool:
    page = queries.worklist(reviewer, queries.Wanted(), cursor=None)
    return str(declared.id) in repr(page)


def test_what_is_declared_here_is_projected_there(live_worker):
    people = {user.username: user for user in seed_people(seed_institutions(), "!")}
    declared = actions.declare_adverse_event(
        people["dr.martin"], VALID, idempotency_key=str(uuid4()), channel=Channel.API
    )
    reviewer = people["evaluateur"]
    assert processes.wait_until(lambda: _visible(reviewer, declared), 15), (
        live_worker.log.read_text()
    )


def test_a_killed_worker_goes_on_where_another_one_stopped(live_worker):
    people = {user.username: user for user in seed_people(seed_institutions(), "!")}
    live_worker.kill()
    declared = actions.declare_adverse_event(
        people["dr.martin"], VALID, idempotency_key=str(uuid4()), channel=Channel.API
    )
    assert not _visible(people["evaluateur"], declared)
    live_worker.start()
    assert processes.wait_until(lambda: _visible(people["evaluateur"], declared), 15)
