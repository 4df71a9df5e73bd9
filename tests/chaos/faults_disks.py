"""Disks are full, slow, read-only, or say that they have failed."""

import resource
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import psycopg

from tests.chaos.field import Field, fault
from tests.chaos.ledger import RECORDED, SPOOLED
from tests.chaos.stack import NotInjectedError, limited, standing_still, traced

ROOM = "a small disk of its own"
SPOOLS = ("spool1", "spool2")
CLEAN = frozenset({503, 507})
NOTHING_KEPT = "the receipt, while nothing can be written anywhere"


@fault(19, "the disk of the database is full", needs=("mount",))
def database_disk_full(field: Field) -> Iterator[None]:
    yield from _full(field, "pg")


@fault(20, "the disk of the server's own log is full: it stops, and recovers when there is room",
       needs=("mount",))  # fmt: skip
def wal_disk_full(field: Field) -> Iterator[None]:
    ground = field.stack.ground
    ground.fill("wal")
    try:
        with suppress(psycopg.Error), field.stack.admin() as connection:
            for _ in range(40):
                connection.execute(
                    "SELECT pg_logical_emit_message(false, 'x', repeat('x', 1000000))"
                )
                connection.execute("SELECT pg_switch_wal()")
        field.hold(2, 3)
    finally:
        ground.free("wal")
    yield


@fault(21, "the first spool's disk is full", needs=("mount",))
def first_spool_full(field: Field) -> Iterator[None]:
    yield from _full(field, "spool1")


@fault(21, "the second spool's disk is full", needs=("mount",))
def second_spool_full(field: Field) -> Iterator[None]:
    yield from _full(field, "spool2")


@fault(22, "both spools' disks are full: the log takes what comes, by itself", needs=("mount",))
def both_spools_full(field: Field) -> Iterator[None]:
    yield from _full(field, "spool1", "spool2")


@fault(22, "both spools' disks are full and the log is away: refused cleanly, no receipt",
       needs=("mount",), takes=NOTHING_KEPT, allows=CLEAN)  # fmt: skip
def nowhere_to_write(field: Field) -> Iterator[None]:
    first = len(field.ledger.answers)
    with standing_still(field.stack.server()):
        ground, began = field.stack.ground, time.time()
        for disk in SPOOLS:
            ground.fill(disk)
        try:
            field.hold(2.5, 3.5)
            ended = time.time()
        finally:
            for disk in SPOOLS:
                ground.free(disk)
    meanwhile = [one for one in field.ledger.answers[first:] if began <= one.began <= ended]
    told = Counter(one.status for one in meanwhile)
    if strange := told.keys() - {RECORDED, SPOOLED, *CLEAN}:
        field.load.surprises.append(f"not refused cleanly: {strange}")
    if not any(told[status] for status in CLEAN):
        raise NotInjectedError(f"nobody was refused: {dict(told)}")
    yield


@fault(
    0, "the disk of everything but spools and database is full: logs, pids, keys", needs=("mount",)
)
def home_disk_full(field: Field) -> Iterator[None]:
    yield from _full(field, "home")


def _full(field: Field, *disks: str) -> Iterator[None]:
    ground = field.stack.ground
    for disk in disks:
        ground.fill(disk)
    try:
        field.hold(2.5, 3.5)
    finally:
        for disk in disks:
            ground.free(disk)
    yield


@fault(21, "the first spool's disk turns read-only, as disks do that fail", needs=("mount",))
def spool_turns_read_only(field: Field) -> Iterator[None]:
    place = field.stack.ground.root / "spool1"
    # Writers hold files open: only a forced one turns read-only under them.
    done = subprocess.run(["mount", "-o", "remount,ro", place], capture_output=True, check=False)
    if done.returncode:
        pids = field.stack.receiving()
        with traced(pids, "pwrite64:error=EROFS", "fdatasync:error=EROFS"):
            field.hold(2, 3)
    else:
        field.hold(2, 3)
        subprocess.run(["mount", "-o", "remount,rw", place], check=True)
    yield


@fault(23, "no file may grow any more where declarations are received (EFBIG)")
def files_may_not_grow(field: Field) -> Iterator[None]:
    with limited(field.stack.receiving(), resource.RLIMIT_FSIZE, 8192):
        field.hold(2, 3)
    yield


@fault(24, "an fsync of the spool fails: never again to that file", needs=("strace",))
def spool_fsync_fails(field: Field) -> Iterator[None]:
    when = field.dice.randint(1, 3)
    with traced(field.stack.receiving(), f"fdatasync:error=EIO:when={when}+5"):
        field.hold(2, 3)
    yield


@fault(24, "every fsync of both spools fails", needs=("strace",))
def every_spool_fsync_fails(field: Field) -> Iterator[None]:
    with traced(field.stack.receiving(), "fdatasync:error=EIO", "fsync:error=EIO"):
        field.hold(2, 3)
    yield


@fault(26, "each fsync of the spool takes a fifth of a second", needs=("strace",))
def spool_slow(field: Field) -> Iterator[None]:
    with traced(field.stack.receiving(), "fdatasync:delay_enter=200000"):
        field.hold(2, 3)
    yield
