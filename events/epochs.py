"""Whether this is the log that is remembered outside; a fork opens an epoch.

A log restored to an earlier point hands its old positions to other events, and PostgreSQL cannot
tell: same system identifier, often the same timeline. So the end of the log is compared with
CHECKPOINT_DIR before positions are handed out, and remembered there before anybody acts on them.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from events import clock, history, outbox, seal, store
from events.errors import LogChanged, LogHalted
from events.keys import ended
from events.seal import Checkpoint

log = logging.getLogger(__name__)

MARKER = "halted.json"
BEGINNING = Checkpoint(epoch=1, position=0, block=0, hash="")
BLOCKS_AT_ONCE = 256
Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """The log holds everything that is remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """The log is not empty, and nothing that is remembered can be read; `why` says more."""

    why: str = "nothing is remembered of a log that is not empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forked:
    """The log parts from what is remembered after position `at`.

    `clean`: it ends there, in a block that is remembered: it was restored to an earlier point, and
    nothing before that was changed.
    """

    at: int
    clean: bool
    remembered: Checkpoint

    @property
    def why(self) -> str:
        """Return the finding as a sentence."""
        end = f"epoch {self.remembered.epoch}, position {self.remembered.position}"
        how = "ends" if self.clean else "differs"
        return f"the log {how} after position {self.at}; remembered until {end}"


Finding = Same | Missing | Forked


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An epoch was opened: positions after `fork` belong to it.

    `held` messages wait for a person; the `stale` projections have seen what is no more, and are to
    be rebuilt. `elsewhere`: on a server that is about to become the log's, not on the one that
    Django speaks to.
    """

    epoch: int
    fork: int
    reason: str
    elsewhere: bool
    held: int
    stale: tuple[str, ...]


# Called after an epoch was opened, by the process that did: what the log has lost is offered again.
on_opened: list[Callable[[Opened], None]] = []


def check(connection: Connection | None = None) -> Finding:
    """Compare the log with what is remembered of it. Reads only."""
    connection = connection or store.session("projector")
    last = seal.current(connection)
    try:
        remembered = _remembered(connection)
    except ValueError as problem:
        return Missing(why=str(problem))
    if remembered is None:
        return Same() if last is None else Missing()
    if remembered == BEGINNING:
        return Same()
    if _holds(connection, [remembered]):
        return Same()
    if last is not None and last.position < remembered.position and history.holds(last):
        return Forked(at=last.position, clean=True, remembered=remembered)
    return Forked(at=_last_common(connection), clean=False, remembered=remembered)


def sequence() -> int:
    """Give positions to what has none, once the log was compared; return how many.

    What was numbered is remembered outside before this returns. Raises LogHalted.
    """
    guard()
    numbered = store.sequence()
    if numbered:
        remember()
    return numbered


def guard() -> None:
    """Compare the log, and halt it when it is not the one that is remembered. Raises LogHalted."""
    _refuse_an_ended_key()
    if (why := halted()) is not None:
        raise LogHalted(why)
    # Before the look: an epoch that opens meanwhile has settled what is found.
    seen = _one("SELECT max(epoch) FROM events_epoch")[0]
    finding = check()
    if not isinstance(finding, Same):
        halt(finding, seen)
        raise LogHalted(finding.why)
    if history.is_empty():
        # Before the first position is handed out: whoever looks between that and its remembering, or
        # after a crash there, sees a log that has just begun and not one that nobody knows.
        history.append([BEGINNING])
    _forget_marker()


def remember() -> None:
    """Note every block since the last remembered one outside the database.

    So the end of a log that was restored, or of a standby that is promoted, is always known.
    """
    connection = store.session("projector")
    newest = _remembered(connection)
    after = 0 if newest is None else newest.block
    while blocks := seal.after(connection, after, BLOCKS_AT_ONCE):
        history.append(blocks)
        after = blocks[-1].block


def keep_checkpoint() -> bool:
    """Sign the log's end into `latest.json`; return False, and leave it, when the log is halted."""
    try:
        sequence()
    except LogHalted:
        return False
    checkpoint = seal.current()
    if checkpoint is not None:
        seal.write(checkpoint)
    return True


