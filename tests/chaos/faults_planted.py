"""What no service heals by itself, because a person has to know: planted corruption, lost keys.

Each of these finds out first that the house says so, then does what the documents tell a person to
do (`by_hand`), and the invariants follow.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from config.local import processes
from config.local.postgres import wheel_binaries
from tests.chaos.field import Field, fault
from tests.chaos.log import Log
from tests.chaos.stack import NotInjectedError, children, kill, rows_of, standing_still

POISON = """
import json, uuid
from events import store
store.append([store.StreamWrite(stream="declaration-{id}", expected_version=0, events=[
    store.NewEvent(type="{type}", schema_version={schema}, payload=json.dumps({payload}),
                   occurred_at=__import__("datetime").datetime.now(__import__("datetime").UTC),
                   received_at=__import__("datetime").datetime.now(__import__("datetime").UTC))])],
    store.Command(id=uuid.uuid4(), digest=bytes(32), metadata=json.dumps(
        {{"actor": {{"id": "nobody", "role": "system"}}}})))
"""


def _is_parked(field: Field) -> list[str]:
    def parked() -> set[str]:
        with suppress(psycopg.Error), field.stack.admin() as connection:
            rows = connection.execute("SELECT DISTINCT stream FROM read.events_parked")
            return {stream for (stream,) in rows}
        return set()

    told = processes.wait_until(lambda: field.planted <= parked(), 15, pause=0.3)
    return [] if told else [f"not parked: {len(field.planted - parked())}"]


@fault(44, "an event that no projection can read: parked and listed, the others go on",
       after=_is_parked)  # fmt: skip
def poison_event(field: Field) -> Iterator[None]:
    _append(field, "pharmacovigilance.adverse_event_declared", 1, {"nothing": "as expected"})
    yield


@fault(45, "an event of a version from the future: parked and listed, not dropped",
       after=_is_parked)  # fmt: skip
def event_from_the_future(field: Field) -> Iterator[None]:
    _append(field, "pharmacovigilance.adverse_event_declared", 99, {})
    yield


def _append(field: Field, kind: str, schema: int, payload: dict[str, str]) -> None:
    """Write it as defective software with the application's rights would."""
    identifier = str(UUID(int=field.dice.getrandbits(128), version=4))
    told = POISON.format(id=identifier, type=kind, schema=schema, payload=payload)
    field.stack.manage("shell", "--verbosity", "0", "-c", told)
    field.planted.add(f"declaration-{identifier}")


@fault(46, "a read model is emptied while it is written: found by --verify",
       by_hand="replay --rebuild of that projection")  # fmt: skip
def read_model_emptied(field: Field) -> Iterator[None]:
    with field.stack.admin() as connection:
        connection.execute("DELETE FROM read.worklist")
    code, told = field.stack.asked("replay", "--verify")
    if code == 0:
        field.load.surprises.append(f"an emptied read model is not told of: {told}")
    for one in told.get("projections", []):
        if one.get("differences"):
            field.stack.asked("replay", "--rebuild", "--projection", one["name"])
    yield


@fault(46, "a projection forgets how far it was: it looks at everything again")
def projection_forgets(field: Field) -> Iterator[None]:
    with field.stack.admin() as connection:
        connection.execute(
            "UPDATE read.events_checkpoint SET position = 0 WHERE projection ="
            " (SELECT projection FROM read.events_checkpoint ORDER BY random() LIMIT 1)"
        )
    field.hold(1, 2)
    yield


@fault(28, "an event is changed by the superuser: verify names it", by_hand="put back")
def event_changed(field: Field) -> Iterator[None]:
    with field.stack.admin() as connection:
        row = connection.execute(
            "SELECT event.id, event.payload::text, event.stream FROM events_event AS event"
            " JOIN events_position AS position ON position.event_id = event.id"
            " WHERE position.position <= (SELECT max(last_position) FROM events_block)"
            " ORDER BY random() LIMIT 1"
        ).fetchone()
        if row is None:
            raise NotInjectedError("no event is under a block yet")
        identifier, payload, stream = row
        _rewrite(connection, identifier, payload[:-1] + " }")
    _, told = field.stack.asked("verify")
    named = [name for block in told.get("bad", []) for name in block["streams"]]
    if told.get("ok") is not False or stream not in named:
        field.load.surprises.append(f"verify does not name {stream}: {len(named)} others")
    with field.stack.admin() as connection:
        _rewrite(connection, identifier, payload)
    yield


