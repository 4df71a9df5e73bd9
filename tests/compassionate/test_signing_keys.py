"""A signatory's key in its file: made once, under a code, whole or not at all."""

import json
from datetime import timedelta
from errno import ENOSPC
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from compassionate import signing_keys
from events.days import day_of
from tests.compassionate.scene import AT, CODE, Scene, scene

__all__ = ["scene"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(scene: Scene, settings: Any, tmp_path: Path) -> Path:
    """Return where keys are kept: a folder that is not there yet."""
    settings.SIGNING_KEYS_DIR = tmp_path / "keys" / "signatories"
    return tmp_path / "keys" / "signatories"


def refused(name: str, capsys: Any, *said: str) -> str:
    """Return what the command says to whoever used it wrongly."""
    with pytest.raises(SystemExit, match="2"):
        call_command("signing_key", name, *said)
    return str(capsys.readouterr().err)


def told(capsys: Any, *said: str) -> dict[str, Any]:
    """Return what the command answers about the signatory."""
    call_command("signing_key", "signatory", "--json", *said)
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_the_command_makes_a_key_once_under_a_code_of_some_length(
    scene: Scene, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    typed(monkeypatch, "short")
    assert "8 caractères" in refused("signatory", capsys)
    assert not folder.exists()
    typed(monkeypatch, CODE)
    answer = told(capsys)
    (file,) = folder.iterdir()
    assert answer["file"] == str(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert CODE.encode() not in file.read_bytes()
    opened = signing_keys.opened(scene.signatory, CODE)
    assert opened.key.key_size == 3072
    assert answer["certificate"] == opened.fingerprint
    before = file.read_bytes()
    typed(monkeypatch, CODE)
    assert f"already: {file}" in refused("signatory", capsys)
    assert [one.read_bytes() for one in folder.iterdir()] == [before]
    assert "no signatory" in refused("doctor", capsys)


def test_the_command_shows_the_path_and_with_the_code_the_certificate(
    scene: Scene, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    path = str(folder / f"{scene.signatory.public_id}.p12")
    assert told(capsys, "--show") == {"file": path, "kept": False}
    assert not folder.exists()
    made = signing_keys.make(scene.signatory, CODE, AT, days=30)
    typed(monkeypatch, "")
    assert told(capsys, "--show") == {"file": path, "kept": True}
    typed(monkeypatch, CODE)
    assert told(capsys, "--show") == {
        "file": path, "kept": True, "certificate": made.fingerprint,
        "subject": made.certificate.subject.rfc4514_string(),
        "until": day_of(AT + timedelta(days=30)).isoformat(),
    }  # fmt: skip
    typed(monkeypatch, "another code")
    assert "Ce code n'ouvre pas" in refused("signatory", capsys, "--show")


@pytest.mark.parametrize("fails", ["fsync", "link"])
def test_a_key_that_cannot_be_written_leaves_nothing_behind(
    scene: Scene, folder: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    def full(*_said: Any, **_named: Any) -> None:
        raise OSError(ENOSPC, "full")

    folder.mkdir(parents=True)
    monkeypatch.setattr(signing_keys.os, fails, full)
    with pytest.raises(OSError, match="full"):
        signing_keys.make(scene.signatory, CODE, AT, days=30)
    assert not list(folder.iterdir())
    monkeypatch.undo()
    assert not signing_keys.has_key(scene.signatory)


def test_a_key_that_was_put_there_meanwhile_is_not_overwritten(scene: Scene, folder: Path) -> None:
    folder.mkdir(parents=True)
    signing_keys.file_of(scene.signatory).write_bytes(b"of the authority")
    with pytest.raises(FileExistsError):
        signing_keys.make(scene.signatory, CODE, AT, days=30)
    assert [one.read_bytes() for one in folder.iterdir()] == [b"of the authority"]


def typed(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Say what comes on the standard input."""
    monkeypatch.setattr("sys.stdin", StringIO(f"{code}\n"))
