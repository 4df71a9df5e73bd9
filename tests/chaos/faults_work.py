"""What works behind the pages is killed, stopped, doubled; its messages are lost, doubled, forged."""

import json
import pickle
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg

from config.local import processes
from tests.chaos.field import Field, fault
from tests.chaos.stack import NotInjectedError, children, limited, queues, standing_still
from tests.stack.running import ROOT


@fault(4, "a process that projects is killed at any moment")
def worker_child_killed(field: Field) -> Iterator[None]:
    for _ in range(2):
        field.after_some_work()
        victims = field.stack.workers("worker")
        if victims:
            field.kill("worker", [field.dice.choice(victims)])
        field.hold(0.2, 0.8)
    yield


@fault(4, "the worker is killed with its children")
def worker_killed(field: Field) -> Iterator[None]:
    field.after_some_work()
    master = field.stack.pid("worker")
    field.kill("worker", [*children(master), master])
    yield


@fault(
    4, "the worker that sends mail is killed with its children, maybe in the middle of a letter"
)
def slow_worker_killed(field: Field) -> Iterator[None]:
    field.after_some_work()
    master = field.stack.pid("slow_worker")
    field.kill("slow_worker", [*children(master), master])
    yield


@fault(4, "the worker stands still")
def worker_frozen(field: Field) -> Iterator[None]:
    with standing_still([field.stack.pid("worker"), *field.stack.workers("worker")]):
        field.hold(3, 5)
    yield


@fault(5, "the beat is killed, and again")
def beat_killed(field: Field) -> Iterator[None]:
    for _ in range(2):
        field.kill("beat", [field.stack.pid("beat")], did=0)
        field.hold(1, 2)
    yield


@fault(5, "two beats: everything is asked for twice")
def two_beats(field: Field) -> Iterator[None]:
    other = _like(field.stack.pid("beat"))
    field.hold(3.5, 5)
    processes.end_group(other, signal.SIGKILL, 1)
    yield


@fault(5, "a second worker with the same name")
def two_workers(field: Field) -> Iterator[None]:
    other = _like(field.stack.pid("worker"))
    field.hold(4, 5)
    processes.end_group(other, signal.SIGKILL, 1)
    yield


def _like(pid: int) -> subprocess.Popen[bytes]:
    """Start the same program again, told the same."""
    command = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    lines = Path(f"/proc/{pid}/environ").read_bytes().rstrip(b"\0").split(b"\0")
    environ = dict(line.split(b"=", 1) for line in lines)
    return subprocess.Popen(
        command, cwd=ROOT, env=environ, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=processes.dies_with_parent(signal.SIGKILL),
    )  # fmt: skip


@fault(39, "two drainers at once over the same backlog, one of them stopped in the middle")
def two_drainers(field: Field) -> Iterator[None]:
    with standing_still(field.stack.server()):
        field.backlog(12)
    others = [_drainer(field) for _ in range(2)]
    field.hold(1.5, 2.5)
    with standing_still([others[0].pid]):
        field.hold(1, 1.5)
    for one in others:
        with suppress(subprocess.TimeoutExpired):
            one.wait(3)
        one.kill()
        one.wait()
    yield


@fault(40, "the drain is killed over a backlog, again and again")
def drain_killed(field: Field) -> Iterator[None]:
    with standing_still(field.stack.server()):
        field.backlog(12)
    for _ in range(4):
        field.hold(0.5, 1.2)
        field.kill("drain", [field.stack.pid("drain")])
    yield


def _drainer(field: Field) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "drain", "--once", "--json"],
        cwd=ROOT, env=field.stack.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, preexec_fn=processes.dies_with_parent(signal.SIGKILL),
    )  # fmt: skip


@fault(35, "a worker's process gets no more memory")
def worker_without_memory(field: Field) -> Iterator[None]:
    victims = field.stack.workers("worker")
    most = min((_memory(pid) for pid in victims), default=0)
    with limited(victims, resource.RLIMIT_AS, most):
        field.hold(3, 4)
    yield


@fault(35, "the processes that receive get no more memory", takes="whoever needs more of it",
       by_hand="they are killed, as the kernel does when there is none")  # fmt: skip
def intake_without_memory(field: Field) -> Iterator[None]:
    victims = field.stack.receiving()
    most = min((_memory(pid) for pid in victims), default=0)
    with limited(victims, resource.RLIMIT_AS, most):
        field.hold(2, 3)
    # As the kernel would: what has failed to get memory may be in any state.
    field.kill("intake", victims)
    yield


def _memory(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
    return resource.RLIM_INFINITY


@fault(6, "the broker is gone: nobody may connect to it")
def broker_gone(field: Field) -> Iterator[None]:
    with field.stack.admin("postgres") as connection:
        connection.execute("ALTER DATABASE broker ALLOW_CONNECTIONS false")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'broker'"
        )
        try:
            field.hold(3, 5)
        finally:
            connection.execute("ALTER DATABASE broker ALLOW_CONNECTIONS true")
    yield


