"""One of Django's commands on the database of `make run`, whether that is up or not: `python -m deploy.manage seed_demo`."""

import os
import signal
import sys

from deploy import dotenv
from deploy.bootstrap import ROOT
from deploy.embedded import Stack, StateInUse
from deploy.processes import foreground
from deploy.server import ServerError
from deploy.surroundings import noted


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    dotenv.complete(ROOT / ".env", ROOT / ".env.example")
    stack = Stack(ROOT / ".local", explicit={**dotenv.read(ROOT / ".env"), **os.environ})
    try:
        with stack:
            code = _command(stack)
    except StateInUse:
        # Bursar is up: its servers are where they always are.
        code = _command(stack)
    except ServerError as error:
        sys.exit(str(error))
    sys.exit(code)


def _command(stack: Stack) -> int:
    environment = {**noted(ROOT / ".local"), **os.environ, **stack.urls.environment()}
    return foreground([sys.executable, str(ROOT / "manage.py"), *sys.argv[1:]], environment)


if __name__ == "__main__":
    main()
