"""The drain and the intake die at every line of theirs: what was received is there once.

A child process ends without a word (os._exit) at the n-th line that it executes of these modules;
then another one does the same work. EVERY_LINE=1 tries each n; else one in so many.
"""

import json
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connections

from accounts.models import User
from events import drain, hands, intake, line, outcomes, survey
from events.drain import Drainer
from events.errors import LogAway
from pharmacovigilance import actions
from pharmacovigilance.domain.vocabulary import Channel
from tests.accounts.people import demo_people
from tests.domain.samples import VALID
from tests.intake.conftest import node

DIED = 9
TRIES = 24
WATCHED = {module.__file__ for module in (drain, hands, intake, outcomes, survey)}

pytestmark = [pytest.mark.timeout(600), pytest.mark.slow]


class Away:
    """A line that reaches nobody."""

    def borrowed(self, _until: float) -> Any:
        raise LogAway(reason="unreachable")


def in_a_child(work: Callable[[], Any], dies_at: int = 0) -> tuple[int, int, Any]:
    """Run `work` in another process; return exit code, lines executed, and what it returned.

    This process never opens a spool itself: a child must inherit nothing of SQLite or libpq.
    """
    connections.close_all()
    line.hang_up()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _work(work, dies_at, writing)
    os.close(writing)
    with os.fdopen(reading) as told:
        count, made = json.loads(told.read() or "[0, null]")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), count, made


def done(work: Callable[[], Any]) -> Any:
    """Return what `work` returned in another process, which did not die."""
    code, _, made = in_a_child(work)
    assert code == 0
    return made


def _work(work: Callable[[], Any], dies_at: int, writing: int) -> None:
    count = 0

    def watch(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if frame.f_code.co_filename not in WATCHED:
            return None
        if event == "line":
            count += 1
            if count == dies_at:
                os._exit(DIED)
        return watch

    try:
        threading.settrace(watch)
        sys.settrace(watch)
        made = work()
        sys.settrace(None)
        os.write(writing, json.dumps([count, made]).encode())
    except BaseException:  # noqa: BLE001  pytest's own process must not go on twice
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def lines_of(work: Callable[[], Any]) -> Iterator[int]:
    """Yield the lines to die at: each one, or TRIES of them, the first among them."""
    code, total, _ = in_a_child(work)
    assert (code, total > 20) == (0, True)
    step = 1 if os.environ.get("EVERY_LINE") else max(1, total // TRIES)
    yield from range(1, total + 1, step)


def declared(user: User, key: str) -> str:
    """Declare; return the receipt's id and the declaration's."""
    told = actions.declare_adverse_event(user, VALID, idempotency_key=key, channel=Channel.API)
    return f"{told.receipt_id} {told.id} {told.status}"


def drained() -> dict[str, int]:
    # Also what was received a moment ago: nobody is at work on it here.
    return asdict(Drainer(grace=timedelta(0)).once())


def events_of(receipts: list[str]) -> list[tuple[str, str]]:
    """Return (type, stream) of everything that the log holds because of these receipts."""
    commands = [
        command
        for receipt in receipts
        for command in outcomes.commands_about(intake.receipts.parse_id(receipt)[3], receipt)
    ]
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        return connection.execute(
            "SELECT type, stream FROM events_event WHERE command_id = ANY(%s) ORDER BY type",
            [commands],
        ).fetchall()


def backlog(doctor: User, name: str, settings, folder: Path) -> list[str]:
    """Leave three commands in the spool: one to record, one to join, one to put before a person."""
    declared(doctor, f"{name} c")
    case = UUID(declared(doctor, f"{name} c").split()[1])
    taken_back = partial(actions.withdraw_declaration, doctor, case)
    taken_back("Doublon.", idempotency_key=f"{name} d")
    reached, intake.line = intake.line, Away  # type: ignore[assignment]
    kept = [declared(doctor, f"{name} a"), declared(doctor, f"{name} b")]
    again = taken_back("Encore.", idempotency_key=f"{name} e")
    intake.line = reached
    assert {one.split()[2] for one in kept} | {again.status} == {"spooled"}
    with node("n2", settings, folder):
        assert declared(doctor, f"{name} b").endswith("recorded")
    return [*(one.split()[0] for one in kept), again.receipt_id]


def test_a_drain_that_dies_at_any_line_leaves_everything_to_the_next_one(db, settings, tmp_path):
    doctor = demo_people()["dr.martin"]
    wanted = [
        "continuity.submission_set_aside",
        "pharmacovigilance.adverse_event_declared",
        "pharmacovigilance.adverse_event_declared",
        "pharmacovigilance.receipt_joined",
    ]
    done(lambda: backlog(doctor, "first", settings, tmp_path))
    died = 0
    for number in lines_of(drained):
        receipts = done(lambda name=str(number): backlog(doctor, name, settings, tmp_path))
        code, _, _ = in_a_child(drained, number)
        died += code == DIED
        done(drained)
        assert [kind for kind, _ in events_of(receipts)] == wanted, number
        assert not any(done(drained).values()), number
    assert died >= TRIES / 2


def test_an_intake_that_dies_at_any_line_has_one_case_once_its_client_tries_again(db):
    doctor = demo_people()["dr.martin"]
    died = 0
    for number in lines_of(lambda: declared(doctor, "first")):
        attempt = partial(declared, doctor, str(number))
        code, _, _ = in_a_child(attempt, number)
        died += code == DIED
        _, identifier, status = done(attempt).split()
        assert status == "recorded"
        done(drained)
        first, *more = [kind for kind, _ in streams_of(identifier)]
        assert first == "pharmacovigilance.adverse_event_declared", number
        assert set(more) <= {"pharmacovigilance.receipt_joined"}, number
        assert not any(done(drained).values()), number
    assert died >= TRIES / 2


def streams_of(identifier: str) -> list[tuple[str, str]]:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        return connection.execute(
            "SELECT type, stream FROM events_event WHERE stream = %s ORDER BY version",
            [f"declaration-{identifier}"],
        ).fetchall()
