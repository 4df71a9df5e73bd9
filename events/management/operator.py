"""What all operator commands share: JSON on stdout, progress on stderr, exit codes."""

import argparse
import json
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from typing_extensions import override

from events.errors import EventError, Refused

DONE, FAILED, USAGE, PARTIAL, INTERRUPTED = 0, 1, 2, 3, 130


class OperatorCommand(ABC, BaseCommand):
    """A command with `--json`, examples in its help, and the house's exit codes.

    0 done · 1 a check failed · 2 wrong usage · 3 a part was parked or left behind ·
    130 interrupted, safe to run again. Subclasses give `examples`, `arguments` and `run`.
    """

    examples = ""
    requires_system_checks: list[str] = []

    @override
    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Keep the line breaks of the examples."""
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        return super().create_parser(
            prog_name, subcommand, epilog=f"examples:\n{self.examples}", **kwargs
        )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--json` and the subclass's own arguments."""
        parser.add_argument("--json", action="store_true", help="one object on standard output")
        self.arguments(parser)

    def arguments(self, parser: CommandParser) -> None:
        """Add the subclass's arguments."""

    @abstractmethod
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Do the work; return the answer and the exit code."""

    def show(self, answer: dict[str, Any]) -> None:
        """Print the answer for a person."""
        self.stdout.write(json.dumps(answer, indent=2, default=str))

    @override
    def handle(self, *_args: Any, **options: Any) -> None:
        """Run, print, and leave with the right code."""
        try:
            answer, code = self.run(**options)
        except KeyboardInterrupt:
            self.stderr.write("interrupted; it is safe to run this again")
            sys.exit(INTERRUPTED)
        except (CommandError, ValueError) as error:
            self.stderr.write(f"error: {error}")
            sys.exit(USAGE)
        except Refused as error:
            self.stderr.write("\n".join(f"{one.code}: {one.detail}" for one in error.problems))
            sys.exit(FAILED)
        except EventError as error:
            self.stderr.write(f"{error.code}: {error}")
            sys.exit(FAILED)
        except psycopg.OperationalError as error:
            self.stderr.write(f"database: {type(error).__name__}; it is safe to run this again")
            sys.exit(FAILED)
        if options["json"]:
            self.stdout.write(json.dumps(answer, default=str))
        else:
            self.show(answer)
        if code:
            sys.exit(code)

    @contextmanager
    def progress(self) -> Iterator["Reporter"]:
        """Yield a callable(name, done, total) that draws a bar with its ETA on standard error."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True)) as bar:
            yield Reporter(bar)


class Reporter:
    """Keeps one bar per name."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, name: str, done: int, total: int) -> None:
        """Show how far `name` has come."""
        if name not in self._tasks:
            self._tasks[name] = self._bar.add_task(name, total=total)
        self._bar.update(self._tasks[name], completed=done, total=total)
