"""One seed: a stack of its own, every kind of fault in the seed's order, kills, all invariants."""

import random
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.chaos import invariants
from tests.chaos.field import Fault, Field, Kill
from tests.chaos.ground import Template, ground
from tests.chaos.kinds import lacks
from tests.chaos.leaks import nothing_leaks
from tests.chaos.ledger import Answer, Ledger
from tests.chaos.letters import letters_went_once
from tests.chaos.load import NOT_FOUND, Load
from tests.chaos.sink import Sink
from tests.chaos.stack import Attacked, NotInjectedError
from tests.chaos.storm import storm

Say = Callable[[str], None]
LAST: tuple[tuple[str, Callable[[Field], list[str]]], ...] = (
    ("I2", invariants.no_case_besides),
    ("I1", invariants.every_case_is_there),
    ("I5", letters_went_once),
    ("I8", invariants.drained_to_the_end),
    ("I3", invariants.rebuilt_is_live),
    ("I10", invariants.reviewers_see_day_zero),
    ("I12", invariants.parked_is_planted),
    ("I4", invariants.chain_is_whole),
    ("I6", nothing_leaks),
    ("I9", invariants.same_key_same_receipt),
    ("I1", invariants.receipts_check_offline),
    ("I11", invariants.state_is_told),
)
KILL_SECONDS = 0.95
CLIENTS = 4


@dataclass
class Shown:
    """What one kind of fault showed under one seed: `wrong` by invariant, of those in `asked`.

    `why_not` says why nothing was shown; `tried` that it was not for want of time or of a tool.
    """

    fault: Fault
    seconds: float = 0.0
    healed: float | None = None
    tries: int = 0
    unanswered: int = 0
    too_early: int = 0
    slowest_ms: float = 0.0
    asked: set[str] = field(default_factory=set)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    why_not: str = ""
    tried: bool = False

    @property
    def ok(self) -> bool:
        """Return whether it was shown and everything held."""
        return not self.why_not and not any(self.wrong.values())


@dataclass
class Seed:
    """What one seed showed."""

    number: int
    shown: list[Shown] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    letters: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    acknowledged: int = 0
    # How many of these ask for compassionate access, or tell of a dose.
    of_access: int = 0
    spooled: int = 0
    aside: int = 0
    # How often a sender was told that her own declaration, which the spool held, does not exist.
    too_early: int = 0
    seconds: float = 0.0

    @property
    def broken(self) -> bool:
        """Return whether anything did not hold, in the end or at a kind that was shown."""
        return any(self.together().values())

    def together(self) -> dict[str, list[str]]:
        """Return what was wrong at any fault or in the end, by invariant."""
        found = {name: list(what) for name, what in self.wrong.items()}
        for one in self.shown:
            for name, what in one.wrong.items():
                found.setdefault(name, []).extend(what)
        return found

    def invariants(self) -> set[str]:
        """Return what was asked at any fault or in the end."""
        return self.asked.union(*(one.asked for one in self.shown if not one.why_not))


@contextmanager
def opened(made: Template, number: int, folder: Path, clients: int = CLIENTS) -> Iterator[Field]:
    """Start a copy of the seeded stack under load; the ledger lies in `folder`, on another disk."""
    with ExitStack() as kept:
        place = kept.enter_context(ground(made))
        sink = Sink()
        sink.start()
        kept.callback(sink.stop)
        stack = Attacked(place.home, ground=place, sink=sink)
        stack.proxy.start()
        kept.callback(stack.proxy.stop)
        kept.callback(stack.end)
        stack.start(180)
        ledger = Ledger(folder / f"ledger-{number}.jsonl")
        kept.callback(ledger.close)
        load = Load(stack.port, made.declarants, made.reviewer, ledger, number, clients)
        stage = Field(stack, load, ledger, sink, number, dice=random.Random(number))
        with stack.admin() as connection:
            rows = connection.execute("SELECT DISTINCT stream FROM events_event").fetchall()
        stage.before = {stream.partition("-")[2] for (stream,) in rows}
        kept.enter_context(load)
        yield stage


