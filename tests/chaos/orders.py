"""Every order in which five services can be started: `python -m tests.chaos.orders [--sample N]`.

All is stopped first. The five are the server, the pages (intake and web), worker, beat and drain; the
front, which listens for the pages, stands. Full function: what was received first, maybe while nothing
could be recorded, is in the reviewer's worklist, and another declaration is recorded at once.
"""

import argparse
import itertools
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock
from urllib.parse import urlencode

from config.local import environment, ports, processes, up
from config.local.postgres import Cluster
from config.local.supervisor import Child, Service, Supervisor
from tests.chaos.ground import Ground, Template, ground, template
from tests.chaos.ledger import ACKNOWLEDGED, RECORDED
from tests.chaos.load import call, report
from tests.chaos.table import write
from tests.stack.running import ROOT, Stack

FIVE = ("postgres", "pages", "worker", "beat", "drain")
PAGES = ("intake", "web")
APART_SECONDS = 0.3
OK = 200
CHAOS = ROOT / "chaos.json"
LIMIT_SECONDS = 60.0
_ENVIRONMENT = threading.Lock()


@dataclass(frozen=True)
class Started:
    """How long full function took from the first start; None where it never came."""

    order: tuple[str, ...]
    seconds: float | None


class _Listed(Supervisor):
    """Notes what it is to keep up, and starts nothing."""

    def launch(self, child: Child) -> None:
        """Leave it to whoever asks for an order."""


class Parts:
    """The services of one copied stack, each started and stopped alone, with no supervisor."""

    def __init__(self, place: Ground, made: Template) -> None:
        self.made = made
        self.stack = Stack(place.home, place.environ())
        kept = environment.cluster_file(place.home)
        self.cluster = Cluster(
            data=place.home / "postgres",
            log=place.home / "log" / "postgres.log",
            password=kept["postgres"],
            port=int(kept["port"]),
        )
        self.door = ports.listening("127.0.0.1", self.stack.port)
        self.services = {one.name: one for one in self._services(place.home, kept)}

    def _services(self, home: Path, kept: dict[str, str]) -> list[Service]:
        """Return what `up` would start, as it would; the environment is the whole process's."""
        with _ENVIRONMENT, mock.patch.dict(os.environ, self.stack.env, clear=True):
            site = up.Site(
                port=self.stack.port,
                status_port=self.stack.status_port,
                status_url=f"http://127.0.0.1:{self.stack.status_port}/status",
                door=self.door,
                behind=environment.service_ports(home),
            )
            addresses = environment.dsns(kept, int(kept["port"]))
            listed = _Listed(home)
            up._front(listed, home, site)
            return [
                *listed.services,
                *up._of_pages(addresses, home, site.behind),
                *up._behind_the_pages(addresses, home),
            ]

    def start(self, name: str) -> None:
        """Start one of them; it must live with what is not there yet."""
        if name == "postgres":
            self.cluster.launch()
            return
        for service in PAGES if name == "pages" else (name,):
            self.services[service].launch()

    def keep_up(self) -> None:
        """Start again what has ended, as the supervisor does."""
        for service in self.services.values():
            if service.ended():
                service.launch()
        if self.cluster.process is not None and self.cluster.process.poll() is not None:
            self.cluster.launch()

    def stop(self) -> None:
        """Stop all five; what receives connections stands."""
        for name, service in self.services.items():
            if service.process is not None and name != "front":
                processes.send_group(service.process.pid, signal.SIGKILL)
                service.process.wait()
                service.process = None
        self.cluster.stop(grace=3)

    def end(self) -> None:
        """Stop everything."""
        self.stop()
        front = self.services["front"].process
        if front is not None:
            processes.end_group(front, signal.SIGKILL, 1)
        self.door.close()

    def given(self, key: str) -> tuple[int, str]:
        """Declare; return the status and the declaration's id."""
        token, body = self.made.declarants[0].token, report(random.Random(key))
        status, told = call(self.stack.port, token, "/api/v1/declarations", body, key)
        return status, told.get("id", "")

    def lists(self, identifier: str) -> bool:
        """Say whether a reviewer sees a declaration, on whichever page of the list."""
        token, path = self.made.reviewer.token, "/api/v1/worklist"
        while path:
            status, listed = call(self.stack.port, token, path, None, "")
            if status != OK:
                return False
            if identifier in json.dumps(listed["results"]):
                return True
            following = listed["next_cursor"]
            path = f"/api/v1/worklist?{urlencode({'cursor': following})}" if following else ""
        return False


