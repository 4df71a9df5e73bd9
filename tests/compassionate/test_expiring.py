"""Authorisations near their last day or past it: none is left out, and none that was renewed is in."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from accounts.models import User
from compassionate import actions, clocks, expiring
from compassionate.domain.vocabulary import RequestKind
from events.days import day_of
from tests.api.conftest import project
from tests.compassionate.scene import AT, PART, Scene, at, scene

__all__ = ["scene"]
pytestmark = pytest.mark.django_db
LAST = day_of(AT) + timedelta(days=179)
AGAIN = replace(PART, elapsed_data="Réponse partielle.", attests_interest=True)


def renewal(scene: Scene, number: str, day: date) -> UUID:
    """Send what is to renew an authorisation."""
    said = {"kind": RequestKind.RENEWAL, "renews": number}
    return scene.submitted(AGAIN, at=at(day), **said).id


def ending(user: User, day: date, waiting: bool | None = None) -> list[str | None]:
    """Return the numbers of what ends soon."""
    return [row.number for row in expiring.expiring(user, day, waiting=waiting).rows]


def ended(user: User, day: date, waiting: bool | None = None) -> list[str | None]:
    """Return the numbers of what ended unrenewed."""
    return [row.number for row in expiring.lapsed(user, day, waiting=waiting).rows]


def test_what_ends_while_a_renewal_waits_is_named(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    later = day_of(AT) + timedelta(days=150)
    waits = renewal(scene, number, later)
    project()
    (row,) = expiring.expiring(scene.doctor, later).rows
    assert row.number == number
    assert row.renewal is not None
    assert row.renewal.request_id == waits
    assert ending(scene.evaluator, later, waiting=True) == [number]
    assert ending(scene.evaluator, later, waiting=False) == []
    assert ending(scene.doctor, day_of(AT)) == []
    for on, listed in ((LAST - timedelta(days=61), []), (LAST - timedelta(days=60), [number])):
        assert ending(scene.doctor, on) == listed


def test_what_ended_is_listed_as_long_as_its_renewal_waits_else_for_sixty_days(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    alone = scene.authorised(replace(PART, file_number="2"))
    renewal(scene, number, LAST - timedelta(days=10))
    project()
    day_after, long_after = LAST + timedelta(days=1), LAST + timedelta(days=90)
    for noted in (False, True):
        if noted:
            clocks.look(at(day_after))
            project()
        for person in (scene.doctor, scene.pharmacist, scene.evaluator):
            assert set(ended(person, day_after)) == {number, alone}, noted
            assert ended(person, day_after, waiting=True) == [number]
            assert ended(person, long_after) == [number]
            assert ending(person, day_after) == []
            assert ended(person, LAST) == []


def test_a_renewal_granted_late_takes_the_ended_one_from_the_list(scene: Scene):
    """What has expired is not replaced: its own row does not say that it was renewed."""
    scene.sheet()
    number = scene.authorised()
    waits = renewal(scene, number, LAST - timedelta(days=10))
    day_after = LAST + timedelta(days=1)
    clocks.look(at(day_after))
    scene.taken_up(waits, at=at(day_after))
    scene.proposed(waits, scene.terms(day_after), at=at(day_after))
    project()
    assert ended(scene.doctor, day_after) == [number]
    scene.granted(waits, scene.terms(day_after), at=at(day_after))
    project()
    assert ended(scene.doctor, day_after) == []
    assert ended(scene.evaluator, day_after, waiting=True) == []


def test_a_draft_of_a_hospital_tells_the_agency_nothing(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    later = LAST - timedelta(days=10)
    actions.draft_request(
        scene.doctor, RequestKind.RENEWAL, AGAIN, renews=number, idempotency_key="r", now=at(later)
    )
    project()
    assert ending(scene.doctor, later, waiting=True) == [number]
    (row,) = expiring.expiring(scene.evaluator, later, waiting=False).rows
    assert (row.number, row.renewal) == (number, None)
    assert ending(scene.evaluator, later, waiting=True) == []
    assert ended(scene.doctor, LAST + timedelta(days=70)) == []


def test_the_lists_go_on_where_a_page_ended(scene: Scene):
    scene.sheet()
    numbers = {scene.authorised(replace(PART, file_number=str(one))) for one in range(3)}
    project()
    for look, day in ((expiring.expiring, LAST), (expiring.lapsed, LAST + timedelta(days=1))):
        first = look(scene.pharmacist, day, size=2)
        rest = look(scene.pharmacist, day, cursor=first.next_cursor, size=2)
        assert len(first.rows) == 2
        assert {row.number for row in (*first.rows, *rest.rows)} == numbers
        assert rest.next_cursor is None
