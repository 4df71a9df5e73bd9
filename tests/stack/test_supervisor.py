"""What the supervisor does where the machine gives it nothing: no disk, no process."""

import errno
import json
import os
import signal
import subprocess
import sys

import pytest

from config.local import processes
from config.local.supervisor import Service, Supervisor

WAITS = [sys.executable, "-c", "import signal; signal.pause()"]


@pytest.fixture
def supervisor(tmp_path):
    made = Supervisor(tmp_path, say=lambda _: None)
    for name in ("intake", "web"):
        made.services.append(Service(name, WAITS, dict(os.environ), tmp_path / f"{name}.log"))
    yield made
    for service in made.services:
        if service.process is not None:
            processes.end_group(service.process, signal.SIGKILL, 0)


def fails(*_: object, **__: object) -> None:
    raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")


def is_full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_service_that_cannot_be_started_is_tried_again_and_stops_no_other(
    supervisor, monkeypatch
):
    intake, web = supervisor.services
    supervisor.launch(intake)
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", fails)
        supervisor.launch(web)
        supervisor.check()
    assert web.pid() is None

    def lives() -> bool:
        supervisor.check()
        return web.pid() is not None and not web.ended()

    assert processes.wait_until(lives, 20)
    assert not intake.ended()


def test_a_service_that_ends_on_a_full_disk_is_back_once_there_is_room(supervisor, monkeypatch):
    intake, web = supervisor.services
    for service in supervisor.services:
        supervisor.launch(service)
    before = web.pid()
    processes.send_group(before, signal.SIGKILL)
    assert processes.wait_until(web.ended, 10)

    def refused() -> bool:
        supervisor.check()
        return bool(tries)

    tries: list[object] = []
    with monkeypatch.context() as patch:
        patch.setattr(processes, "open_log", lambda path: (tries.append(path), is_full()))
        assert processes.wait_until(refused, 20)
        supervisor.check()
    assert processes.wait_until(lambda: supervisor.check() or not web.ended(), 20)
    assert web.pid() != before
    assert not intake.ended()


def test_numbers_that_cannot_be_written_down_stop_nobody(supervisor, monkeypatch, tmp_path):
    intake, web = supervisor.services
    with monkeypatch.context() as patch:
        patch.setattr("config.local.environment.write_private", is_full)
        supervisor.launch(intake)
    assert not intake.ended()
    supervisor.launch(web)
    assert json.loads((tmp_path / "pids.json").read_text())["intake"] == intake.pid()
