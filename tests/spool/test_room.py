"""The disks of the spools keep room for declarations."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from events import disks

MIB = 2**20


def disk(size: int, free: int) -> SimpleNamespace:
    """Return what statvfs tells of a disk of so many MiB, so many of them free for us."""
    return SimpleNamespace(f_frsize=MIB, f_blocks=size, f_bavail=free)


@pytest.mark.parametrize(
    ("size", "free", "has_room"),
    [(100_000, 10_000, True), (100_000, 9_999, False), (1_000, 200, True), (1_000, 199, False)],
)
def test_a_tenth_and_two_hundred_mebibytes_are_kept(monkeypatch, tmp_path, size, free, has_room):
    monkeypatch.setattr(os, "statvfs", lambda _: disk(size, free))
    assert disks.has_room([tmp_path]) is has_room


def test_one_disk_with_room_is_enough_and_one_that_fails_has_none(monkeypatch, tmp_path):
    for name in ("broken", "full", "roomy"):
        (tmp_path / name).mkdir()

    def told(place: Path) -> SimpleNamespace:
        if place.name == "broken":
            raise OSError(5, "Input/output error")
        return disk(100_000, 50_000 if place.name == "roomy" else 0)

    monkeypatch.setattr(os, "statvfs", told)
    assert disks.has_room([tmp_path / "broken", tmp_path / "full", tmp_path / "roomy"])
    assert not disks.has_room([tmp_path / "broken", tmp_path / "full"])


def test_a_folder_that_is_not_made_yet_is_judged_by_the_disk_it_will_lie_on(monkeypatch, tmp_path):
    asked = list[Path]()
    monkeypatch.setattr(os, "statvfs", lambda place: asked.append(place) or disk(1_000, 500))
    assert disks.has_room([tmp_path / "later" / "spool"])
    assert asked == [tmp_path]
