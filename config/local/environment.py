"""Which process of the stack is told what.

The whole truth is kept in DATA_DIR/stack.json (0600). The web's environment holds the application's
role only; the worker's adds the projector; the owner is for migrations and an operator's commands.
"""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from config.local import ports

_ROOT = Path(__file__).resolve().parent.parent.parent
_ROLES = {
    "DATABASE_URL": "vigilance_app",
    "DATABASE_PROJECTOR_URL": "vigilance_projector",
    "DATABASE_OWNER_URL": "vigilance_owner",
}
_SECRETS = (*_ROLES, "DATABASE_ADMIN_URL", "BROKER_URL", "EMAIL_URL")


def data_dir() -> Path:
    """Return the data directory: DATA_DIR, or `.data` of the checkout."""
    return Path(os.environ.get("DATA_DIR") or _ROOT / ".data").resolve()


def cluster_file(folder: Path) -> dict[str, str]:
    """Return the embedded cluster's port and passwords, made up at the first start."""
    path = folder / "cluster.json"
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text())
        return kept
    names = ["postgres", "broker", *_ROLES.values()]
    made = {name: secrets.token_hex(16) for name in names} | {"port": str(ports.choose())}
    write_private(path, json.dumps(made, indent=1))
    return made


def keep_port(folder: Path, port: int) -> None:
    """Keep another port for the embedded cluster: somebody had taken the first."""
    write_private(
        folder / "cluster.json", json.dumps(cluster_file(folder) | {"port": str(port)}, indent=1)
    )


def service_ports(folder: Path) -> dict[str, int]:
    """Return the loopback ports of the services behind the front, kept from start to start.

    A port that somebody else has taken meanwhile is replaced.
    """
    path = folder / "ports.json"
    kept: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    found = {
        name: kept[name] if name in kept and ports.is_free(kept[name]) else ports.choose()
        for name in ("intake", "web")
    }
    if found != kept:
        write_private(path, json.dumps(found, indent=1))
    return found


def dsns(kept: Mapping[str, str], port: int, database: str = "vigilance") -> dict[str, str]:
    """Return every address of an embedded cluster, by the variable that carries it."""
    found = {
        variable: f"postgresql://{role}:{kept[role]}@127.0.0.1:{port}/{database}"
        for variable, role in _ROLES.items()
    }
    found["BROKER_URL"] = f"pgmq://broker:{kept['broker']}@127.0.0.1:{port}/broker"
    return found


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    making = path.with_name(path.name + ".new")
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    making.replace(path)


def remember(folder: Path, addresses: Mapping[str, str]) -> None:
    """Keep the running stack's addresses for operators' commands, and the owner's in `dsn`.

    The beacon, which runs before they are known, finds the database's in a file of its own.
    """
    write_private(folder / "stack.json", json.dumps(dict(addresses), indent=1))
    if owner := addresses.get("DATABASE_OWNER_URL"):
        write_private(folder / "dsn", owner + "\n")
    beacon = folder / "beacon"
    beacon.mkdir(mode=0o700, exist_ok=True)
    write_private(beacon / "database", addresses["DATABASE_URL"])


def remembered(folder: Path) -> dict[str, str]:
    """Return the addresses that this stack ran with last; none before its first start."""
    path = folder / "stack.json"
    found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return found


def of_the_operator() -> dict[str, str]:
    """Return what an operator's command needs to speak to the stack; empty when none runs."""
    found = remembered(data_dir())
    if not found or not (data_dir() / "pids.json").exists():
        return {}
    return found | {"DATA_DIR": str(data_dir())}


def of_a_service(addresses: Mapping[str, str], folder: Path, *names: str) -> dict[str, str]:
    """Return an environment that holds, of the secret addresses, those in `names` only.

    The mail server's, which no stack makes, comes from our own environment.
    """
    ours = {key: value for key, value in os.environ.items() if key not in _SECRETS}
    known = {**{key: os.environ[key] for key in ("EMAIL_URL",) if key in os.environ}, **addresses}
    told = {name: known[name] for name in names if name in known}
    return {**ours, **told, "DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
