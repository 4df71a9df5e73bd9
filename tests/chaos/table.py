"""What was shown, as a table to read and as chaos.json."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.chaos.field import FAULTS
from tests.chaos.kinds import NOT_HERE
from tests.chaos.seeds import Seed, Shown

INVARIANTS = {
    "I1": "acknowledged ⊆ log: content, sender, signature",
    "I2": "nothing twice, nothing that nobody declared",
    "I3": "rebuilt equals live",
    "I4": "chain and checkpoints verify",
    "I5": "each letter once",
    "I6": "no word of a body anywhere else",
    "I7": "a receipt within a second",
    "I8": "whole again, backlog 0",
    "I9": "the same key, the same receipt",
    "I10": "day 0 from the earliest receipt",
    "I11": "the state is told truthfully",
    "I12": "what cannot be read is parked and listed",
}


OF_A_FAULT = ("I1", "I2", "I7", "I8", "I10", "I11", "I12")
HOLDS = {True: "holds", False: "NO", None: "–"}
# What a whole run is asked to show.
KINDS_IN_EACH, KILLS, IN_DOUBT = 40, 1000, 100
NEW_AT_A_TIME = 15


def as_json(seeds: Sequence[Seed], *, seconds: float, whole: bool = False) -> dict[str, Any]:
    """Return chaos.json; `missed` is what a `whole` run did not show."""
    kinds = {one.fault.name: one.fault for seed in seeds for one in seed.shown}
    faults = [
        _fault(
            [(s.number, one) for s in seeds for one in s.shown if one.fault.name == name],
        )
        for name in sorted(kinds)
    ]
    faults += [
        {"id": number, "name": name, "seeds": [], "ok": False, "invariants": {}, "why_not": why}
        for number, name, why in NOT_HERE
    ]
    kills = [one for seed in seeds for one in seed.kills]
    wrong = [seed.together() for seed in seeds]
    told: dict[str, Any] = {
        "faults": faults,
        "kills": sum(one.counted for one in kills),
        "lost": sum(len(one.get("I1", [])) for one in wrong),
        "doubled": sum(len(one.get("I2", [])) for one in wrong),
        "kills_in_doubt": sum(one.counted and one.in_doubt > 0 for one in kills),
        "tries_in_doubt": sum(one.in_doubt for one in kills),
        "kills_by_victim": dict(Counter(f"{k.victim}, {k.phase}" for k in kills if k.counted)),
        "kills_not_counted": sum(not one.counted for one in kills),
        "seeds": [_seed(seed) for seed in seeds],
        "seconds": round(seconds),
    }
    return told | {"missed": _missed(told, seeds) if whole else []}


def _seed(seed: Seed) -> dict[str, Any]:
    wrong = seed.together()
    return {
        "seed": seed.number,
        "seconds": round(seed.seconds),
        "kinds": sum(not one.why_not for one in seed.shown),
        "acknowledged": seed.acknowledged,
        "of_access": seed.of_access,
        "spooled": seed.spooled,
        "set_aside": seed.aside,
        "letters": seed.letters,
        "told_not_found_too_early": seed.too_early,
        "invariants": _held(seed.invariants(), wrong, INVARIANTS),
        "wrong": {name: what[:5] for name, what in wrong.items() if what},
    }


def _held(asked: set[str], wrong: dict[str, Any], names: Iterable[str]) -> dict[str, bool | None]:
    """Return what held, False where anything was wrong, None where nobody asked."""
    return {
        name: False if wrong.get(name) else True if name in asked else None for name in names
    }  # fmt: skip


def _fault(shown: Sequence[tuple[int, Shown]]) -> dict[str, Any]:
    done = [(number, one) for number, one in shown if not one.why_not]
    wrong: dict[str, list[str]] = {}
    for _, one in shown:
        for name, what in one.wrong.items():
            wrong.setdefault(name, []).extend(what)
    why_not = sorted({one.why_not for _, one in shown if one.why_not})
    asked = {name for _, one in done for name in one.asked}
    seen = shown[0][1].fault
    return {
        "id": seen.number,
        "name": seen.name,
        "group": seen.group,
        "shows": seen.shows,
        "seeds": [number for number, _ in done],
        "ok": bool(done) and all(one.ok for _, one in shown if one.tried),
        "by_hand": seen.by_hand,
        "takes": seen.takes,
        "invariants": _held(asked, wrong, OF_A_FAULT),
        "wrong": {name: what[:5] for name, what in wrong.items() if what},
        "whole_again_s": _spread([one.healed for _, one in done if one.healed is not None]),
        "slowest_ms": round(max((one.slowest_ms for _, one in done), default=0)),
        "not_taken": sum(one.unanswered for _, one in done),
        "tries": sum(one.tries for _, one in done),
        "why_not": "; ".join(why_not),
    }


def _missed(told: dict[str, Any], seeds: Sequence[Seed]) -> list[str]:
    """Return what a whole run is asked to show and this one did not."""
    in_each = kinds_in_each(seeds)
    missed = []
    if len(in_each) < KINDS_IN_EACH:
        missed.append(f"{len(in_each)} kinds shown in each of the seeds, {KINDS_IN_EACH} asked")
    for name, least in (("kills", KILLS), ("kills_in_doubt", IN_DOUBT)):
        if told[name] < least:
            missed.append(f"{told[name]} {name.replace('_', ' ')}, {least} asked")
    never = sorted({one.fault.name for s in seeds for one in s.shown} - _shown_anywhere(seeds))
    if never:
        missed.append(f"never shown: {', '.join(never)}")
    return missed


def kinds_in_each(seeds: Sequence[Seed]) -> set[str]:
    """Return the kinds that every seed has shown."""
    return set.intersection(
        *({one.fault.name for one in seed.shown if not one.why_not} for seed in seeds)
    ) if seeds else set()  # fmt: skip


def _shown_anywhere(seeds: Sequence[Seed]) -> set[str]:
    return {one.fault.name for seed in seeds for one in seed.shown if not one.why_not}


def first(seeds: Sequence[Seed]) -> list[list[str]]:
    """Return the kinds that come first in the next seed.

    Those that no seed has shown, a few at a time; then those that every seed has shown, so that as
    many as possible are shown in each.
    """
    tried = {one.fault.name for seed in seeds for one in seed.shown}
    return [sorted(tried - _shown_anywhere(seeds))[:NEW_AT_A_TIME], sorted(kinds_in_each(seeds))]


def _spread(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    return {"median": round(median(values), 1), "worst": round(max(values), 1)}


def write(told: dict[str, Any], path: Path) -> None:
    """Write chaos.json."""
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def markdown(told: dict[str, Any]) -> str:
    """Return the tables: kinds of faults, kills, seeds, what was not shown."""
    faults: list[dict[str, Any]] = told["faults"]
    shown = [one for one in faults if one["seeds"]]
    kills = f"{told['kills']} counted kills ({told['kills_in_doubt']} with a request in doubt)"
    early = sum(seed["told_not_found_too_early"] for seed in told["seeds"])
    lines = [
        f"{len(shown)} kinds of faults, {len(told['seeds'])} seeds, {told['seconds']} s.",
        f"{kills}: {told['lost']} lost, {told['doubled']} doubled.",
        f"{early} times a sender was told that her own declaration, which the spool held, does not exist.",
        "",
        "| # | fault | seeds | holds | not taken / tries | slowest | whole again, median / worst | by hand |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in sorted(shown, key=lambda one: (one["group"], one["id"], one["name"])):
        spread = one["whole_again_s"]
        back = f"{spread['median']} / {spread['worst']} s" if spread else "never"
        holds = "yes" if one["ok"] else ", ".join(sorted(one["wrong"])) or one["why_not"]
        lines.append(
            f"| {one['id'] or '–'} | {one['name']}: {one['shows']} | {len(one['seeds'])} | {holds}"
            f" | {one['not_taken']} / {one['tries']} | {one['slowest_ms']} ms | {back}"
            f" | {one['by_hand']} |"
        )
    lines += ["", "| kills of, while | counted |", "|---|---|"]
    counted: dict[str, int] = told["kills_by_victim"]
    lines += [f"| {name} | {count} |" for name, count in sorted(counted.items())]
    lines += [
        "",
        "| seed | " + " | ".join(INVARIANTS) + " |",
        "|---" * (len(INVARIANTS) + 1) + "|",
    ]
    for seed in told["seeds"]:
        held = [HOLDS[ok] for ok in seed["invariants"].values()]
        lines.append(f"| {seed['seed']} | " + " | ".join(held) + " |")
    lines += ["", "| not shown | why |", "|---|---|"]
    lines += [f"| {one['name']} | {one['why_not']} |" for one in faults if not one["seeds"]]
    lines += ["", *(f"Missed: {one}." for one in told["missed"])]
    return "\n".join(lines) + "\n"


def kinds() -> str:
    """Return the list of kinds for the document: what each attacks, shows, takes and asks of a person."""
    lines = [
        "| # | kind | attacks | shows | takes away meanwhile | by hand | needs |",
        "|---|---|---|---|---|---|---|",
    ]
    ordered = sorted(FAULTS.values(), key=lambda one: (one.number or 99, one.group, one.name))
    lines += [
        f"| {one.number or '–'} | {one.name} | {one.group} | {one.shows} | {one.takes or '–'}"
        f" | {one.by_hand or '–'} | {', '.join(one.needs) or '–'} |"
        for one in ordered
    ]
    return "\n".join(lines)


def not_here() -> str:
    """Return what no run on one machine shows, and why, for the document."""
    lines = ["| # | not shown | why |", "|---|---|---|"]
    lines += [f"| {number or '–'} | {name} | {why} |" for number, name, why in NOT_HERE]
    return "\n".join(lines)
