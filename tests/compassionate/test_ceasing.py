"""What is decided of a product ends each of its authorisations (R5121-74-9 I)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from compassionate import acting, clocks, documents
from compassionate.domain.authorisation_commands import SetCessation
from compassionate.domain.criteria_sheet import SetProductCessation
from compassionate.domain.vocabulary import AuthorisationState
from compassionate.reactions import compose_authorisation, plan_authorisation
from compassionate.streams import authorisation_facts, authorisation_stream
from events import store
from events.days import day_of
from events.handle import history
from tests.api.conftest import project
from tests.compassionate.scene import AT, PART, SIGNED, Scene, at, scene

__all__ = ["scene"]
pytestmark = pytest.mark.django_db
AMM = day_of(AT)


def decided(scene: Scene, ceases_on: date) -> None:
    """Fix the day of the product, and look at what has come due."""
    days: dict[str, Any] = {"marketing_authorised_on": AMM, "ceases_on": ceases_on}
    scene.act_on_sheet(SetProductCessation, days, signed=SIGNED)
    looked(AMM)


def looked(day: date) -> None:
    project()
    clocks.look(at(day))
    project()


def told(number: str) -> list[str]:
    return [one.event.TYPE for one in history(authorisation_stream(number))]


def test_each_authorisation_ceases_on_the_day_that_was_fixed_for_its_product(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    ceases_on = AMM + timedelta(days=60)
    decided(scene, ceases_on)
    facts = authorisation_facts(number)
    assert (facts.ceases_on, facts.in_force(ceases_on)) == (ceases_on, True)
    assert not facts.in_force(ceases_on + timedelta(days=1))
    looked(ceases_on + timedelta(days=1))
    assert authorisation_facts(number).state is AuthorisationState.CEASED
    assert told(number).count("compassionate.cessation_set") == 1


def test_its_prescriber_and_its_pharmacy_are_told_and_read_a_letter(scene: Scene, monkeypatch):
    scene.sheet()
    number = scene.authorised()
    decided(scene, AMM + timedelta(days=60))
    stream = authorisation_stream(number)
    (stored,) = [one for one in store.read_stream(stream) if one.type.endswith("cessation_set")]
    letters = [
        compose_authorisation(one.recipient, one.template, stream)
        for one in plan_authorisation(stored)
    ]
    assert {one.address for one in letters if one} == {scene.doctor.email, scene.pharmacist.email}
    # Only the holder's letter leaves the house and waits for a key.
    (event,) = [one for one in history(stream) if one.event.TYPE.endswith("cessation_set")]
    assert not event.event.signature.leaves
    made: list[Any] = []
    monkeypatch.setattr(documents, "as_pdf", lambda letter: made.append(letter) or b"%PDF-")
    documents.authorisation_letter(scene.doctor, number, event.version)
    (letter,) = made
    rows = [value for block in letter.blocks for _label, value in block.rows]
    assert "23\u00a0janvier\u00a02027" in rows


def test_a_day_that_is_put_off_moves_them_and_no_other_act_is_undone(scene: Scene):
    scene.sheet()
    first, own = scene.authorised(), scene.authorised(replace(PART, file_number="B-2"))
    fields = {"marketing_authorised_on": AMM, "ceases_on": AMM + timedelta(days=10)}
    acting.act_on_authorisation(
        scene.signatory, own, SetCessation, fields, SIGNED, idempotency_key="own", now=AT
    )
    for days in (30, 60):
        decided(scene, AMM + timedelta(days=days))
        assert authorisation_facts(first).ceases_on == AMM + timedelta(days=days)
    assert authorisation_facts(own).ceases_on == AMM + timedelta(days=10)