def run(
    made: Template,
    number: int,
    faults: Sequence[Fault],
    *,
    kills: int,
    until: float,
    say: Say,
    within: float = 1.0,
    first: Sequence[Sequence[str]] = (),
) -> Seed:
    """Run one seed until `until` (time.monotonic()) at the latest, and judge it.

    The kinds named in `first` come before the others, group by group. A failure of the harness is told
    of as such, and ends this seed only.
    """
    began, told = time.monotonic(), Seed(number)
    folder = Path(tempfile.mkdtemp(prefix=f"chaos-ledger-{number}-", dir="/var/tmp"))
    try:
        with opened(made, number, folder) as stage:
            stage.within, told.kills = within, stage.kills
            try:
                # Kinds that find no time are told of; the next seed begins with others.
                order = in_order(faults, first, stage.dice)
                _faults(stage, told, order, until - kills * KILL_SECONDS, say)
                storm(stage, kills, until, say)
            finally:
                stage.load.stop()
            _judge(stage, told, folder, say)
    except Exception as failure:  # noqa: BLE001  the other seeds go on
        told.wrong["harness"] = [f"{type(failure).__name__}: {failure}", traceback.format_exc()]
        say(f"seed {number} ended early: {traceback.format_exc()}")
    finally:
        told.seconds = time.monotonic() - began
        if not told.broken:
            shutil.rmtree(folder)
        else:
            say(f"the ledger and the logs of seed {number} are kept in {folder}")
    return told


def in_order(
    faults: Sequence[Fault], first: Sequence[Sequence[str]], dice: random.Random
) -> list[Fault]:
    """Return the kinds by the dice, those named first before the others."""
    order = sorted(faults, key=lambda fault: fault.name)
    dice.shuffle(order)
    rank = {name: number for number, names in enumerate(first) for name in names}
    return sorted(order, key=lambda fault: rank.get(fault.name, len(first)))


def _faults(stage: Field, told: Seed, order: Sequence[Fault], until: float, say: Say) -> None:
    for count, fault in enumerate(order, 1):
        shown = Shown(fault, why_not=lacks(fault))
        if time.monotonic() > until:
            shown.why_not = "the time was up"
        if not shown.why_not:
            _one(stage, shown)
        if shown.tried and shown.why_not and not shown.wrong:
            # It did not come about: once more, and only then is it not shown.
            shown = Shown(fault)
            _one(stage, shown)
        told.shown.append(shown)
        say(f"seed {told.number} {count}/{len(order)} {fault.name}: {_summary(shown)}")
        if shown.healed is None and not shown.why_not:
            say(stage.stack.said()[-6000:])


def _summary(shown: Shown) -> str:
    if shown.why_not:
        return f"not shown, {shown.why_not}"
    wrong = "; ".join(f"{name} {what}" for name, all_ in shown.wrong.items() for what in all_[:2])
    back = "never" if shown.healed is None else f"{shown.healed:.1f} s"
    return (
        f"{shown.seconds:.1f} s, whole again after {back}; {shown.tries} tries,"
        f" {shown.unanswered} not taken, slowest {shown.slowest_ms:.0f} ms {wrong}"
    )


def _one(stage: Field, shown: Shown) -> None:
    """Inject one fault, wait until all is whole, compare the ledger with the log."""
    fault, first = shown.fault, len(stage.ledger.answers)
    surprises = len(stage.load.surprises)
    ended = _inject(stage, shown)
    shown.asked.add("I8")
    shown.healed, missing = invariants.healed(stage)
    # Not before: what was sent while it lasted may be answered afterwards.
    stage.load.allowed = set()
    if shown.healed is None:
        shown.wrong["I8"] = [missing]
    try:
        found = invariants.of_the_ledger(stage)
        shown.asked |= found.keys()
        shown.wrong |= {k: v for k, v in found.items() if v}
    except psycopg.Error as failure:
        shown.wrong["I1"] = [f"the log cannot be asked: {type(failure).__name__}"]
    if fault.after:
        stage.found["I12"] = fault.after(stage)
    shown.asked |= stage.found.keys()
    shown.wrong |= {k: v for k, v in stage.found.items() if v}
    if new := stage.load.surprises[surprises:]:
        shown.wrong["surprise"] = new[:5]
    during = [one for one in stage.ledger.answers[first:] if one.began <= ended]
    _answered(shown, during, stage.within)


