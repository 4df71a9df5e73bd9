"""Many clients at a rate, what they were told, and how long it took."""

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pharmacovigilance.management.real_cases import Case
from pharmacovigilance.management.senders import Answer, NoAnswer, Sender

PAUSE_SECONDS = 0.2


class Ledger:
    """One line `id key status` for each acknowledgement, on the disk before the next case."""

    def __init__(self, path: Path | None) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._file = None if path is None else os.open(path, flags, 0o600)

    def write(self, answer: Answer, key: str) -> None:
        """Write one line and force it out."""
        if self._file is not None:
            os.write(self._file, f"{answer.id} {key} {answer.status}\n".encode())
            os.fsync(self._file)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What came of the cases; seconds are those of the acknowledged ones."""

    statuses: dict[str, int] = field(default_factory=dict)
    refused: list[dict[str, Any]] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    done: int = 0

    def answer(self, elapsed: float) -> dict[str, Any]:
        """Return the totals under the names that scripts rely on."""
        recorded, spooled = self.statuses.get("recorded", 0), self.statuses.get("spooled", 0)
        return {
            "accepted": recorded + spooled,
            "recorded": recorded,
            "spooled": spooled,
            "refused": sorted(self.refused, key=lambda one: one["case"]),
            "unanswered": sorted(self.unanswered),
            "seconds": round(elapsed, 3),
            "p50_ms": self._milliseconds(0.5),
            "p99_ms": self._milliseconds(0.99),
        }

    def _milliseconds(self, share: float) -> float | None:
        """Return the duration below which that share of the acknowledgements stayed."""
        ordered = sorted(self.seconds)
        if not ordered:
            return None
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 1)


class Load:
    """Sends cases from several threads, at a rate or flat out.

    A case without an answer is sent again under the same key until `patience` seconds are over.
    """

    def __init__(
        self, cases: Iterable[Case], *, key: Callable[[Case], str], rate: float, patience: float
    ) -> None:
        self._cases = iter(enumerate(cases))
        self._key = key
        self._rate = rate
        self._patience = patience
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.tally = Tally()

    def run(
        self,
        senders: Iterable[Callable[[], Sender]],
        ledger: Ledger,
        watch: Callable[[int], None],
    ) -> float:
        """Send everything; return the seconds it took. Ctrl-C stops after the cases under way."""
        started = time.perf_counter()
        threads = [
            threading.Thread(target=self._work, args=(sender, ledger, started))
            for sender in senders
        ]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads):
                threads[0].join(PAUSE_SECONDS)
                for thread in threads:
                    thread.join(0.01)
                watch(self.tally.done)
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()
        return time.perf_counter() - started

    def _work(self, make: Callable[[], Sender], ledger: Ledger, started: float) -> None:
        sender = make()
        try:
            for place, case in self._next():
                if self._rate:
                    self._stop.wait(max(0.0, started + place / self._rate - time.perf_counter()))
                self._one(sender, case, ledger)
        finally:
            sender.close()

    def _next(self) -> Iterator[tuple[int, Case]]:
        while not self._stop.is_set():
            with self._lock:
                found = next(self._cases, None)
            if found is None:
                return
            yield found

    def _one(self, sender: Sender, case: Case, ledger: Ledger) -> None:
        if case.report is None:
            errors = [{"pointer": "", "code": case.unreadable}]
            return self._note(refused={"case": case.id, "line": case.line, "errors": errors})
        key = self._key(case)
        began = time.perf_counter()
        answer = self._insist(sender, case.report, key, began)
        if answer is None:
            return self._note(unanswered=case.id)
        if answer.status == "refused":
            errors = list(answer.errors)
            return self._note(refused={"case": case.id, "line": case.line, "errors": errors})
        elapsed = time.perf_counter() - began
        with self._lock:
            ledger.write(answer, key)
        return self._note(status=answer.status, seconds=elapsed)

    def _insist(
        self, sender: Sender, report: dict[str, Any], key: str, began: float
    ) -> Answer | None:
        while not self._stop.is_set():
            try:
                return sender.send(report, key)
            except NoAnswer:
                if time.perf_counter() - began > self._patience:
                    break
                self._stop.wait(PAUSE_SECONDS)
        return None

    def _note(
        self,
        *,
        status: str | None = None,
        seconds: float | None = None,
        refused: dict[str, Any] | None = None,
        unanswered: str | None = None,
    ) -> None:
        with self._lock:
            tally = self.tally
            tally.done += 1
            if status is not None:
                tally.statuses[status] = tally.statuses.get(status, 0) + 1
            if seconds is not None:
                tally.seconds.append(seconds)
            if refused is not None:
                tally.refused.append(refused)
            if unanswered is not None:
                tally.unanswered.append(unanswered)


def repeated(found: list[Case], count: int) -> Iterator[Case]:
    """Yield `count` cases, the list again and again; a later round has identifiers of its own."""
    for place in itertools.islice(itertools.count(), count if found else 0):
        case, turn = found[place % len(found)], place // len(found)
        if turn == 0:
            yield case
        else:
            again = f"{case.id}-{turn + 1}"
            yield Case(id=again, line=case.line, report=case.report, unreadable=case.unreadable)