def halt(finding: Missing | Forked, seen: int) -> None:
    """Stop every append, in all processes, and keep what was found beside what is remembered.

    Stops nothing where the epoch is no longer the one that was `seen` before the look.
    """
    marker = Path(settings.CHECKPOINT_DIR) / MARKER
    if not marker.exists():
        seal.keep(MARKER, _proof(finding))
    if _one("SELECT events_stop(%s, %s)", finding.why, seen)[0]:
        log.error("the log is halted: %s", finding.why)


def halted(alias: str = "projector") -> str | None:
    """Return why the log is halted, None while it is written."""
    row = (
        store.session(alias)
        .execute("SELECT finding FROM events_halt WHERE lifted_at IS NULL ORDER BY id LIMIT 1")
        .fetchone()
    )
    return None if row is None else row[0]


def resume(who: str) -> bool:
    """Lift the halt without an epoch; return whether there was one.

    For a memory that was out of reach and is back. Raises LogHalted while the log still differs.
    """
    finding = check()
    if not isinstance(finding, Same):
        raise LogHalted(finding.why)
    lifted: bool = _one("SELECT events_resume(%s)", who)[0]
    _forget_marker()
    return lifted


def settle() -> Opened | None:
    """Open an epoch by itself where the log was restored to an earlier point, and only there.

    For starts and `recover`. Raises LogHalted on any other finding.
    """
    finding = check()
    if isinstance(finding, Forked) and finding.clean:
        return open_epoch("restored to an earlier point")
    guard()
    return None


