"""What a promotion says, refuses and leaves behind."""

import json
from uuid import UUID

import msgspec
import psycopg
import pytest
from django.core.management import call_command
from uuid_utils.compat import uuid7

from config.local import standby
from config.local.postgres import PostgresFailedError
from config.local.standby import Primary, make_synchronous
from continuity import recovery_steps
from events import epochs, promotion, store
from events.errors import LogChanged, LogHalted
from events.replicated import is_replicated
from tests.failover.pair import Pair, acknowledges, promote
from tests.log.notes import command, new_stream, write

pytestmark = pytest.mark.timeout(180)


def appended() -> UUID:
    identifier = uuid7()
    store.append([write(new_stream())], command(identifier))
    return identifier


def asked(capsys, *arguments: str) -> tuple[dict, int]:
    capsys.readouterr()
    code = 0
    try:
        call_command(*arguments, "--json")
    except SystemExit as left:
        code = int(left.code or 0)
    out = capsys.readouterr().out
    return (json.loads(out) if out else {}), code


def test_nodes_elsewhere_are_told_by_a_command(settings, tmp_path):
    here, away = tmp_path / "here", tmp_path / "away.json"
    here.mkdir()
    found = promotion.Standing(
        is_standby=False, system_identifier=7, timeline=2, received=None, replayed=None, head=1, epoch=2
    )  # fmt: skip
    target = promotion.Node(name="db2", host="db2.example", port=5433, admin="")
    told, failed = ["sh", "-c", f"cat > {away}"], ["sh", "-c", "exit 1"]
    databases = promotion.Databases(
        nodes=[], node_dirs=[str(here), str(tmp_path / "unmounted")], tell=[told, failed]
    )
    written, missed = promotion.tell_nodes(databases, target, found)
    assert written == [str(here), " ".join(told)]
    assert missed == [str(tmp_path / "unmounted"), "sh -c exit 1"]
    identity = json.loads(away.read_text())
    assert identity == {"system_identifier": 7, "timeline": 2, "epoch": 2, "host": "db2.example", "port": 5433}  # fmt: skip
    assert json.loads((here / "log-identity.json").read_text()) == identity


@pytest.fixture
def _configured(pair, settings):
    path = settings.DATA_DIR / promotion.FILE
    path.write_bytes(msgspec.json.encode(pair.databases))
    settings.LOG_IDENTITY_FILE = pair.folder / "log-identity.json"


@pytest.mark.usefixtures("_configured")
def test_one_command_promotes_and_tells_every_node(pair, capsys):
    appended()
    epochs.sequence()
    looked, code = asked(capsys, "promote", "--to", "db2", "--dry-run")
    assert (looked["standing"]["is_standby"], looked["remembered"], code) == (True, "same", 0)
    assert not (pair.folder / "log-identity.json").exists()

    assert asked(capsys, "promote", "--to", "db2")[1] == 2
    assert asked(capsys, "promote", "--to", "db9", "--attest-fenced", "x")[1] == 2

    pair.primary.kill()
    answer, code = asked(capsys, "promote", "--to", "db2", "--attest-fenced", "J. Martin, power")
    assert code == 0
    names = [step["name"] for step in answer["steps"]]
    assert names == ["look", "attest", "fence", "promote", "epoch", "identity"]
    assert answer["opened"]["fork"] == 1
    told = json.loads((pair.folder / "log-identity.json").read_text())
    assert told == {
        "system_identifier": looked["standing"]["system_identifier"],
        "timeline": 2,
        "epoch": 2,
        "host": "127.0.0.1",
        "port": pair.other.cluster.port,
    }
    pair.swapped()
    appended()
    assert epochs.sequence() == 1
    assert store.head().epoch == 2

    # Done is done: what is the primary now is not promoted again, its standby not fenced.
    assert asked(capsys, "promote", "--to", "db2", "--attest-fenced", "once more")[1] == 2


