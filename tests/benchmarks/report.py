"""The table on the screen, bench.json, and docs/benchmarks.md."""

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.benchmarks.lab import ROOT
from tests.benchmarks.options import Options

HEADS = ("benchmark", "unit", "ours", "floor", "of floor", "best peer", "of peer", "MB", "targets")
DOCUMENT = ROOT / "docs" / "benchmarks.md"


def show(figures: Sequence[Figure]) -> None:
    """Print the table, aligned."""
    lines = [HEADS, *(_cells(figure) for figure in figures)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    for line in lines:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )
    for figure in figures:
        for text in _missed(figure):
            print(text)


def write_json(figures: Sequence[Figure]) -> None:
    """Write bench.json beside the Makefile."""
    listed = [figure.as_json() for figure in figures]
    (ROOT / "bench.json").write_text(json.dumps(listed, indent=1, ensure_ascii=False) + "\n")


def write_document(figures: Sequence[Figure], server: Mapping[str, str], options: Options) -> None:
    """Replace what stands below the line of docs/benchmarks.md that a run writes from."""
    above = DOCUMENT.read_text().partition(_MARK)[0].rstrip()
    DOCUMENT.write_text("\n".join([above, "", _MARK, "", *_body(figures, server, options)]) + "\n")


_MARK = "<!-- Below this line `make bench` writes. -->"


def _body(figures: Sequence[Figure], server: Mapping[str, str], options: Options) -> Iterator[str]:
    yield f"Machine: {_machine()}. {_system()}; PostgreSQL {server['server_version']},"
    settings = (f"{name} = {value}" for name, value in server.items() if name != "server_version")
    yield f"{', '.join(settings)}. {options.rounds} interleaved rounds."
    yield ""
    yield f"| {' | '.join(HEADS)} |"
    yield f"|{'---|' * len(HEADS)}"
    for figure in figures:
        yield f"| {' | '.join(_cells(figure))} |"
    yield ""
    yield "Besides:"
    yield ""
    for figure in figures:
        facts = {**figure.notes, **figure.facts}
        if facts:
            said = ", ".join(f"{name} {_number(value)}" for name, value in facts.items())
            yield f"- `{figure.name}`: {said}"
    missed = [text for figure in figures for text in _missed(figure)]
    if missed:
        yield ""
        yield "## Missed in this run"
        yield ""
        yield from missed


def _cells(figure: Figure) -> tuple[str, ...]:
    peers = figure.peers
    better = min if figure.is_time else max
    best = better(peers, key=peers.__getitem__) if peers else ""
    return (
        figure.name,
        figure.unit,
        _number(figure.ours),
        _number(figure.floor),
        _ratio(figure.floor_ratios),
        f"{best} {_number(peers[best])}" if peers else "–",
        _ratio(figure.peer_ratios),
        _number(figure.memory_mb),
        _targets(figure),
    )


def _targets(figure: Figure) -> str:
    if not figure.targets:
        return "–"
    return ", ".join(
        f"{target.what} {'≤' if target.at_most else '≥'} {_number(target.value)}"
        f" {'met' if target not in figure.missed() else 'MISSED'}"
        for target in figure.targets
    )


def _missed(figure: Figure) -> Iterator[str]:
    for target in figure.missed():
        bound = f"{'at most' if target.at_most else 'at least'} {_number(target.value)}"
        yield f"- `{figure.name}`: {target.what} is {_number(figure.judged(target))}, {bound} wanted."
    if figure.missed() and figure.why:
        yield figure.why


def _ratio(values: Sequence[float]) -> str:
    if not values:
        return "–"
    middle = sorted(values)[len(values) // 2]
    spread = f" ({_number(min(values))}–{_number(max(values))})" if len(values) > 1 else ""
    return f"{_number(middle)}{spread}"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _machine() -> str:
    text = Path("/proc/cpuinfo").read_text()
    models = [
        line.partition(":")[2].strip()
        for line in text.splitlines()
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = models[0] if models else platform.machine()
    return f"{os.cpu_count()} cores {model}, {memory:.0f} GiB"


def _system() -> str:
    return f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
