#!/usr/bin/env python
"""Django's command line. What changes the schema runs as the owner of the tables, everything else as the runtime role."""

import os
import sys

OWNER_COMMANDS = {"migrate", "rotate_encryption"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] and sys.argv[1] in OWNER_COMMANDS:
        os.environ["BURSAR_DATABASE_ROLE"] = "owner"
    try:
        from django.core.management import execute_from_command_line
    except ImportError as missing:
        raise SystemExit("Django is not installed here: run `make run` or `make test` once, or use .venv/bin/python") from missing
    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read on has what they wanted, as `| head` has. Python would flush once more, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