def _inject(stage: Field, shown: Shown) -> float:
    """Let one fault come, last and go; return when it had gone."""
    stage.load.allowed = set(shown.fault.allows)
    stage.found = {}
    shown.tried = True
    began = time.time()
    try:
        with shown.fault.inject(stage):
            shown.seconds = time.time() - began
    except NotInjectedError as failure:
        shown.why_not = f"did not come about: {failure}"
    except Exception as failure:  # noqa: BLE001  a fault that can't be injected is told of
        shown.wrong["harness"] = [f"{type(failure).__name__}: {failure}", traceback.format_exc()]
    return began + shown.seconds if shown.seconds else time.time()


def _answered(shown: Shown, during: Sequence[Answer], within: float) -> None:
    """I7: a receipt within a second, or `within`, for each, unless the fault takes away what they speak to."""
    shown.tries = len(during)
    shown.too_early = sum(one.status == NOT_FOUND for one in during)
    shown.unanswered = sum(not one.acknowledged for one in during)
    shown.slowest_ms = max((one.ms for one in during), default=0.0)
    late = sum(one.ms > within * 1000 for one in during)
    if not shown.fault.takes:
        shown.asked.add("I7")
    if not shown.fault.takes and (shown.unanswered or late):
        statuses = sorted({one.status for one in during if not one.acknowledged})
        shown.wrong["I7"] = [
            f"{shown.unanswered} not taken {statuses}, {late} after more than 1 s"
        ]


def _judge(stage: Field, told: Seed, folder: Path, say: Say) -> None:
    """Wait until all is whole, then ask every invariant, of the whole ledger from its first line."""
    stage.checked = 0
    told.asked.add("I8")
    healed, missing = invariants.healed(stage)
    if healed is None:
        told.wrong["I8"] = [missing]
    for name, wrong in _of_all(stage).items():
        told.asked.add(name)
        told.wrong.setdefault(name, []).extend(wrong)
    for name, invariant in LAST:
        try:
            wrong = invariant(stage)
        except Exception as failure:  # noqa: BLE001  one question must not silence the others
            wrong = [f"cannot be asked: {failure!r}"]
        told.wrong.setdefault(name, []).extend(wrong)
        if name != "I12" or stage.planted:
            told.asked.add(name)
        say(f"seed {told.number} {invariant.__name__}: {'holds' if not wrong else wrong[:3]}")
    stage.count_doubts()
    told.letters = stage.letters
    answers = list(stage.ledger.acknowledged())
    told.acknowledged = len({one.command_id for one in answers})
    verbs = {one.command_id: stage.ledger.commands[one.key].verb for one in answers}
    told.of_access = sum(
        invariants.OPENED.get(verb) == invariants.REQUEST for verb in verbs.values()
    )
    told.spooled = len({one.command_id for one in answers if one.status == 202})
    told.aside = len(set(stage.aside))
    told.wrong["surprise"] = stage.load.surprises[:20]
    told.too_early = stage.load.not_found
    if any(told.wrong.values()):
        # Nothing else of the stack outlives it.
        shutil.copytree(stage.stack.folder / "log", folder / "log")


def _of_all(stage: Field) -> dict[str, list[str]]:
    try:
        return invariants.of_the_ledger(stage)
    except psycopg.Error as failure:
        return {"I1": [f"the log cannot be asked: {type(failure).__name__}"]}
