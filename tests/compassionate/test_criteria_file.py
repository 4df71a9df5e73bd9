"""The référentiel on each node: signed, as the log had it, and what a form is checked by meanwhile."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from compassionate import criteria_file, queries
from compassionate.domain.vocabulary import Scheduled
from config.local import keys
from events.errors import Refused
from events.keys import base64url, keyring, published
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


def test_a_restriction_before_a_version_to_come_is_checked_by_until_that_begins(
    scene: Scene, settings, tmp_path
):
    settings.DATA_DIR = tmp_path
    scene.sheet()
    scene.publish(AT, in_force_from=AT + timedelta(days=30))
    scene.publish(AT, scheduled=Scheduled.KEEP, reason="Signal hépatique.")
    project()
    assert criteria_file.write(AT) == 3
    for days, version in ((0, 1), (1, 3), (29, 3), (30, 2)):
        sheet = criteria_file.sheet_of("nirogacestat", "desmoide", AT + timedelta(days=days))
        assert sheet is not None
        assert sheet.version == version
    # The list tells the version in force, and not the one that begins last.
    for days, version in ((0, 1), (1, 3), (30, 2)):
        (row,) = queries.criteria_sheets(scene.doctor, AT + timedelta(days=days))
        assert (row.version, row.max_days) == (version, 200 if version == 1 else 30)


def test_one_that_was_touched_is_not_believed(kept: Path):
    assert criteria_file.sheet_of("nirogacestat", "desmoide", AT) is not None
    kept.write_text(kept.read_text().replace("200", "365"))
    assert criteria_file.kept() is None
    assert criteria_file.sheet_of("nirogacestat", "desmoide", AT) is None


def test_one_that_the_key_before_signed_is_believed_while_that_lives(
    scene: Scene, kept: Path, settings, tmp_path
):
    """While keys are exchanged, services sign with either."""
    before = {"key": keyring().log_key_id, "public": base64url(keyring().log_public)}
    settings.KEYS_DIR = shutil.copytree(settings.KEYS_DIR, tmp_path / "keys")
    keys.ensure(tmp_path / "other")
    shutil.copy(tmp_path / "other" / "log-ed25519", tmp_path / "keys" / "log-ed25519")
    keyring.cache_clear()
    try:
        for days, name in ((2, before["key"]), (-2, None)):
            until = (datetime.now(UTC) + timedelta(days=days)).isoformat()
            life = {**before, "from": None, "until": until}
            (tmp_path / "keys" / "published.json").write_text(json.dumps([life]))
            kept.touch()
            found = criteria_file.signed()
            assert (found.key if found else None) == name
    finally:
        keyring.cache_clear()


@pytest.mark.parametrize("left", ["", "{", None])
def test_the_sheets_are_read_also_where_the_published_keys_cannot_be(
    scene: Scene, kept: Path, settings, tmp_path, left
):
    settings.KEYS_DIR = shutil.copytree(settings.KEYS_DIR, tmp_path / "keys")
    keys.ensure(tmp_path / "keys")
    assert published()
    (tmp_path / "keys" / "published.json").unlink()
    if left is not None:
        (tmp_path / "keys" / "published.json").write_text(left)
    kept.touch()
    doctor = browser(scene.doctor)
    with database_away():
        page = doctor.get("/acces/referentiel/")
    assert page.status_code == 200
    assert "version 1" in visible(page.text)


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
