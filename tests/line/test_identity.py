"""Which server is the log's: what an operator's promotion wrote for each node."""

import json
import os

import psycopg
import pytest
from django.db import connections

from events.line import hang_up, line
from tests.attacked import AttackedCluster
from tests.line.calls import give, has_all, is_closed, is_open, soon

FACTS = (
    "SELECT system_identifier, ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))"
    "::bit(32)::integer, (SELECT max(epoch) FROM events_epoch) FROM pg_control_system()"
)


@pytest.fixture
def identity_file(settings, tmp_path):
    settings.LOG_IDENTITY_FILE = tmp_path / "log-identity.json"
    return settings.LOG_IDENTITY_FILE


def identity(cluster: AttackedCluster, **changed) -> dict:
    with cluster.connect("superuser") as admin:
        system_identifier, timeline, epoch = admin.execute(FACTS).fetchone()
    return {
        "system_identifier": str(system_identifier),
        "timeline": timeline,
        "epoch": epoch,
        "host": "127.0.0.1",
        "port": cluster.cluster.port,
        **changed,
    }


def publish(file, content: dict | str) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    new = file.with_suffix(".new")
    new.write_text(text)
    os.replace(new, file)


def test_the_server_that_is_named_is_used(identity_file, cluster):
    publish(identity_file, identity(cluster))
    assert soon(lambda: is_closed() and give().outcome == "written", 3)


@pytest.mark.parametrize(
    "other", [{"system_identifier": "1"}, {"timeline": 9}, {"epoch": 9}, "not json", {"port": "x"}]
)
def test_another_server_is_not_used(identity_file, cluster, other):
    right = identity(cluster)
    publish(identity_file, other if isinstance(other, str) else {**right, **other})
    assert soon(is_open, 3)
    assert soon(lambda: line().state().reason == "other_log", 3)
    assert not soon(is_closed, 1)
    publish(identity_file, right)
    assert soon(is_closed, 3)


def test_a_file_that_goes_away_changes_nothing(identity_file, cluster):
    publish(identity_file, identity(cluster, epoch=9))
    assert soon(lambda: line().state().reason == "other_log", 3)
    identity_file.unlink()
    assert not soon(is_closed, 1)


def test_the_line_moves_to_another_server_and_leaves_the_first(identity_file, cluster):
    """A copy of the same cluster stands for a standby that was promoted."""
    assert soon(has_all)
    with AttackedCluster.copied() as promoted:
        cluster.freeze()
        assert soon(is_open, 5)
        publish(identity_file, identity(promoted))
        assert soon(is_closed, 3)
        call = give()
        assert call.outcome == "written"
        cluster.thaw()
        assert {give().outcome for _ in range(20)} == {"written"}
        assert streams(promoted) >= {call.stream}
        assert call.stream not in streams(cluster)
        assert len(streams(cluster)) == 0


def streams(cluster: AttackedCluster) -> set[str]:
    with cluster.connect() as reader:
        return {name for (name,) in reader.execute("SELECT DISTINCT stream FROM events_event")}


def test_a_standby_is_used_once_it_is_promoted(identity_file, cluster):
    with AttackedCluster.copied() as standby:
        standby.stop()
        (standby.cluster.data / "standby.signal").touch()
        standby.start()
        publish(identity_file, identity(cluster, port=standby.cluster.port))
        assert soon(lambda: line().state().reason == "other_log", 3)
        assert not soon(is_closed, 1)
        with standby.connect("superuser", autocommit=True) as admin:
            admin.execute("SELECT pg_promote()")
        promoted = identity(standby)
        assert promoted["timeline"] == identity(cluster)["timeline"] + 1
        assert not soon(is_closed, 1)
        publish(identity_file, promoted)
        assert soon(is_closed, 3)
        assert give().outcome == "written"


def test_of_several_addresses_the_one_that_writes_is_used(cluster):
    with AttackedCluster.copied() as standby:
        standby.stop()
        (standby.cluster.data / "standby.signal").touch()
        standby.start()
        place = connections.databases["default"]
        both = f"{standby.cluster.port},{cluster.cluster.port}"
        place.update(HOST="127.0.0.1,127.0.0.1", PORT=both)
        try:
            hang_up()
            assert soon(lambda: give().outcome == "written", 5)
            assert soon(has_all, 5)
            assert is_closed()
        finally:
            place.update(HOST="127.0.0.1", PORT=str(cluster.cluster.port))


def test_a_server_that_only_reads_is_not_used(cluster):
    assert soon(has_all)
    with cluster.connect("superuser", autocommit=True) as admin:
        admin.execute("ALTER DATABASE vigilance SET default_transaction_read_only = on")
    for connection in line()._lending.everything():
        connection.abort()
    assert soon(is_open, 4)
    assert not soon(is_closed, 1)
    assert line().state().reason == "read_only"


def test_the_application_may_only_write_its_probe(cluster):
    with cluster.connect(autocommit=True) as ours:
        for statement in ("DELETE FROM events_probe", "TRUNCATE events_probe"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                ours.execute(statement)