def test_a_promotion_that_did_not_reach_every_node_is_repeated(pair, settings, capsys):
    away = pair.folder / "unmounted"
    databases = promotion.Databases(
        nodes=pair.databases.nodes, node_dirs=[str(pair.folder), str(away)]
    )
    path = settings.DATA_DIR / promotion.FILE
    path.write_bytes(msgspec.json.encode(databases))
    assert asked(capsys, "promote", "--to", "db1", "--attest-fenced", "the wrong one")[1] == 2
    pair.primary.kill()
    first, code = asked(capsys, "promote", "--to", "db2", "--attest-fenced", "J. Martin")
    assert (first["steps"][-1]["failed"], code) == ([str(away)], 3)
    away.mkdir()
    again, code = asked(capsys, "promote", "--to", "db2", "--attest-fenced", "J. Martin")
    assert (again["opened"], code) == (None, 0)
    told = (away / "log-identity.json").read_text()
    assert told == (pair.folder / "log-identity.json").read_text()


def test_a_repeated_promotion_leaves_the_new_standby_alone(pair, settings, capsys):
    settings.LOG_IDENTITY_FILE = pair.folder / "log-identity.json"
    away = pair.folder / "unmounted"
    databases = promotion.Databases(
        nodes=pair.databases.nodes, node_dirs=[str(pair.folder), str(away)]
    )
    (settings.DATA_DIR / promotion.FILE).write_bytes(msgspec.json.encode(databases))
    appended()
    pair.primary.kill()
    assert asked(capsys, "promote", "--to", "db2", "--attest-fenced", "J. Martin")[1] == 3
    pair.swapped()
    pair.attach()
    away.mkdir()
    again, code = asked(capsys, "promote", "--to", "db2", "--attest-fenced", "J. Martin")
    assert ([step["name"] for step in again["steps"]], code) == (["look", "attest", "identity"], 0)
    assert (away / "log-identity.json").exists()
    assert not pair.other.cluster.fence.exists()
    assert is_replicated([appended()], seconds=5)


@pytest.mark.usefixtures("_configured")
def test_the_old_primary_comes_back_as_the_standby(pair, capsys):
    appended()
    pair.primary.kill()
    promote(pair)
    old = pair.primary
    pair.swapped()
    with pytest.raises(PostgresFailedError, match="fenced"):
        old.start()
    assert asked(capsys, "standby", "attach", "--node", pair.order[0])[1] == 2
    attached, code = starting(pair, capsys)
    assert (attached["how"], attached["synchronous"], code) == ("rewound", True, 0)
    assert is_replicated([appended()], seconds=5)


@pytest.mark.usefixtures("_configured")
def test_a_running_primary_is_never_made_a_standby(pair, capsys):
    assert asked(capsys, "standby", "attach", "--node", "db1", "--primary", "db2")[1] == 2
    appended()
    pair.other.kill()
    # Stopped as it is, it does not follow a server that only reads, nor one that was replaced.
    assert asked(capsys, "standby", "attach", "--node", "db1", "--primary", "db2")[1] != 0
    pair.other.start()
    promote(pair)
    pair.swapped()
    assert asked(capsys, "standby", "attach", "--node", "db2", "--primary", "db1")[1] == 2
    assert asked(capsys, "standby", "attach", "--node", "db1")[1] == 2
    for server in pair.servers.values():
        server.connect("superuser").close()


def test_files_that_a_standby_may_follow_from_are_not_those_of_a_standby(pair):
    pair.primary.kill()
    with pytest.raises(PostgresFailedError, match="standby itself"):
        standby.attach(pair.primary.cluster, Primary(pair.other.dsn("superuser")), "db1")


