"""A RabbitMQ of a test's own: own ports, own files, own port mapper, loopback only."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config.local import ports, processes

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


@contextlib.contextmanager
def rabbitmq(folder: Path) -> Iterator[str]:
    """Start a server, yield its amqp:// address, and leave nothing of it."""
    folder.mkdir()
    port, distribution, mapper = (ports.choose() for _ in range(3))
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "ERL_EPMD_PORT": str(mapper),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"test{secrets.token_hex(4)}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1",
    }
    (folder / "plugins").write_text("[].\n")
    _give(folder)
    mapping = ["epmd", "-address", "127.0.0.1", "-port", str(mapper)]
    with _child(mapping, environ, folder), _child([str(SERVER)], environ, folder):
        if not processes.wait_until(lambda: _listens(port), 60, pause=0.2):
            raise AssertionError((folder / "output").read_text()[-3000:])
        yield f"amqp://guest:guest@127.0.0.1:{port}//"
    shutil.rmtree(folder, ignore_errors=True)


def _as_rabbitmq() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("rabbitmq")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _give(folder: Path) -> None:
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, "rabbitmq", "rabbitmq")


@contextlib.contextmanager
def _child(command: list[str], environ: dict[str, str], folder: Path) -> Iterator[None]:
    output = os.open(folder / "output", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        child = subprocess.Popen(
            command, env=environ, cwd=folder, stdin=subprocess.DEVNULL,
            stdout=output, stderr=output, start_new_session=True,
            preexec_fn=processes.dies_with_parent(signal.SIGTERM), **_as_rabbitmq(),
        )  # fmt: skip
    finally:
        os.close(output)
    try:
        yield
    finally:
        processes.end_group(child, signal.SIGTERM, 10)


def _listens(port: int) -> bool:
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", port), timeout=2) as s,
    ):
        s.sendall(b"AMQP\x00\x00\x09\x01")
        return s.recv(1) == b"\x01"
    return False
