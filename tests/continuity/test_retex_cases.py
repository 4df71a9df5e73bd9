"""How late something was that an outage touched, to the minute by the clock that never changes."""

from datetime import UTC, date, datetime, timedelta

from compassionate.domain.holder_events import HolderFileOpened
from compassionate.domain.holder_facts import HolderFacts
from compassionate.domain.outage_terms import holder_terms
from continuity.domain.ladder import Span
from continuity.domain.retex_cases import Down, ran, row_of
from continuity.domain.retex_figures import late_by, overlap
from tests.compassionate import samples

BEGUN = datetime(2026, 2, 20, 9, tzinfo=UTC)
OVER = BEGUN + timedelta(hours=3)
DOWN = Down(spans=(Span(since=BEGUN, until=OVER),), until=OVER)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def test_what_was_due_in_winter_and_done_in_summer_is_late_by_an_hour_less_than_the_wall_says():
    opened = HolderFileOpened(
        by="system", occurred_at=BEGUN, received_at=BEGUN,
        product="p", indication="i", holder="h", request_id=samples.QUESTION, rare=False,
    )  # fmt: skip
    facts = HolderFacts(opened=opened, asked_on=date(2026, 2, 10), undertaken_on=date(2026, 4, 2))
    (undertaking,) = holder_terms(facts)
    touched = ran("p / i", undertaking, DOWN)
    assert touched is not None
    told = row_of(touched, DOWN)
    assert told["begins"] == "2026-02-10T00:00:00+01:00"
    assert (told["ends"], told["done"]) == (
        "2026-03-11T00:00:00+01:00",
        "2026-04-02T00:00:00+02:00",
    )
    assert told["verdict"] == "late"
    assert told["late_minutes"] == (22 * DAY - HOUR) // timedelta(minutes=1)
    assert (told["lost_hours"], told["share_percent"]) == (3.0, round(300 / (51 * 24 - 1), 1))


def test_a_clock_over_the_change_of_season_has_an_hour_less_or_more():
    spans, until = DOWN.spans, OVER
    assert overlap(date(2026, 3, 29), date(2026, 3, 29), spans, until).clock_hours == 23
    assert overlap(date(2026, 10, 25), date(2026, 10, 25), spans, until).clock_hours == 25
    assert late_by(date(2026, 3, 28), datetime(2026, 3, 29, 22, tzinfo=UTC)) == 23 * HOUR
