"""A disk that hangs holds one thread of those who ask whether it writes."""

from threading import Event

from events import disks
from events.spool import Spool


def test_a_disk_that_hangs_is_probed_once_until_it_answers(tmp_path, monkeypatch):
    asked, answers = [], Event()

    def hangs(folder):
        asked.append(folder)
        return answers.wait(60)

    monkeypatch.setattr(disks, "keeps", hangs)
    spool = Spool("n1", [tmp_path / "a"], on_any=True)
    assert [spool.writes(0.01) for _ in range(5)] == [False] * 5
    assert asked == [tmp_path / "a"]
    answers.set()
    assert spool.writes(20)


def test_one_directory_that_writes_is_enough(tmp_path, monkeypatch):
    answers, keeps = Event(), disks.keeps
    monkeypatch.setattr(
        disks, "keeps", lambda at: answers.wait(60) if at.name == "a" else keeps(at)
    )
    spool = Spool("n1", [tmp_path / "a", tmp_path / "b"], on_any=True)
    assert [spool.writes(20) for _ in range(3)] == [True] * 3
    answers.set()


def test_a_folder_that_cannot_be_written_does_not(tmp_path):
    (tmp_path / "a").write_text("no folder")
    assert not Spool("n1", [tmp_path / "a"], on_any=True).writes(20)
