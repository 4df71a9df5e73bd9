"""What the clients remember, outside everything that is attacked: fsynced, line by line."""

import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from events import receipts

RECORDED, SPOOLED = 201, 202
ACKNOWLEDGED = frozenset({RECORDED, SPOOLED})
# Nobody answered, or somebody in between did; all other refusals say that nothing was kept.
UNKNOWN = frozenset({0, 500, 502, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing that a client wants known; its key stays the same at every try."""

    key: str
    verb: str
    path: str
    user: str
    sender: str
    body: dict[str, Any]
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one try was told: status 0 means nobody answered, or the answer never arrived whole.

    `thrown` says that the client behaves as if it had not read it. `began` and `ms` are the
    client's own clocks; the receipt's fields are those that it holds, decoded.
    """

    number: int
    key: str
    status: int
    began: float
    ms: float
    code: str = ""
    thrown: bool = False
    id: str = ""
    receipt: str = ""
    receipt_id: str = ""
    command_id: str = ""
    digest: str = ""
    received_at: str = ""

    @property
    def acknowledged(self) -> bool:
        """Return whether its sender holds a receipt."""
        return self.status in ACKNOWLEDGED

    @property
    def in_doubt(self) -> bool:
        """Return whether its sender cannot know what became of it."""
        return self.status in UNKNOWN or self.code == "in_doubt"


@dataclass
class Ledger:
    """One JSON line for each try before it leaves, and one for what came of it."""

    path: Path
    answers: list[Answer] = field(default_factory=list)
    commands: dict[str, Command] = field(default_factory=dict)
    open: dict[int, tuple[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._file = os.open(self.path, flags, 0o600)
        self._lock = threading.Lock()
        self._tries = 0
        self._settled: set[str] = set()

    def attempt(self, command: Command) -> int:
        """Write down that a try leaves now; return its number."""
        with self._lock:
            self._tries += 1
            number = self._tries
            self.commands[command.key] = command
            self.open[number] = (command.key, time.time())
            self._write({"try": number, "at": time.time(), **asdict(command)})
        return number

    def answered(self, answer: Answer) -> None:
        """Write down what came of a try, before its client acts on it."""
        with self._lock:
            self._write(asdict(answer))
            self.answers.append(answer)
            self.open.pop(answer.number, None)
            if answer.acknowledged and not answer.thrown:
                self._settled.add(answer.key)

    def given_up(self, key: str) -> None:
        """Note that a command was refused: nobody will try it again."""
        with self._lock:
            self._write({"given_up": key})
            self._settled.add(key)

    def unsettled(self, before: int) -> set[str]:
        """Return the keys tried before the try `before` that nobody has acknowledged yet."""
        with self._lock:
            return {key for key in list(self.commands)[:before] if key not in self._settled}

    def acknowledged(self, since: int = 0, until: int | None = None) -> Iterator[Answer]:
        """Yield every answer with a receipt, the `since`th to before the `until`th, thrown away or not."""
        for answer in self.answers[since:until]:
            if answer.acknowledged:
                yield answer

    def in_flight(self) -> set[int]:
        """Return the tries that have left and were not answered yet."""
        with self._lock:
            return set(self.open)

    def close(self) -> None:
        """Let go of the file; it stays."""
        os.close(self._file)

    def _write(self, line: dict[str, Any]) -> None:
        os.write(self._file, json.dumps(line).encode() + b"\n")
        os.fdatasync(self._file)


def answer_of(number: int, key: str, status: int, began: float, body: dict[str, Any]) -> Answer:
    """Return what a client was told, with what the receipt itself says. Raises ReceiptInvalid."""
    told = Answer(
        number=number,
        key=key,
        status=status,
        began=began,
        ms=(time.time() - began) * 1000,
        code=str(body.get("code", "")),
    )
    if status not in ACKNOWLEDGED:
        return told
    receipt = receipts.decode(body["receipt"])
    return Answer(
        **{
            **{name: getattr(told, name) for name in ("number", "key", "status", "began", "ms")},
            "id": body["id"],
            "receipt": body["receipt"],
            "receipt_id": body["receipt_id"],
            "command_id": str(receipt.command_id),
            "digest": receipt.digest.hex(),
            "received_at": receipt.received_at.isoformat(),
        }
    )
