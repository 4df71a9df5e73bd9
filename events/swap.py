"""Put a rebuilt table in the place of the one in use, between two reads."""

from typing import Any

import psycopg
from psycopg import sql

from events import epochs, rebuild, runner, store
from events.errors import HeldByReader, ParkedWouldGrow
from events.projection import Projection
from events.runner import SCHEMA, Connection, Target

LOCK_TIMEOUT = "100ms"
TRIES = 200
MAINTENANCE_WORK_MEM = "256MB"


def finish(projection: Projection[Any], run: rebuild.Run) -> None:
    """Index the shadow, bring it to the end of the log and swap it in.

    Raises ParkedWouldGrow, HeldByReader, and leaves the tables in use as they are.
    """
    connection = store.session("projector")
    target = rebuild.shadow(projection)
    for table in projection.tables:
        with connection.transaction():
            connection.execute(
                "SELECT set_config('maintenance_work_mem', %s, true)", [MAINTENANCE_WORK_MEM]
            )
            copy_indexes(connection, table.name, table.name + target.suffix)
        connection.execute(sql.SQL("ANALYZE {}").format(target.name_of(table)))
    position = follow(connection, projection, run.head)
    try:
        _vacuum(connection, projection, on=False)
        _swap_when_free(connection, projection, position)
    except BaseException:
        _vacuum(connection, projection, on=True)
        raise
    _drop_old(connection, projection)


def _vacuum(connection: Connection, projection: Projection[Any], *, on: bool) -> None:
    """Keep autovacuum off the tables in use, or let it back.

    It holds a table for as long as it needs and gives way only to who waits longer than
    `deadlock_timeout`, as this statement does (no reader waits behind it) and the swap does not.
    """
    change = "RESET (autovacuum_enabled)" if on else "SET (autovacuum_enabled = false)"
    for table in projection.tables:
        connection.execute(
            sql.SQL("ALTER TABLE {} " + change).format(sql.Identifier(SCHEMA, table.name))
        )


def _swap_when_free(connection: Connection, projection: Projection[Any], position: int) -> None:
    for _ in range(TRIES):
        try:
            with connection.transaction():
                _swap(connection, projection, position)
        except psycopg.errors.LockNotAvailable:
            position = follow(connection, projection, position)
        else:
            return
    raise HeldByReader


def follow(connection: Connection, projection: Projection[Any], position: int) -> int:
    """Bring the shadow from `position` to the end of the log, page by page; return the end."""
    epochs.sequence()
    target = rebuild.shadow(projection)
    while page := runner.read_page(connection, projection, position):
        with connection.transaction():
            streams = sorted({stream for _, stream in page if stream is not None})
            runner.write_streams(connection, target, streams)
        position = page[-1][0]
    return position


def _swap(connection: Connection, projection: Projection[Any], position: int) -> None:
    """Under the checkpoint's lock: last pages, renames, checkpoint; all of it or nothing."""
    connection.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
    live_position = runner.lock_checkpoint(connection, projection, wait=True)
    target = rebuild.shadow(projection)
    while page := runner.read_page(connection, projection, position):
        streams = sorted({stream for _, stream in page if stream is not None})
        runner.write_streams(connection, target, streams)
        position = page[-1][0]
    position = max(position, live_position or 0)
    _refuse_more_parked(connection, projection)
    for table in projection.tables:
        _rename(connection, table.name, f"{table.name}__old")
        _rename(connection, table.name + target.suffix, table.name)
    _vacuum(connection, projection, on=True)
    connection.execute("DELETE FROM read.events_parked WHERE projection = %s", [projection.name])
    connection.execute(
        "UPDATE read.events_parked SET projection = %s WHERE projection = %s",
        [projection.name, target.label],
    )
    for name in ("events_rebuild", "events_rebuild_part"):
        connection.execute(
            sql.SQL("DELETE FROM {} WHERE projection = %s").format(sql.Identifier(SCHEMA, name)),
            [projection.name],
        )
    runner.move_checkpoint(connection, projection, position)
    runner.sign_checkpoint(connection, projection)


def _refuse_more_parked(connection: Connection, projection: Projection[Any]) -> None:
    row = connection.execute(
        "SELECT count(*) FILTER (WHERE projection = %s), count(*) FILTER (WHERE projection = %s)"
        " FROM read.events_parked",
        [projection.name, rebuild.shadow(projection).label],
    ).fetchone()
    before, after = row or (0, 0)
    if after > before:
        raise ParkedWouldGrow(
            f"{projection.name}: {after} streams cannot be read, {before} before",
            projection=projection.name,
            before=before,
            after=after,
        )


def copy_indexes(connection: Connection, source: str, target: str) -> None:
    """Give `target` the indexes and the primary key of `source`, under names of its own."""
    rows = connection.execute(
        "SELECT index.relname, pg_get_indexdef(index.oid), indisprimary FROM pg_index"
        " JOIN pg_class AS index ON index.oid = indexrelid"
        " WHERE indrelid = %s::regclass"
        " AND NOT EXISTS (SELECT FROM pg_index AS made WHERE made.indrelid = %s::regclass)",
        [f"{SCHEMA}.{source}", f"{SCHEMA}.{target}"],
    ).fetchall()
    for name, definition, primary in rows:
        new_name = f"{name}__new"
        _, _, tail = definition.partition(" USING ")
        unique = "UNIQUE " if " UNIQUE INDEX " in definition else ""
        connection.execute(
            sql.SQL("CREATE {}INDEX {} ON {} USING " + tail).format(
                sql.SQL(unique), sql.Identifier(new_name), sql.Identifier(SCHEMA, target)
            )
        )
        if primary:
            connection.execute(
                sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY USING INDEX {}").format(
                    sql.Identifier(SCHEMA, target),
                    sql.Identifier(new_name),
                    sql.Identifier(new_name),
                )
            )


def _rename(connection: Connection, source: str, target: str) -> None:
    """Rename a table and carry its indexes' names along (a primary key's renames its index)."""
    rows = connection.execute(
        "SELECT index.relname FROM pg_index JOIN pg_class AS index ON index.oid = indexrelid"
        " WHERE indrelid = %s::regclass",
        [f"{SCHEMA}.{source}"],
    ).fetchall()
    for (name,) in rows:
        plain = name.removesuffix("__new").removesuffix("__old")
        new_name = f"{plain}__old" if target.endswith("__old") else plain
        connection.execute(
            sql.SQL("ALTER INDEX {} RENAME TO {}").format(
                sql.Identifier(SCHEMA, name), sql.Identifier(new_name)
            )
        )
    connection.execute(
        sql.SQL("ALTER TABLE {} RENAME TO {}").format(
            sql.Identifier(SCHEMA, source), sql.Identifier(target)
        )
    )


def _drop_old(connection: Connection, projection: Projection[Any]) -> None:
    """Drop the replaced tables once nobody reads them any more; the next rebuild would do it too."""
    old = Target(projection=projection, suffix="__old")
    names = sql.SQL(", ").join([old.name_of(table) for table in projection.tables])
    for _ in range(TRIES):
        try:
            with connection.transaction():
                connection.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
                connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(names))
        except psycopg.errors.LockNotAvailable:
            continue
        return
