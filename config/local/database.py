"""The database of the stack: started or found, made ready, and waited for while all else goes on."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from config.local import environment, ports, provision
from config.local.postgres import Cluster, PostgresFailedError, on_a_free_port
from config.local.progress import step
from config.local.supervisor import Database, Supervisor

LOOK_SECONDS = 0.1
_ANSWERS_SECONDS = 60.0
_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_GIVEN = ("DATABASE_URL", "DATABASE_PROJECTOR_URL", "DATABASE_OWNER_URL", "BROKER_URL")
Addresses = dict[str, str]
_FAILURES = (PostgresFailedError, subprocess.CalledProcessError, psycopg.Error)


def given() -> Addresses:
    """Return the addresses that our environment gives, by the variable that carries each."""
    return {name: value for name in _GIVEN if (value := os.environ.get(name))}


def known(folder: Path) -> Addresses:
    """Return the addresses with which this stack ran before; none where it never did."""
    before = environment.remembered(folder)
    return before | given() if before else {}


@dataclass(slots=True, kw_only=True)
class Preparation:
    """Brings the log to where this code can write to it; `migrate` is given the addresses."""

    supervisor: Supervisor
    folder: Path
    migrate: Callable[[Mapping[str, str]], object]

    def done(self, *, is_new: bool) -> Addresses:
        """Return the addresses of databases that answer and are up to date.

        Those that were there before are waited for without an end: declarations are received
        meanwhile. At the first start raises PostgresFailedError, CalledProcessError, psycopg.Error.
        """
        pause = _PAUSE
        while True:
            try:
                return self._once(is_new=is_new)
            except _FAILURES as failure:
                if is_new:
                    raise
                print(f"  {_told_of(failure)}", file=sys.stderr, flush=True)
                print("  Declarations are received and kept; trying again.", flush=True)
            self._watch(lambda: False, pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _once(self, *, is_new: bool) -> Addresses:
        addresses = self._served(is_new=is_new)
        environment.remember(self.folder, addresses)
        if "DATABASE_OWNER_URL" in addresses:
            with step("schema"):
                self.migrate(addresses)
        return addresses

    def _served(self, *, is_new: bool) -> Addresses:
        """Return the given addresses, and an embedded server's for those that are not given."""
        outside = given()
        if "DATABASE_URL" in outside and "BROKER_URL" in outside:
            return outside
        database = self._embedded()
        with step("PostgreSQL, created and started" if is_new else "PostgreSQL"):
            self._start(database.cluster) if is_new else self._await(database)
            self.supervisor.announce(database)
            own = environment.dsns(environment.cluster_file(self.folder), database.cluster.port)
            provision.provision(database.cluster.dsn(), own)
        if "DATABASE_URL" in outside:
            return {**outside, "BROKER_URL": own["BROKER_URL"]}
        return {**own, **outside}

    def _embedded(self) -> Database:
        if self.supervisor.database is None:
            kept = environment.cluster_file(self.folder)
            cluster = Cluster(
                data=self.folder / "postgres",
                log=self.folder / "log" / "postgres.log",
                password=kept["postgres"],
                port=int(kept["port"]),
                # The server ends, and the supervisor starts another: one that fails again while it
                # recovers, its disk still in error, would stand in recovery for ever.
                settings={"restart_after_crash": "off"},
            )
            self.supervisor.database = Database(cluster)
        return self.supervisor.database

    def _start(self, cluster: Cluster) -> None:
        cluster.create()
        before = cluster.port
        on_a_free_port(cluster)
        if cluster.port != before:
            environment.keep_port(self.folder, cluster.port)

    def _await(self, database: Database) -> None:
        """Start a server that was made before, and wait for it as the supervisor starts it again.

        Raises PostgresFailedError.
        """
        cluster = database.cluster
        cluster.create()
        if not ports.is_free(cluster.port) and database.pid() is None:
            cluster.port = ports.choose()
            environment.keep_port(self.folder, cluster.port)
        if database.pid() is None:
            self.supervisor.launch(database)
        if not self._watch(lambda: _answers(cluster), _ANSWERS_SECONDS):
            message = f"PostgreSQL does not answer; see {cluster.log}"
            raise PostgresFailedError(message)

    def _watch(self, reached: Callable[[], bool], seconds: float) -> bool:
        """Keep everything running until `reached`, so many seconds long; return whether it was."""
        until = time.monotonic() + seconds
        while not reached():
            if time.monotonic() > until:
                return False
            self.supervisor.check()
            time.sleep(LOOK_SECONDS)
        return True


def _answers(cluster: Cluster) -> bool:
    try:
        return cluster.answers()
    except PostgresFailedError:
        # It is started again: whether it can live is not known before the time is over.
        return False


def _told_of(failure: Exception) -> str:
    """Return what failed without the addresses that a driver or a command line may quote."""
    if isinstance(failure, PostgresFailedError):
        return str(failure)
    if isinstance(failure, subprocess.CalledProcessError):
        return "the schema could not be brought up to date"
    return f"the database does not answer: {type(failure).__name__}"
