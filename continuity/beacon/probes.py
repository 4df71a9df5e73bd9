"""One try of each service, side by side, each ended after a few seconds."""

import http.client
import json
import smtplib
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from continuity.beacon.watch import Probe

PATIENCE = 4.0
# The worker answers every five seconds.
WORKER_SILENT = 30.0
_ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round of tries found; `waiting` is unknown without a database."""

    tries: Mapping[str, Probe]
    waiting: int | None


class MailServer(NamedTuple):
    """A mail server; `tls` from the first byte on (smtps)."""

    host: str
    port: int
    tls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the services are; the mail server is not tried where none is set."""

    web: tuple[str, int]
    mail: MailServer | None
    database: Path
    node: str


def look(addresses: Addresses) -> Round:
    """Try every service once."""
    with ThreadPoolExecutor(max_workers=3) as pool:
        web = pool.submit(_tried, lambda: web_answers(*addresses.web))
        given = addresses.mail
        mail = pool.submit(_tried, lambda: mail_answers(given)) if given else None
        database, worker, waiting = ask_database(addresses)
        tries = {"portal": web.result(), "database": database, "worker": worker}
        if mail is not None:
            tries["mail"] = mail.result()
    return Round(tries=tries, waiting=waiting)


def _tried(ask: Callable[[], None]) -> Probe:
    try:
        ask()
    except (OSError, http.client.HTTPException, smtplib.SMTPException, ValueError) as failure:
        return Probe(ok=False, why=type(failure).__name__)
    return Probe(ok=True)


def web_answers(host: str, port: int) -> None:
    """Raise unless the portal serves a page."""
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request("GET", "/health/live", headers={"Host": "localhost"})
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise ValueError(answer.status)


def mail_answers(server: MailServer) -> None:
    """Raise unless the mail server greets."""
    client = smtplib.SMTP_SSL if server.tls else smtplib.SMTP
    with client(server.host, server.port, timeout=PATIENCE) as connection:
        connection.noop()


def ask_database(addresses: Addresses) -> tuple[Probe, Probe, int | None]:
    """Return the database, the worker and how much waits; the worker is judged by its own write."""
    command = [sys.executable, "-m", "continuity.beacon.database_probe"]
    try:
        done = subprocess.run(  # noqa: S603  our own program
            [*command, str(addresses.database), addresses.node],
            capture_output=True, timeout=PATIENCE, check=True, cwd=_ROOT,
        )  # fmt: skip
        said = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as failure:
        silent = isinstance(failure, subprocess.TimeoutExpired)
        database = Probe(ok=False, why="no answer" if silent else "refused")
        return database, Probe(ok=False, why="database away"), None
    answered = said["answered"]
    works = answered is not None and answered < WORKER_SILENT
    return Probe(ok=True), Probe(ok=works, why="" if works else "no task done"), said["waiting"]