def open_epoch(
    reason: str,
    *,
    accept_changed: bool = False,
    connection: Connection | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Opened:
    """Open a new epoch where the log parts from what is remembered, else at its end.

    `connection` is an owner's to another server than Django's; `facts` are signed with the opening. Raises
    LogChanged unless a person accepts what was changed, psycopg.Error when another epoch was opened
    at the same time, LogHalted where our key has ended.
    """
    _refuse_an_ended_key()
    elsewhere = connection is not None
    connection = connection or store.session("projector")
    finding = check(connection)
    if isinstance(finding, Forked) and not (finding.clean or accept_changed):
        raise LogChanged(finding.why)
    former, head = _row(
        connection,
        "SELECT (SELECT max(epoch) FROM events_epoch),"
        " (SELECT coalesce(max(position), 0) FROM events_position)",
    )
    fork = finding.at if isinstance(finding, Forked) else head
    opened = max(former, _newest_remembered()) + 1
    told = {"epoch": opened, "fork": fork, "reason": reason, **(facts or {})}
    _row(
        connection,
        "SELECT events_open_epoch(%s, %s, %s, %s, %s)",
        former,
        opened,
        fork,
        reason,
        seal.sign(told),
    )
    return _after_opening(connection, finding, told, elsewhere=elsewhere)


def _refuse_an_ended_key() -> None:
    """Let no process write a memory that counts for nobody; the others go on. Raises LogHalted."""
    if (name := ended(clock.now())) is not None:
        why = f"signing key {name} has ended: copy the new one to this machine, and restart"
        _tell_once(why)
        raise LogHalted(why)


@cache
def _tell_once(why: str) -> None:
    log.error("no positions are given here: %s", why)


def _after_opening(
    connection: Connection, finding: Finding, told: Mapping[str, Any], *, elsewhere: bool
) -> Opened:
    epoch, fork = int(told["epoch"]), int(told["fork"])
    if isinstance(finding, Missing) and (end := seal.current(connection)) is not None:
        _set_aside_unreadable()
        history.append([end])
    _forget_marker()
    opened = Opened(
        epoch=epoch,
        fork=fork,
        reason=str(told["reason"]),
        elsewhere=elsewhere,
        held=outbox.hold_older(connection),
        stale=_drop_behind(connection, fork),
    )
    log.warning("epoch %d is open from position %d: %s", epoch, fork, opened.reason)
    for tell in on_opened:
        tell(opened)
    return opened


def facts_of(statement: str) -> Mapping[str, Any]:
    """Return what was signed when an epoch was opened, nothing where this site did not sign it."""
    try:
        return seal.believed(statement)
    except ValueError:
        return {}


def _drop_behind(connection: Connection, fork: int) -> tuple[str, ...]:
    """Take back checkpoints that have seen what is no more; their rows are another code's now."""
    connection.execute(
        "UPDATE read.events_reaction SET position = %s WHERE position > %s", [fork, fork]
    )
    rows = connection.execute(
        "UPDATE read.events_checkpoint SET position = %s, digest = 'forked',"
        " updated_at = clock_timestamp() WHERE position > %s RETURNING projection",
        [fork, fork],
    )
    return tuple(sorted(name for (name,) in rows))


def _remembered(connection: Connection) -> Checkpoint | None:
    """Return the newest memory that no signed epoch has given up. Raises ValueError."""
    forks = _forks(connection)
    return next((one for one in history.newest_first() if not _given_up(one, forks)), None)


def _given_up(remembered: Checkpoint, forks: list[tuple[int, int]]) -> bool:
    return any(epoch > remembered.epoch and fork < remembered.position for epoch, fork in forks)


def _forks(connection: Connection) -> list[tuple[int, int]]:
    rows = connection.execute(
        "SELECT epoch, fork_position, statement FROM events_epoch WHERE epoch > 1"
    )
    return [(epoch, fork) for epoch, fork, statement in rows if _signed(epoch, fork, statement)]


def _signed(epoch: int, fork: int, statement: str) -> bool:
    said = facts_of(statement)
    return (said.get("epoch"), said.get("fork")) == (epoch, fork)


def _holds(connection: Connection, remembered: list[Checkpoint]) -> set[int]:
    """Return the numbers of those remembered blocks that the log holds as they were."""
    rows = connection.execute(
        "SELECT epoch, last_position, number, encode(hash, 'hex') FROM events_block"
        " WHERE number = ANY(%s)",
        [[one.block for one in remembered]],
    ).fetchall()
    return {
        one.block for one in remembered if (one.epoch, one.position, one.block, one.hash) in rows
    }


def _last_common(connection: Connection) -> int:
    """Return the last remembered position that the log holds as it was, 0 if there is none."""
    group: list[Checkpoint] = []
    for one in history.newest_first():
        group.append(one)
        if len(group) == BLOCKS_AT_ONCE:
            if held := _holds(connection, group):
                return max(one.position for one in group if one.block in held)
            group = []
    held = _holds(connection, group)
    return max((one.position for one in group if one.block in held), default=0)


def _newest_remembered() -> int:
    try:
        return history.newest_epoch()
    except ValueError:
        return 0


def _proof(finding: Missing | Forked) -> dict[str, Any]:
    here = seal.current()
    return {
        "finding": finding.why,
        "remembered": (
            seal.statement_of(finding.remembered) if isinstance(finding, Forked) else None
        ),
        "found": None if here is None else {**asdict(here), "checkpoint": seal.statement_of(here)},
    }


def _forget_marker() -> None:
    """Keep the proof under the name of the epoch that has settled it."""
    marker = Path(settings.CHECKPOINT_DIR) / MARKER
    if marker.exists():
        found = json.loads(marker.read_text())["found"] or {"epoch": 0, "block": 0}
        marker.replace(marker.with_name(f"diverged-{found['epoch']}-{found['block']}.json"))


def _set_aside_unreadable() -> None:
    latest = Path(settings.CHECKPOINT_DIR) / seal.LATEST
    try:
        seal.latest()
    except ValueError:
        latest.replace(latest.with_name("unreadable.json"))


def _one(statement: str, *parameters: Any) -> Any:
    return _row(store.session("projector"), statement, *parameters)


def _row(connection: Connection, statement: str, *parameters: Any) -> Any:
    row = connection.execute(statement, parameters).fetchone()
    assert row is not None  # noqa: S101  a function and an aggregate always answer
    return row
