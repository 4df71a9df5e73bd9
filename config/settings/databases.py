"""Three roles on one database: the application's, the projector's and the owner's."""

from collections.abc import Mapping
from typing import Any

from psycopg.conninfo import conninfo_to_dict

_VARIABLES = {
    "default": "DATABASE_URL",
    "projector": "DATABASE_PROJECTOR_URL",
    "owner": "DATABASE_OWNER_URL",
}


def from_environment(environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return Django's DATABASES; an alias exists only where its variable is set.

    Without DATABASE_URL the default alias is Django's dummy backend: what needs no database
    (checks, `makemigrations --check`, the types plugin) works, everything else refuses.
    """
    found = {
        alias: _alias(environ[variable])
        for alias, variable in _VARIABLES.items()
        if environ.get(variable)
    }
    found.setdefault("default", {"ENGINE": "django.db.backends.dummy"})
    return found


def role(dsn: str | None, usual: str) -> str:
    """Return the role's name in a DSN, or its usual name where there is no DSN."""
    return str(conninfo_to_dict(dsn or "").get("user") or usual)


def _alias(dsn: str) -> dict[str, Any]:
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
            **parts,
            "options": f"-c search_path=public,read {options}".strip(),
        },
    }
