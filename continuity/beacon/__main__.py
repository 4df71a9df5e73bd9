"""Run the beacon: `python -m continuity.beacon --folder DIR --port 8001 --web 127.0.0.1:8000`."""

import argparse
import signal
import socket
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from continuity.beacon import page, probes, server
from continuity.beacon.backlog import Backlog
from continuity.beacon.clock import now
from continuity.beacon.heads import Heads
from continuity.beacon.journal import Journal
from continuity.beacon.watch import (
    SILENT,
    STARTING,
    VERIFIED,
    Entry,
    Kind,
    Picture,
    Watch,
    evolve,
)

PERIOD = 10.0


class Beacon:
    """Looks at every service again and again, writes down what changed, and tells."""

    def __init__(
        self,
        journal: Journal,
        probing: probes.Rounds,
        watch: Watch,
        heads: Heads,
        on_call: Iterable[str] = (),
    ) -> None:
        # A unit of systemd gives an unset variable as an empty word.
        self._on_call = tuple(number for number in on_call if number.strip())
        self._heads = heads
        self._journal = journal
        self._probing = probing
        self._watch = watch
        self._backlog = Backlog()
        self._unwritten: list[Entry] = []
        self._seen = Picture()
        self._last_look: datetime | None = None
        self._spooled: int | None = None

    def begin(self) -> None:
        """Read the journal, and note since when nobody looked and what is looked at from now on."""
        known = self._read()
        last = self._journal.last_seen() or (known[-1].at if known else None)
        data: dict[str, Any] = {"services": self._probing.services}
        if last:
            data["unobserved_since"] = last.isoformat()
        self._write([Entry(kind=Kind.STARTED, at=now(), data=data)])

    def look(self) -> None:
        """Try every service once and write down what that changes."""
        self._heads.look()
        found = self._probing.look()
        at = now()
        self._read()
        self._last_look = at
        self._spooled = found.spooled
        self._write(self._watch.observe(self._seen, found.tries, at))
        self._say_alive(at)
        if found.waiting is None:
            self._backlog.forget()
        else:
            self._backlog.note(at, found.waiting)

    def _read(self) -> list[Entry]:
        """Take what others wrote."""
        found: list[Entry] = []
        try:
            for entry in self._journal.entries():
                found.append(entry)
                self._take([entry])
        except OSError as failure:
            _complain(failure)
        return found

    def _write(self, news: list[Entry]) -> None:
        """Write down what is new, after what could not be written before."""
        owed = [*self._unwritten, *news]
        try:
            written = self._journal.add(owed) if owed else []
        except OSError as failure:
            # A full disk must not take the page away: it is told from memory meanwhile.
            self._unwritten = owed
            _complain(failure)
        else:
            self._unwritten = []
            self._take(written[: len(written) - len(owed)])
        self._take(news)

    def _say_alive(self, at: datetime) -> None:
        try:
            self._journal.alive(at)
        except OSError as failure:
            _complain(failure)

    def told(self) -> page.Told:
        """Return what the page shows."""
        intact = not self._journal.altered
        return page.Told(
            self._seen, self._last_look, self._backlog.estimate(), intact, self._watch.silent,
            spooled=self._spooled, on_call=self._on_call,
        )  # fmt: skip

    def _take(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._seen = evolve(self._seen, entry)


def _complain(failure: OSError) -> None:
    # Its own log may lie on the same full disk.
    with suppress(OSError):
        sys.stderr.write(f"journal: {type(failure).__name__}\n")


def main() -> int:
    """Serve until asked to stop."""
    asked = _parse()
    beacon = Beacon(
        Journal(asked.folder),
        probes.Rounds(
            probes.Addresses(
                web=asked.web, mail=asked.mail, folder=asked.folder, node=socket.gethostname()
            )
        ),
        Watch(
            verified=timedelta(seconds=asked.verified),
            starting=timedelta(seconds=asked.starting),
            silent=timedelta(seconds=asked.silent),
        ),
        Heads(asked.folder / "heads", ["http://{}:{}".format(*asked.web), *asked.peer]),
        asked.on_call,
    )
    ending = threading.Event()
    for sent in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sent, lambda *_: ending.set())
    try:
        pages = server.bound(asked.host, asked.port, beacon.told)
    except OSError as failure:
        sys.exit(f"The beacon cannot listen on port {asked.port}: {failure}")
    beacon.begin()
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    while not ending.is_set():
        beacon.look()
        ending.wait(asked.period)
    pages.shutdown()
    return 0


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def _mail(text: str) -> probes.MailServer | None:
    if not text:
        return None
    url = urlsplit(text)
    if url.scheme not in {"smtp", "smtps"} or not url.hostname or not url.port:
        raise argparse.ArgumentTypeError(f"{text} is not smtp://host:port")
    return probes.MailServer(url.hostname, url.port, url.scheme == "smtps")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m continuity.beacon", description=__doc__)
    parser.add_argument(
        "--folder",
        type=Path,
        required=True,
        help="its journal, and the file `database` with the address to try; DATABASE_URL where"
        " there is none",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--web", type=_address, required=True, help="host:port of the portal")
    parser.add_argument(
        "--peer", action="append", default=[], metavar="URL", help="another node's address"
    )
    parser.add_argument(
        "--mail", type=_mail, help="smtp://host:port or smtps://host:port, where there is one"
    )
    parser.add_argument(
        "--on-call",
        action="append",
        default=[],
        metavar="PHONE",
        help="who answers when all is down",
    )
    parser.add_argument("--period", type=float, default=PERIOD, help="seconds between two looks")
    parser.add_argument(
        "--verified", type=float, default=VERIFIED.total_seconds(),
        help="seconds for which everything must answer before an incident ends",
    )  # fmt: skip
    parser.add_argument(
        "--starting", type=float, default=STARTING.total_seconds(),
        help="seconds that a service has to answer for the first time",
    )  # fmt: skip
    parser.add_argument(
        "--silent", type=float, default=SILENT.total_seconds(),
        help="seconds without a look after which nothing is known any more",
    )  # fmt: skip
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
