"""The beat goes on whatever is done to the clock: letters and checkpoints hang on it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from celery import beat

from config.celery import app


@pytest.fixture
def db() -> None:
    """No test here needs a log."""


@pytest.mark.parametrize("jump", [timedelta(days=365), timedelta(hours=-2)])
def test_a_clock_that_jumped_for_a_moment_leaves_no_task_for_later(jump, monkeypatch):
    sent: list[str] = []
    scheduler = beat.Scheduler(app, lazy=True)
    scheduler.setup_schedule()
    monkeypatch.setattr(scheduler, "apply_entry", lambda entry, **_: sent.append(entry.task))
    monkeypatch.setattr(beat.Scheduler, "producer", None)
    with time_machine.travel(datetime.now(UTC) + jump):
        due_once(scheduler)
    sent.clear()
    due_once(scheduler)
    assert sorted(sent) == sorted(app.conf.beat_schedule)


def due_once(scheduler: beat.Scheduler) -> None:
    """Let so much time pass that every task is due, and tick until none is."""
    from config import steady

    steady._AT += timedelta(minutes=5)
    while scheduler.tick() == 0:
        pass
