"""Clinicians and their software: several institutions that go on sending, whatever happens."""

import http.client
import json
import random
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from events.receipts import ReceiptInvalid
from tests.chaos import access
from tests.chaos.ledger import Answer, Command, Ledger, answer_of

CANARY = "Kanarienvogel"
"""Begins every name and every text that is sent: nothing outside log and read models may say it."""
RETRY_SECONDS = 0.25
PATIENCE_SECONDS = 15
THROWN_AWAY = 0.12
# Of what a pharmacy sends: the rest are declarations.
OF_ACCESS = 0.6
KNOWN = 60
# What a later try may change: nobody was told anything for good.
PASSING = frozenset({0, 429, 500, 502, 503, 504, 507})
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Person:
    """One sender: a token, and the id under which the log knows its holder."""

    user: str
    sender: str
    token: str
    asks: bool = False
    """Whether it is a pharmacy's, which asks for compassionate access, too."""


@dataclass
class Load:
    """Threads that send until they are told to stop; `allowed` are statuses that a fault excuses."""

    port: int
    people: list[Person]
    reviewer: Person
    ledger: Ledger
    seed: int
    clients: int = 4
    pause: float = 0.25
    surprises: list[str] = field(default_factory=list)
    allowed: set[int] = field(default_factory=set)
    # What its own sender was told does not exist, while only the spool knew of it.
    not_found: int = 0

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=Client(self, number).run, name=f"client-{number}")
            for number in range(self.clients)
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def stopped(self) -> bool:
        """Return whether clients finish what they have begun and begin nothing."""
        return self._stop.is_set()

    def wait(self, seconds: float) -> None:
        """Let a client rest, or until it is told to stop."""
        self._stop.wait(seconds)

    def stop(self) -> None:
        """Let every client bring its last command to an end, and wait for that."""
        self._stop.set()
        for thread in self._threads:
            thread.join()


class Client:
    """One thread: makes commands, and gives each again under its key until it has a receipt."""

    def __init__(self, load: Load, number: int) -> None:
        self.load = load
        self.dice = random.Random(f"{load.seed} {number}")
        self.person = load.people[number % len(load.people)]
        self.known: deque[str] = deque(maxlen=KNOWN)
        self.asked: deque[tuple[str, str]] = deque(maxlen=KNOWN)

    def run(self) -> None:
        """Send until told to stop."""
        while not self.load.stopped:
            self.bring(self._next())
            self.load.wait(self.dice.uniform(0.5, 1.5) * self.load.pause)

    def _next(self) -> Command:
        if self.person.asks and self.dice.random() < OF_ACCESS:
            return self._of_access()
        roll = self.dice.random()
        if self.asked and roll < 0.08:
            target, question = self.asked.popleft()
            body = {"text": said(self.dice), "question_id": question}
            return self._command("answer", f"/{target}/messages", body, target)
        if not self.known or roll < 0.75:
            return self._command("declare", "", report(self.dice))
        if roll < 0.90:
            target = self.dice.choice(self.known)
            return self._command(
                "follow-up", f"/{target}/follow-ups", {"narrative": said(self.dice)}, target
            )
        if roll < 0.95:
            self._ask(self.dice.choice(self.known))
            return self._command("declare", "", report(self.dice))
        target = self.known.popleft()
        self.asked = deque((one for one in self.asked if one[0] != target), maxlen=KNOWN)
        return self._command("withdraw", f"/{target}/withdrawal", {"reason": "Doublon."}, target)

    def _of_access(self) -> Command:
        if self.dice.random() < 0.7:
            body = access.request(self.dice, said(self.dice))
            return command_of(self.person, "request", "authorisation-requests", body)
        body = access.dose(self.dice, said(self.dice))
        return command_of(self.person, "dose", "dispensings", body)

    def _command(self, verb: str, path: str, body: dict[str, Any], target: str = "") -> Command:
        return command_of(self.person, verb, f"declarations{path}", body, target)

    def bring(self, command: Command) -> None:
        """Give one command until it is acknowledged or refused; some answers are thrown away."""
        throws = self.dice.random() < THROWN_AWAY
        gives_up = None
        while True:
            answer = give(self.load, self.person, command, thrown=throws)
            if answer.acknowledged and not throws:
                if command.verb == "declare":
                    self.known.append(answer.id)
                return
            throws = throws and not answer.acknowledged
            early = answer.status == NOT_FOUND and bool(command.target)
            if early:
                self.load.not_found += 1
            if not (early or answer.acknowledged or answer.status in PASSING | self.load.allowed):
                self.load.surprises.append(f"{command.verb}: {answer.status} {answer.code}")
                self.load.ledger.given_up(command.key)
                return
            gives_up = gives_up or time.monotonic() + 240
            if time.monotonic() > gives_up:
                self.load.surprises.append(f"{command.verb}: nobody took it in four minutes")
                return
            time.sleep(RETRY_SECONDS)

    def _ask(self, target: str) -> None:
        """Let a reviewer ask a question, so that there is one to answer; best effort."""
        path, token = f"/api/v1/declarations/{target}", self.load.reviewer.token
        call(self.load.port, token, f"{path}/messages", {"text": said(self.dice)}, str(uuid4()))
        status, shown = call(self.load.port, token, path, None, "")
        if status == 200:
            self.asked += [(target, one["id"]) for one in shown["questions"] if one["open"]][:1]


