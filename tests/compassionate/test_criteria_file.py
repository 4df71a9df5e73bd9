"""The référentiel on each node: signed, as the log had it, and what a form is checked by meanwhile."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from compassionate import criteria_file
from events.errors import Refused
from tests.api.conftest import project
from tests.compassionate.scene import AT, PART, Scene, scene
from tests.outage import database_away
from tests.portal.sending import browser, visible

__all__ = ["scene"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(scene: Scene, settings, tmp_path) -> Path:
    settings.DATA_DIR = tmp_path
    scene.sheet()
    project()
    assert criteria_file.write(AT) == 1
    return tmp_path / "criteria.json"


def test_a_form_is_checked_by_it_while_the_log_is_away(scene: Scene, kept):
    with database_away(), pytest.raises(Refused) as refusal:
        scene.submitted(replace(PART, criteria_version=7, duration_days=300))
    found = {one.code for one in refusal.value.problems}
    assert found == {"criteria_outdated", "duration_over_criteria"}


def test_one_that_was_touched_is_not_believed(kept: Path):
    assert criteria_file.sheet_of("nirogacestat", "desmoide", AT) is not None
    kept.write_text(kept.read_text().replace("200", "365"))
    assert criteria_file.kept() is None
    assert criteria_file.sheet_of("nirogacestat", "desmoide", AT) is None


def test_what_is_off_the_list_has_an_empty_sheet_and_an_unknown_product_none(kept: Path):
    off = criteria_file.sheet_of(None, None, AT)
    assert off is not None
    assert off.version is None
    assert criteria_file.sheet_of("unknown", "desmoide", AT) is None


def test_without_a_file_nobody_can_say(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert criteria_file.sheet_of("nirogacestat", "desmoide", AT + timedelta(days=1)) is None


def test_the_sheets_are_read_on_their_page_meanwhile_by_whoever_asks(scene: Scene, kept):
    doctor, nobody = browser(scene.doctor), browser(None)
    with database_away():
        for reader in (doctor, nobody):
            page = reader.get("/acces/referentiel/")
            assert page.status_code == 200
            text = visible(page.text)
            assert "La base ne répond pas" in text
            assert "Au moins deux lignes antérieures" in text
            assert "version 1" in text
        kept.unlink()
        assert doctor.get("/acces/referentiel/").status_code == 503
    assert "La base ne répond pas" not in doctor.get("/acces/referentiel/").text
