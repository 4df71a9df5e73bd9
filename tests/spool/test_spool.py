"""What was acknowledged is on a disk, and found again by every process of the node."""

import json
import multiprocessing
import os
import shutil
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest

from config.local.processes import wait_until
from events import clock, heads, open_segment, receipts, segments, writer
from events.entry import EntryDamaged, pack, unpack
from events.keys import published
from events.receipts import ReceiptInvalid
from events.segments import Row, Segment
from events.spool import Spool, SpoolFull, spool
from tests.spool.material import AT, body, header, spool_in

FORK = multiprocessing.get_context("fork")


def entries_of(kept: Spool) -> list:
    return [
        row.entry
        for segment in segments.found(kept.dirs, kept.node)
        for row in segments.read(segment)
        if isinstance(row, Row)
    ]


def in_a_fork(act) -> int:
    child = FORK.Process(target=act)
    child.start()
    child.join(30)
    assert child.exitcode is not None, "it hangs"
    return child.exitcode


def test_what_was_put_is_read_back_with_its_receipt(tmp_path):
    kept, told = spool_in(tmp_path), header()
    entry = kept.put(told, body())
    assert entry.header == told
    receipt = receipts.check_signature(receipts.as_bytes(entry.receipt), published())
    assert (receipt.node, receipt.seq, receipt.id) == ("n1", 1, entry.receipt_id)
    assert (receipt.command_id, receipt.digest) == (told.command_id, told.digest)
    assert (receipt.received_at, receipt.clock_ms, receipt.number) == (AT, 12, told.number)
    assert receipts.parse_id(entry.receipt_id) == ("n1", receipt.segment, 1, told.command_id)
    assert entries_of(kept) == [entry]


def test_a_command_is_found_with_every_entry_of_it_oldest_first(tmp_path):
    kept, command = spool_in(tmp_path), uuid4()
    later = kept.put(header(command_id=command, received_at=AT + timedelta(1)), body())
    kept.put(header(), body())
    first = kept.put(header(command_id=command), body())
    assert kept.find(command) == [first, later]
    assert kept.find(uuid4()) == []
    assert kept.find_receipt(later.receipt_id) == later
    assert kept.find_receipt(later.receipt_id.replace("n1-", "n2-")) is None
    assert kept.find_receipt("nothing") is None


def test_what_is_put_after_a_look_is_found_by_the_next(tmp_path):
    kept = spool_in(tmp_path)
    for _ in range(30):
        entry = kept.put(header(), body())
        assert kept.find(entry.header.command_id) == [entry]


def test_an_entry_whose_receipt_nobody_holds_is_not_found(tmp_path):
    kept = spool_in(tmp_path)
    entry = kept.put(header(), body())
    kept.settle(entry.receipt_id, "refused")
    assert kept.find(entry.header.command_id) == []
    assert kept.find_receipt(entry.receipt_id) == entry
    (segment,) = segments.found(kept.dirs)
    assert segments.settled(segment) == {entry.receipt_id: "refused"}


def test_receipts_are_chained_and_their_heads_told(tmp_path):
    kept = spool_in(tmp_path)
    with ThreadPoolExecutor(8) as many:
        put = list(many.map(lambda _: kept.put(header(), body()), range(100)))
    in_order = sorted(put, key=lambda entry: receipts.decode(entry.receipt).seq)
    assert [receipts.decode(one.receipt).seq for one in in_order] == list(range(1, 101))
    assert receipts.decode(in_order[0].receipt).previous == bytes(16)
    for before, after in pairwise(in_order):
        assert receipts.decode(after.receipt).previous == receipts.link(before.receipt)
    (head,) = kept.heads()
    assert head[1:] == (100, receipts.link(in_order[-1].receipt).hex())


