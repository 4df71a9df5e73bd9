"""/health, /metrics, the schema and its page."""

import pytest

from events import registry, runner


def project() -> None:
    for projection in registry.projections():
        runner.catch_up(projection)


def test_live_asks_nothing_of_anybody(client):
    assert client.get("/health/live").json() == {"status": "live"}


def test_ready_names_its_services(client, doctor, report):
    doctor.post("/declarations", report)
    project()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "status": "ready",
            "services": {
                "intake": "up",
                "database": "up",
                "keys": "up",
                "projections": "up",
                "mail": "up",
                "log": "up",
            },
        },
    )


def test_ready_stays_200_while_nobody_projects(client, db):
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["services"]["projections"] == "late"


def test_without_a_database_declarations_are_taken_and_ready_says_so(client, pg_cluster):
    pg_cluster.kill()
    assert client.get("/health/live").status_code == 200
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["services"] == {"intake": "up", "database": "down", "keys": "up"}
    assert client.get("/metrics").content == b"vigilance_up 0\n"


def test_with_neither_a_disk_nor_a_database_nothing_is_ready(
    client, pg_cluster, settings, tmp_path
):
    (tmp_path / "file").touch()
    settings.SPOOL_DIRS = [tmp_path / "file" / "a", tmp_path / "file" / "b"]
    pg_cluster.kill()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "down")


def test_metrics_count_what_waits(client, doctor, report):
    project()
    doctor.post("/declarations", report)
    text = client.get("/metrics").content.decode()
    assert "vigilance_up 1\n" in text
    assert 'vigilance_projection_parked{projection="declarations"} 0\n' in text
    project()
    text = client.get("/metrics").content.decode()
    assert 'vigilance_projection_lag_events{projection="declarations"} 0\n' in text
    assert 'vigilance_projection_position{projection="declarations"} 1\n' in text


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_only_reading_is_possible(path, client, db):
    assert client.post(path).status_code == 405


def test_the_documentation_runs_no_inline_script(client, db):
    answer = client.get("/api/v1/docs")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "<script>" not in page.replace("\n", "")
    assert "unsafe-inline" not in answer["Content-Security-Policy"].partition("style-src")[0]
