"""Ask the database by real, committed writes; a process of its own, so that it can be killed.

A frozen server holds its client in the kernel, where no timeout of SQL or TCP ends it. The address
is in a file of the beacon's folder where the beacon runs before anybody knows it, else in the
environment. Which server holds the log is told by the file that a promotion writes beside.

Each answer is a line of its own, at once: who is killed over the second has said the first.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import make_conninfo

from continuity.beacon.clock import now

# The same text as the line of the intake: an append without an event. Read, not imported: the
# beacon needs nothing that works.
PROBE = Path(__file__).resolve().parent.parent.parent / "events" / "sql" / "probe.sql"
WRITE = """
    INSERT INTO continuity_probe (node, asked_at) VALUES (%s, clock_timestamp())
    ON CONFLICT (node) DO UPDATE SET asked_at = excluded.asked_at
    RETURNING extract(epoch FROM clock_timestamp() - answered_at)::float
"""
WAITING = """
    SELECT events FROM events_lag(
        coalesce((SELECT min(position) FROM read.events_checkpoint), 0))
"""
# A database that was not migrated yet lacks some: what it lacks is not judged.
TABLES = ("events_probe", "events_halt", "events_spool")
KNOWN = "SELECT to_regclass(%s), to_regclass(%s), to_regclass(%s)"
HALTED = "SELECT EXISTS (SELECT FROM events_halt WHERE lifted_at IS NULL)"
# Of a node that has not reported for longer nobody expects anything: spool_reports.MAY_COME.
SPOOLS = """
    SELECT node, waiting, extract(epoch FROM clock_timestamp() - reported_at)::float
    FROM events_spool WHERE clock_timestamp() - reported_at < interval '72 hours'
"""
# Together well below the patience of a round; what waits for a lock is given up by the server.
BOUNDS = "SET lock_timeout = 1000; SET statement_timeout = 1200"
# A drain reports every few seconds.
REPORT_IS_OLD = 60.0
# Every node is asked for its heads each minute: one that was heard lately is there.
HEARD_LATELY = timedelta(seconds=150)


def main(folder: Path, node: str) -> int:
    """Say how long ago a worker last answered here, whether the log takes appends, what waits."""
    with psycopg.connect(_address(folder), connect_timeout=2, autocommit=True) as link:
        answered = link.execute(WRITE, [node]).fetchone()
        _say(answered=answered and answered[0])
        link.execute(BOUNDS)
        for found in _recording(link, folder, node):
            _say(**found)
        try:
            waiting = link.execute(WAITING).fetchone()
        except (errors.QueryCanceled, errors.LockNotAvailable):
            waiting = None
        _say(waiting=waiting and waiting[0])
    return 0


def _address(folder: Path) -> str:
    address, promoted = folder / "database", folder.parent / "log-identity.json"
    told = address.read_text() if address.exists() else os.environ["DATABASE_URL"]
    place = json.loads(promoted.read_text()) if promoted.exists() else {}
    return make_conninfo(
        told, **{name: str(place[name]) for name in ("host", "port") if name in place}
    )


def _say(**found: Any) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def _recording(link: psycopg.Connection[Any], folder: Path, node: str) -> Iterator[dict[str, Any]]:
    """Yield what waits in the spools, then why nothing is recorded: an empty text where it is."""
    found = link.execute(KNOWN, TABLES).fetchone() or ()
    known = {name for name, table in zip(TABLES, found, strict=True) if table}
    silent = ""
    if "events_spool" in known:
        reports = {name: (count, age) for name, count, age in link.execute(SPOOLS)}
        yield {"spooled": sum(count for count, _ in reports.values())}
        silent = _silent(reports, _heard(folder))
    if "events_halt" in known and link.execute(HALTED).fetchone() == (True,):
        yield {"recording": "halted"}
    elif "events_probe" in known:
        yield {"recording": _refusal(link, node) or silent}


def _refusal(link: psycopg.Connection[Any], node: str) -> str:
    """Return why the log takes no append, an empty text where it does."""
    try:
        # A row of its own: it never waits for a proof that the intake of this node has begun.
        link.execute(PROBE.read_text(), [f"beacon of {node}"])
    except (errors.QueryCanceled, errors.LockNotAvailable):
        return "no answer"
    except psycopg.Error as failure:
        if link.broken:
            raise
        return type(failure).__name__
    return ""


def _silent(reports: dict[str, tuple[int, float]], heard: set[str]) -> str:
    """Return whose drains are silent while something waits, or may: their nodes receive."""
    old = {name for name, (count, age) in reports.items() if age > REPORT_IS_OLD and count}
    lately = {name for name, (_, age) in reports.items() if age <= REPORT_IS_OLD}
    found = sorted(old | heard - lately)
    return f"no drain: {', '.join(found)}" if found else ""


def _heard(folder: Path) -> set[str]:
    """Return the nodes that told of their spools lately."""
    found = set[str]()
    for path in (folder / "heads").glob("*.json"):
        try:
            told = json.loads(path.read_text())
            at = datetime.fromisoformat(told["at"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        # A clock that was set back makes nobody present for longer.
        if abs(now() - at) < HEARD_LATELY:
            found.add(str(told["node"]))
    return found


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
