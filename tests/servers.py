"""Processes of the product, started on the test database, as production would start them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx2
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def environment(**more: str) -> dict[str, str]:
    """This process's environment, with the database that the tests are running on."""
    here = connection.settings_dict
    secret = f":{quote(here['PASSWORD'], safe='')}" if here["PASSWORD"] else ""
    url = f"postgresql://{quote(here['USER'])}{secret}@{here['HOST']}:{here['PORT']}/{here['NAME']}"
    return {**os.environ, "BURSAR_ENV": "test", "DATABASE_URL": url, "DATABASE_OWNER_URL": url} | more


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(*command: str, log: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A child process that is gone afterwards, whatever happened."""
    with log.open("ab") as output:
        child = subprocess.Popen(command, cwd=ROOT, env=environment(**more), stdout=output, stderr=output, start_new_session=True)
    try:
        yield child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


@contextmanager
def server(log: Path, *options: str, **more: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The ASGI server on a port of its own; yields its URL and its process once it answers."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        "-m",
        "uvicorn",
        "config.asgi:application",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-access-log",
        *options,
    ]
    with running(sys.executable, *command, log=log, **more) as child:
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx2.get(f"{url}/health", timeout=2)
                break
            except httpx2.TransportError:
                if child.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"the server did not come up:\n{log.read_text()}") from None
                time.sleep(0.1)
        yield url, child
