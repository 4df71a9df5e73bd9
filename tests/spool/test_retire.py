"""A segment goes when it is old and nothing in it is needed any more; whatever is in doubt stays."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from events import segments
from events.management.commands import drain
from events.retiring import retire
from events.segments import Segment
from events.spool import Spool, spool
from tests.people import people
from tests.portal.sending import browser, declared
from tests.spool.material import body, header, spool_in

__all__ = ["people"]

pytestmark = pytest.mark.django_db
LATER = timedelta(days=31)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings) -> Path:
    settings.NODE_NAME, settings.SPOOL_DAYS = "n1", 30
    settings.SPOOL_DIRS = [tmp_path / "a", tmp_path / "b"]
    settings.INTAKE_DEADLINE = 10
    return tmp_path


def now() -> datetime:
    return timezone.now()


def left(folder: Path) -> list[Segment]:
    return segments.found([folder / "a", folder / "b"])


def only_in(folder: Path, name: str) -> Spool:
    """Return the node's spool, of which one directory writes; its segments have numbers of their own."""
    kept = spool_in(folder)
    kept._writers = [writer for writer in kept._writers if writer._name == name]
    return kept


def known_to_nobody(kept: Spool) -> None:
    """Put what needs nothing more: its sender was told something else."""
    kept.settle(kept.put(header(), body()).receipt_id, "refused")


def test_what_the_log_holds_whole_goes_after_its_days_and_not_before(people, folder):
    declared(browser(people["dr.martin"]))
    assert len(left(folder)) == 1
    assert retire(now() + timedelta(days=29)) == 0
    assert len(left(folder)) == 1
    assert retire(now() + LATER) == 1
    assert left(folder) == []
    assert retire(now() + LATER) == 0


def test_a_row_that_the_log_lacks_keeps_its_segment(folder):
    spool().put(header(), body())
    assert retire(now() + LATER) == 0
    assert len(left(folder)) == 1


def test_a_row_that_nobody_can_read_keeps_its_segment(folder):
    known_to_nobody(spool_in(folder))
    (segment,) = left(folder)
    segment.wal.unlink()
    os.utime(segment.path, (1, 1))
    assert retire(now() + LATER) == 0
    assert left(folder) == [segment]


def test_a_segment_in_use_stays_though_all_its_rows_are_old(folder):
    """As where only what other nodes handed over lies in it: the next row may come at any time."""
    kept = spool_in(folder)
    old = header(received_at=now() - timedelta(days=60))
    kept.settle(kept.put(old, body()).receipt_id, "refused")
    assert retire(now()) == 0
    assert len(left(folder)) == 1


def test_a_segment_that_changes_after_it_was_looked_at_stays(folder, monkeypatch):
    known_to_nobody(spool_in(folder))
    (segment,) = left(folder)
    really = segments.settled

    def settled(one: Segment) -> dict[str, str]:
        os.utime(one.path)
        return really(one)

    monkeypatch.setattr(segments, "settled", settled)
    assert retire(now() + LATER) == 0
    assert left(folder) == [segment]


def test_a_note_stays_as_long_as_the_row_that_it_is_about(folder):
    """Without it, what its sender was refused would be offered to the log."""
    first, second = only_in(folder, "a"), only_in(folder, "b")
    refused, waiting = (first.put(header(), body()).receipt_id for _ in range(2))
    second.settle(refused, "refused")
    assert retire(now() + LATER) == 0
    assert len(left(folder)) == 2
    second.settle(waiting, "refused")
    assert retire(now() + LATER) == 2
    assert left(folder) == []


def test_segments_whose_notes_are_about_each_other_go_together(folder):
    first, second = only_in(folder, "a"), only_in(folder, "b")
    first.settle(second.put(header(), body()).receipt_id, "refused")
    second.settle(first.put(header(), body()).receipt_id, "refused")
    assert retire(now() + LATER) == 2
    assert left(folder) == []


def test_one_that_cannot_be_removed_does_not_keep_the_others(folder, monkeypatch):
    for name in "ab":
        known_to_nobody(only_in(folder, name))
    stays, _goes = left(folder)
    really = segments.unlink

    def unlinks(segment: Segment) -> None:
        if segment == stays:
            raise PermissionError(segment.path)
        really(segment)

    monkeypatch.setattr(segments, "unlink", unlinks)
    assert retire(now() + LATER) == 1
    assert left(folder) == [stays]


def interrupted_after(rounds: int) -> Callable[[float], None]:
    """Return what stands for the pause between two rounds: Ctrl-C in the last."""
    done: list[float] = []

    def sleep(seconds: float) -> None:
        done.append(seconds)
        if len(done) == rounds:
            raise KeyboardInterrupt

    return sleep


def test_the_drain_of_a_node_retires_one_segment_a_round(folder, monkeypatch, settings, capsys):
    settings.SPOOL_DAYS = 0
    for name in "ab":
        known_to_nobody(only_in(folder, name))
    for rounds, rest in ((1, 1), (2, 0)):
        monkeypatch.setattr(drain.time, "sleep", interrupted_after(rounds))
        with pytest.raises(SystemExit):
            call_command("drain", "--watch")
        assert len(left(folder)) == rest
        assert "retired 1" in capsys.readouterr().err
