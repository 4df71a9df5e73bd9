"""The archive of write-ahead log: the command of `deploy/postgresql.conf`, run as PostgreSQL does."""

import re
import subprocess
from pathlib import Path

from django.conf import settings

CONFIGURED = Path(settings.BASE_DIR) / "deploy" / "postgresql.conf"


def archived(segment: Path, archive: Path) -> bool:
    (command,) = re.findall(r"^archive_command = '(.*)'$", CONFIGURED.read_text(), re.M)
    said = command.replace("%p", str(segment)).replace("%f", segment.name)
    done = subprocess.run(["sh", "-c", said.replace("/archive", str(archive))], check=False)
    return done.returncode == 0


def test_a_segment_is_archived_once_however_often_it_is_asked_for(tmp_path):
    archive, segment = tmp_path / "kept", tmp_path / "000000010000000000000001"
    segment.write_text("x")
    assert not archived(segment, archive)
    archive.mkdir()
    (archive / f"{segment.name}.new").write_text("cut short")
    assert archived(segment, archive)
    # The server died before it heard of it.
    assert archived(segment, archive)
    assert [(one.name, one.read_text()) for one in archive.iterdir()] == [(segment.name, "x")]


def test_another_segment_of_the_same_name_is_never_overwritten(tmp_path):
    archive, segment = tmp_path / "kept", tmp_path / "000000010000000000000001"
    archive.mkdir()
    (archive / segment.name).write_text("x")
    segment.write_text("y")
    assert not archived(segment, archive)
    assert (archive / segment.name).read_text() == "x"
