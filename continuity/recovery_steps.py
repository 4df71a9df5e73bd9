"""The steps of a recovery, each in the words of the operator who reads its progress."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings

from continuity.recovery import Done, Report, Step
from events import (
    compare,
    epochs,
    erasure,
    heads,
    promotion,
    quarantine,
    registry,
    replay,
    verify,
)
from events.drain import drainer
from events.errors import LogAway, LogHalted, RebuildRunning
from events.event import Actor
from events.line import hang_up, line
from events.spool_reports import reports

RECOVERY = Actor(id="recover", role="system")
PAUSE = 0.25
PROBE_SECONDS = 2.0
WAITING = "commits wait for a standby"
Journal = Callable[[], int]


def steps(*, wait_seconds: float, workers: int, record_journal: Journal) -> tuple[Step, ...]:
    """Return the steps of a recovery, most urgent first.

    What is declared meanwhile goes on being received: no step stops the intake.
    """
    verification = Verification()
    return (
        Step(name="log", work=lambda report: reach(wait_seconds, report)),
        Step(name="epoch", work=epoch, after=("log",)),
        Step(name="erasures", work=erasures, after=("epoch",)),
        Step(name="drain", work=drain, after=("erasures",), undaunted=True),
        Step(name="receipts", work=receipts, after=("drain",), undaunted=True),
        Step(name="verify", work=verification.begin, after=("epoch",), undaunted=True),
        Step(
            name="projections",
            work=lambda report: project(workers, report),
            after=("drain",),
            undaunted=True,
        ),
        # After the lists: a closing is decided against the sheets that the drain brought.
        Step(
            name="journal",
            work=lambda _: journal(record_journal),
            after=("projections",),
            undaunted=True,
        ),
        Step(
            name="verify_rest",
            work=verification.rest,
            after=("verify", "journal"),
            undaunted=True,
        ),
        Step(name="compare", work=compared, after=("projections", "journal"), undaunted=True),
    )


def reach(seconds: float, report: Report) -> Done:
    """Wait until the log takes a write, for at most so long.

    Shown by a committed one, which never hangs: that of the line that the intake uses.
    """
    began = time.monotonic()
    while True:
        waited = time.monotonic() - began
        report("log", min(int(waited), int(seconds)), int(seconds))
        if (why := _refusal()) is None:
            report("log", int(seconds), int(seconds))
            return Done(found={"events": _status()["log"]["events"]})
        if waited > seconds:
            return Done(ok=False, found={"error": why}, doubts=(f"log: {why}",))
        time.sleep(PAUSE)


def _refusal() -> str | None:
    if (why := replay.refusal()) is not None:
        return why
    try:
        with line().borrowed(time.monotonic() + PROBE_SECONDS):
            return None
    except LogAway as away:
        reason = str(away.details["reason"])
    if reason == "other_log":
        # It takes writes, and the next step says why nodes were not told of it.
        return None
    return WAITING if reason == "not_replicated" or replay.lacks_a_standby() else reason


def epoch(_: Report) -> Done:
    """Compare the log with what is remembered outside; a clean restore opens an epoch."""
    try:
        opened = epochs.settle()
    except LogHalted as halted:
        # Only a person may say that a changed log goes on: `manage.py epoch open`.
        return Done(ok=False, found={"halted": str(halted)}, doubts=(f"epoch: {halted}",))
    status = _status()
    found: dict[str, Any] = {"epoch": status["epoch"], "position": status["head"]}
    if promotion.is_misnamed():
        why = "nodes were told of another server: `manage.py epoch open` names this one"
        return Done(ok=False, found=found | {"error": why}, doubts=(f"epoch: {why}",))
    if opened is None:
        return Done(found=found)
    # It may have been refused the server until now; another one asks anew, and at once.
    hang_up()
    return Done(found=found | {"fork": opened.fork, "letters_held": opened.held})


def erasures(_: Report) -> Done:
    """Destroy again the keys that a restored database has got back."""
    destroyed, unknown = erasure.erase_again(RECOVERY)
    return Done(found={"destroyed": destroyed, "unknown": unknown})


def drain(report: Report) -> Done:
    """Bring into the log what the spools of this machine hold, and erase who came back with it."""
    counts = drainer.once(report=lambda done, total: report("drain", done, total))
    found = {name: getattr(counts, name) for name in counts.__slots__}
    # What the drain brings back gets new keys, also of people who were erased.
    erased_again, unknown = erasure.erase_again(RECOVERY)
    found["erased_again"] = erased_again
    doubts = [f"drain: {counts.left} left"] if counts.left else []
    doubts += [f"drain: {counts.damaged} can't be read"] if counts.damaged else []
    elsewhere = [one.node for one in reports() if one.waiting and not counts.left]
    doubts += [f"spool of {node}: not empty when it was last reported" for node in elsewhere]
    is_drained = not doubts
    if unknown:
        doubts.append(f"erasures: {unknown} of people whom the log does not know")
    return Done(ok=is_drained, found=found, doubts=tuple(doubts))


def receipts(_: Report) -> Done:
    """Count the receipts of nodes whose spools are gone that the log accounts for nowhere."""
    lost = heads.lost(settings.DATA_DIR / "beacon" / "heads")
    doubts = tuple(
        f"receipts: {one.receipts} of {one.node} are neither in the log nor in a spool here,"
        f" as of {one.at}"
        for one in lost
    )
    return Done(ok=not lost, found={"lost": sum(one.receipts for one in lost)}, doubts=doubts)


class Verification:
    """The log's verification in two parts: one beside the drain, one of what came meanwhile.

    It decides nothing on what was changed. The intake and the drain of everything else go on:
    `verify --accept` lets a person continue.
    """

    def __init__(self) -> None:
        self._last = 0

    def begin(self, report: Report) -> Done:
        """Recompute every leaf, root and hash of the log as it ends now."""
        return self._verified("verify", report)

    def rest(self, report: Report) -> Done:
        """Recompute those of all that the drain and the journal appended since."""
        return self._verified("verify_rest", report)

    def _verified(self, name: str, report: Report) -> Done:
        first = self._last + 1
        verdict = verify.verify_log(
            first=first,
            report=lambda done, total: report(name, done, max(total - first + 1, done)),
        )
        self._last = verdict.last
        parked = quarantine.park(verdict.bad) if verdict.bad else 0
        quarantine.tell(verdict.findings)
        found = {
            "events": verdict.events,
            "blocks": verdict.blocks,
            "last": verdict.last,
            "first_bad": verdict.first_bad,
            "streams_parked": parked,
        }
        doubts = () if verdict.ok else (f"{name}: {verdict.first_bad}; {parked} streams parked",)
        return Done(ok=verdict.ok, found=found, doubts=doubts)


def journal(record: Journal) -> Done:
    """Bring into the log, and into the lists, what the beacon of this machine saw meanwhile."""
    entries = record()
    for projection in registry.projections() if entries else ():
        replay.catch_up([projection], replay.Bounds(), replay.quiet)
    return Done(found={"entries": entries})


def project(workers: int, report: Report) -> Done:
    """Bring every list to the end of the log, the clinically urgent first; rebuild what is stale."""
    rebuilt: list[str] = []
    doubts: list[str] = []
    for projection in registry.projections():
        if _is_stale(projection.name):
            try:
                replay.rebuild_all(
                    [projection], workers=workers, resume=True, dispatch=None, report=report
                )
                rebuilt.append(projection.name)
            except RebuildRunning:
                doubts.append(f"{projection.name}: somebody is rebuilding it")
        replay.catch_up([projection], replay.Bounds(), report)
    parked = _parked()
    doubts += [f"{name}: {count} streams parked" for name, count in parked.items()]
    return Done(found={"rebuilt": rebuilt, "parked": sum(parked.values())}, doubts=tuple(doubts))


def compared(report: Report) -> Done:
    """Compare every list with what the log folds to."""
    projections = registry.projections()
    rows, differing = 0, []
    for count, projection in enumerate(projections):
        report("compare", count, len(projections))
        found = compare.compare(projection)
        rows += found.rows
        if found.differences:
            differing.append(f"{found.name}: {found.differences} rows differ")
    report("compare", len(projections), len(projections))
    return Done(ok=not differing, found={"rows": rows}, doubts=tuple(differing))


def waiting() -> dict[str, Any]:
    """Return what a recovery would find, without doing anything."""
    state = _status()
    finding = epochs.check()
    return {
        "epoch": getattr(finding, "why", "same"),
        "events": state["log"]["events"],
        "spooled": drainer.waiting(),
        "projections": _lags(state["projections"]),
    }


def _status() -> dict[str, Any]:
    return replay.status(registry.projections())


def _lags(projections: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {one["name"]: {"lag": one["lag"], "state": one["state"]} for one in projections}


def _is_stale(name: str) -> bool:
    (state,) = replay.status([registry.projection(name)])["projections"]
    # One that is being rebuilt by nobody was interrupted: whoever lives holds its lock.
    return state["state"] in {"made by other code", "rebuilding"}


def _parked() -> dict[str, int]:
    states = _status()["projections"]
    return {one["name"]: one["parked"] for one in states if one["parked"]}
