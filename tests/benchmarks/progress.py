"""Tell on stderr what is being measured and how long the rest will take."""

import sys
import time


class Progress:
    """Counts steps of roughly equal length within one benchmark."""

    def __init__(self, name: str, steps: int) -> None:
        self._name = name
        self._steps = steps
        self._done = 0
        self._began = time.monotonic()

    def step(self, text: str) -> None:
        """Say what begins now, with the time that is probably left for this benchmark."""
        gone = time.monotonic() - self._began
        left = ""
        if self._done:
            seconds = gone / self._done * (self._steps - self._done)
            left = f", about {seconds:.0f} s left"
        self._done += 1
        print(
            f"[{self._name} {self._done}/{self._steps}{left}] {text}", file=sys.stderr, flush=True
        )


def say(text: str) -> None:
    """Write one line to the person who waits."""
    print(text, file=sys.stderr, flush=True)
