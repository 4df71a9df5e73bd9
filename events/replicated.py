"""Whether what is in the log is on the disk of a second machine too: said only when it is known."""

import time
from collections.abc import Sequence
from uuid import UUID

import psycopg

from events import store

PAUSE_SECONDS = 0.01
CONFIRMED = "SELECT confirmed >= %s::pg_lsn FROM events_replication()"
FLUSHED = "SELECT flushed::text FROM events_replication()"


def is_replicated(commands: Sequence[UUID], *, seconds: float = 0.1) -> bool:
    """Return whether a synchronous standby has these commands on its disk.

    What this server shows is committed, so it lies before the end of the server's log as it is now:
    a standby that confirms that end has it. Asked again for at most `seconds`, because under load
    the standby is always a moment behind. False without a standby, on a standby, and whenever it
    cannot be known: a receipt then says `recorded`.
    """
    try:
        return _is_replicated(commands, time.monotonic() + seconds)
    except psycopg.Error:
        return False


def _is_replicated(commands: Sequence[UUID], until: float) -> bool:
    connection = store.session()
    known = connection.execute(
        "SELECT count(*) FROM events_command WHERE command_id = ANY(%s)", [list(commands)]
    ).fetchone()
    if known != (len(set(commands)),):
        return False
    row = connection.execute(FLUSHED).fetchone()
    if row is None or row[0] is None:
        return False
    while True:
        answer = connection.execute(CONFIRMED, [row[0]]).fetchone()
        if answer == (True,):
            return True
        if answer is None or answer[0] is None or time.monotonic() > until:
            return False
        time.sleep(PAUSE_SECONDS)