def _rewrite(connection: psycopg.Connection, identifier: int, payload: str) -> None:
    """Change an event as only a superuser can, who switches the guards off and on again."""
    guards = connection.execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 'events_event'::regclass AND tgenabled = 'A'"
    ).fetchall()
    with connection.transaction():
        connection.execute("ALTER TABLE events_event DISABLE TRIGGER USER")
        connection.execute(
            "UPDATE events_event SET payload = %s::json WHERE id = %s", [payload, identifier]
        )
        connection.execute("ALTER TABLE events_event ENABLE TRIGGER USER")
        for (name,) in guards:
            connection.execute(
                sql.SQL("ALTER TABLE events_event ENABLE ALWAYS TRIGGER {}").format(
                    sql.Identifier(name)
                )
            )


@fault(51, "the checkpoints outside the database are lost: written again",
       by_hand="epoch resume, where the log was halted meanwhile")  # fmt: skip
def checkpoint_lost(field: Field) -> Iterator[None]:
    for path in (field.stack.folder / "checkpoints").glob("latest*"):
        path.unlink()
    field.hold(3, 5)
    code, _ = field.stack.asked("epoch")
    if code:
        field.stack.asked("epoch", "resume", "--reason", "checkpoints lost, the harness")
    yield


@fault(53, "the key to the spool is not there when the drain starts: nothing is lost meanwhile",
       by_hand="the key's file is put back, and drain and workers are started again")  # fmt: skip
def spool_key_lost(field: Field) -> Iterator[None]:
    yield from _without(field, "spool-x25519")


@fault(53, "the key that wraps all others is not there when services start",
       by_hand="the key's file is put back", takes="the intake, which needs it to be started")  # fmt: skip
def wrapping_key_lost(field: Field) -> Iterator[None]:
    yield from _without(field, "kek")


def _without(field: Field, name: str) -> Iterator[None]:
    kept = field.stack.folder / "keys" / name
    away = kept.with_name(f".{name}.away")
    kept.rename(away)
    with standing_still(field.stack.server()):
        field.backlog(4, 2)
    try:
        _started_again(field)
        field.hold(1.5, 2.5)
    finally:
        away.rename(kept)
    _started_again(field)
    yield


def _started_again(field: Field) -> None:
    """Let everything that opens what is sealed be started by its supervisor, as a person would."""
    for service in ("drain", "worker", "slow_worker"):
        with suppress(KeyError):
            pid = field.stack.pid(service)
            field.kill(service, [*children(pid), pid], did=0)


@fault(29, "a segment of the spool is cut short with rows in it that wait: told of, the others drain",
       takes="intake", by_hand="the segment is put back from a copy")  # fmt: skip
def segment_cut_short(field: Field) -> Iterator[None]:
    yield from _damaged(field, cut=True)


@fault(29, "a segment of the spool is garbled: its bad rows are told of, the others drain",
       takes="intake", by_hand="the segment is put back from a copy")  # fmt: skip
def segment_garbled(field: Field) -> Iterator[None]:
    yield from _damaged(field, cut=False)


def _damaged(field: Field, *, cut: bool) -> Iterator[None]:
    already = _damage(field)
    with standing_still(field.stack.server()):
        before = _rows(field)
        field.backlog(8)
        # What has grown since the log is away has rows in it that wait.
        grown = {path: rows - before.get(path, 0) for path, rows in _rows(field).items()}
        # Nobody writes to the segment of a process that is no more.
        field.kill("intake", field.stack.receiving())
        time.sleep(0.3)
        hurt = _segment_of(max(grown, key=lambda path: grown[path], default=None))
        if not hurt or not max(grown.values()):
            raise NotInjectedError("no segment has rows that wait")
        copies = {path: path.with_name(f"kept-{path.name}") for path in hurt}
        for path, copy in copies.items():
            shutil.copy2(path, copy)
        for path in hurt:
            _cut(path) if cut else _garble(field, path)
        waiting = list(field.ledger.acknowledged(field.checked))

    lacking = len(waiting)

    def accounted() -> bool:
        nonlocal lacking
        with suppress(psycopg.Error), field.stack.admin() as connection:
            log = Log.about(connection, waiting)
            lacking = sum(not log.accounts_for(one) for one in waiting)
            return not lacking
        return False

    def damaged() -> bool:
        return _damage(field) > already

    known = processes.wait_until(lambda: damaged() or accounted(), 30, pause=0.3)
    told, left = damaged(), _reports(field)
    for path, copy in copies.items():
        shutil.copy2(copy, path)
        copy.unlink()
    if known and not told:
        raise NotInjectedError("no row that waited was hurt")
    untold = (
        f"{lacking} receipts are missing, and no more is told of as damaged than {already}: {left}"
    )
    field.found["I11"] = [] if known else [untold]
    yield


