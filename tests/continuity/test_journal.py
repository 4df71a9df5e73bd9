"""The beacon's file: nothing told twice, nothing lost, a torn line passed over."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from continuity.beacon.journal import Journal
from continuity.beacon.watch import Entry, Kind

AT = datetime(2026, 6, 17, 18, 0, tzinfo=UTC)


def note(text: str) -> Entry:
    return Entry(kind=Kind.NOTE, at=AT, data={"text": text})


def texts(journal: Journal) -> list[str]:
    return [entry.data["text"] for entry in journal.entries()]


def test_what_is_added_is_read_back_by_whoever_opens_it(tmp_path):
    journal = Journal(tmp_path / "beacon")
    assert journal.add([note("a"), note("é")]) == [note("a"), note("é")]
    assert texts(Journal(tmp_path / "beacon")) == ["a", "é"]
    assert (tmp_path / "beacon" / "journal.jsonl").stat().st_mode & 0o777 == 0o600


def test_two_writers_see_each_other_s_lines_once(tmp_path):
    one, other = Journal(tmp_path), Journal(tmp_path)
    one.add([note("1")])
    assert [e.data["text"] for e in other.add([note("2")])] == ["1", "2"]
    assert [e.data["text"] for e in one.add([note("3")])] == ["2", "3"]
    assert texts(other) == ["3"]
    assert texts(other) == []
    whole = Journal(tmp_path)
    assert texts(whole) == ["1", "2", "3"]
    assert not whole.altered


def test_a_line_that_was_cut_off_costs_itself_alone(tmp_path):
    Journal(tmp_path).add([note("1")])
    with (tmp_path / "journal.jsonl").open("ab") as file:
        file.write(b'{"kind": "note", "at": "2026-')
    assert texts(Journal(tmp_path)) == ["1"]
    Journal(tmp_path).add([note("2")])
    whole = Journal(tmp_path)
    assert texts(whole) == ["1", "2"]
    assert not whole.altered


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond this many bytes: half of a write is taken."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_takes_nothing_half_and_breaks_no_chain(tmp_path):
    one, other = Journal(tmp_path), Journal(tmp_path)
    one.add([note("1")])
    size = one.path.stat().st_size
    other.add([note("2")])
    before = one.path.read_bytes()
    with full_after(len(before) + size + size // 2), pytest.raises(OSError, match="large"):
        one.add([note("3"), note("4")])
    assert one.path.read_bytes() == before
    assert [e.data["text"] for e in one.add([note("3"), note("4")])] == ["2", "3", "4"]
    whole = Journal(tmp_path)
    assert texts(whole) == ["1", "2", "3", "4"]
    assert not whole.altered
    assert texts(other) == ["3", "4"]
    assert not other.altered


def test_a_line_that_was_changed_is_told(tmp_path):
    Journal(tmp_path).add([note("1"), note("2")])
    path = tmp_path / "journal.jsonl"
    path.write_text(path.read_text().replace('"1"', '"9"', 1))
    changed = Journal(tmp_path)
    assert texts(changed) == ["9", "2"]
    assert changed.altered


def test_it_remembers_when_it_last_looked(tmp_path):
    journal = Journal(tmp_path)
    assert journal.last_seen() is None
    journal.alive(AT)
    assert Journal(tmp_path).last_seen() == AT
