"""What clients speak to is killed, stopped, starved or besieged."""

import random
import resource
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from config.local import processes
from tests.chaos.field import Field, fault
from tests.chaos.load import command_of, give, report
from tests.chaos.stack import (
    NotInjectedError,
    children,
    held_open,
    limited,
    standing_still,
    traced,
)

STORM = 1_000
STORM_AT_ONCE = 200
STORM_TRIES = 20
SLOW_CLIENTS = 40


@fault(1, "a process that receives is killed at any moment", takes="intake")
def intake_worker_killed(field: Field) -> Iterator[None]:
    for _ in range(3):
        field.after_some_work()
        field.kill("intake", [field.dice.choice(field.stack.receiving())])
    yield


@fault(1, "a process that shows pages is killed at any moment")
def web_worker_killed(field: Field) -> Iterator[None]:
    for _ in range(2):
        field.after_some_work()
        field.kill("web", [field.dice.choice(field.stack.workers("web"))])
    yield


@fault(2, "the intake's first process is killed with all that it has under way", takes="intake")
def intake_master_killed(field: Field) -> Iterator[None]:
    field.after_some_work()
    master = field.stack.pid("intake")
    # Its children first: what they did is lost sight of with them.
    workers = children(master)
    field.kill("intake", [*workers, master], did=field.done_by("intake", workers))
    field.hold(0.5, 1)
    yield


@fault(2, "killed at any of its writes to a socket: before or after the commit, in the answer",
       takes="intake", needs=("strace",))  # fmt: skip
def intake_killed_at_a_send(field: Field) -> Iterator[None]:
    _killed_at(field, "sendto", field.dice.randint(1, 30))
    yield


@fault(3, "killed at a write to the spool, before its sender has a receipt", takes="intake",
       needs=("strace",))  # fmt: skip
def intake_killed_at_a_spool_write(field: Field) -> Iterator[None]:
    _killed_at(field, "pwrite64", field.dice.randint(1, 12))
    yield


@fault(3, "killed at the very fsync on which a receipt waits", takes="intake", needs=("strace",))
def intake_killed_at_an_fsync(field: Field) -> Iterator[None]:
    _killed_at(field, "fdatasync", field.dice.randint(1, 3))
    yield


def _killed_at(field: Field, call_name: str, number: int) -> None:
    """Kill a receiving process at its `number`th call of the kernel's from now on."""
    field.after_some_work()
    victim = field.dice.choice(field.stack.receiving())
    did = field.done_by("intake", [victim])
    with traced([victim], f"{call_name}:signal=SIGKILL:when={number}"):
        died = processes.wait_until(lambda: victim not in field.stack.receiving(), 5)
    if not died:
        raise NotInjectedError(f"{call_name} was not called {number} times")
    # The kernel sent the signal; what was under way then is known by what got no receipt.
    field.kill(f"intake at {call_name}", [], did=did)


@fault(0, "what listens for people is killed; whoever connects meanwhile waits", takes="front")
def front_killed(field: Field) -> Iterator[None]:
    for _ in range(2):
        field.after_some_work()
        field.kill("front", [field.stack.pid("front")])
        field.hold(0.3, 0.8)
    yield


@fault(0, "the pages stand still: what clinicians send goes another way")
def web_frozen(field: Field) -> Iterator[None]:
    with standing_still([field.stack.pid("web"), *field.stack.workers("web")]):
        field.hold(3, 4)
    yield


@fault(0, "one of the processes that receive stands still", takes="intake")
def intake_worker_frozen(field: Field) -> Iterator[None]:
    with standing_still([field.dice.choice(field.stack.receiving())]):
        field.hold(2, 3)
    yield


@fault(
    36, "no further file or socket can be opened where declarations are received", takes="intake"
)
def intake_without_descriptors(field: Field) -> Iterator[None]:
    pids = field.stack.receiving()
    most = max(len(held_open(pid)) for pid in pids) + 1
    with limited(pids, resource.RLIMIT_NOFILE, most):
        field.hold(2, 3)
    yield


@fault(54, "a thousand clients at once, after an outage", takes="the queue: some wait longer")
def thundering_retry(field: Field) -> Iterator[None]:
    with standing_still(field.stack.server()):
        field.hold(0.8, 1.2)
    taken = _storm(field)
    if taken < STORM:
        field.load.surprises.append(f"thundering retry: {taken} of {STORM} taken")
    yield


def _storm(field: Field) -> int:
    """Send a thousand declarations at once, each until it is taken; return how many were."""
    person = field.load.people[0]

    def one(_: int) -> bool:
        command = command_of(person, "declare", "declarations", report(random.Random()))
        for _ in range(STORM_TRIES):
            if give(field.load, person, command).acknowledged:
                return True
            time.sleep(0.5)
        field.ledger.given_up(command.key)
        return False

    with ThreadPoolExecutor(STORM_AT_ONCE) as pool:
        return sum(pool.map(one, range(STORM)))


@fault(0, "forty clients that send a byte now and then keep no place of those who send at once")
def slow_clients(field: Field) -> Iterator[None]:
    opened: list[socket.socket] = []
    try:
        for _ in range(SLOW_CLIENTS):
            near = socket.create_connection(("127.0.0.1", field.load.port), timeout=3)
            near.sendall(b"POST /api/v1/declarations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le")
            opened.append(near)
        until = time.monotonic() + 3
        while time.monotonic() < until:
            for near in opened:
                with suppress(OSError):
                    near.sendall(b"n")
            time.sleep(0.5)
    finally:
        for near in opened:
            near.close()
    yield


HOUR = 3600


@fault(34, "the services' clock jumps back two hours and forth again", needs=("cc",),
       allows=frozenset({401}), takes="tokens that were not yet issued")  # fmt: skip
def clock_goes_back(field: Field) -> Iterator[None]:
    yield from _clock(field, -2 * HOUR)


@fault(34, "the services' clock jumps a year ahead: expired tokens are refused", needs=("cc",),
       allows=frozenset({401}), takes="tokens that have expired")  # fmt: skip
def clock_a_year_ahead(field: Field) -> Iterator[None]:
    yield from _clock(field, 365 * 24 * HOUR)


def _clock(field: Field, seconds: int) -> Iterator[None]:
    field.stack.ground.set_clock(seconds)
    try:
        field.hold(2, 3)
    finally:
        field.stack.ground.set_clock(0)
    yield