def _rows(field: Field) -> dict[Path, int]:
    """Return the segments into which is written now, with how many commands each has."""
    found: dict[Path, int] = {}
    for pid in field.stack.receiving():
        found |= rows_of(pid)
    return found


def _segment_of(path: Path | None) -> list[Path]:
    """Return the files of one segment."""
    if path is None:
        return []
    return [one for one in (path, path.with_name(path.name + "-wal")) if one.exists()]


def _cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def _garble(field: Field, path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        for _ in range(12):
            file.seek(field.dice.randrange(size // 8, max(size - 512, size // 8 + 1)))
            file.write(field.dice.randbytes(512))


def _reports(field: Field) -> list[tuple[Any, ...]]:
    """Return what the drain tells of each spool: node, rows that wait, rows that nobody can read."""
    with suppress(psycopg.Error), field.stack.admin() as connection:
        return connection.execute("SELECT node, waiting, damaged FROM events_spool").fetchall()
    return []


def _damage(field: Field) -> int:
    with suppress(psycopg.Error), field.stack.admin() as connection:
        row = connection.execute("SELECT coalesce(sum(damaged), 0) FROM events_spool").fetchone()
        return int(row[0]) if row else 0
    return 0


@fault(49, "everything is replayed three times: no letter leaves twice")
def replayed_three_times(field: Field) -> Iterator[None]:
    for _ in range(3):
        code, told = field.stack.asked("replay", "--rebuild")
        if code not in {0, 3}:
            field.load.surprises.append(f"a rebuild failed: {told}")
    yield


@fault(50, "the server is restored from an old base backup: the spool gives back what it lost",
       by_hand="epoch open, with a reason", takes="the server, while it is restored")  # fmt: skip
def old_backup_restored(field: Field) -> Iterator[None]:
    backup, files = field.stack.ground.root / "backup", field.stack.ground.root / "pg" / "files"
    shutil.rmtree(backup, ignore_errors=True)
    subprocess.run(
        [wheel_binaries() / "pg_basebackup", "-D", backup, "-X", "fetch", "-c", "fast",
         "-d", field.stack.superuser_dsn],
        check=True, capture_output=True,
    )  # fmt: skip
    field.after_some_work(20, 8)
    field.restored = True
    # Whoever receives goes on: only the server is away, and nobody starts it again meanwhile.
    with standing_still([field.stack.pid("supervisor")]):
        kill(*field.stack.server())
        processes.wait_until(lambda: not processes.working_in(files), 10)
        _put(backup, files)
    if not processes.wait_until(lambda: _answers(field), 60, pause=0.3):
        raise NotInjectedError("the restored server does not answer")
    _, told = field.stack.asked("epoch", "open", "--reason", "restored by the harness")
    if not told.get("opened"):
        field.load.surprises.append(f"no epoch was opened: {told}")
    yield


def _answers(field: Field) -> bool:
    with suppress(psycopg.Error), field.stack.admin():
        return True
    return False


def _put(backup: Path, files: Path) -> None:
    """Let the server's files be those of the backup, its own log where it was."""
    wal = (files / "pg_wal").resolve()
    owner = files.stat()
    for place in {files, wal}:
        for path in place.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif not path.is_symlink():
                path.unlink()
    if wal != files / "pg_wal":
        subprocess.run(["cp", "-a", f"{backup}/pg_wal/.", wal], check=True)
        shutil.rmtree(backup / "pg_wal")
    subprocess.run(["cp", "-a", f"{backup}/.", files], check=True)
    shutil.rmtree(backup)
    for place in (files, wal):
        subprocess.run(["chown", "-R", f"{owner.st_uid}:{owner.st_gid}", place], check=True)