@fault(6, "the broker has lost its queues with all that was in them")
def broker_queues_dropped(field: Field) -> Iterator[None]:
    with field.stack.admin("broker") as connection:
        for name in queues(connection):
            connection.execute("SELECT pgmq.drop_queue(%s)", [name])
    field.hold(1, 2)
    yield


@fault(9, "every message is thrown away, for a while")
def messages_lost(field: Field) -> Iterator[None]:
    until = time.monotonic() + field.dice.uniform(3, 5)
    with field.stack.admin("broker") as connection:
        while time.monotonic() < until:
            for name in queues(connection):
                connection.execute("SELECT pgmq.purge_queue(%s)", [name])
            time.sleep(0.02)
    yield


@fault(7, "every message comes ten times")
def messages_doubled(field: Field) -> Iterator[None]:
    _copied(field, times=10, order="msg_id", least=1)
    yield


@fault(8, "messages come in another order")
def messages_reordered(field: Field) -> Iterator[None]:
    _copied(field, times=1, order="random()", least=2)
    yield


def _copied(field: Field, *, times: int, order: str, least: int) -> None:
    """Send what lies in the queues again, `times` times, `least` of them at least."""
    sent = 0
    until = time.monotonic() + field.dice.uniform(2, 3)
    with field.stack.admin("broker") as connection:
        while time.monotonic() < until:
            # A queue is empty most of the time: looked at until something lies there.
            before = sent
            for name in queues(connection):
                sent += connection.execute(
                    f"SELECT pgmq.send(%s, message) FROM (SELECT message FROM pgmq.q_{name}"
                    f" ORDER BY {order} LIMIT 3) AS seen, generate_series(1, {times})",
                    [name],
                ).rowcount
            time.sleep(0.5 if sent > before else 0.01)
    if sent < least:
        raise NotInjectedError(f"{sent} messages were there to be sent again")


class _Trap:
    """Unpickled, it would leave a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return Path.touch, (Path(self.path),)  # type: ignore[return-value]


def _nothing_ran(field: Field) -> list[str]:
    trap = field.stack.ground.root / "pickled"
    return ["a forged message was unpickled"] if trap.exists() else []


@fault(10, "forged messages: garbage, a pickle that would run, a task that does not exist",
       after=_nothing_ran)  # fmt: skip
def messages_forged(field: Field) -> Iterator[None]:
    trap = field.stack.ground.root / "pickled"
    forged = pickle.dumps(_Trap(str(trap)), protocol=0).decode("latin-1")
    texts = [
        {"garbage": "\u2603" * 50},
        {"body": "not base64", "headers": {}, "properties": {}, "content-type": "application/json"},
        {"body": forged, "content-type": "application/x-python-serialize",
         "content-encoding": "binary", "headers": {"task": "events.drain", "id": "x"},
         "properties": {"delivery_tag": "t", "delivery_info": {}, "correlation_id": "x"}},
        {"body": "W1tdLCB7fSwge31d", "content-type": "application/json",
         "content-encoding": "utf-8", "headers": {"task": "no.such.task", "id": "y"},
         "properties": {"delivery_tag": "u", "delivery_info": {}, "correlation_id": "y",
                        "body_encoding": "base64"}},
    ]  # fmt: skip
    with field.stack.admin("broker") as connection:
        for name in queues(connection):
            for text in texts:
                connection.execute("SELECT pgmq.send(%s, %s::jsonb)", [name, json.dumps(text)])
    field.hold(3, 5)
    yield


@fault(0, "the page that tells of the state is killed")
def beacon_killed(field: Field) -> Iterator[None]:
    field.kill("beacon", [field.stack.pid("beacon")], did=0)
    field.hold(0.5, 1)
    yield


@fault(0, "the supervisor's own watchdog is killed")
def watchdog_killed(field: Field) -> Iterator[None]:
    named = [
        pid
        for pid in children(field.stack.pids()["supervisor"])
        if b"watchdog" in _command_line(pid)
    ]
    field.kill("watchdog", named, did=0)
    field.hold(0.5, 1)
    yield


def _command_line(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


@fault(42, "everything is killed at once, as by a power cut, and starts again", takes="everything")
def everything_killed(field: Field) -> Iterator[None]:
    field.after_some_work()
    done = field.done_by("intake", field.stack.receiving())
    field.kill("everything", field.stack.everything(), did=done)
    yield from _started_again(field)


@fault(42, "the supervisor is killed: nothing of the stack outlives it", takes="everything")
def supervisor_killed(field: Field) -> Iterator[None]:
    field.after_some_work()
    field.kill("supervisor", [field.stack.pids()["supervisor"]], did=0)
    yield from _started_again(field)


def _started_again(field: Field) -> Iterator[None]:
    """Start the stack as the machine's own start does; not by anybody's hand."""
    assert field.stack.process is not None
    field.stack.process.wait()
    if not processes.wait_until(lambda: not field.stack.alive(), 15):
        field.load.surprises.append("something outlived its supervisor")
        processes.send(field.stack.alive(), signal.SIGKILL)
    with suppress(psycopg.Error):
        field.stack.start(120)
    yield
