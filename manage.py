#!/usr/bin/env python
"""Django's command line; without a DATABASE_URL it speaks to the stack that runs in DATA_DIR."""

import os
import sys

from config.local import environment


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if not os.environ.get("DATABASE_URL"):
        os.environ.update(environment.of_the_operator())

    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.utils.connection import ConnectionDoesNotExist

    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, ConnectionDoesNotExist) as refusal:
        without_database = "ENGINE" in str(refusal) or isinstance(refusal, ConnectionDoesNotExist)
        if os.environ.get("DATABASE_URL") or not without_database:
            raise
        where = f"No DATABASE_URL, and no stack runs in {environment.data_dir()}"
        print(f"{where}: `make run` first.", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
