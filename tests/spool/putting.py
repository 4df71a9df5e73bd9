"""Put submissions and print each receipt once it is given: `python -m tests.spool.putting`.

With SPOOL_DIRS. `--threads` at once, `--count` each (0: without end), `--size` bytes of body,
`--largest` limits a file's size (bytes).
"""

import argparse
import os
import resource
import sys
from concurrent.futures import ThreadPoolExecutor


def main() -> None:
    """Put until told otherwise; print `FULL` for what the spool did not take."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--size", type=int, default=2000)
    parser.add_argument("--largest", type=int)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    import django

    django.setup()
    if asked.largest:
        resource.setrlimit(resource.RLIMIT_FSIZE, (asked.largest, asked.largest))
    with ThreadPoolExecutor(asked.threads) as many:
        for done in [many.submit(_put, asked.count, asked.size) for _ in range(asked.threads)]:
            done.result()


def _put(count: int, size: int) -> None:
    from events.spool import SpoolFull, spool
    from tests.spool.material import body, header

    done = 0
    while not count or done < count:
        done += 1
        try:
            said = spool().put(header(), body(size), deadline=30).receipt
        except SpoolFull:
            said = "FULL"
        # One write, so that no kill cuts a line in two.
        os.write(sys.stdout.fileno(), f"{said}\n".encode())


if __name__ == "__main__":
    main()
