"""Declaring over HTTP on a running stack: how many a second, and how soon reviewers see them."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import psycopg

from config.local import ports, processes
from tests.benchmarks.crew import beside, work_for
from tests.benchmarks.figures import Figure, Round, Target, quantile
from tests.benchmarks.lab import ROOT, Lab
from tests.benchmarks.options import Options
from tests.benchmarks.progress import Progress
from tests.benchmarks.streams import _report
from tests.benchmarks.wire import Wire
from tests.stack.running import Stack

CLIENTS = 8
RATE = 50
LOOK_SECONDS = 0.02
PATIENCE = 60.0
POOL = 64
SLICES = 4
PATH = "/api/v1/declarations"
BARE_TABLE = """
    CREATE TABLE bench_bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body json);
    GRANT INSERT ON bench_bare TO vigilance_app
"""
# What came in lately: the list is looked at as it grows.
LOOK = "SELECT stream FROM read.worklist WHERE received_at > now() - interval '20 seconds'"
BEHIND = """
    SELECT (SELECT count(*) FROM events_pending) + (SELECT max(position) FROM events_position)
        - (SELECT min(position) FROM read.events_checkpoint)
"""


def measure(lab: Lab, options: Options) -> Iterator[Figure]:
    """Yield how soon a declaration is seen, and how fast declarations are taken."""
    progress = Progress("intake", 2 * options.rounds + 1)
    progress.step("starting a stack of its own")
    with _stack(lab.folder / "intake") as stack, _bare_web(stack) as (bare_port, bare_group):
        token = _token(stack)
        # A web worker's first request loads every page: that is a start, not a declaration.
        _declare_steadily(stack.port, token, RATE)
        seen, posted = [], []
        for turn in range(options.rounds):
            progress.step(f"round {turn + 1}: {RATE} declarations a second until they are seen")
            seen.append(_visible(stack, token, 2 * options.seconds))
        for turn in range(options.rounds):
            progress.step(f"round {turn + 1}: {CLIENTS} clients declare, beside a bare view")
            posted += _posts(stack, token, options.seconds, bare_port, bare_group)
    yield Figure(
        name="intake.visible",
        unit="ms",
        rounds=seen,
        targets=[
            Target(what="ours", value=1000, at_most=True),
            Target(what="lost", value=0, at_most=True, every_round=True),
        ],
    )
    yield Figure(
        name="intake.post",
        unit="requests/s",
        rounds=posted,
        targets=[Target(what="ratio_floor", value=0.5)],
    )


@contextlib.contextmanager
def _stack(folder: Path) -> Iterator[Stack]:
    stack = Stack(folder)
    try:
        stack.start()
        with psycopg.connect(_dsn(stack, "DATABASE_OWNER_URL")) as connection:
            connection.execute(BARE_TABLE)
            durable = connection.execute("SHOW fsync").fetchone()
        if durable != ("on",):
            raise AssertionError("the stack's PostgreSQL runs without fsync")
        yield stack
    finally:
        stack.end()


@contextlib.contextmanager
def _bare_web(
    stack: Stack, settings: str = "tests.benchmarks.declaring_settings"
) -> Iterator[tuple[int, int]]:
    """Serve the bare view as the stack serves its intake: same command, same environment.

    Other `settings` serve something else in the same way.

    Without the front, connections are kept: that is part of what a request costs here.

    Yields the port and the process group.
    """
    web = Path("/proc") / str(stack.pids()["intake"])
    command = (web / "cmdline").read_text().rstrip("\0").split("\0")
    pairs = (pair.partition("=") for pair in (web / "environ").read_text().split("\0") if pair)
    told = {name: value for name, _, value in pairs}
    port = ports.choose()
    command[command.index("--bind") + 1] = f"127.0.0.1:{port}"
    for flag in ("--worker-connections", "--keep-alive"):
        place = command.index(flag)
        del command[place : place + 2]
    with stack.log.open("ab") as log:
        server = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            env={**told, "DJANGO_SETTINGS_MODULE": settings},
            preexec_fn=processes.dies_with_parent(signal.SIGTERM),
        )  # fmt: skip
    try:
        if not processes.wait_until(lambda: not ports.is_free(port), PATIENCE):
            raise RuntimeError(f"{settings} does not answer\n{stack.said()}")
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(20)


def _token(stack: Stack) -> str:
    told = stack.manage("api_token", "dr.martin", "--scope", "declarations:write", "--json")
    return str(json.loads(told.stdout)["token"])


def _dsn(stack: Stack, name: str) -> str:
    return str(json.loads((stack.folder / "stack.json").read_text())[name])


def _bodies() -> Sequence[bytes]:
    """Return invented declarations as they are posted: one to three medicines, a kilobyte each."""
    from events.shape import to_json

    chance = Random(20260302)
    return [json.dumps(to_json(_report(chance)), ensure_ascii=False).encode() for _ in range(POOL)]


def _visible(stack: Stack, token: str, seconds: float) -> Round:
    """Declare at a steady rate and look at the worklist's rows every 20 ms.

    A declaration's time runs from when its request was due to the answer of the query that found
    its row: a late start, and up to one look, count against us.
    """
    _settle(stack)
    dsn = _dsn(stack, "DATABASE_URL")
    with beside(partial(_watch, dsn)) as end:
        said = _declare_steadily(stack.port, token, int(RATE * seconds))
        _settle(stack)
        time.sleep(5 * LOOK_SECONDS)
        ((rows, looks),) = end()
    waits = [rows[stream] - due for stream, due, _ in said if stream in rows]
    after = [rows[stream] - answered for stream, _, answered in said if stream in rows]
    answers = [answered - due for _, due, answered in said]
    return Round(
        ours=quantile(waits, 0.99) * 1000,
        notes={
            "p50_ms": quantile(waits, 0.5) * 1000,
            "worst_ms": max(waits) * 1000,
            "after_201_p50_ms": quantile(after, 0.5) * 1000,
            "after_201_p99_ms": quantile(after, 0.99) * 1000,
            "answer_p99_ms": quantile(answers, 0.99) * 1000,
            "declared_per_second": len(said) / (max(one[2] for one in said) - said[0][1]),
            "looks_per_second": looks,
            "lost": len(said) - len(waits),
        },
    )


def _watch(dsn: str, ending: Any) -> tuple[dict[str, float], float]:
    """Return when each row was first seen, and how often a second the list was looked at."""
    found: dict[str, float] = {}
    looks, began = 0, time.monotonic()
    with psycopg.connect(dsn, autocommit=True) as connection:
        while not ending.wait(LOOK_SECONDS):
            rows = connection.execute(LOOK).fetchall()
            now = time.monotonic()
            looks += 1
            for (stream,) in rows:
                found.setdefault(stream, now)
    return found, looks / (time.monotonic() - began)


def _declare_steadily(port: int, token: str, count: int) -> list[tuple[str, float, float]]:
    """Send `count` declarations, each at its own moment; return (stream, due, answered) of each."""
    bodies = _bodies()
    said: list[tuple[str, float, float]] = []
    failed: list[BaseException] = []
    beginning = time.monotonic() + 0.2

    def send(first: int) -> None:
        wire = Wire(port, PATH, token)
        try:
            for place in range(first, count, CLIENTS):
                due = beginning + place / RATE
                time.sleep(max(0.0, due - time.monotonic()))
                done = wire.post(bodies[place % POOL], str(uuid4()))
                said.append((f"declaration-{done['id']}", due, time.monotonic()))
        except BaseException as failure:  # noqa: BLE001  told by the thread that waits
            failed.append(failure)

    crew = [threading.Thread(target=send, args=(first,), daemon=True) for first in range(CLIENTS)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    if failed:
        raise failed[0]
    return sorted(said, key=lambda one: one[1])


def _posts(
    stack: Stack, token: str, seconds: float, bare_port: int, bare_group: int
) -> Iterator[Round]:
    """Yield short rounds, now one first and now the other: a busy machine is busy for both.

    The notes say what a request costs the processors, whatever else runs on the machine.
    """
    bodies, pids = _bodies(), stack.pids()
    ours = partial(_declarer, stack.port, PATH, token, bodies)
    floor = partial(_declarer, bare_port, "/bare", token, bodies)
    crews = [("", (pids["front"], pids["intake"]), ours), ("floor_", (bare_group,), floor)]
    for turn in range(SLICES):
        rates, notes = dict[str, float](), dict[str, float]()
        for name, web, crew in crews if turn % 2 == 0 else reversed(crews):
            _settle(stack)
            before = _used(*web), _used(pids["worker"])
            work = work_for(seconds / 2, CLIENTS, crew)
            rates[name] = work.per_second
            notes |= {f"{name}p50_ms": work.p50_ms, f"{name}p99_ms": work.p99_ms}
            notes[f"{name}web_cpu_ms"] = (_used(*web) - before[0]) / work.calls * 1000
            notes[f"{name}worker_cpu_ms"] = (_used(pids["worker"]) - before[1]) / work.calls * 1000
        yield Round(ours=rates[""], floor=rates["floor_"], notes=notes)


def _used(*groups: int) -> float:
    """Return the processor seconds that process groups have used so far."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parts = path.read_text().rpartition(")")[2].split()
            ticks += int(parts[11]) + int(parts[12]) if int(parts[2]) in groups else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def _declarer(port: int, path: str, token: str, bodies: Sequence[bytes]) -> Callable[[], Any]:
    wire = Wire(port, path, token)
    chance = Random(os.getpid())
    return lambda: wire.recorded(chance.choice(bodies), str(uuid4()))


def _settle(stack: Stack) -> None:
    """Wait until the worker has read everything: nobody pays for what came before."""
    with psycopg.connect(_dsn(stack, "DATABASE_OWNER_URL"), autocommit=True) as connection:

        def caught_up() -> bool:
            return connection.execute(BEHIND).fetchone() == (0,)

        if not processes.wait_until(caught_up, PATIENCE, pause=0.02):
            raise AssertionError(f"the worker does not keep up\n{stack.said()}")
