"""Each service that the beacon watches has a planned place and a proposed time of recovery."""

from continuity.beacon.words import LABELS
from continuity.domain.retex_timeline import RESTART_RANK, TARGET_MINUTES


def test_no_service_that_is_watched_lacks_a_rank_or_a_target():
    assert RESTART_RANK.keys() == TARGET_MINUTES.keys() == LABELS.keys()


def test_receiving_comes_with_the_pages_and_within_the_hour():
    assert (RESTART_RANK["intake"], TARGET_MINUTES["intake"]) == (2, 60)
