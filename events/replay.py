"""What an operator asks of the log: status, catch up, rebuild, verify."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import Error, connections

from events import copying, epochs, rebuild, runner, store, swap
from events.errors import RunSuperseded
from events.projection import Projection

GRACE_SECONDS = 2.0
POLL_SECONDS = 0.1
# So few are folded here sooner than another process starts.
FEW_STREAMS = 20_000
Report = Callable[[str, int, int], None]
# Reads only: events that are committed and have no position yet count as not yet seen.
STATE = """
    SELECT coalesce(checkpoint.position, 0), checkpoint.version, checkpoint.digest,
        lag.events, lag.seconds,
        (SELECT count(*) FROM read.events_parked AS parked WHERE parked.projection = asked.name),
        EXISTS (SELECT FROM read.events_rebuild AS run WHERE run.projection = asked.name)
    FROM (SELECT %s::text AS name) AS asked
    LEFT JOIN read.events_checkpoint AS checkpoint ON checkpoint.projection = asked.name,
    LATERAL events_lag(coalesce(checkpoint.position, 0)) AS lag
"""


def quiet(_name: str, _done: int, _total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The part of the log that is meant: positions `first` to `last`, None for its ends."""

    first: int | None = None
    last: int | None = None

    @property
    def whole(self) -> bool:
        """Return whether nothing is left out."""
        return self.first is None and self.last is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild did."""

    name: str
    events: int
    rows: int
    seconds: float
    events_per_second: int
    swapped: bool


def position_at(moment: datetime) -> int:
    """Return the last position whose event was recorded at or before an instant."""
    row = (
        store.session("projector")
        .execute(
            "SELECT coalesce(max(numbered.position), 0) FROM events_position AS numbered"
            " JOIN events_event AS event ON event.id = numbered.event_id"
            " WHERE event.recorded_at <= %s",
            [moment],
        )
        .fetchone()
    )
    return row[0] if row else 0


def recorded_at(position: int) -> datetime:
    """Return when the event at a position was recorded. Raises ValueError past the end."""
    row = (
        store.session("projector")
        .execute(
            "SELECT event.recorded_at FROM events_position AS numbered"
            " JOIN events_event AS event ON event.id = numbered.event_id"
            " WHERE numbered.position = %s",
            [position],
        )
        .fetchone()
    )
    if row is None:
        raise ValueError(f"the log has no position {position} yet")
    moment: datetime = row[0]
    return moment


def status(projections: Sequence[Projection[Any]]) -> dict[str, Any]:
    """Return the state of the log and of each projection (contract: `replay --status`)."""
    connection = store.session("projector")
    head = store.head("projector")
    row = connection.execute(
        "SELECT (SELECT count(*) FROM events_position), (SELECT count(*) FROM events_event)"
    ).fetchone()
    positions, events = row or (0, 0)
    return {
        "head": head.position,
        "epoch": head.epoch,
        "log": {"events": events, "positions": positions},
        "projections": [_state(projection) for projection in projections],
    }


def refusal() -> str | None:
    """Return why the log can't be written now, None where it can: a word, no details."""
    try:
        row = store.session("projector").execute("SELECT pg_is_in_recovery()").fetchone()
        store.session().execute("SELECT 1")
    except (Error, psycopg.Error) as failure:
        connections.close_all()
        return type(failure).__name__
    return "it only reads" if row == (True,) else None


def lacks_a_standby() -> bool:
    """Return whether commits wait for a synchronous standby that is away."""
    row = (
        store.session("projector")
        .execute(
            "SELECT current_setting('synchronous_standby_names') <> ''"
            " AND (SELECT confirmed FROM events_replication()) IS NULL"
        )
        .fetchone()
    )
    return row == (True,)


def _state(projection: Projection[Any]) -> dict[str, Any]:
    row = store.session("projector").execute(STATE, [projection.name]).fetchone()
    assert row is not None  # noqa: S101  the name that was asked for is always answered
    position, version, digest, lag, late, parked, building = row
    if building:
        state = "rebuilding"
    elif digest and digest != projection.digest:
        state = "made by other code"
    else:
        state = "behind" if lag > 0 else "current"
    return {
        "name": projection.name,
        "version": version or projection.version,
        "position": position,
        "lag": max(lag, 0),
        "lag_seconds": round(late or 0.0, 3),
        "parked": parked,
        "state": state,
    }


def catch_up(
    projections: Sequence[Projection[Any]], bounds: Bounds, report: Report = quiet
) -> list[dict[str, Any]]:
    """Bring projections to the end of the log; with `first`, refold what changed since then."""
    done = []
    for projection in projections:
        started = time.perf_counter()
        if bounds.first is not None:
            events = refold(projection, bounds, report)
        else:
            events = _catch_up(projection, bounds.last, report)
        runner.retry_parked(projection)
        done.append(
            {
                "name": projection.name,
                "events": events,
                "seconds": round(time.perf_counter() - started, 3),
            }
        )
    return done


def _catch_up(projection: Projection[Any], last: int | None, report: Report) -> int:
    runner.ensure_checkpoint(projection)
    epochs.sequence()
    head = min(store.head("projector").position, last or sys.maxsize)
    events = 0
    while (page := runner.catch_up_page(projection, last)) is not None and page.events:
        events += page.events
        report(projection.name, page.position, head)
    return events


