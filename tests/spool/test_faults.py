"""Kills, full, failing and hanging disks: nothing that was acknowledged is ever missing."""

import contextlib
import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest

from config.local.processes import dies_with_parent, wait_until
from events import open_segment, receipts, segments, writer
from events.keys import published
from events.open_segment import OpenSegment
from events.segments import Row
from events.spool import Spool, SpoolFull
from tests.spool.material import body, header, spool_in

ROOT = Path(__file__).resolve().parent.parent.parent
KILLS = int(os.environ.get("KILLS", "20"))
# How many fdatasync(2) a new segment takes before its first entry.
OF_THE_MAKING = 11
TRACER = shutil.which("strace")


@pytest.fixture
def disk(tmp_path) -> Iterator[Path]:
    """Return a folder on the disk that TESTS_FOLDER names, or on that of the temporary files."""
    chosen = os.environ.get("TESTS_FOLDER")
    made = Path(tempfile.mkdtemp(prefix="spool-", dir=chosen)) if chosen else tmp_path
    yield made
    if chosen:
        shutil.rmtree(made)


def putting(folder: Path, *arguments: str, under: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
    dirs = f"{folder / 'a'}:{folder / 'b'}"
    return subprocess.Popen(
        [*under, sys.executable, "-m", "tests.spool.putting", *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, "SPOOL_DIRS": dirs, "SPOOL_ON_ANY": "1", "LOG_LEVEL": "CRITICAL"},
        preexec_fn=dies_with_parent(signal.SIGKILL),
    )  # fmt: skip


def told(output: bytes) -> list[str]:
    """Return the receipts that a process printed; a last line cut off was told to nobody."""
    return output.decode().split("\n")[:-1]


def kept(folder: Path) -> dict[str, int]:
    """Return how often each receipt stands in the spools, and by which directory."""
    found: dict[str, int] = {}
    for segment in segments.found([folder / "a", folder / "b"]):
        for row in segments.read(segment):
            if isinstance(row, Row):
                found[row.entry.receipt] = found.get(row.entry.receipt, 0) + 1
    return found


def by_directory(folder: Path) -> dict[str, int]:
    return {
        name: sum(len(list(segments.read(one))) for one in segments.found([folder / name]))
        for name in "ab"
    }


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nothing_acknowledged_is_lost_by_kills(disk):
    random, given = Random(), []
    for _ in range(KILLS):
        child = putting(disk, "--threads", "4")
        # It counts only if it was at work when it died.
        lines = [child.stdout.readline() for _ in range(random.randrange(1, 200))]
        child.kill()
        given += told(b"".join([*lines, child.stdout.read()]))
        child.stdout.close()
        assert child.wait() == -signal.SIGKILL
    assert len(given) >= KILLS
    assert set(given) <= kept(disk).keys()
    for receipt in given[:50]:
        receipts.check_signature(receipts.as_bytes(receipt), published())


def injected(fault: str) -> tuple[str, ...]:
    if TRACER is None:
        pytest.skip("no strace here")
    under = (TRACER, "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e", fault)
    probe = subprocess.run([*under, "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"strace may not trace here: {probe.stderr.strip()}")
    return under


@pytest.mark.slow
@pytest.mark.parametrize("first", [17, 25, 40])
def test_a_failing_fsync_sends_everybody_to_the_other_directory(disk, first):
    """One failure, of each thread's `first` fsync: had anybody tried again, it would have worked.

    The second directory's thread does not come that far.
    """
    under = injected(f"inject=fdatasync:error=EIO:when={first}")
    count = first - OF_THE_MAKING + 3
    child = putting(disk, "--count", str(count), under=under)
    output, _ = child.communicate(timeout=100)
    assert child.returncode == 0
    given = told(output)
    assert len(given) == count
    there = kept(disk)
    assert set(given) <= there.keys()
    rows = by_directory(disk)
    assert rows["a"] >= first - OF_THE_MAKING - 1
    assert 0 < rows["b"] < count
    # What the disk says that it could not write may be there all the same: nobody holds it.
    gone = {
        name for one in segments.found([disk / "a", disk / "b"]) for name in segments.settled(one)
    }
    assert {receipts.decode(one).id for one in there.keys() - set(given)} <= gone
    assert not {receipts.decode(one).id for one in given} & gone


@pytest.mark.slow
def test_no_fsync_works_and_nothing_is_acknowledged(disk):
    under = injected("inject=fdatasync,fsync:error=EIO")
    child = putting(disk, "--threads", "4", "--count", "5", under=under)
    output, _ = child.communicate(timeout=100)
    assert child.returncode == 0
    assert told(output) == ["FULL"] * 20


@contextlib.contextmanager
def tiny(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "spool", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip(f"may not mount here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.slow
def test_a_full_disk_is_left_for_the_other_and_both_full_is_said(tmp_path):
    with tiny(tmp_path / "a", "600k"), tiny(tmp_path / "b", "900k"):
        child = putting(tmp_path, "--threads", "4", "--count", "80", "--size", "6000")
        output, _ = child.communicate(timeout=100)
        assert child.returncode == 0
        given = [one for one in told(output) if one != "FULL"]
        assert "FULL" in told(output)
        assert set(given) <= kept(tmp_path).keys()
        rows = by_directory(tmp_path)
        assert rows["a"] > 10
        assert rows["b"] > 10


@pytest.mark.slow
def test_a_limit_on_a_files_size_is_no_acknowledgement(tmp_path):
    child = putting(
        tmp_path, "--threads", "4", "--count", "60", "--size", "9000", "--largest", "400000"
    )
    output, _ = child.communicate(timeout=100)
    assert child.returncode == 0
    given = [one for one in told(output) if one != "FULL"]
    assert "FULL" in told(output)
    assert set(given) <= kept(tmp_path).keys()
    assert all(by_directory(tmp_path).values())


class Hanging:
    """Makes the commits in one directory wait, as a disk that does not answer."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.answers = threading.Event()
        self.was_asked = threading.Event()
        self._really = OpenSegment.commit

    def commit(self, segment: OpenSegment) -> None:
        if segment.segment.path.parts[-3] == self.name:
            self.was_asked.set()
            assert self.answers.wait(60)
        self._really(segment)


@pytest.fixture
def hanging(monkeypatch) -> Iterator[Hanging]:
    made = Hanging("a")
    monkeypatch.setattr(OpenSegment, "commit", lambda segment: made.commit(segment))  # noqa: PLW0108
    yield made
    made.answers.set()


def test_a_hanging_disk_is_given_up_within_the_deadline(tmp_path, hanging, monkeypatch):
    monkeypatch.setattr(writer, "REST_SECONDS", 0.1)
    one, command = spool_in(tmp_path), uuid4()
    began = time.monotonic()
    entry = one.put(header(command_id=command), body(), deadline=0.3)
    assert 0.3 <= time.monotonic() - began < 2
    began = time.monotonic()
    one.put(header(), body(), deadline=5)
    assert time.monotonic() - began < 2, "it waited for a disk that was given up"
    hanging.answers.set()
    assert wait_until(lambda: not one._writers[0].has_failed, 10)
    # What the disk wrote after all was told to nobody: a repetition gets the receipt she holds.
    assert sum(by_directory(tmp_path).values()) == 3
    assert one.find(command) == [entry]
    assert by_directory(tmp_path)["b"] == 2
    one.put(header(), body())
    assert by_directory(tmp_path)["a"] == 2


def test_a_directory_given_up_before_a_row_had_a_name_writes_it_nowhere(tmp_path, monkeypatch):
    """Nobody could note such a row: it would be recorded though its sender was told otherwise."""
    monkeypatch.setattr(writer, "REST_SECONDS", 0.1)
    really, answers, one, command = (
        OpenSegment.begin,
        threading.Event(),
        spool_in(tmp_path),
        uuid4(),
    )

    def begin(segment: OpenSegment) -> None:
        if segment.segment.path.parts[-3] == "a":
            assert answers.wait(60)
        really(segment)

    monkeypatch.setattr(OpenSegment, "begin", begin)
    entry = one.put(header(command_id=command), body(), deadline=0.2)
    answers.set()
    assert wait_until(lambda: not one._writers[0].has_failed, 10)
    assert one.find(command) == [entry]
    assert by_directory(tmp_path) == {"a": 0, "b": 1}
    one.put(header(), body())
    assert by_directory(tmp_path) == {"a": 1, "b": 1}


def test_a_directory_given_up_while_a_row_is_written_notes_it_or_leaves_it(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "REST_SECONDS", 0.1)
    really, answers, one, command = OpenSegment.add, threading.Event(), spool_in(tmp_path), uuid4()

    def add(segment: OpenSegment, *row) -> None:
        really(segment, *row)
        if segment.segment.path.parts[-3] == "a":
            assert answers.wait(60)

    monkeypatch.setattr(OpenSegment, "add", add)
    entry = one.put(header(command_id=command), body(), deadline=0.2)
    answers.set()
    assert wait_until(lambda: not one._writers[0].has_failed, 10)
    assert by_directory(tmp_path) == {"a": 0, "b": 1}
    (gone,) = {
        name for segment in segments.found([tmp_path / "b"]) for name in segments.settled(segment)
    }
    assert gone != entry.receipt_id
    assert one.find(command) == [entry]


def test_a_segment_that_cannot_be_opened_leaves_nothing_behind(tmp_path, monkeypatch):
    def fails(_folder: Path) -> None:
        raise OSError(errno.EIO, "no such luck")

    monkeypatch.setattr(open_segment, "sync_folder", fails)
    with pytest.raises(SpoolFull):
        spool_in(tmp_path).put(header(), body())
    assert segments.found([tmp_path / "a", tmp_path / "b"]) == []


def test_everybody_who_waits_for_a_hanging_disk_leaves_with_the_first(tmp_path, hanging):
    one, done = spool_in(tmp_path), []
    patient = [
        threading.Thread(target=lambda: done.append(one.put(header(), body(), deadline=30)))
        for _ in range(5)
    ]
    for thread in patient:
        thread.start()
    assert hanging.was_asked.wait(10)
    one.put(header(), body(), deadline=1)
    for thread in patient:
        thread.join(10)
    assert len(done) == 5


def test_two_hanging_disks_are_said_in_time(tmp_path, hanging):
    hanging.name = "a"
    one = Spool("n1", [tmp_path / "x" / "a", tmp_path / "y" / "a"], on_any=True)
    began = time.monotonic()
    with pytest.raises(SpoolFull):
        one.put(header(), body(), deadline=0.2)
    assert time.monotonic() - began < 2


def test_where_both_rest_and_there_is_nowhere_else_to_go_they_are_asked_again(
    tmp_path, monkeypatch
):
    """After a full disk has room again nobody is told for five seconds more that there is none."""
    one, really, is_full = spool_in(tmp_path), OpenSegment.commit, threading.Event()

    def commit(segment: OpenSegment) -> None:
        if is_full.is_set():
            raise OSError(errno.ENOSPC, "no space left")
        really(segment)

    monkeypatch.setattr(OpenSegment, "commit", commit)
    one.put(header(), body())
    is_full.set()
    for _ in range(3):
        with pytest.raises(SpoolFull):
            one.put(header(), body())
    is_full.clear()
    freed = time.monotonic()
    assert wait_until(lambda: _takes(one), 10)
    assert time.monotonic() - freed < writer.REST_SECONDS - 1


def _takes(one: Spool) -> bool:
    try:
        one.put(header(), body())
    except SpoolFull:
        return False
    return True


HANGS_FOR_EVER = """
import django, threading
django.setup()
from events.open_segment import OpenSegment
from events.spool import SpoolFull, spool
from tests.spool.material import body, header
OpenSegment.commit = lambda _: threading.Event().wait()
try:
    spool().put(header(), body(), deadline=0.1)
except SpoolFull:
    print("full", flush=True)
"""


def test_a_process_ends_while_its_disk_hangs(tmp_path):
    """A thread that waits for a disk must not keep its process from being replaced."""
    ended = subprocess.run(
        [sys.executable, "-c", HANGS_FOR_EVER],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "SPOOL_DIRS": f"{tmp_path}/a:{tmp_path}/b", "LOG_LEVEL": "CRITICAL"},
    )  # fmt: skip
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "full\n", "")
