"""The line belongs to one process: forks begin their own, and no exit waits for the log."""

import os
import subprocess
import sys
from time import monotonic

import pytest

from events.line import line
from tests.line.calls import give, has_all, is_open, soon

SERVERS = "SELECT array_agg(pid ORDER BY pid) FROM pg_stat_activity WHERE application_name = %s"


def backends(cluster) -> list[int]:
    with cluster.connect("superuser") as admin:
        return admin.execute(SERVERS, ["pharmacovigilance-intake"]).fetchone()[0]


def test_a_forked_child_has_a_line_of_its_own(cluster):
    assert soon(has_all)
    ours, before = line(), backends(cluster)
    child = os.fork()
    if child == 0:
        try:
            done = line() is not ours and give(5).outcome == "written"
        except BaseException:  # noqa: BLE001
            done = False
        os._exit(0 if done else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert give().outcome == "written"
    assert soon(lambda: backends(cluster) == before, 5)


SCRIPT = """
import sys, django
django.setup()
from tests.line.calls import give, is_open, soon
assert give(10).outcome == "written"
print("written", flush=True)
sys.stdin.readline()
assert soon(is_open, 5)
"""


@pytest.mark.parametrize("frozen", [False, True])
def test_an_exit_does_not_wait_for_the_log(cluster, frozen):
    variables = {**os.environ, **cluster.dsns(), "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    variables["INTAKE_DEADLINE_MS"] = "500"
    script = SCRIPT if frozen else SCRIPT.replace("assert soon(is_open, 5)", "")
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=variables,
    ) as process:  # fmt: skip
        assert process.stdout.readline() == "written\n"
        if frozen:
            cluster.freeze()
        begun = monotonic()
        _, errors = process.communicate("\n", timeout=30)
    assert process.returncode == 0, errors
    assert monotonic() - begun < 10
    assert "Traceback" not in errors


def test_a_line_that_starts_without_a_log_waits_for_it(cluster):
    from events.line import hang_up

    hang_up()
    cluster.kill()
    assert give().outcome in {"unreachable", "late", "lost"}
    assert soon(is_open)
    cluster.start()
    assert soon(lambda: give().outcome == "written", 2)