def refold(projection: Projection[Any], bounds: Bounds, report: Report = quiet) -> int:
    """Refold every stream that has an event within the bounds, whatever the checkpoint says."""
    runner.ensure_checkpoint(projection)
    epochs.sequence()
    position = (bounds.first or 1) - 1
    last = bounds.last or store.head("projector").position
    events = 0
    connection = store.session("projector")
    while position < last:
        with connection.transaction():
            runner.lock_checkpoint(connection, projection, wait=True)
            page = runner.read_page(connection, projection, position, last)
            streams = sorted({stream for _, stream in page if stream is not None})
            runner.write_streams(connection, runner.live(projection), streams)
        if not page:
            break
        position = page[-1][0]
        events += len(page)
        report(projection.name, position, last)
    return events


def rebuild_all(
    projections: Sequence[Projection[Any]],
    *,
    workers: int,
    resume: bool,
    dispatch: Callable[[str], None] | None,
    report: Report = quiet,
) -> list[Rebuilt]:
    """Rebuild projections one after the other, each in `workers` at once.

    `dispatch(name)` asks a Celery worker to take partitions; when it is None, or nobody has taken
    one after two seconds, processes of this machine do the work. A small log is folded right here.
    Raises RebuildRunning, ParkedWouldGrow.
    """
    return [
        _rebuild(projection, workers, resume=resume, dispatch=dispatch, report=report)
        for projection in projections
    ]


def _rebuild(
    projection: Projection[Any],
    workers: int,
    *,
    resume: bool,
    dispatch: Callable[[str], None] | None,
    report: Report,
) -> Rebuilt:
    started = time.perf_counter()
    with rebuild.coordinate(projection):
        total = rebuild.count_streams(projection)
        run = rebuild.begin(projection, rebuild.parts_for(total, workers), resume=resume)
        if total <= FEW_STREAMS:
            rebuild.work(projection)
        elif dispatch is not None:
            for _ in range(workers):
                dispatch(projection.name)
        _await_parts(projection, run, total, workers if dispatch is None else -workers, report)
        events, rows = _built(projection)
        swap.finish(projection, run)
    seconds = time.perf_counter() - started
    return Rebuilt(
        name=projection.name,
        events=events,
        rows=rows,
        seconds=round(seconds, 3),
        events_per_second=round(events / seconds),
        swapped=True,
    )


def build_aside(projection: Projection[Any], moment: datetime) -> Rebuilt:
    """Build `<table>__as_of`, as recorded at an instant, beside the table in use."""
    started = time.perf_counter()
    tally = rebuild.Tally()
    connection = store.session("projector")
    aside = rebuild.aside(projection)
    with connection.transaction(), rebuild.export_connection(projection) as source:
        rebuild.create(connection, aside)
        part = rebuild.read_part(source, projection, 1, 0, as_of=moment.isoformat())
        with closing(part) as folded:
            tally.parked += copying.fill(connection, aside, tally.of(folded))
    seconds = time.perf_counter() - started
    return Rebuilt(
        name=projection.name,
        events=tally.events,
        rows=tally.rows,
        seconds=round(seconds, 3),
        events_per_second=round(tally.events / seconds),
        swapped=False,
    )


def _await_parts(
    projection: Projection[Any], run: rebuild.Run, total: int, workers: int, report: Report
) -> None:
    """Wait until every partition is done; `workers` < 0 gives Celery its chance first."""
    deadline = time.monotonic() + (GRACE_SECONDS if workers < 0 else 0.0)
    with _processes() as processes:
        while True:
            now = rebuild.progress(projection, run, total)
            report(projection.name, now.streams, total)
            if now.done == now.partitions:
                return
            if now.held:
                deadline = time.monotonic() + GRACE_SECONDS
            elif not any(process.poll() is None for process in processes) and (
                time.monotonic() >= deadline
            ):
                _raise_if_failed(processes)
                if rebuild.current(projection) != run:
                    raise RunSuperseded
                processes += [_local_worker(projection) for _ in range(abs(workers))]
            time.sleep(POLL_SECONDS)


def _local_worker(projection: Projection[Any]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "manage.py", "replay", "--work", "--projection", projection.name]
    root = Path(settings.BASE_DIR)
    # The one object on stdout is the coordinator's.
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=root, stdin=quiet, stdout=quiet)  # noqa: S603


def _raise_if_failed(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    failed = [process.returncode for process in processes if process.returncode]
    if failed:
        raise ChildProcessError(f"a rebuild process ended with {failed[0]}")


@contextmanager
def _processes() -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Yield a list of processes that is ended with the block."""
    processes: list[subprocess.Popen[bytes]] = []
    try:
        yield processes
    finally:
        for process in processes:
            if process.poll() is None:
                process.terminate()
        for process in processes:
            process.wait()


def _built(projection: Projection[Any]) -> tuple[int, int]:
    row = (
        store.session("projector")
        .execute(
            "SELECT coalesce(sum(events), 0)::bigint, coalesce(sum(rows), 0)::bigint"
            " FROM read.events_rebuild_part WHERE projection = %s",
            [projection.name],
        )
        .fetchone()
    )
    return row or (0, 0)