@contextmanager
def parts(made: Template) -> Iterator[Parts]:
    """Yield the parts of one copy, its front listening."""
    with ground(made) as place:
        found = Parts(place, made)
        try:
            found.start("front")
            yield found
        finally:
            found.end()


def one(found: Parts, order: Sequence[str]) -> Started:
    """Start the five in this order and wait for full function; then stop them."""
    began, key = time.monotonic(), "-".join((*order, str(time.time_ns())))
    for name in order:
        found.start(name)
        time.sleep(APART_SECONDS)

    first = ""

    def works() -> bool:
        nonlocal first
        found.keep_up()
        if not first:
            status, told = found.given(key)
            first = told if status in ACKNOWLEDGED else ""
        return bool(first) and found.given(f"{key} again")[0] == RECORDED and found.lists(first)

    try:
        ok = processes.wait_until(works, LIMIT_SECONDS, pause=0.1)
        return Started(tuple(order), time.monotonic() - began if ok else None)
    finally:
        found.stop()


def run(made: Template, orders: Sequence[Sequence[str]], side_by_side: int) -> list[Started]:
    """Try these orders on so many stacks at a time."""
    shares = [orders[n::side_by_side] for n in range(side_by_side)]

    def share(mine: Sequence[Sequence[str]]) -> list[Started]:
        with parts(made) as found:
            done = []
            for order in mine:
                done.append(one(found, order))
                print(done[-1], file=sys.stderr, flush=True)
            return done

    with ThreadPoolExecutor(side_by_side) as pool:
        return [done for told in pool.map(share, shares) for done in told]


def main() -> int:
    """Try every order, or a sample; print median and worst; 1 where one took too long."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.orders", description=__doc__)
    parser.add_argument("--sample", type=int, help="so many orders, by the dice of --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--side-by-side", type=int, default=2, help="stacks at a time (2)")
    asked = parser.parse_args()
    orders = list(itertools.permutations(FIVE))
    if asked.sample:
        orders = random.Random(asked.seed).sample(orders, asked.sample)
    with template() as made:
        told = run(made, orders, asked.side_by_side)
    result = as_json(told)
    _keep(result)
    print(
        f"{result['count']} start orders of {len(FIVE)} services: full function in"
        f" {result['median']} s (median), {result['worst']} s (worst);"
        f" never within {LIMIT_SECONDS:g} s: {result['never'] or 'none'}"
    )
    return int(not result["ok"])


def as_json(told: Sequence[Started]) -> dict[str, Any]:
    """Return what chaos.json says of the orders; one that took longer than the limit never worked."""
    seconds = sorted(one.seconds for one in told if one.seconds is not None)
    never = [one.order for one in told if one.seconds is None or one.seconds > LIMIT_SECONDS]
    return {
        "count": len(told),
        "median": round(median(seconds), 1) if seconds else None,
        "worst": round(seconds[-1], 1) if seconds else None,
        "never": [" ".join(order) for order in never],
        "ok": bool(told) and not never,
    }


def _keep(result: dict[str, Any]) -> None:
    """Write it beside what the seeds have shown."""
    told: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        told = json.loads(CHAOS.read_text())
    write(told | {"orders": result}, CHAOS)


if __name__ == "__main__":
    sys.exit(main())
