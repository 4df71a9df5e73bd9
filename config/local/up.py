"""Bring the whole stack up and keep it up: `python -m config.local.up`.

PostgreSQL is started unless DATABASE_URL is given, and carries the broker unless BROKER_URL is.
"""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from config.local import database, environment, keys, ports, processes, provision
from config.local.keys import KeysLostError, OtherAccountError
from config.local.postgres import PostgresFailedError
from config.local.progress import step
from config.local.supervisor import Service, Supervisor

_ROOT = Path(__file__).resolve().parent.parent.parent
_HOST = os.environ.get("HOST", "127.0.0.1")
_PORTS = {"PORT": "8000", "STATUS_PORT": "8001"}
_THREADS = 4
_FRONT_PAUSE = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where the stack listens: for people, with the page that is never down, and inside.

    `door` is the socket behind `port`, `behind` the loopback port of each service of pages.
    """

    port: int
    status_port: int
    status_url: str
    door: socket.socket
    behind: Mapping[str, int]


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
    try:
        site = _site(folder)
    except OSError as failure:
        print(failure, file=sys.stderr)
        return 2
    for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sent, _ask_to_stop)
    supervisor = Supervisor(folder)
    try:
        _beacon_first(supervisor, folder, site)
        _front(supervisor, folder, site)
        _run(supervisor, folder, site)
    except Stopped:
        print("\nstopping …", flush=True)
    except (
        PostgresFailedError, KeysLostError, OtherAccountError, subprocess.CalledProcessError,
    ) as failure:  # fmt: skip
        print(f"\n{failure}", file=sys.stderr)
        return 1
    finally:
        for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sent, signal.SIG_IGN)
        supervisor.stop()
        site.door.close()
        os.close(lock)
    return 0


def _site(folder: Path) -> Site:
    """Return where everything listens. Raises OSError, which says what to change."""
    port, status_port = (int(os.environ.get(name, default)) for name, default in _PORTS.items())
    for name, wanted in zip(_PORTS, (port, status_port), strict=True):
        if not ports.is_free(wanted):
            message = f"Port {wanted} is taken; choose another with {name}=…"
            raise OSError(message)
    return Site(
        port=port,
        status_port=status_port,
        status_url=os.environ.get("STATUS_URL") or f"http://{_HOST}:{status_port}/status",
        door=ports.listening(_HOST, port),
        behind=environment.service_ports(folder),
    )


def _ask_to_stop(*_: object) -> None:
    raise Stopped


def _beacon_first(supervisor: Supervisor, folder: Path, site: Site) -> None:
    """Start the status page before anything that it tells about, and needing none of it."""
    command = [
        sys.executable, "-m", "continuity.beacon", "--folder", str(folder / "beacon"),
        "--host", _HOST, "--port", str(site.status_port), "--web", f"127.0.0.1:{site.port}",
    ]  # fmt: skip
    mail = urllib.parse.urlsplit(os.environ.get("EMAIL_URL", ""))
    if mail.hostname:
        # Without the password: to be greeted is enough.
        usual = 465 if mail.scheme == "smtps" else 25
        command += ["--mail", f"{mail.scheme}://{mail.hostname}:{mail.port or usual}"]
    for name in ("ON_CALL_PHONE", "ON_CALL_PHONE_ELSEWHERE"):
        command += ["--on-call", os.environ[name]] if os.environ.get(name) else []
    told = environment.of_a_service({}, folder)
    supervisor.services = [Service("beacon", command, told, folder / "log" / "beacon.log")]
    supervisor.watch_over()
    supervisor.launch(supervisor.services[0])


def _front(supervisor: Supervisor, folder: Path, site: Site) -> None:
    """Start what listens for people, before anything that answers them: it says what is missing.

    The socket is ours: who connects while the front is started again waits a moment in its queue.
    """
    command = [
        sys.executable, "-m", "config.local.front", "--fd", str(site.door.fileno()),
        "--status-url", site.status_url,
    ]  # fmt: skip
    for name, port in site.behind.items():
        command += [f"--{name}", f"{port}:{_workers(name) * _THREADS}"]
    service = Service(
        "front",
        command,
        environment.of_a_service({}, folder),
        folder / "log" / "front.log",
        inherits=(site.door.fileno(),),
        longest_pause=_FRONT_PAUSE,
    )
    supervisor.services.append(service)
    supervisor.launch(service)


def _workers(name: str) -> int:
    return int(os.environ.get(f"{name.upper()}_WORKERS") or 2)


def _run(supervisor: Supervisor, folder: Path, site: Site) -> None:
    print(f"Data and logs in {folder}", flush=True)
    began = time.monotonic()
    keys.ensure(
        Path(os.environ.get("KEYS_DIR") or folder / "keys"),
        has_log=lambda: _has_log(folder),
        offline=folder,
    )
    os.environ.setdefault("PUBLIC_URL", f"http://{_HOST}:{site.port}")
    if "DATABASE_URL" not in os.environ:
        os.environ.setdefault("DEMO", "1")
    known = database.known(folder)
    if known:
        # Declarations are received before, and without, anything that stores them for good.
        _pages(supervisor, known, folder, site)
    preparation = database.Preparation(
        supervisor=supervisor,
        folder=folder,
        migrate=lambda found: _manage(["migrate", "--verbosity", "0"], _operator(found, folder)),
    )
    addresses = preparation.done(is_new=not known)
    _pages(supervisor, addresses, folder, site)
    sign_ins = _seeded(folder, _operator(addresses, folder))
    with step("web"):
        _until_they_answer(supervisor, site.behind.values())
    for service in _behind_the_pages(addresses, folder):
        supervisor.services.append(service)
        supervisor.launch(service)
    print(f"Ready in {time.monotonic() - began:.1f} s: {os.environ['PUBLIC_URL']}/", flush=True)
    print(f"State of the service, also when all else is down: {site.status_url}", flush=True)
    print(sign_ins, "Ctrl-C stops everything.", sep="", flush=True)
    while True:
        supervisor.check()
        time.sleep(database.LOOK_SECONDS)


def _pages(supervisor: Supervisor, addresses: Mapping[str, str], folder: Path, site: Site) -> None:
    """Start the services of pages, the intake first; again only where an address has changed."""
    for service in _of_pages(addresses, folder, site.behind):
        before = next((one for one in supervisor.services if one.name == service.name), None)
        if before is not None and before.environ == service.environ:
            continue
        if before is None:
            supervisor.services.append(service)
        else:
            before.environ = service.environ
        supervisor.launch(before or service)


def _operator(addresses: Mapping[str, str], folder: Path) -> dict[str, str]:
    return {**os.environ, **addresses, "DATA_DIR": str(folder)}


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


def _log(folder: Path, name: str) -> Path:
    return folder / "log" / f"{name}.log"


def _of_pages(
    addresses: Mapping[str, str], folder: Path, behind: Mapping[str, int]
) -> Iterator[Service]:
    """Yield what answers people: it starts, and works as far as it can, without any database."""
    told = environment.of_a_service(addresses, folder, "DATABASE_URL", "BROKER_URL")
    for name, port in behind.items():
        command = [*_gunicorn(name, port, folder), "--config", "python:config.serving"]
        yield Service(name, command, told | {"FRONT": "1"}, _log(folder, name))


def _behind_the_pages(addresses: Mapping[str, str], folder: Path) -> list[Service]:
    def told(*names: str) -> dict[str, str]:
        return environment.of_a_service(addresses, folder, *names)

    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "config.celery"]
    # What is received reaches the log before lists and letters tell of it.
    worker = ["nice", *celery, "worker", "--concurrency", os.environ.get("WORKER_PROCESSES", "2"),
              "--loglevel", "WARNING", "--without-gossip", "--without-mingle",
              "--without-heartbeat"]  # fmt: skip
    projector = told("DATABASE_URL", "DATABASE_PROJECTOR_URL", "BROKER_URL")
    # Mail goes out through the queue `slow`, and only there.
    sender = told("DATABASE_URL", "DATABASE_PROJECTOR_URL", "BROKER_URL", "EMAIL_URL")
    return [
        Service(
            "drain",
            [sys.executable, str(_ROOT / "manage.py"), "drain", "--watch"],
            told("DATABASE_URL", "BROKER_URL"),
            _log(folder, "drain"),
        ),
        Service(
            "worker",
            [*worker, "--queues", "live", "-n", "live@%h"],
            projector,
            _log(folder, "worker"),
        ),
        Service(
            "beat",
            [
                *celery,
                "beat",
                "--loglevel",
                "WARNING",
                "-S",
                "celery.beat:Scheduler",
                "--pidfile=",
            ],
            told("BROKER_URL"),
            _log(folder, "beat"),
        ),
        Service(
            "slow_worker",
            [*worker, "--queues", "slow", "-n", "slow@%h"],
            sender,
            _log(folder, "slow_worker"),
        ),
    ]


def _gunicorn(name: str, port: int, folder: Path) -> list[str]:
    """Return the command of one service of pages.

    A process accepts no more than its threads work on: what waits, waits in the front, where the
    urgent overtake.
    """
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else str(folder)  # noqa: S108
    return [
        sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}",
        "--worker-class", "gthread", "--workers", str(_workers(name)),
        "--threads", str(_THREADS), "--worker-connections", str(_THREADS), "--keep-alive", "0",
        "--graceful-timeout", "2", "--worker-tmp-dir", memory, "--preload",
        "--no-control-socket", "--log-level", "warning",
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
            _manage(["seed_requests", "--json"], operator)
    except subprocess.CalledProcessError:
        # The house stands without its demonstration; the next start tries again.
        return "No demo people: seed_demo failed.\n"
    environment.write_private(note, said)
    return said


def _until_they_answer(supervisor: Supervisor, behind: Iterable[int]) -> None:
    waited_for = set(behind)

    def answer() -> bool:
        supervisor.check()
        waited_for.difference_update([port for port in waited_for if _answers(port)])
        return not waited_for

    if not processes.wait_until(answer, 60, pause=0.1):
        print("\nThe web does not answer yet; it is started again as long as it ends.")


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
