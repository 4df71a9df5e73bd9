"""The référentiel is prepared by one person and published by another, from its pages."""

import pytest

from compassionate.streams import product_id, sheet_facts
from tests.backoffice.access_desk import browser, page, projected, sent
from tests.compassionate.scene import Scene, scene

__all__ = ["scene"]
pytestmark = pytest.mark.django_db
PATH = f"referentiel/{product_id('nirogacestat', 'desmoide')}/"
OPENED = {
    "product": "nirogacestat",
    "product_name": "Nirogacestat",
    "indication": "desmoide",
    "indication_text": "Tumeurs desmoïdes",
    "holder": "Laboratoire",
    "status": "aac",
}
ROWS = {
    "code.0": "line", "text.0": "Au moins deux lignes",
    "code.1": "", "text.1": "",
    "code.2": "pregnancy", "text.2": "Grossesse", "excluded.2": "oui",
}  # fmt: skip


def test_a_sheet_is_opened_prepared_and_published(scene: Scene) -> None:
    editor, signatory = browser(scene.editor), browser(scene.signatory)
    answer = sent(editor, "referentiel/nouvelle/", **OPENED)
    assert answer.status_code == 302, answer.text
    answer = sent(editor, PATH + "criteres/", **ROWS, max_days="180")
    assert answer.status_code == 302, answer.text
    answer = sent(signatory, PATH + "publication/", in_force_from="2099-01-01T08:00")
    assert answer.status_code == 302, answer.text
    (published,) = sheet_facts("nirogacestat", "desmoide").published
    assert [one.required for one in published.criteria] == [True, False]
    projected()
    assert "Version 1" in page(browser(scene.doctor), "referentiel/")
    assert "ne doit pas être rempli" in page(browser(scene.doctor), PATH)


def test_a_protocol_a_status_and_a_cessation_are_set(scene: Scene) -> None:
    scene.sheet()
    signatory = browser(scene.signatory)
    protocol = {"document": "a" * 64, "every_days": "28, 56", "declare_to": "both"}
    dates = {"marketing_authorised_on": "2026-11-20", "ceases_on": "2027-02-10"}
    for verb, said in (
        ("protocole", protocol),
        ("statut", {"status": "cpc", "reason": "Cadre publié"}),
        ("cessation", dates | {"ceases_on": "2099-01-01", "exceptional": "Rupture"}),
    ):
        answer = sent(signatory, f"{PATH}{verb}/", **said)
        assert answer.status_code == 302, (verb, answer.text)
    facts = sheet_facts("nirogacestat", "desmoide")
    assert facts.protocols[0].every_days == (28, 56)
    assert facts.status == "cpc"


def test_what_was_typed_stays_where_it_is_refused(scene: Scene) -> None:
    scene.sheet()
    editor = browser(scene.editor)
    twice = {"code.0": "line", "text.0": "Un", "code.1": "line", "text.1": "Deux"}
    answer = sent(editor, PATH + "criteres/", **twice, max_days="999")
    assert answer.status_code == 422
    for words in ("le même code", "entre 1 et 365 jours", "Deux</textarea>", 'value="999"'):
        assert words in answer.text, words
    more = sent(editor, PATH + "criteres/", **twice, do="add")
    assert more.status_code == 200
    assert 'name="code.4"' in more.text
    answer = sent(editor, "referentiel/nouvelle/", **OPENED)
    assert answer.status_code == 422
    assert "existe déjà" in answer.text
    assert 'value="Laboratoire"' in answer.text


def test_each_does_her_own(scene: Scene) -> None:
    scene.sheet()
    assert sent(browser(scene.signatory), PATH + "criteres/", **ROWS).status_code == 403
    assert browser(scene.signatory).get(f"/agence/acces/{PATH}criteres/").status_code == 403
    late = {"in_force_from": "2099-01-01T08:00"}
    assert sent(browser(scene.editor), PATH + "publication/", **late).status_code == 403
    assert sent(browser(scene.doctor), "referentiel/nouvelle/", **OPENED).status_code == 403
    other = f"/agence/acces/referentiel/{product_id('x', 'y')}/"
    assert browser(scene.editor).get(other).status_code == 404
