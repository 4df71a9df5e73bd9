"""The guards, proven by attack: as each role, on each table."""

import psycopg
import pytest

from events import store
from tests.log.notes import command, new_stream, write

pytestmark = pytest.mark.django_db

LOG = ("events_event", "events_command", "events_position", "events_block", "events_epoch")
ATTACKS = [
    "UPDATE {} SET {} = {}",
    "DELETE FROM {}",
    "TRUNCATE {}",
    "ALTER TABLE {} DISABLE TRIGGER ALL",
    "ALTER TABLE {} DISABLE TRIGGER append_only",
    "DROP TABLE {}",
    "DROP TRIGGER append_only ON {}",
]
COLUMN = {
    "events_event": "version",
    "events_command": "digest",
    "events_position": "position",
    "events_block": "hash",
    "events_epoch": "reason",
}


@pytest.fixture(autouse=True)
def _some_history(db) -> None:
    store.append([write(new_stream(), count=3)], command())
    store.sequence()


@pytest.fixture(params=["app", "projector"])
def role_dsn(request, app_dsn, projector_dsn) -> str:
    return {"app": app_dsn, "projector": projector_dsn}[request.param]


def refused(dsn: str, statement: str) -> None:
    with (
        psycopg.connect(dsn, autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


@pytest.mark.parametrize("table", LOG)
def test_web_and_worker_can_change_nothing(role_dsn, table):
    column = COLUMN[table]
    for attack in ATTACKS:
        refused(role_dsn, attack.format(table, column, column))


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "SET SESSION AUTHORIZATION vigilance_owner",
        "SET ROLE vigilance_owner",
        "INSERT INTO events_position (position, epoch, event_id) VALUES (99, 1, 99)",
        "INSERT INTO events_block VALUES (9, 1, 9, 9, '', '', '', now())",
        "INSERT INTO events_epoch (epoch, fork_position, reason) VALUES (2, 0, '')",
        "INSERT INTO events_halt (epoch, finding) VALUES (1, 'x')",
        "UPDATE events_halt SET lifted_at = now(), lifted_by = 'x'",
        "INSERT INTO events_bad_stream VALUES ('x', 1)",
        "UPDATE events_bad_block SET accepted_at = now(), accepted_by = 'x'",
        "ALTER TABLE events_event DISABLE TRIGGER gate",
        "DROP FUNCTION events_gate() CASCADE",
        "DELETE FROM events_pending",
        "UPDATE events_subject_key SET wrapped = ''",
        "DELETE FROM events_subject_key",
        "DO $$ BEGIN LOCK TABLE events_sequencer IN EXCLUSIVE MODE; END $$",
        "INSERT INTO events_event (id, stream) OVERRIDING SYSTEM VALUE VALUES (1, 'x')",
        "INSERT INTO events_event (stream, recorded_at) VALUES ('x', '2001-01-01')",
        "CREATE TABLE public.mine (x int)",
        "ALTER FUNCTION events_sequence(integer) SECURITY INVOKER",
        "ALTER FUNCTION events_refuse() OWNER TO CURRENT_USER",
    ],
)
def test_web_and_worker_cannot_walk_round_the_guards(role_dsn, statement):
    refused(role_dsn, statement)


def test_the_web_cannot_write_read_models_nor_destroy_keys(app_dsn):
    refused(app_dsn, "UPDATE events_checkpoint SET position = 0")
    refused(app_dsn, "DELETE FROM events_outbox")
    refused(app_dsn, "SELECT events_destroy_key('x')")


def test_the_web_cannot_halt_the_log_nor_let_it_go_on(app_dsn):
    refused(app_dsn, "SELECT events_stop('x', 1)")
    refused(app_dsn, "SELECT events_resume('x')")
    refused(app_dsn, "SELECT events_open_epoch(1, 2, 0, 'x', '')")
    refused(app_dsn, "SELECT events_park(1, '', 'x', '{}')")
    refused(app_dsn, "SELECT events_accept(1, '', 'x')")


@pytest.mark.parametrize("table", LOG)
@pytest.mark.parametrize(
    "attack", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_even_the_owner_and_a_replica_session_meet_the_triggers(
    owner_dsn, superuser_dsn, table, attack
):
    column = COLUMN[table]
    refused(owner_dsn, attack.format(table, column, column))
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(attack.format(table, column, column))


def test_positions_cannot_be_forged_through_the_search_path(projector_dsn, superuser_dsn):
    """The sequencer runs as the owner: names planted by its caller must not be found first.

    The planted event waits for no position; numbering it would make it the fourth.
    """
    store.append([write(new_stream())], command())
    with psycopg.connect(superuser_dsn, autocommit=True) as admin:
        admin.execute("DELETE FROM events_pending")
    with psycopg.connect(projector_dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE read.events_pending (event_id bigint)")
        connection.execute("INSERT INTO read.events_pending SELECT max(id) FROM events_event")
        connection.execute("GRANT ALL ON read.events_pending TO PUBLIC")
        connection.execute("SET search_path = read, public")
        assert connection.execute("SELECT public.events_sequence()").fetchone() == (0,)
        left = connection.execute("SELECT count(*) FROM read.events_pending").fetchone()
    assert left == (1,)


@pytest.mark.parametrize(
    "statement",
    [
        (
            "INSERT INTO events_event (stream, version, type, schema_version, command_id,"
            " command_index, payload, metadata, occurred_at, received_at) VALUES"
            " ('notes-0', 1, 'x', 1, gen_random_uuid(), 0, '{}', '{}', now(), now())"
        ),
        "INSERT INTO events_command VALUES (gen_random_uuid(), sha256(''), '{}')",
        "INSERT INTO events_pending VALUES (1)",
        "INSERT INTO events_subject_key (subject, wrapped) VALUES ('x', '')",
    ],
)
def test_only_the_application_writes_the_log(projector_dsn, statement):
    refused(projector_dsn, statement)
