"""`make test`: the tests on servers of their own. Arguments go to pytest."""

import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from deploy import dotenv
from deploy.bootstrap import ROOT
from deploy.embedded import Stack, StateInUse
from deploy.postgres import RUNTIME_ROLE
from deploy.processes import foreground
from deploy.server import ServerError

STATE = ROOT / ".local"
RABBITMQ_DEFAULT = "amqp://guest:guest@127.0.0.1:5672/"
MOST_WORKERS = 4


def main(arguments: Sequence[str]) -> int:
    """The exit code of pytest."""
    dotenv.complete(ROOT / ".env", ROOT / ".env.example")
    with _servers() as stack:
        # Tests make and drop databases, so they are the owner; what the runtime role may do they try by SET ROLE.
        environment = {
            **os.environ,
            **stack.urls.environment(),
            "DATABASE_URL": stack.urls.owner_url,
            "BURSAR_ENV": "test",
        }
        if "DATABASE_URL" not in stack.explicit:
            environment["DATABASE_RUNTIME_ROLE"] = RUNTIME_ROLE
        rabbitmq = os.environ.get("RABBITMQ_URL") or (RABBITMQ_DEFAULT if _speaks_amqp(RABBITMQ_DEFAULT) else "")
        if rabbitmq:
            environment["RABBITMQ_URL"] = rabbitmq
        return foreground([sys.executable, "-m", "pytest", *_in_parallel(arguments), *arguments], environment)


@contextmanager
def _servers() -> Iterator[Stack]:
    """Those in .local/test, which start faster the second time; beside them throwaway ones while another run has those."""
    try:
        with Stack(STATE / "test", explicit=os.environ) as stack:
            yield stack
    except StateInUse:
        state = Path(tempfile.mkdtemp(prefix="test-", dir=STATE))
        try:
            with Stack(state, explicit=os.environ) as stack:
                yield stack
        finally:
            shutil.rmtree(state, ignore_errors=True)


def _in_parallel(arguments: Sequence[str]) -> list[str]:
    if any(argument.startswith(("-n", "--numprocesses", "--pdb")) or argument == "no:xdist" for argument in arguments):
        return []
    # The tests of a file share servers, so they stay together; in the order that tests/conftest.py gives them.
    return ["-n", str(min(os.cpu_count() or 1, MOST_WORKERS)), "--dist", "loadfile", "--no-loadscope-reorder"]


def _speaks_amqp(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 5672), 2) as connection:
            connection.settimeout(5)
            connection.sendall(b"AMQP\0\0\x09\x01")
            # The first frame is a method, Connection.Start.
            return connection.recv(1) == b"\x01"
    except OSError:
        return False


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main(sys.argv[1:]))
    except ServerError as error:
        sys.exit(str(error))
