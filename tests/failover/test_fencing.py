"""A server that has lost its place stays stopped; whoever spoke to it speaks to the new one."""

import json
import os
import signal
import sys

import psycopg
import pytest

from config.local import processes
from config.local.supervisor import Database, Service, Supervisor
from config.settings import databases

ALIASES = ("DATABASE_URL", "DATABASE_PROJECTOR_URL", "DATABASE_OWNER_URL")


@pytest.fixture
def supervisor(pg_cluster, tmp_path):
    made = Supervisor(tmp_path, Database(pg_cluster.cluster), say=lambda _: None)
    yield made
    pg_cluster.cluster.fence.unlink(missing_ok=True)
    for service in made.services:
        assert service.process is not None
        processes.end_group(service.process, signal.SIGKILL, 0)


@pytest.mark.parametrize("is_frozen", [False, True])
def test_a_fenced_server_is_stopped_and_stays_so(supervisor, pg_cluster, is_frozen):
    supervisor.check()
    pg_cluster.connect().close()
    if is_frozen:
        pg_cluster.freeze()
    pg_cluster.cluster.fence.write_text("{}")
    for _ in range(3):
        supervisor.check()
    with pytest.raises(psycopg.OperationalError):
        pg_cluster.connect()
    assert processes.working_in(pg_cluster.cluster.data) == []
    pg_cluster.cluster.fence.unlink()
    supervisor.check()
    assert processes.wait_until(pg_cluster.cluster.answers, 20)


def test_a_new_primary_starts_again_those_who_speak_to_the_log(supervisor, tmp_path):
    for name, told in (("web", {"DATABASE_URL": "x"}), ("beat", {})):
        command = [sys.executable, "-c", "import signal; signal.pause()"]
        environ = {**os.environ, **told} if told else {"PATH": "/usr/bin"}
        supervisor.services.append(Service(name, command, environ, tmp_path / f"{name}.log"))
        supervisor.launch(supervisor.services[-1])
    web, beat = supervisor.services
    supervisor.check()
    before = (web.pid(), beat.pid())
    (tmp_path / "log-identity.json").write_text("{}")
    supervisor.check()
    assert web.pid() != before[0]
    assert beat.pid() == before[1]
    assert json.loads((tmp_path / "pids.json").read_text())["web"] == web.pid()
    after = web.pid()
    supervisor.check()
    assert web.pid() == after


def test_every_alias_follows_the_identity(tmp_path):
    environ = dict.fromkeys(ALIASES, "postgresql://somebody:x@db1.example:5432/vigilance")
    path = tmp_path / "log-identity.json"
    found = databases.from_environment(environ, path)
    assert {(one["HOST"], one["PORT"]) for one in found.values()} == {("db1.example", "5432")}
    path.write_text('{"system_identifier": 7, "timeline": 2, "epoch": 2, "host": "db2.example", "port": 5433}')  # fmt: skip
    found = databases.from_environment(environ, path)
    assert {(one["HOST"], one["PORT"]) for one in found.values()} == {("db2.example", "5433")}
    assert databases.from_environment({}, path)["default"]["ENGINE"].endswith("dummy")
