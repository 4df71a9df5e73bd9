"""One seed's stage: the stack under load, who remembers, and what has been done to it so far."""

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from config.local import processes
from tests.chaos.ledger import SPOOLED, Ledger
from tests.chaos.load import Load
from tests.chaos.log import Log
from tests.chaos.sink import Sink
from tests.chaos.stack import Attacked, kill, received_by

WROTE = """
    SELECT coalesce(sum((pg_stat_get_backend_wal(pid)).wal_records), 0)
    FROM pg_stat_activity WHERE pid = ANY(%s)
"""
RECENT = 400
OF_CLIENTS = "SELECT pid FROM pg_stat_activity WHERE client_port = ANY(%s)"


@dataclass
class Kill:
    """One kill -9: of whom, while it was doing what, and whether it had done anything before.

    `did` is how many commands it had received, or records of the log it had written, since it
    started: 0 means that the kill does not count. `open` are the tries that were on their way.
    """

    victim: str
    phase: str
    did: int
    open: set[int]
    in_doubt: int = 0

    @property
    def counted(self) -> bool:
        """Return whether the victim had done something that could be lost."""
        return self.did > 0


@dataclass
class Field:
    """What a fault is given: everything that it may break, and dice of its own."""

    stack: Attacked
    load: Load
    ledger: Ledger
    sink: Sink
    seed: int
    kills: list[Kill] = field(default_factory=list)
    planted: set[str] = field(default_factory=set)
    before: set[str] = field(default_factory=set)
    aside: list[str] = field(default_factory=list)
    # Up to which answer the ledger was compared with the log, and up to which it may be.
    checked: int = 0
    accounted: int = 0
    # What an old backup does not hold, and the spool neither: the agency's own questions.
    restored: bool = False
    letters: dict[str, int] = field(default_factory=dict)
    # What the fault itself found, by invariant; an empty list where it asked and all was well.
    found: dict[str, list[str]] = field(default_factory=dict)
    # Seconds within which whoever sends has a receipt.
    within: float = 1.0
    dice: random.Random = field(default_factory=random.Random)

    def hold(self, low: float, high: float) -> None:
        """Let a fault last, up to five seconds."""
        time.sleep(self.dice.uniform(low, min(high, 5.0)))

    def acknowledgements(self) -> int:
        """Return how many answers with a receipt there were so far."""
        return sum(1 for _ in self.ledger.acknowledged())

    def after_some_work(self, more: int = 3, seconds: float = 10) -> None:
        """Wait until some more commands were acknowledged, and then a moment, by the dice."""
        before = len(self.ledger.answers)

        def enough() -> bool:
            return sum(one.acknowledged for one in self.ledger.answers[before:]) >= more

        processes.wait_until(enough, seconds, pause=0.02)
        time.sleep(self.dice.uniform(0, 0.15))

    def backlog(self, more: int = 8, seconds: float = 5) -> None:
        """Wait until some more commands wait in the spool only; the log must be away."""
        before = len(self.ledger.answers)

        def enough() -> bool:
            return sum(one.status == 202 for one in self.ledger.answers[before:]) >= more

        processes.wait_until(enough, seconds, pause=0.05)

    def kill(self, victim: str, pids: list[int], *, did: int | None = None) -> None:
        """Kill -9 and write down whether it counts: it does where the victims had done something."""
        done = did if did is not None else self.done_by(victim, pids)
        flying = self.ledger.in_flight()
        phase = "with requests under way" if flying else "between requests"
        self.kills.append(Kill(victim, phase, done, flying))
        kill(*pids)

    def done_by(self, victim: str, pids: list[int]) -> int:
        """Return how much these processes have received or written since they started."""
        if victim == "drain":
            return self._drained_since(started(pids[0]))
        if victim == "intake":
            return sum(received_by(pid) for pid in pids)
        if victim == "front":
            return sum(1 for one in self.ledger.acknowledged() if one.began > started(pids[0]))
        if victim == "postgres":
            return sum(
                1
                for one in self.ledger.acknowledged()
                if one.status == 201 and one.began > started(pids[0])
            )
        try:
            with self.stack.admin() as connection:
                backends = pids
                if victim != "backend":
                    ends = dict(self.stack.proxy.ends)
                    near = [port for pid in pids for port in local_ports(pid)]
                    ports = [ends.get(port, port) for port in near]
                    backends = [pid for (pid,) in connection.execute(OF_CLIENTS, [ports])]
                row = connection.execute(WROTE, [backends]).fetchone()
        except psycopg.Error:
            return 0
        return int(row[0]) if row else 0

    def _drained_since(self, began: float) -> int:
        """Return how much of what was spooled since then is in the log: nobody else records it."""
        recent = [
            one for one in self.ledger.answers[-RECENT:]
            if one.status == SPOOLED and one.began > began
        ]  # fmt: skip
        with suppress(psycopg.Error), self.stack.admin() as connection:
            log = Log.about(connection, recent)
            return sum(log.accounts_for(one) for one in recent)
        return 0

    def count_doubts(self) -> None:
        """Find, for each kill that counts, how many tries it left in doubt; each try counts once."""
        seen: set[int] = set()
        told = {one.number: one for one in self.ledger.answers}
        for one in self.kills:
            if one.counted:
                mine = one.open - seen
                seen |= mine
                one.in_doubt = sum(n in told and told[n].in_doubt for n in mine)


Inject = Callable[[Field], AbstractContextManager[None]]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One kind of fault of the list; `inject` breaks, holds it for at most five seconds and heals.

    `takes` says that the fault takes away what clients speak to, so that some of them meanwhile get no
    answer, or are told that nothing was kept; everywhere else each one is answered within a second.
    `by_hand` is what a person has to do; empty where the house heals by itself. `after` returns what is
    wrong once it has healed.
    """

    number: int
    name: str
    group: str
    shows: str
    inject: Inject
    takes: str = ""
    by_hand: str = ""
    needs: tuple[str, ...] = ()
    allows: frozenset[int] = frozenset()
    after: Callable[[Field], list[str]] | None = None


FAULTS: dict[str, Fault] = {}


def fault(
    number: int,
    shows: str,
    *,
    takes: str = "",
    by_hand: str = "",
    needs: tuple[str, ...] = (),
    allows: frozenset[int] = frozenset(),
    after: Callable[[Field], list[str]] | None = None,
) -> Callable[[Callable[[Field], Iterator[None]]], Callable[[Field], Iterator[None]]]:
    """Add a generator function to the list: it breaks and holds, yields, and heals."""

    def add(made: Callable[[Field], Iterator[None]]) -> Callable[[Field], Iterator[None]]:
        name = made.__name__.replace("_", "-")
        if name in FAULTS:
            raise ValueError(name)
        FAULTS[name] = Fault(
            number=number,
            name=name,
            group=made.__module__.rpartition("faults_")[2],
            shows=shows,
            inject=contextmanager(made),
            takes=takes,
            by_hand=by_hand,
            needs=needs,
            allows=allows,
            after=after,
        )
        return made

    return add


def started(pid: int) -> float:
    """Return when a process started (seconds since 1970), the end of time when it is gone."""
    try:
        with Path(f"/proc/{pid}/stat").open("rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
    except OSError:
        return float("inf")
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + ticks / 100


def local_ports(pid: int) -> list[int]:
    """Return the near ends of a process's TCP connections."""
    sockets: set[str] = set()
    with suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                name = os.readlink(entry)
                if name.startswith("socket:["):
                    sockets.add(name[8:-1])
    found = []
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        part = line.split()
        if part[9] in sockets:
            found.append(int(part[1].rpartition(":")[2], 16))
    return found