def command_of(
    person: Person, verb: str, path: str, body: dict[str, Any], target: str = ""
) -> Command:
    """Return a command under a new key."""
    return Command(
        key=str(uuid4()),
        verb=verb,
        path=f"/api/v1/{path}",
        user=person.user,
        sender=person.sender,
        body=body,
        target=target,
    )


def give(load: Load, person: Person, command: Command, *, thrown: bool = False) -> Answer:
    """Try once; the ledger knows of it before it leaves, and of its answer before anybody acts."""
    number, began = load.ledger.attempt(command), time.time()
    status, body = call(load.port, person.token, command.path, command.body, command.key)
    try:
        answer = answer_of(number, command.key, status, began, body)
    except (ReceiptInvalid, KeyError) as failure:
        load.surprises.append(f"an acknowledgement without a receipt: {failure!r}")
        answer = Answer(number=number, key=command.key, status=0, began=began, ms=0)
    answer = replace(answer, thrown=thrown and answer.acknowledged)
    load.ledger.answered(answer)
    return answer


def call(
    port: int, token: str, path: str, body: Mapping[str, Any] | None, key: str
) -> tuple[int, dict[str, Any]]:
    """Return status and body of one call; status 0 where no whole answer came."""
    headers = {"Authorization": f"Bearer {token}"}
    if body is not None:
        headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        sent = None if body is None else json.dumps(body).encode()
        connection.request("GET" if body is None else "POST", path, sent, headers)
        answer = connection.getresponse()
        said = answer.read()
    except (OSError, http.client.HTTPException):
        return 0, {}
    finally:
        connection.close()
    try:
        found = json.loads(said)
    except ValueError:
        found = {}
    return answer.status, found if isinstance(found, dict) else {}


def said(dice: random.Random) -> str:
    """Return a text that only the case's own readers may ever see."""
    return f"{CANARY}{dice.getrandbits(64):016x} se porte mieux."


def report(dice: random.Random) -> dict[str, Any]:
    """Return the body of a declaration; one in seven tells of a death."""
    dies = dice.random() < 0.15
    return {
        "patient": {"sex": dice.choice(["male", "female"]), "age_value": dice.randint(1, 99),
                    "age_unit": "year"},
        "reporter": {"profession": "physician", "department_code": dice.choice(["75", "33"])},
        "drugs": [{"name": "AMOXICILLINE 500 mg", "role": "suspect"}],
        "reactions": [{"term": "Urticaire", **({"outcome": "fatal"} if dies else {})}],
        "seriousness": ["death"] if dies else [],
        "narrative": said(dice) * dice.choice([1, 1, 1, 40]),
    }  # fmt: skip
