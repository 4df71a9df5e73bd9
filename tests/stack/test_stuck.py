"""A worker of which a child died with a lock in its hands."""

import signal
from pathlib import Path

from celery import current_app

from config.local import processes
from config.stuck import Untaken
from tests.chaos.stack import children
from tests.live import LiveWorker


def test_a_task_that_waits_for_a_child_is_noticed_and_one_that_runs_is_not():
    untaken = Untaken(most=3)
    assert [untaken.look({"a"}, {"a"}) for _ in range(5)] == [False] * 5
    assert [untaken.look({"a", "b"}, {"a"}) for _ in range(3)] == [False, False, True]
    assert not Untaken(most=3).look({"b"}, set())


def test_another_task_begins_its_own_wait():
    untaken = Untaken(most=3)
    assert [untaken.look({str(n)}, set()) for n in range(6)] == [False] * 6


def test_a_worker_whose_children_died_with_the_lock_ends_to_be_started_again(
    live_worker: LiveWorker,
):
    """An idle child waits for work with the lock in its hands: whoever comes next waits for it."""
    assert live_worker.process is not None
    assert processes.wait_until(lambda: any(map(_reads, children(live_worker.process.pid))), 30)
    processes.send(children(live_worker.process.pid), signal.SIGKILL)
    others = []

    def has_ended() -> bool:
        others.extend(children(live_worker.process.pid))
        return live_worker.process.poll() is not None

    current_app.send_task("events.look_again")
    assert processes.wait_until(has_ended, 60)
    assert live_worker.process.returncode == 75
    assert processes.wait_until(lambda: not any(map(_runs, others)), 10)
    live_worker.process = None
    live_worker.start()
    assert children(live_worker.process.pid)


def _reads(pid: int) -> bool:
    """Say whether a child waits for work: in the kernel, reading from the pipe of its pool."""
    try:
        return Path(f"/proc/{pid}/wchan").read_text() in {"anon_pipe_read", "pipe_read"}
    except OSError:
        return False


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False
