"""Say what is being done, and how long it has been going on."""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Print `name` when it begins, the seconds while it lasts on a terminal, and what it took."""
    began = time.monotonic()
    done = threading.Event()
    print(f"  {name} …", end="", flush=True)
    ticking = threading.Thread(target=_tick, args=(name, began, done), daemon=True)
    if sys.stdout.isatty():
        ticking.start()
    try:
        yield
    except BaseException:
        done.set()
        print(" failed", flush=True)
        raise
    done.set()
    if ticking.is_alive():
        ticking.join()
    start = f"\r  {name} …" if sys.stdout.isatty() else ""
    print(f"{start} {time.monotonic() - began:.1f} s", flush=True)


def _tick(name: str, began: float, done: threading.Event) -> None:
    while not done.wait(1):
        print(f"\r  {name} … {time.monotonic() - began:.0f} s", end="", flush=True)
