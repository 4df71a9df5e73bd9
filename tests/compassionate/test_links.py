"""From a declaration to the authorisations that it is linked to: who is told of them, and until when."""

from typing import Any
from uuid import UUID

import pytest

from accounts.models import Role, User
from compassionate import acting, links
from compassionate.domain.follow_up import LinkAdverseEvent, UnlinkAdverseEvent
from compassionate.domain.vocabulary import AuthorisationState
from compassionate.models import LinkedDeclarationRow
from events.days import day_of
from tests.api.conftest import project
from tests.compassionate.scene import AT, Scene, scene
from tests.projections.conftest import table

__all__ = ["scene"]
pytestmark = pytest.mark.django_db

DECLARATION = UUID(int=5)
TODAY = day_of(AT)
SEE = ("doctor", "pharmacist", "evaluator", "signatory", "pilot", "legal")
SEE_NOT = ("other_doctor", "other_pharmacist", "other_intern", "on_call", "operator", "editor")


def act(scene: Scene, number: str, what: type[Any], which: UUID, **said: Any) -> None:
    acting.act_on_follow_up(
        scene.doctor,
        number,
        what,
        {"declaration_id": which, **said},
        idempotency_key=scene.key(),
        now=AT,
    )


def linked(scene: Scene, which: UUID = DECLARATION) -> str:
    scene.sheet()
    number = scene.authorised()
    act(scene, number, LinkAdverseEvent, which, declaration_number="K7QX")
    project()
    return number


def told(user: User, which: UUID = DECLARATION) -> list[tuple[str, AuthorisationState]]:
    return [(one.number, one.state) for one in links.authorisations_of(user, which, TODAY)]


def test_it_is_named_with_its_state_of_the_day_to_who_may_see_it_and_to_nobody_else(scene: Scene):
    number = linked(scene)
    for name in SEE:
        assert told(scene.people[name]) == [(number, AuthorisationState.ACTIVE)], name
        assert told(scene.people[name], UUID(int=6)) == [], name
    for name in SEE_NOT:
        assert told(scene.people[name]) == [], name
    centre = User.objects.create(username="centre", role=Role.REGIONAL_CENTRE, department="75")
    assert told(centre) == []
    after = scene.terms().ends_on.replace(year=2028)
    (late,) = links.authorisations_of(scene.doctor, DECLARATION, after)
    assert late.state is AuthorisationState.EXPIRED


def test_what_was_unlinked_is_named_no_more_not_even_before_the_list_knows(scene: Scene):
    number = linked(scene)
    act(scene, number, LinkAdverseEvent, UUID(int=7), declaration_number="K7QY")
    act(scene, number, UnlinkAdverseEvent, DECLARATION, reason="Autre patient.")
    assert LinkedDeclarationRow.objects.get().declaration_id == DECLARATION
    assert told(scene.doctor) == []
    project()
    assert [(row["declaration_id"], row["number"]) for row in table("linked_declarations")] == [
        (UUID(int=7), number)
    ]
    assert told(scene.doctor, UUID(int=7)) == [(number, AuthorisationState.ACTIVE)]


def test_only_who_may_link_is_offered_to_and_once(scene: Scene):
    number = linked(scene)
    other = UUID(int=8)
    for name in ("doctor", "pharmacist", "pilot"):
        assert links.linkable(scene.people[name], number.lower(), other) == number, name
        assert links.linkable(scene.people[name], number, DECLARATION) is None, name
    for name in ("evaluator", "signatory", "legal", "intern", *SEE_NOT):
        assert links.linkable(scene.people[name], number, other) is None, name
    for none in ("", "AAC-K7QX-2M4P-9TRWC", "AAC", "DM 54 ans"):
        assert links.linkable(scene.doctor, none, other) is None