def test_a_standby_that_was_away_for_too_long_is_copied_anew(pair):
    pair.other.stop()
    little = {"max_slot_wal_keep_size": "1MB", "wal_keep_size": "0", "max_wal_size": "32MB"}
    usual = pair.primary.cluster.settings
    pair.primary.stop()
    pair.primary.cluster.settings = {**usual, **little}
    pair.primary.start()
    with pair.primary.connect("superuser", autocommit=True) as connection:
        connection.execute("SET synchronous_commit = local")
        for _ in range(4):
            connection.execute("CREATE TABLE x (); DROP TABLE x; SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")
        slots = connection.execute("SELECT wal_status FROM pg_replication_slots").fetchall()
    assert slots == [("lost",)]
    pair.primary.stop()
    pair.primary.cluster.settings = usual
    pair.primary.start()
    assert pair.attach() == ("copied", "the primary has no longer what these files lack")


@pytest.mark.usefixtures("_configured")
def test_a_standby_that_does_not_start_is_told_as_a_problem(pair, settings, capsys, monkeypatch):
    pair.other.stop()
    failing = msgspec.structs.replace(pair.node("db2"), start=["false"])
    databases = msgspec.structs.replace(pair.databases, nodes=[pair.node("db1"), failing])
    (settings.DATA_DIR / promotion.FILE).write_bytes(msgspec.json.encode(databases))
    answer, code = asked(capsys, "standby", "attach", "--node", "db2", "--primary", "db1")
    assert (answer["how"], answer["synchronous"], code) == ("rewound", False, 3)
    assert "start command of db2" in answer["late"]


def starting(pair: Pair, capsys) -> tuple[dict, int]:
    """Attach by the command; its `start` is done here, as the site's supervisor would."""
    real = standby.make_synchronous

    def started_first(primary: Primary, names: list[str]) -> None:
        pair.other.start()
        real(primary, names)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standby, "make_synchronous", started_first)
        return asked(capsys, "standby", "attach", "--node", pair.order[1])


def test_replicated_is_said_only_when_a_standby_has_it(pair):
    known = appended()
    assert is_replicated([known], seconds=5)
    assert not is_replicated([uuid7()])
    pair.other.freeze()
    with psycopg.connect(pair.primary.dsn("app"), autocommit=True) as web:
        web.execute("SET synchronous_commit = local")
        web.execute(
            "INSERT INTO events_command VALUES (%s, sha256('x'), '{}')", [later := uuid7()]
        )
    assert not is_replicated([later], seconds=0.05)
    pair.other.thaw()
    assert is_replicated([later], seconds=5)
    pair.primary.kill()
    promote(pair)
    pair.swapped()
    assert not is_replicated([known], seconds=0.05)
    assert not is_replicated([appended()], seconds=0.05)


def test_a_commit_waits_while_no_standby_has_it(pair):
    """The natural fence: nobody is ever told that an old primary has taken anything."""
    assert acknowledges(pair.primary, seconds=10)
    pair.other.kill()
    assert not acknowledges(pair.primary)


def test_a_recovery_says_that_commits_wait_for_a_standby(pair):
    pair.other.kill()
    done = recovery_steps.reach(5, lambda *_: None)
    assert (done.ok, done.found) == (False, {"error": "commits wait for a standby"})
    pair.other.start()
    assert recovery_steps.reach(60, lambda *_: None).ok


def test_commits_are_not_made_to_wait_for_a_standby_that_does_not_follow(pair):
    pair.primary.kill()
    promote(pair)
    pair.swapped()
    with pytest.raises(PostgresFailedError, match="no standby"):
        make_synchronous(Primary(pair.primary.dsn("superuser")), ["db1"], seconds=0.2)
    assert acknowledges(pair.primary, seconds=10)


def test_a_standby_whose_log_was_changed_is_not_promoted(pair):
    appended()
    epochs.sequence()
    with psycopg.connect(pair.primary.dsn("superuser"), autocommit=True) as forger:
        forger.execute("ALTER TABLE events_block DISABLE TRIGGER ALL")
        forger.execute("UPDATE events_block SET hash = sha256('x')")
    with pytest.raises(LogHalted):
        epochs.sequence()
    with pytest.raises(LogChanged):
        promote(pair)
    assert not (pair.folder / "log-identity.json").exists()
    with promotion.session(pair.node("db2")) as connection:
        assert promotion.standing(connection).is_standby