def test_an_entry_of_another_node_is_kept_once_and_takes_no_place_in_the_chain(tmp_path):
    mine, theirs = spool_in(tmp_path / "1"), spool_in(tmp_path / "2", node="n2")
    theirs_entry = theirs.put(header(received_at=clock.now()), body())
    first = mine.put(header(), body())
    for _ in range(2):
        mine.keep(unpack(pack(*packed(theirs_entry))))
    second = mine.put(header(), body())
    assert entries_of(mine) == [first, theirs_entry, second]
    assert mine.find_receipt(theirs_entry.receipt_id) == theirs_entry
    assert receipts.decode(second.receipt).previous == receipts.link(first.receipt)
    assert mine.heads()[0][1] == 2


def packed(entry) -> tuple:
    return entry.header_bytes, entry.sealed, entry.receipt


def test_a_receipt_of_nobody_or_of_another_submission_is_not_kept(tmp_path):
    kept = spool_in(tmp_path)
    now = clock.now()
    one, other = (kept.put(header(received_at=now), body()) for _ in range(2))
    swapped = segments.Entry(
        header=one.header,
        header_bytes=one.header_bytes,
        sealed=one.sealed,
        receipt=other.receipt,
        receipt_id=other.receipt_id,
    )
    with pytest.raises(EntryDamaged, match="another_receipt"):
        kept.keep(swapped)
    forged = receipts.encode(
        receipts.decode(one.receipt), published()[-1]["key"], lambda _: bytes(64)
    )
    with pytest.raises(ReceiptInvalid, match="bad_signature"):
        kept.keep(unpack(pack(one.header_bytes, one.sealed, forged)))


def test_what_a_service_signed_with_the_key_before_is_kept_all_the_same(tmp_path, settings):
    """A copy that comes back after the key's end is of a declaration that was acknowledged."""
    one = spool_in(tmp_path / "1", node="n2").put(header(), body())
    (signed_by,) = published()
    assert one.header.received_at < clock.now() - timedelta(days=1)
    shutil.copytree(settings.KEYS_DIR, tmp_path / "keys")
    ended = signed_by | {"until": (one.header.received_at - timedelta(hours=1)).isoformat()}
    (tmp_path / "keys" / "published.json").write_text(json.dumps([ended]))
    settings.KEYS_DIR = tmp_path / "keys"
    mine = spool_in(tmp_path / "2")
    mine.keep(one)
    assert mine.find_receipt(one.receipt_id) == one


