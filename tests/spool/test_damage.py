"""A damaged segment gives what is whole, says what is not, and never stops its reader."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings as trying, strategies as some

from events import salvage, segment_heads, segments
from events.segments import Damaged, Row, Segment
from tests.spool.material import body, header, spool_in

SIZES = (300, 2_500, 9_000, 40, 6_000, 4_100)
# A leaf of the table holds up to about nine entries of these sizes, and one hurt place two pages.
MOST_LOST = 10
SEED = 20261124
EXAMPLES = int(os.environ.get("DAMAGES", "120"))

pytestmark = pytest.mark.timeout(600)


class Written:
    """One segment as a writer left it, with what stands in it, to be hurt in copies."""

    def __init__(self, folder: Path, *, ended: bool, many: int = 24) -> None:
        kept = spool_in(folder)
        self.entries = [kept.put(header(), body(SIZES[n % len(SIZES)])) for n in range(many)]
        (self.segment,) = segments.found(kept.dirs)
        if ended:
            # As a rotation leaves it: one file.
            shutil.copytree(self.segment.path.parent, folder / "ended" / "n1")
            (self.segment,) = segments.found([folder / "ended"])
            connection = sqlite3.connect(self.segment.path)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            assert not self.segment.wal.exists()
        self.database = self.segment.path.read_bytes()
        self.wal = self.segment.wal.read_bytes() if self.segment.wal.exists() else None

    def hurt(self, folder: Path, database: bytes, wal: bytes | None) -> list[Row | Damaged]:
        """Return what is read from these files, untouched for longer than any commit takes."""
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "n1").mkdir(parents=True)
        segment = Segment("n1", self.segment.number, folder / "n1" / self.segment.path.name)
        for path, content in ((segment.path, database), (segment.wal, wal)):
            if content is not None:
                path.write_bytes(content)
                os.utime(path, (1, 1 + len(content)))
        said = list(segments.read(segment))
        self.must_be_true(said)
        segments.contents(segment)
        segments.settled(segment)
        segment_heads.heads([folder])
        return said

    def must_be_true(self, said: list[Row | Damaged]) -> None:
        assert [one.n for one in said] == list(range(1, len(said) + 1))
        for one in said:
            assert isinstance(one, Damaged) or one.entry == self.entries[one.n - 1]

    def good(self, said: list[Row | Damaged]) -> int:
        return sum(isinstance(one, Row) for one in said)


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Callable[[bool], Written]:
    made: dict[bool, Written] = {}

    def give(ended: bool) -> Written:
        if ended not in made:
            made[ended] = Written(tmp_path_factory.mktemp("written"), ended=ended)
        return made[ended]

    return give


@pytest.fixture
def scratch(tmp_path) -> Path:
    return tmp_path / "hurt"


@pytest.mark.parametrize("ended", [False, True])
def test_a_whole_segment_says_nothing_of_damage(written, scratch, ended):
    one = written(ended)
    assert one.good(one.hurt(scratch, one.database, one.wal)) == len(one.entries)
    assert len(one.hurt(scratch, one.database, one.wal)) == len(one.entries)


@pytest.mark.parametrize("ended", [False, True])
def test_a_file_cut_anywhere_gives_all_that_stands_before_the_cut(written, scratch, ended):
    """Whatever was whole in a shorter log is whole in a longer one; a cut file is noticed."""
    one = written(ended)
    whole = one.database if ended else one.wal
    first, page = (0, salvage.PAGE) if ended else (salvage.WAL_HEADER, salvage.FRAME)
    seen: dict[int, int] = {}

    def cut(length: int) -> None:
        said = one.hurt(
            scratch, *((whole[:length], None) if ended else (one.database, whole[:length]))
        )
        seen[length] = one.good(said)
        assert not ended or length == len(whole) or isinstance(said[-1], Damaged)

    trying(max_examples=EXAMPLES, deadline=None)(given(some.integers(0, len(whole)))(cut))()
    for boundary in range(first, len(whole), page):
        for length in {max(boundary - 1, 0), boundary, boundary + 1}:
            cut(length)
    cut(len(whole))
    assert seen[len(whole)] == len(one.entries)
    if not ended:
        assert [seen[length] for length in sorted(seen)] == sorted(seen.values())
    # The file's last page alone is gone, and with it a few entries, not all.
    assert seen[max(length for length in seen if length < len(whole) - 1)] >= len(one.entries) - 9


@pytest.mark.parametrize("ended", [False, True])
def test_a_hurt_place_costs_the_entries_that_touch_it_and_no_other(written, scratch, ended):
    one, random = written(ended), Random(SEED)
    whole = one.database if ended else one.wal
    worst = 0

    def garble(place: int, how: str) -> None:
        nonlocal worst
        noise = {"noise": random.randbytes(512), "zeros": bytes(512), "ones": b"\xff" * 512}[how]
        hurt = whole[:place] + noise + whole[place + 512 :]
        said = one.hurt(scratch, *((hurt, None) if ended else (one.database, hurt)))
        worst = max(worst, len(one.entries) - one.good(said))
        assert one.good(said) == len(one.entries) or any(isinstance(it, Damaged) for it in said)

    places = some.integers(0, len(whole) - 512)
    hows = some.sampled_from(["noise", "zeros", "ones"])
    trying(max_examples=2 * EXAMPLES, deadline=None)(given(places, hows)(garble))()
    # The very end, of which nothing comes after that could tell.
    for back in range(512, 6 * salvage.FRAME, 700):
        garble(len(whole) - back, "noise")
    assert worst <= MOST_LOST, f"one hurt place cost {worst} of {len(one.entries)} entries"


def test_a_lost_log_of_changes_is_said(written, scratch):
    """Until its segment has ended, the file beside the log holds nothing."""
    one = written(False)
    for wal in (None, b"", b"nothing of the kind"):
        said = one.hurt(scratch, one.database, wal)
        assert [(row.n, row.reason) for row in said] == [(1, "rest")]


@pytest.mark.parametrize(
    "content", [b"", b"no database at all", b"SQLite format 3\0" + bytes(9000)]
)
def test_what_is_no_database_is_said(written, scratch, content):
    said = written(True).hurt(scratch, content, None)
    assert [(row.n, row.reason) for row in said] == [(1, "rest")]


def test_the_log_alone_gives_everything(written, scratch):
    one = written(False)
    assert one.good(one.hurt(scratch, b"", one.wal)) == len(one.entries)
    assert one.good(one.hurt(scratch, os.urandom(len(one.database)), one.wal)) == len(one.entries)


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE entry SET (record, mark) = (SELECT record, mark FROM entry WHERE n = 1) WHERE n = 2",
        "UPDATE entry SET record = (SELECT record FROM entry WHERE n = 1) WHERE n = 2",
        "UPDATE entry SET record = NULL WHERE n = 2",
        "DELETE FROM entry WHERE n = 2",
    ],
)
def test_a_row_that_somebody_changed_is_damaged(tmp_path, act):
    one = Written(tmp_path, ended=True)
    connection = sqlite3.connect(one.segment.path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '')")
    connection.close()
    connection = sqlite3.connect(one.segment.path, isolation_level=None)
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(act)
    connection.close()
    said = list(segments.read(one.segment))
    one.must_be_true(said)
    assert [row.n for row in said if isinstance(row, Damaged)] == [2]
    assert len(said) == len(one.entries)


def test_a_damaged_segment_does_not_hide_its_good_entries_from_a_search(tmp_path):
    kept = spool_in(tmp_path)
    put = [kept.put(header(), body(3000)) for _ in range(20)]
    (segment,) = segments.found(kept.dirs)
    content = bytearray(segment.wal.read_bytes())
    content[40:552] = os.urandom(512)
    segment.path.unlink()
    segment.wal.write_bytes(content)
    segment.path.write_bytes(b"")
    again = spool_in(tmp_path)
    assert sum(again.find(one.header.command_id) == [one] for one in put) >= 19


def test_a_write_ahead_log_whose_header_is_hurt_hides_nothing(tmp_path):
    """SQLite drops such a log without a word, and shows an empty segment."""
    written = Written(tmp_path, ended=False, many=3)
    assert written.wal is not None
    for place in range(salvage.WAL_HEADER):
        log = bytearray(written.wal)
        log[place] ^= 1
        said = written.hurt(tmp_path / "hurt", written.database, bytes(log))
        assert [row.n for row in said if isinstance(row, Row)] == [1, 2, 3], place


def test_a_file_that_is_smaller_than_at_its_making_was_cut(tmp_path):
    written = Written(tmp_path, ended=False, many=3)
    said = written.hurt(tmp_path / "hurt", written.database[:8192], written.wal)
    assert any(isinstance(one, Damaged) for one in said)


def test_notes_behind_a_hurt_frame_are_found(tmp_path):
    """SQLite shows none of them, and says nothing: what was refused would be offered to the log."""
    kept = spool_in(tmp_path)
    for _ in range(3):
        kept.settle(kept.put(header(), body()).receipt_id, "refused")
    (segment,) = segments.found(kept.dirs)
    files = {path: path.read_bytes() for path in (segment.path, segment.wal)}
    told = segments.settled(segment)
    assert len(told) == 3
    hurt = Segment("n1", segment.number, tmp_path / "hurt" / "n1" / segment.path.name)
    hurt.path.parent.mkdir(parents=True)
    hurt.path.write_bytes(files[segment.path])
    log = bytearray(files[segment.wal])
    log[salvage.WAL_HEADER + 2 * salvage.FRAME + 100] ^= 1
    hurt.wal.write_bytes(log)
    for path in (hurt.path, hurt.wal):
        os.utime(path, (1, 1))
    assert segments.settled(hurt) == told


def test_a_last_row_of_which_nothing_is_left_is_told_of_though_all_before_it_can_be_read(tmp_path):
    """The frames of one commit are doubtful, those of the next overwritten: who knows what they held?"""
    written = Written(tmp_path, ended=False, many=4)
    assert written.wal is not None
    frames = range(salvage.WAL_HEADER, len(written.wal), salvage.FRAME)
    commits = [place for place in frames if any(written.wal[place + 4 : place + 8])]
    before_last, last = commits[-3] + salvage.FRAME, commits[-2] + salvage.FRAME
    log = bytearray(written.wal)
    log[before_last + 16] ^= 1
    log[last:] = bytes(len(log) - last)
    said = written.hurt(tmp_path / "hurt", written.database, bytes(log))
    assert [row.n for row in said if isinstance(row, Row)] == [1, 2, 3]
    assert [row.reason for row in said if isinstance(row, Damaged)] == ["rest"]
