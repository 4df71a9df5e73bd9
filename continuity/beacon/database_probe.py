"""Ask the database by a real, committed write; a process of its own, so that it can be killed.

A frozen server holds its client in the kernel, where no timeout of SQL or TCP ends it. The address
is in a file of the beacon's folder where the beacon runs before anybody knows it, else in the
environment. Which server holds the log is told by the file that a promotion writes beside.
"""

import json
import os
import sys
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

WRITE = """
    INSERT INTO continuity_probe (node, asked_at) VALUES (%s, clock_timestamp())
    ON CONFLICT (node) DO UPDATE SET asked_at = excluded.asked_at
    RETURNING extract(epoch FROM clock_timestamp() - answered_at)::float
"""
WAITING = """
    SELECT events FROM events_lag(
        coalesce((SELECT min(position) FROM read.events_checkpoint), 0))
"""


def main(folder: Path, node: str) -> int:
    """Print how long ago a worker last answered here, and how many events wait for the lists."""
    address, promoted = folder / "database", folder.parent / "log-identity.json"
    told = address.read_text() if address.exists() else os.environ["DATABASE_URL"]
    place = json.loads(promoted.read_text()) if promoted.exists() else {}
    where = {name: str(place[name]) for name in ("host", "port") if name in place}
    told = make_conninfo(told, **where)
    with psycopg.connect(told, connect_timeout=2, autocommit=True) as link:
        answered = link.execute(WRITE, [node]).fetchone()
        waiting = link.execute(WAITING).fetchone()
    found = {"answered": answered and answered[0], "waiting": waiting and waiting[0]}
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
