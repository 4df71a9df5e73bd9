"""Make a second cluster the standby of a first, or an old primary the standby of the new one.

Knows no epochs: it is told who the primary is. Runs where the standby's files are.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from config.local import processes
from config.local.postgres import Cluster, PostgresFailedError

# Every node may become the other: the same for both. A standby that stays away may hold back a
# gigabyte of the primary's disk and no more; one that was cut off is back within 0.2 s.
SETTINGS = {
    "wal_level": "replica",
    "hot_standby": "on",
    "wal_keep_size": "64MB",
    "max_slot_wal_keep_size": "1GB",
    "wal_retrieve_retry_interval": "200ms",
}
_OURS = ("primary_conninfo", "primary_slot_name", "synchronous_standby_names")


@dataclass(frozen=True, slots=True)
class Primary:
    """The server to follow, by the address of a role that may replicate and is superuser."""

    dsn: str

    @contextmanager
    def session(self) -> Iterator[psycopg.Connection[Any]]:
        """Yield a connection that waits for no standby."""
        options = "-c synchronous_commit=local"
        with psycopg.connect(
            self.dsn, autocommit=True, connect_timeout=5, options=options
        ) as connection:
            yield connection

    @property
    def password(self) -> str:
        """Return the role's password."""
        return str(conninfo_to_dict(self.dsn).get("password", ""))

    @property
    def address(self) -> str:
        """Return the address without the password: arguments can be read by every user."""
        parts = conninfo_to_dict(self.dsn)
        parts.pop("password", None)
        return make_conninfo("", **parts)

    def conninfo(self, name: str) -> str:
        """Return the address under which the standby `name` follows, its password included."""
        parts = conninfo_to_dict(self.dsn)
        parts.pop("dbname", None)
        return make_conninfo("", **{**parts, "application_name": name})


def attach(cluster: Cluster, primary: Primary, name: str) -> tuple[str, str]:
    """Make the stopped `cluster` follow `primary` under `name`, unfence it, return how and why.

    "rewound" where its own files could be taken back to where the two parted, "copied" where they
    could not: what was there is then kept beside, in `<data>.before`. Starts nothing, and touches
    nothing while a server works on these files, or where `primary` is none.
    Raises PostgresFailedError, psycopg.Error.
    """
    _refuse(cluster, primary)
    has_all = _slot(primary, name)
    how, why = "copied", "no files yet"
    if (cluster.data / "PG_VERSION").exists():
        try:
            how, why = _rewound(cluster, primary, has_all=has_all)
        except PostgresFailedError as refusal:
            why = str(refusal).splitlines()[-1]
            _set_aside(cluster)
    if how == "copied":
        cluster.fill(lambda folder: _copy(cluster, folder, primary, name))
    _follow(cluster, primary, name)
    cluster.fence.unlink(missing_ok=True)
    return how, why


def _refuse(cluster: Cluster, primary: Primary) -> None:
    if (pid := cluster.user()) is not None:
        message = f"process {pid} serves {cluster.data}: stop that server first"
        raise PostgresFailedError(message)
    with primary.session() as connection:
        if connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
            message = "the server to follow is a standby itself: name the primary"
            raise PostgresFailedError(message)


def _rewound(cluster: Cluster, primary: Primary, *, has_all: bool) -> tuple[str, str]:
    if not has_all:
        message = "the primary has no longer what these files lack"
        raise PostgresFailedError(message)
    _rewind(cluster, primary)
    return "rewound", ""


def make_synchronous(primary: Primary, names: Sequence[str], seconds: float = 30) -> None:
    """Let commits wait for one of these standbys, once one is there.

    Raises PostgresFailedError when none is there in time: commits then wait for nobody.
    """
    with primary.session() as connection:
        if not processes.wait_until(lambda: _streams(connection, names), seconds):
            message = f"no standby of {', '.join(names)} follows after {seconds:g} s"
            raise PostgresFailedError(message)
        listed = ", ".join(f'"{name}"' for name in names)
        connection.execute(
            sql.SQL("ALTER SYSTEM SET synchronous_standby_names = {}").format(
                sql.Literal(f"ANY 1 ({listed})")
            )
        )
        connection.execute("SELECT pg_reload_conf()")
        processes.wait_until(lambda: _is_synchronous(connection), seconds)
        # The next rewind begins at the last checkpoint that both have: one of this timeline.
        connection.execute("CHECKPOINT")


def _streams(connection: psycopg.Connection[Any], names: Sequence[str]) -> bool:
    found = connection.execute(
        "SELECT FROM pg_stat_replication WHERE state = 'streaming' AND application_name = ANY(%s)",
        [list(names)],
    )
    return found.fetchone() is not None


def _is_synchronous(connection: psycopg.Connection[Any]) -> bool:
    found = connection.execute(
        "SELECT FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')"
    )
    return found.fetchone() is not None


def _slot(primary: Primary, name: str) -> bool:
    """Keep what the standby has not seen yet; return False where some of that is gone already.

    A slot is lost once the standby was away for longer than it may hold back: it never lives again.
    """
    with primary.session() as connection:
        lost = connection.execute(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
            " WHERE slot_name = %s AND wal_status = 'lost'",
            [name],
        ).fetchone()
        connection.execute(
            "SELECT pg_create_physical_replication_slot(%s, true)"
            " WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = %s)",
            [name, name],
        )
    return lost is None


def _rewind(cluster: Cluster, primary: Primary) -> None:
    cluster.sweep()
    with primary.session() as connection:
        # Until then its control file names the timeline that it was promoted from.
        connection.execute("CHECKPOINT")
    real = os.path.realpath(cluster.data)
    cluster.run(
        "pg_rewind", f"--target-pgdata={real}",
        f"--source-server={primary.address}",
        password=primary.password,
    )  # fmt: skip
    # The slots that it had as a primary would hold back its disk.
    shutil.rmtree(Path(real) / "pg_replslot", ignore_errors=True)
    cluster.make_folder("pg_replslot")


def _set_aside(cluster: Cluster) -> None:
    real = Path(os.path.realpath(cluster.data))
    before = real.with_name(real.name + ".before")
    shutil.rmtree(before, ignore_errors=True)
    real.rename(before)


def _copy(cluster: Cluster, folder: Path, primary: Primary, name: str) -> None:
    cluster.run(
        "pg_basebackup", f"--pgdata={folder}", "--wal-method=stream", "--checkpoint=fast",
        f"--slot={name}", f"--dbname={primary.address}",
        *([] if cluster.durable else ["--no-sync"]),
        password=primary.password,
    )  # fmt: skip


def _follow(cluster: Cluster, primary: Primary, name: str) -> None:
    """Write whom to follow; what was copied from the primary about its own standbys goes."""
    path = Path(os.path.realpath(cluster.data)) / "postgresql.auto.conf"
    kept = [
        line
        for line in path.read_text().splitlines()
        if line.partition("=")[0].strip() not in _OURS
    ]
    ours = {
        "primary_conninfo": primary.conninfo(name),
        "primary_slot_name": name,
        "synchronous_standby_names": "",
    }
    told = [f"{key} = '{_quoted(value)}'" for key, value in ours.items()]
    cluster.write("postgresql.auto.conf", "\n".join([*kept, *told]) + "\n")
    cluster.write("standby.signal", "")


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