def test_files_are_their_owners_alone(tmp_path):
    kept = spool_in(tmp_path)
    kept.put(header(), body())
    found = list((tmp_path / "a").rglob("*"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in found if path.is_file()} == {0o600}
    folders = [tmp_path / "a", *(path for path in found if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    assert {path.suffix for path in found if path.is_file()} == {".db", ".db-wal", ".db-shm"}


def test_a_full_or_old_segment_ends_and_becomes_one_file(tmp_path, monkeypatch):
    monkeypatch.setattr(open_segment, "LARGEST", 50_000)
    kept = spool_in(tmp_path)
    put = [kept.put(header(), body(20_000)) for _ in range(7)]
    ended = segments.found(kept.dirs)
    assert [len(list(segments.read(segment))) for segment in ended] == [3, 3, 1]
    assert wait_until(lambda: not any(one.wal.exists() for one in ended[:2]), 10)
    assert entries_of(kept) == put
    assert kept.find(put[0].header.command_id) == [put[0]]
    assert [seq for _, seq, _ in kept.heads()] == [3, 3, 1]


def test_each_process_writes_segments_of_its_own_and_finds_those_of_all(tmp_path):
    kept = spool_in(tmp_path)
    before = kept.put(header(), body())
    command = uuid4()

    def act() -> None:
        put = kept.put(header(command_id=command), body())
        assert kept.find(before.header.command_id) == [before]
        assert kept.find(command) == [put]

    assert in_a_fork(act) == 0
    after = kept.put(header(), body())
    (entry,) = kept.find(command)
    assert {receipts.decode(one.receipt).segment for one in (before, after)} != {
        receipts.decode(entry.receipt).segment
    }
    assert [len(list(segments.read(one))) for one in segments.found(kept.dirs)] == [2, 1]


def test_a_fork_in_the_midst_of_writing_neither_hangs_nor_hurts(tmp_path):
    kept, stop = spool_in(tmp_path), threading.Event()

    def busy() -> list:
        put = []
        while not stop.is_set():
            put.append(kept.put(header(), body(2000)))
        return put

    with ThreadPoolExecutor(4) as many:
        writing = [many.submit(busy) for _ in range(4)]
        try:
            assert [in_a_fork(lambda: kept.put(header(), body())) for _ in range(5)] == [0] * 5
        finally:
            stop.set()
    put = [entry.receipt_id for one in writing for entry in one.result()]
    there = {entry.receipt_id for entry in entries_of(kept)}
    assert set(put) <= there
    assert len(there) == len(put) + 5


def test_the_processes_of_a_node_never_share_a_number(tmp_path):
    kept = spool_in(tmp_path)
    children = [
        FORK.Process(target=lambda: [kept.put(header(), body()) for _ in range(3)])
        for _ in range(6)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join(30)
    assert [child.exitcode for child in children] == [0] * 6
    there = segments.found(kept.dirs)
    assert len({segment.number for segment in there}) == 6
    assert [len(list(segments.read(segment))) for segment in there] == [3] * 6


def test_a_segment_that_was_taken_away_is_not_written_any_more(tmp_path):
    kept = spool_in(tmp_path)
    kept.put(header(), body())
    shutil.rmtree(tmp_path / "a")
    for _ in range(3):
        entry = kept.put(header(), body())
        assert kept.find(entry.header.command_id) == [entry]
    assert len(entries_of(kept)) == 3
    assert [segment.path.parent.parent.name for segment in segments.found(kept.dirs)] == ["a"]


def test_a_folder_in_memory_takes_nothing_unless_it_may(tmp_path, monkeypatch):
    memory = "/dev/shm"
    if not os.access(memory, os.W_OK):
        pytest.skip("no folder in memory here")
    places = [segments.Path(memory) / f"spool-test-{os.getpid()}-{name}" for name in "ab"]
    try:
        with pytest.raises(SpoolFull) as refused:
            Spool("n1", places).put(header(), body())
        assert refused.value.code == "spool_unavailable"
        assert segments.found(places) == []
        assert Spool("n1", places, on_any=True).put(header(), body()).receipt_id
    finally:
        for place in places:
            shutil.rmtree(place, ignore_errors=True)


def test_the_second_directory_takes_over_and_the_first_comes_back(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "REST_SECONDS", 0.1)
    kept = spool_in(tmp_path)
    (tmp_path / "a").write_text("a file is in the way")
    put = [kept.put(header(), body()) for _ in range(3)]
    assert {segment.path.parts[-3] for segment in segments.found(kept.dirs)} == {"b"}
    (tmp_path / "a").unlink()
    assert wait_until(lambda: not kept._writers[0].has_failed, 10)
    put.append(kept.put(header(), body()))
    assert [segment.path.parts[-3] for segment in segments.found(kept.dirs)].count("a") == 1
    assert sorted(entry.receipt_id for entry in entries_of(kept)) == sorted(
        entry.receipt_id for entry in put
    )


def test_without_any_directory_nothing_is_acknowledged(tmp_path):
    kept = spool_in(tmp_path)
    for name in "ab":
        (tmp_path / name).write_text("a file is in the way")
    for _ in range(2):
        with pytest.raises(SpoolFull):
            kept.put(header(), body())
    kept.settle("n1-1-1-" + "0" * 26, "refused")
    assert kept.find(uuid4()) == []


def test_the_processs_spool_is_the_settings(settings, tmp_path):
    assert spool() is spool()
    entry = spool().put(header(), body())
    assert entry.receipt_id.startswith(f"{settings.NODE_NAME}-")
    settings.SPOOL_DIRS = [tmp_path]
    assert spool().find(entry.header.command_id) == []


@pytest.mark.parametrize(
    "wrong", [{"digest": b"short"}, {"number": 1 << 60}, {"received_at": AT.replace(tzinfo=None)}]
)
def test_a_header_that_no_receipt_can_say_is_refused(wrong):
    with pytest.raises(ValueError, match=r"takes|needs"):
        header(**wrong)


def test_a_retired_segment_is_gone_with_all_its_files(tmp_path):
    kept = spool_in(tmp_path)
    entry = kept.put(header(), body())
    (segment,) = segments.found(kept.dirs)
    segments.unlink(segment)
    assert list((tmp_path / "a" / "n1").iterdir()) == []
    assert kept.find(entry.header.command_id) == []
    segments.unlink(segment)


def ended(folder: Path, act) -> list[Segment]:
    """Return what is left of a segment in which `act` wrote, once it has ended, long ago."""
    place = folder / "n1"
    place.mkdir(parents=True)
    made = open_segment.make(place, 7, 1)
    made.begin()
    act(made)
    made.commit()
    made._finish()
    found = segments.found([folder])
    for segment in found:
        os.utime(segment.path, (1, 1))
    return found


def test_a_segment_that_ends_without_anything_is_gone(tmp_path):
    assert ended(tmp_path, lambda _: None) == []


def test_a_segment_that_ends_with_notes_alone_is_whole(tmp_path):
    receipt = "n1-6-1-00000000000000000000000001"
    (segment,) = ended(tmp_path, lambda made: made.note(receipt, "refused"))
    assert list(segments.read(segment)) == []
    assert segments.settled(segment) == {receipt: "refused"}


def test_a_segment_that_somebody_keeps_open_ends_in_one_file_all_the_same(tmp_path):
    made = open_segment.make(tmp_path, 7, 1)
    made.begin()
    made.note("n1-6-1-00000000000000000000000001", "refused")
    made.commit()
    with segments.warm([made.segment]):
        made._finish()
    assert not made.segment.wal.exists() or made.segment.wal.stat().st_size == 0
    assert segments.settled(made.segment) == {"n1-6-1-00000000000000000000000001": "refused"}


def test_notes_outlive_a_segment_that_was_left_after_an_error(tmp_path):
    made = open_segment.make(tmp_path, 7, 1)
    made.begin()
    made.note("n1-6-1-00000000000000000000000001", "refused")
    made.commit()
    made._abandon()
    assert segments.settled(made.segment) == {"n1-6-1-00000000000000000000000001": "refused"}


def test_a_segment_of_which_only_the_file_is_left_is_damaged(tmp_path):
    """Its log, and whatever stood in it, is lost: that is no segment that ended empty."""
    made = open_segment.make(tmp_path, 7, 1)
    content = made.segment.path.read_bytes()
    made._abandon()
    made.segment.path.write_bytes(content)
    os.utime(made.segment.path, (1, 1))
    assert list(segments.read(made.segment)) == [segments.Damaged(1, "rest")]


def test_heads_count_only_what_was_noted_of_rows_that_are_there(tmp_path, settings):
    """An attempt that was given up lies behind the last row: it is not taken from it."""
    settings.NODE_NAME, settings.SPOOL_DIRS = "n1", [tmp_path / "a", tmp_path / "b"]
    kept = spool_in(tmp_path)
    told = [kept.put(header(), body()) for _ in range(3)]
    node, segment, _, _ = receipts.parse_id(told[0].receipt_id)
    kept.settle(told[1].receipt_id, "refused")
    kept.settle(f"{node}-{segment}-4-00000000000000000000000001", "given_up")
    (head,) = heads.told()["heads"]
    assert (head["seq"], head["held"]) == (3, 2)
