"""Bring the whole stack up and keep it up: `python -m config.local.up`.

PostgreSQL is started unless DATABASE_URL is given, and carries the broker unless BROKER_URL is.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import psycopg

from config.local import environment, keys, ports, processes, provision
from config.local.keys import KeysLostError
from config.local.postgres import Cluster, PostgresFailedError, on_a_free_port
from config.local.progress import step
from config.local.supervisor import Database, Service, Supervisor

_ROOT = Path(__file__).resolve().parent.parent.parent
_HOST = os.environ.get("HOST", "127.0.0.1")
_PORTS = {"PORT": "8000", "STATUS_PORT": "8001"}


class Stopped(Exception):
    """Somebody asked the stack to stop."""


def main() -> int:
    """Run until asked to stop; return 0, or 2 when this data directory or port is in use."""
    folder = environment.data_dir()
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"A stack already runs in {folder}.", file=sys.stderr)
        return 2
    port, status_port = (int(os.environ.get(name, default)) for name, default in _PORTS.items())
    for name, wanted in zip(_PORTS, (port, status_port), strict=True):
        if not ports.is_free(wanted):
            print(f"Port {wanted} is taken; choose another with {name}=…", file=sys.stderr)
            return 2
    for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sent, _ask_to_stop)
    supervisor = Supervisor(folder)
    try:
        _beacon_first(supervisor, folder, port, status_port)
        _run(supervisor, folder, port, f"http://{_HOST}:{status_port}/status")
    except Stopped:
        print("\nstopping …", flush=True)
    except (PostgresFailedError, KeysLostError, subprocess.CalledProcessError) as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    finally:
        for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sent, signal.SIG_IGN)
        supervisor.stop()
        os.close(lock)
    return 0


def _ask_to_stop(*_: object) -> None:
    raise Stopped


def _beacon_first(supervisor: Supervisor, folder: Path, port: int, status_port: int) -> None:
    """Start the status page before anything that it tells about, and needing none of it."""
    command = [
        sys.executable, "-m", "continuity.beacon", "--folder", str(folder / "beacon"),
        "--host", _HOST, "--port", str(status_port), "--web", f"127.0.0.1:{port}",
    ]  # fmt: skip
    mail = urllib.parse.urlsplit(os.environ.get("EMAIL_URL", ""))
    if mail.hostname:
        # Without the password: to be greeted is enough.
        usual = 465 if mail.scheme == "smtps" else 25
        command += ["--mail", f"{mail.scheme}://{mail.hostname}:{mail.port or usual}"]
    told = environment.of_a_service({}, folder)
    supervisor.services = [Service("beacon", command, told, folder / "log" / "beacon.log")]
    supervisor.watch_over()
    supervisor.launch(supervisor.services[0])


def _run(supervisor: Supervisor, folder: Path, port: int, status: str) -> None:
    print(f"Data and logs in {folder}", flush=True)
    began = time.monotonic()
    keys.ensure(
        Path(os.environ.get("KEYS_DIR") or folder / "keys"), has_log=lambda: _has_log(folder)
    )
    addresses = _addresses(supervisor, folder)
    environment.remember(folder, addresses)
    if supervisor.database is not None and "DATABASE_URL" not in os.environ:
        os.environ.setdefault("DEMO", "1")
    operator = {**os.environ, **addresses, "DATA_DIR": str(folder)}
    if "DATABASE_OWNER_URL" in addresses:
        with step("schema"):
            _manage(["migrate", "--verbosity", "0"], operator)
    os.environ.setdefault("PUBLIC_URL", f"http://{_HOST}:{port}")
    web, *others = _services(addresses, folder, port)
    supervisor.services += [web, *others]
    # The pages first: people wait for them, and processes that load together load slowly.
    supervisor.launch(web)
    sign_ins = _seeded(folder, operator)
    with step("web"):
        _until_it_answers(supervisor, port)
    for service in others:
        supervisor.launch(service)
    print(f"Ready in {time.monotonic() - began:.1f} s: {os.environ['PUBLIC_URL']}/", flush=True)
    print(f"State of the service, also when all else is down: {status}", flush=True)
    print(sign_ins, "Ctrl-C stops everything.", sep="", flush=True)
    while True:
        supervisor.check()
        time.sleep(0.1)


def _has_log(folder: Path) -> bool:
    """Return whether events were, or may have been, written under keys that must be found again.

    Raises KeysLostError where the site's own server cannot be asked.
    """
    if not (given := os.environ.get("DATABASE_URL")):
        return (folder / "postgres" / "PG_VERSION").exists()
    try:
        return provision.has_events(given)
    except psycopg.Error as failure:
        message = f"no keys, and DATABASE_URL cannot be asked for a log: {type(failure).__name__}"
        raise KeysLostError(message) from failure


def _addresses(supervisor: Supervisor, folder: Path) -> dict[str, str]:
    """Return what the environment gives, and start an embedded server for what it does not."""
    given = {
        name: value
        for name in ("DATABASE_URL", "DATABASE_PROJECTOR_URL", "DATABASE_OWNER_URL", "BROKER_URL")
        if (value := os.environ.get(name))
    }
    if "DATABASE_URL" in given and "BROKER_URL" in given:
        return given
    kept = environment.cluster_file(folder)
    cluster = Cluster(
        data=folder / "postgres",
        log=folder / "log" / "postgres.log",
        password=kept["postgres"],
        port=int(kept["port"]),
    )
    fresh = not (cluster.data / "PG_VERSION").exists()
    with step("PostgreSQL, created and started" if fresh else "PostgreSQL"):
        cluster.create()
        supervisor.database = Database(cluster)
        on_a_free_port(cluster)
        if cluster.port != int(kept["port"]):
            environment.keep_port(folder, cluster.port)
        supervisor.announce(supervisor.database)
        own = environment.dsns(kept, cluster.port)
        provision.provision(cluster.dsn(), own)
    if "DATABASE_URL" in given:
        return {**given, "BROKER_URL": own["BROKER_URL"]}
    return {**own, **given}


def _services(addresses: Mapping[str, str], folder: Path, port: int) -> list[Service]:
    def told(*names: str) -> dict[str, str]:
        return environment.of_a_service(addresses, folder, *names)

    def log(name: str) -> Path:
        return folder / "log" / f"{name}.log"

    python = [sys.executable, "-m"]
    celery = [*python, "celery", "--quiet", "-A", "config.celery"]
    worker = [*celery, "worker", "--concurrency", os.environ.get("WORKER_PROCESSES", "2"),
              "--loglevel", "WARNING", "--without-gossip", "--without-mingle",
              "--without-heartbeat"]  # fmt: skip
    projector = told("DATABASE_URL", "DATABASE_PROJECTOR_URL", "BROKER_URL")
    # Mail goes out through the queue `slow`, and only there.
    sender = told("DATABASE_URL", "DATABASE_PROJECTOR_URL", "BROKER_URL", "EMAIL_URL")
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else str(folder)  # noqa: S108
    return [
        Service(
            "web",
            [*python, "gunicorn", "config.wsgi", "--bind", f"{_HOST}:{port}",
             "--worker-class", "gthread", "--workers", os.environ.get("WEB_WORKERS", "2"),
             "--threads", "4", "--graceful-timeout", "2", "--worker-tmp-dir", memory,
             "--preload", "--no-control-socket", "--log-level", "warning"],
            told("DATABASE_URL", "BROKER_URL"),
            log("web"),
        ),
        Service("worker", [*worker, "--queues", "live", "-n", "live@%h"], projector, log("worker")),
        Service(
            "beat",
            [*celery, "beat", "--loglevel", "WARNING", "-S", "celery.beat:Scheduler", "--pidfile="],
            told("BROKER_URL"),
            log("beat"),
        ),
        Service("slow_worker", [*worker, "--queues", "slow", "-n", "slow@%h"], sender, log("slow_worker")),
    ]  # fmt: skip


def _manage(arguments: list[str], environ: Mapping[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, str(_ROOT / "manage.py"), *arguments],
        check=True, env=dict(environ), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return done.stdout


def _seeded(folder: Path, operator: Mapping[str, str]) -> str:
    """Return the demo sign-ins; the first start makes the demo people and cases."""
    note = folder / "demo"
    if note.exists():
        return note.read_text()
    if operator.get("DEMO") != "1":
        return ""
    try:
        with step("demo people and cases"):
            said = _manage(["seed_demo"], operator)
            _manage(["seed_cases", "--json"], operator)
    except subprocess.CalledProcessError:
        # The house stands without its demonstration; the next start tries again.
        return "No demo people: seed_demo failed.\n"
    environment.write_private(note, said)
    return said


def _until_it_answers(supervisor: Supervisor, port: int) -> None:
    def answers() -> bool:
        supervisor.check()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    if not processes.wait_until(answers, 60, pause=0.1):
        print("\nThe web does not answer yet; it is started again as long as it ends.")


if __name__ == "__main__":
    sys.exit(main())
