"""Run a command against the running stack: `python -m config.local.env -- CMD …`.

The command gets every address, the owner's included; `manage.py` finds them by itself.
"""

import os
import sys

from config.local import environment


def main() -> None:
    command = sys.argv[2:] if sys.argv[1:2] == ["--"] else sys.argv[1:]
    if not command:
        sys.exit("usage: python -m config.local.env -- CMD …")
    found = environment.of_the_operator()
    if not found:
        sys.exit(f"no stack runs in {environment.data_dir()}")
    os.execvpe(command[0], command, {**os.environ, **found})  # noqa: S606


if __name__ == "__main__":
    main()
