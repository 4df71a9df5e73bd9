"""Three roles on one database: the application's, the projector's and the owner's."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

_VARIABLES = {
    "default": "DATABASE_URL",
    "projector": "DATABASE_PROJECTOR_URL",
    "owner": "DATABASE_OWNER_URL",
}

# A machine that is cut off, or stands still, is noticed within half a minute on both sides: the
# server lets go of what it had locked, the client asks elsewhere. libpq's names, then PostgreSQL's.
_LIFE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
_SERVER_LIFE = {f"tcp_{name}": value for name, value in _LIFE.items()}
# Not where a COPY may fill the line for longer than this while its reader is busy elsewhere.
_ACKNOWLEDGED = {"tcp_user_timeout": 15_000}

# Nobody waits longer for a page. Read models are rebuilt, verified and migrated in statements that
# last as long as the log is long; such a session may be silent for as long as its export sorts
# (one that holds a checkpoint may not: events.runner).
_WEB_LIMITS = {
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
    **_SERVER_LIFE,
    **_ACKNOWLEDGED,
}
_LONG_LIMITS = {"idle_in_transaction_session_timeout": "1h", **_SERVER_LIFE}


def from_environment(
    environ: Mapping[str, str], identity: Path | None = None
) -> dict[str, dict[str, Any]]:
    """Return Django's DATABASES; an alias exists only where its variable is set.

    Host and port are those of `identity`, the file that a promotion writes, where it exists.

    Without DATABASE_URL the default alias is Django's dummy backend: what needs no database
    (checks, `makemigrations --check`, the types plugin) works, everything else refuses.
    """
    found = {
        alias: _alias(alias, environ[variable])
        for alias, variable in _VARIABLES.items()
        if environ.get(variable)
    }
    if found and identity is not None and identity.exists():
        place = json.loads(identity.read_text())
        for one in found.values():
            one.update(HOST=str(place["host"]), PORT=str(place["port"]))
    found.setdefault("default", {"ENGINE": "django.db.backends.dummy"})
    return found


def role(dsn: str | None, usual: str) -> str:
    """Return the role's name in a DSN, or its usual name where there is no DSN."""
    return str(conninfo_to_dict(dsn or "").get("user") or usual)


def _alias(alias: str, dsn: str) -> dict[str, Any]:
    parts: dict[str, Any] = dict(conninfo_to_dict(dsn))
    options = str(parts.pop("options", ""))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        # An append refuses to run inside a transaction: a request must never open one.
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            "application_name": "pharmacovigilance",
            # Statements of the log go through server-side cursors and are prepared at once.
            "prepare_threshold": 5,
            **_LIFE,
            **(_ACKNOWLEDGED if alias == "default" else {}),
            **parts,
            "options": f"-c search_path=public,read {_limits(alias)} {options}".strip(),
        },
    }


def _limits(alias: str) -> str:
    limits = _WEB_LIMITS if alias == "default" else _LONG_LIMITS
    return " ".join(f"-c {name}={value}" for name, value in limits.items())
